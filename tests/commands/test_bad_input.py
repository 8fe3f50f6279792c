"""Every kind of bad input through the whole command on a real model: one clear error, its exit code, nothing written.

What each part makes of bad input in detail is tested beside that part; here nothing is a fake.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.data.files import write_npz

from .conftest import Run

MODEL = Path(__file__).parents[2] / "models" / "digits_max_pool.keras"
FAILED, USAGE, NOT_CONVERTED = 1, 2, 3
IMAGES = np.random.default_rng(1).random((20, 8, 8, 1))
LABELS = np.arange(20) % 10
INFINITE = IMAGES.copy()
INFINITE[3, 0, 0, 0] = np.nan

Case = tuple[Any, int, str]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model file for each way in which a model can be bad."""
    import keras
    from keras import layers

    folder = tmp_path_factory.mktemp("models")

    def save(name: str, *inner: Any, shape: tuple[int | None, ...] = (8, 8, 1)) -> Any:
        model = keras.Sequential([keras.Input(shape), *inner])
        model.save(folder / f"{name}.keras")
        return model

    @keras.saving.register_keras_serializable(package="stranger")
    class Doubled(layers.Layer):
        def call(self, inputs: Any) -> Any:
            return 2 * inputs

    flat = [layers.Flatten(), layers.Dense(10, name="out")]
    save("lambda", layers.Lambda(lambda x: 2 * x, name="code"), *flat)
    save("foreign", Doubled(name="doubled"), *flat)
    save(
        "unsupported",
        layers.Conv2D(2, 3, activation="mish", name="curved"),
        layers.LayerNormalization(name="norm"),
        layers.Flatten(),
        layers.Dense(10, activation="celu", name="bent"),
    )
    save("open", layers.Conv2D(2, 3), layers.GlobalAveragePooling2D(), layers.Dense(10), shape=(None, None, 1))
    save("images", layers.Conv2D(10, 3, name="conv"))
    model = save("nan", layers.Flatten(), layers.Dense(10, name="out"))
    model.layers[-1].kernel.assign(np.full((64, 10), np.nan))
    model.save(folder / "nan.keras")
    (folder / "cut.keras").write_bytes(MODEL.read_bytes()[:5000])
    (folder / "text.keras").write_text("no model")
    (folder / "empty.keras").touch()
    (folder / "folder.keras").mkdir()
    return folder


MODELS: dict[str, tuple[int, str]] = {
    "missing": (NOT_CONVERTED, r"missing\.keras: there is no such file"),
    "cut": (NOT_CONVERTED, r"cut\.keras: the file is damaged or cut off"),
    "text": (NOT_CONVERTED, r"text\.keras is no Keras model: it begins with b'no model', neither zip nor HDF5"),
    "empty": (NOT_CONVERTED, r"empty\.keras is empty"),
    "folder": (NOT_CONVERTED, r"folder\.keras is a folder"),
    "lambda": (NOT_CONVERTED, r"doing so could run code that it brings along:\n  - code \(Lambda\) holds Python code"),
    "foreign": (NOT_CONVERTED, r"doing so could run code that it brings along:\n  - doubled \(Doubled\)"),
    "nan": (NOT_CONVERTED, r"out \(Dense\) has 640 NaN or infinite values of 640 in its weight kernel; train again"),
    "unsupported": (
        NOT_CONVERTED,
        r"3 problems:\n  - curved \(Conv2D\) has the activation 'mish'[^\n]*\n"
        r"  - norm \(LayerNormalization\) is not supported[^\n]*\n  - bent \(Dense\) has the activation 'celu'",
    ),
    "open": (NOT_CONVERTED, r"has the shape \(None, None, 1\), which is not fixed; rebuild the model with a fixed"),
    "images": (FAILED, r"evaluation needs a model with one output, a vector with a value for each class"),
}

DATA: dict[str, tuple[dict[str, Any], str]] = {
    "shape": ({"x": IMAGES[:, :7]}, r"an example has shape \(7, 8, 1\), but the model takes \(8, 8, 1\)"),
    "text": ({"x": IMAGES.astype(str)}, r"x must hold real numbers .* got text"),
    "complex": ({"x": IMAGES.astype(complex)}, r"x must hold real numbers .* got complex numbers"),
    "objects": ({"x": np.full((20, 8, 8, 1), None)}, r"x.* pickled Python objects, which are never loaded"),
    "empty": ({"x": IMAGES[:0], "y": LABELS[:0]}, r"x is empty, its shape is \(0, 8, 8, 1\)"),
    "lengths": ({"y": LABELS[:5]}, r"x and y must have the same length, got 20 examples and 5 labels"),
    "high label": ({"y": LABELS + 1}, r"y\[9\] is 10, but the model has 10 classes; labels must lie between 0 and 9"),
    "low label": ({"y": LABELS - 1}, r"y\[0\] is -1; class numbers start at 0"),
    "half label": ({"y": LABELS + 0.5}, r"y must hold whole class numbers, got dtype float64"),
    "one-hot": (
        {"y": np.eye(10)[LABELS]},
        r"got \(20, 10\); y\.argmax\(axis=1\) turns one-hot rows into class numbers",
    ),
    "not finite": ({"x": INFINITE}, r"x\[3, 0, 0, 0\] is nan, not a finite number"),
    "too large": ({"x": IMAGES * 1e300}, r"too large for float32"),
    "no labels": ({"y": None}, r"has no array 'y', it holds x"),
}

OPTIONS: dict[str, tuple[list[object], str]] = {
    "K of 0": (["--k", 0], "Invalid value for '--k': 0 is not in the range 1<=x<=24"),
    "K of 25": (["--k", 25], "Invalid value for '--k': 25 is not in the range 1<=x<=24"),
    "T of 0": (["--method", "data-norm", "--timesteps", 0], "Invalid value for '--timesteps': 0 is not in the range"),
    "T for few-spike": (["--timesteps", 9], "--timesteps goes with rate coding"),
    "unknown": (["--bogus"], "No such option"),
}


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """An empty folder for what the command writes."""
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.fixture
def refused(run: Run, outputs: Path, tmp_path: Path) -> Callable[..., None]:
    """Runs `convert` and expects one error, no result and no file."""
    norm = write_npz(tmp_path / "norm.npz", x=IMAGES[::-1], y=LABELS)

    def check(code: int, message: str, model: Path, data: object, *options: object) -> None:
        files = ["--out", outputs / "n.h5", "--report", outputs / "r.html", "--json", outputs / "r.json"]
        done = run("convert", model, "--data", data, "--norm-data", norm, *files, *options)
        assert (done.code, done.out) == (code, "")
        assert done.err.count("Error: ") == 1
        assert "Traceback" not in done.err
        text = done.err if code != USAGE else " ".join(done.err.split())
        assert re.search(message if code != USAGE else re.escape(message), text), done.err
        assert list(outputs.iterdir()) == []

    return check


@pytest.mark.parametrize("case", MODELS)
def test_models(case: str, built: Path, refused: Callable[..., None], tmp_path: Path) -> None:
    code, message = MODELS[case]
    refused(code, message, built / f"{case}.keras", write_npz(tmp_path / "data.npz", x=IMAGES, y=LABELS))


@pytest.mark.parametrize("case", [case for case in MODELS if case != "images"])
def test_check_agrees(case: str, built: Path, run: Run) -> None:
    """`check` refuses what `convert` refuses, in the same words."""
    done = run("check", built / f"{case}.keras")
    assert done.code == NOT_CONVERTED
    for layer in ("code", "doubled", "curved", "norm", "bent"):
        assert (f"{layer} (" in done.out + done.err) == (f"{layer} \\(" in MODELS[case][1])


@pytest.mark.parametrize("case", DATA)
def test_data(case: str, refused: Callable[..., None], tmp_path: Path) -> None:
    arrays, message = DATA[case]
    refused(FAILED, message, MODEL, write_npz(tmp_path / "data.npz", **{"x": IMAGES, "y": LABELS, **arrays}))


@pytest.mark.parametrize("case", OPTIONS)
def test_options(case: str, refused: Callable[..., None]) -> None:
    options, message = OPTIONS[case]
    refused(USAGE, message, MODEL, "digits", *options)


def test_missing_calibration(run: Run, tmp_path: Path) -> None:
    data = write_npz(tmp_path / "data.npz", x=IMAGES, y=LABELS)
    done = run("convert", MODEL, "--data", data)
    assert (done.code, done.out) == (USAGE, "")
    assert "name some with --norm-data" in done.err
    assert run("convert", MODEL, "--data", data, "--norm-data", data).code == FAILED


def test_spaces_and_letters_of_the_world(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "ein Ordner – 文件夹"
    folder.mkdir()
    model = shutil.copy(MODEL, folder / "модель 1.keras")
    files = {"--out": folder / "réseau.h5", "--report": folder / "rapport é.html", "--json": folder / "résultat.json"}
    words = (word for pair in files.items() for word in pair)
    done = run("convert", model, "--data", "digits", "--examples", 20, "--k", 4, *words)
    assert done.code == 0, done.err
    assert "модель 1" in done.out
    assert "модель 1" in files["--report"].read_text(encoding="utf-8")
    assert run("evaluate", files["--out"], "--data", "digits", "--examples", 20).code == 0
    assert run("report", files["--json"], "--out", folder / "again.html").code == 0


def test_names_in_the_report_are_text(run: Run, tmp_path: Path) -> None:
    """A model may come from anywhere; its names must not become part of the page."""
    import keras
    from keras import layers

    inner = layers.Dense(5, activation="relu", name="<script>alert(1)<b>")
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), inner, layers.Dense(10)])
    path = tmp_path / "<img src=x onerror=alert(2)>.h5"
    model.save(path)
    page, network = tmp_path / "r.html", tmp_path / "n.h5"
    words = ["--data", "digits", "--examples", 20, "--report", page, "--out", network]
    assert run("convert", path, *words).code == 0
    text = page.read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)&lt;b&gt;" in text
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert run("evaluate", network, "--data", "digits", "--report", page).code == 0
    assert "<script>alert" not in page.read_text(encoding="utf-8")
