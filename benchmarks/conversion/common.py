"""What the conversion benchmarks share: real models and data, one run, its row in a table, its section in the page."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # `python benchmarks/conversion/NAME.py` runs this checkout, installed or not
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402

import ml_genn_tf  # noqa: E402
from benchmarks.engine.machine import machine_line  # noqa: E402
from benchmarks.page import write_section  # noqa: E402
from ml_genn.data import load_data  # noqa: E402
from ml_genn.reports import Result  # noqa: E402

PAGE = ROOT / "docs" / "conversion-results.md"
CALIBRATION_EXAMPLES = 2000
SEED = 0


@dataclass(frozen=True)
class Job:
    """A trained model, examples for calibration, and labelled examples that it is evaluated on."""

    name: str
    model: Path
    calibration: np.ndarray
    x: np.ndarray
    y: np.ndarray


def data_folder() -> Path:
    """The folder of real data and models."""
    folder = os.environ.get("ML_GENN_DATA")
    if not folder:
        raise SystemExit("needs real data and models: set ML_GENN_DATA to their folder")
    return Path(folder)


def moonflower() -> Job:
    """Two convolutions with max-pooling; all 10,000 MNIST test images, calibrated on 2,000 training images."""
    folder = data_folder()
    training = load_data(f"{folder / 'mnist'}:train", expected_shape=(28, 28, 1))
    test = load_data(str(folder / "mnist"), expected_shape=(28, 28, 1))
    (model,) = (folder / "keras_models" / "mnist_moonflower_keras").glob("*.keras")
    return Job("mnist_moonflower_keras, MNIST", model, training.x[:CALIBRATION_EXAMPLES], test.x, test.y)


def resnet8() -> Job:
    """ResNet-8 of MLPerf Tiny; the 1,915 bit-exact CIFAR-10 test images, raw 0..255, calibrated on training images."""
    folder = data_folder()
    (model,) = (folder / "keras_models" / "cifar10_mlcommons_resnet8").glob("*.h5")
    with np.load(folder / "cifar10" / "cifar10_exact_subset.npz") as arrays:
        x, y, split = arrays["x"], arrays["y"], arrays["split"]
    training = x[split == 0][:CALIBRATION_EXAMPLES].astype(np.float32)
    return Job(
        "cifar10_mlcommons_resnet8, CIFAR-10",
        model,
        training,
        x[split == 1].astype(np.float32),
        y[split == 1].astype(np.int64),
    )


def fashion(name: str) -> Job:
    """One of our own models; all 10,000 Fashion-MNIST test images, calibrated on training images."""
    folder = data_folder() / "fashion_mnist"
    training = load_data(f"{folder}:train", expected_shape=(28, 28, 1))
    test = load_data(str(folder), expected_shape=(28, 28, 1))
    model = ROOT / "models" / f"fashion_mnist_{name}.keras"
    return Job(f"fashion_mnist_{name}", model, training.x[:CALIBRATION_EXAMPLES], test.x, test.y)


def run(job: Job, **options: object) -> Result:
    """Converts and evaluates; a first batch beforehand fills the build cache, so that building is timed warm."""
    model = ml_genn_tf.load_model(job.model)
    ml_genn_tf.convert(model, calibration=job.calibration[:64], seed=SEED, **options).evaluate(job.x[:8], job.y[:8])
    conversion = ml_genn_tf.convert(model, calibration=job.calibration, seed=SEED, **options)
    print(f"{job.name}: {len(job.x):,} examples, {options}", flush=True)
    return conversion.evaluate(job.x, job.y)


def peak_memory_mib() -> float:
    """Most memory that this process, TensorFlow included, has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


HEADER = (
    "| | model | network | 95 % interval | agreement | simulation | per example | build / input / simulation "
    "| spikes | synops | memory |\n|---|---|---|---|---|---|---|---|---|---|---|"
)


def row(label: str, result: Result) -> str:
    """One line of a table."""
    assert result.ann is not None
    assert result.timing is not None
    assert result.agreement is not None
    low, high = result.snn.confidence_95
    timing = result.timing
    parts = (timing.build_seconds, timing.input_seconds, timing.simulation_seconds)
    shares = " / ".join(f"{100 * part / sum(parts):.0f}" for part in parts)
    cells = (
        label,
        f"{100 * result.ann.accuracy:.2f} %",
        f"{100 * result.snn.accuracy:.2f} %",
        f"{100 * low:.2f} to {100 * high:.2f} %",
        f"{100 * result.agreement:.2f} %",
        f"{timing.simulation_seconds:.2f} s",
        f"{timing.ms_per_example:.3f} ms",
        f"{shares} %",
        f"{result.totals.spikes:,.0f}",
        f"{result.totals.synops / 1e6:.2f} M",
        f"{peak_memory_mib():,.0f} MiB",
    )
    return "| " + " | ".join(cells) + " |"


@dataclass(frozen=True)
class Bar:
    """Something that a run has to reach."""

    what: str
    reached: bool


def finish(section: str, title: str, rows: Sequence[str], bars: Sequence[Bar], text: str = "") -> None:
    """Prints the table of `row`s and the bars, writes them into the page; ends with status 1 if a bar is missed."""
    finish_table(section, title, [HEADER, *rows], bars, text)


def finish_table(
    section: str,
    title: str,
    table: Sequence[str],
    bars: Sequence[Bar],
    text: str = "",
    command: str | None = None,
) -> None:
    """The same for a table with a header of its own; `command` where it is not the file of the section's name."""
    shown = command or f"benchmarks/conversion/{section}.py"
    verdicts = [f"- {'reached' if bar.reached else '**missed**'}: {bar.what}" for bar in bars]
    body = "\n".join(
        [
            f"## {title}",
            "",
            f"`python {shown}`, seed {SEED}; {machine_line()}.",
            "",
            *table,
            "",
            *([*verdicts, ""] if verdicts else []),
            *([text, ""] if text else []),
        ]
    )
    print(body)
    write_section(PAGE, section, body)
    raise SystemExit(not all(bar.reached for bar in bars))
