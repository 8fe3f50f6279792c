"""The one-call conversion: a Keras model in, a spiking network and its evaluation out."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from ml_genn import Network
from ml_genn.data.checks import check_labels
from ml_genn.errors import UnsupportedError, UsageError
from ml_genn.reports import Progress, Result, Search, write_html
from ml_genn.runtime.examples import moderate_batch_size
from ml_genn.runtime.output_trace import classes_told_apart
from ml_genn.serialisers import save_network
from ml_genn.values import is_whole

from .ann import predicted_classes
from .calibration import checked_inputs
from .diagnosis.findings import diagnose
from .diagnosis.probe import Probe
from .early_exit import Answers, EarlyExit, answers_over_time, exit_early
from .ir import Array, size
from .measure import measure
from .methods import Method, create_method
from .methods.options import check_range
from .result import Evaluation, assemble_result, provenance
from .spiking_model import Converted, convert_model
from .stages import StageGraph

if TYPE_CHECKING:
    import keras

DIAGNOSED = 256
"""Examples that a diagnosis beside an evaluation looks at: enough to see a drop of a point, and soon done."""


def convert(
    model: keras.Model,
    *,
    calibration: Any = None,
    method: str = "few-spike",
    k: int | None = None,
    timesteps: int | None = None,
    alpha: float | None = None,
    input_type: str | None = None,
    signed: bool | None = None,
    seed: int = 0,
    batch_size: int | None = None,
    engine: str | None = None,
    threads: int | None = None,
    precision: str = "float",
    **options: Any,
) -> Conversion:
    """Turns a trained Keras model into a spiking network.

    Args:
        model: a Sequential or Functional model.
        calibration: training examples from which thresholds are chosen: an array (examples, ...), an iterable of
            (x, y) batches, or a list or mapping with one of these for each input.
        method: "few-spike", "rate", "data-norm", "spike-norm" or "simple".
        k: few-spike: bits of a code, and timesteps of each layer (default 10).
        timesteps: rate coding: timesteps of an example (default 32 for "rate", else 128).
        alpha: few-spike: full scale of every layer, instead of calibration.
        input_type: rate coding: "poisson" (default), "if" or "spike"; "current" (its default) for "rate".
        signed: whether inputs may be negative; None to see it from the calibration examples.
        seed: of the random numbers of Poisson input.
        batch_size: examples that run at the same time; None for as many as a moderate memory allows.
        engine: "auto", "embedded", "reference" or "pygenn"; None for ML_GENN_ENGINE, else "auto".
        threads: of the embedded engine; None for ML_GENN_THREADS, else all cores.
        precision: "float" or "double".
        options: further options of the method, by the names of its class in `ml_genn_tf.methods`.

    Raises:
        UnsupportedModelError: listing every layer that cannot be converted.
        GateError: a step of the conversion changed what the model computes.
        DataError: calibration examples are missing or cannot be used.
        UsageError: an unknown method, or an option out of range or of another method.
    """
    rule = create_method(method, k=k, timesteps=timesteps, alpha=alpha, input_type=input_type, **options)
    run = run_options(seed=seed, batch_size=batch_size, engine=engine, threads=threads, precision=precision)
    converted = convert_model(model, rule, norm_data=calibration, signed=signed, source="given by the caller", run=run)
    complete_batch_size(run, converted.spiking.stages)
    return Conversion(model, rule, converted, run)


def run_options(
    *, seed: int, batch_size: int | None, engine: str | None, threads: int | None, precision: str = "float"
) -> dict[str, Any]:
    """Arguments of the compiler.

    Raises UsageError for a seed that is no whole number from 0 on.
    """
    if not is_whole(seed) or seed < 0:
        raise UsageError(f"seed must be a whole number from 0 on, got {seed!r}")
    return {
        "batch_size": batch_size,
        "rng_seed": seed + 1,  # to the compiler 0 means "draw one"
        "engine": engine,
        "num_threads": threads,
        "precision": precision,
    }


def complete_batch_size(run: dict[str, Any], stages: StageGraph) -> None:
    """Where `run_options` were given no batch size, puts in one that takes a moderate memory."""
    if run["batch_size"] is None:
        run["batch_size"] = moderate_batch_size(sum(size(stage.shape) for stage in stages.stages))


def class_count(stages: StageGraph) -> int:
    """Classes that the only output chooses from.

    Raises UnsupportedError for several outputs, or one that is no vector.
    """
    shapes = [stages[name].shape for name in stages.outputs]
    if len(shapes) != 1 or len(shapes[0]) != 1:
        raise UnsupportedError(
            "evaluation needs a model with one output, a vector with a value for each class; the model's outputs "
            f"have the shapes {', '.join(map(str, shapes))}; run the network itself instead (conversion.compile())"
        )
    return classes_told_apart(shapes[0][0])


@final
class Conversion:
    """A spiking network, the model it came from, and how to evaluate both. Made by `convert`.

    Attributes:
        network: the description of the spiking network.
        inputs, outputs: its input and output populations, in the model's order.
        method: the conversion method with its options.
        spiking: the network with its populations by layer and what their spikes stand for.
        notes: what to know about the conversion, in sentences.
        search: how method and setting were chosen, where `auto_convert` did so.
    """

    def __init__(
        self,
        model: keras.Model,
        method: Method,
        converted: Converted,
        run: Mapping[str, Any],
        search: Search | None = None,
    ) -> None:
        """`run`: arguments of the compiler."""
        self.method = method
        self.search = search
        self.spiking = converted.spiking
        self.inputs = converted.spiking.inputs
        self.outputs = converted.spiking.outputs
        self._model = model
        self._converted = converted
        self._run = dict(run)
        self._compiled: Any = None
        self._result: Result | None = None

    @property
    def network(self) -> Network:
        """The description of the spiking network."""
        return self._converted.spiking.network

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know about the conversion, in sentences: how layers are coded, how well functions are fitted."""
        return self._converted.notes

    def compile(self) -> Any:
        """The compiled network, ready for a `with` block; compiled once."""
        if self._compiled is None:
            compiler = self.method.create_compiler(**self._run, **self.method.observation)
            self._compiled = compiler.compile(self.network)
        return self._compiled

    def evaluate(
        self, x: Any, y: Any, *, progress: Progress | None = None, diagnosed: int | None = DIAGNOSED
    ) -> Result:
        """Accuracy of the model and of the spiking network on the same labelled examples, and what its layers did.

        Args:
            x: examples (examples, ...), or a mapping with one array for each input.
            y: class of each example, whole numbers (examples,); of a model with a single output 0 or 1.
            progress: called as progress(stage, done, total).
            diagnosed: how many examples, the first ones, the diagnosis looks at; None for all, 0 for no diagnosis.

        Raises:
            DataError: examples or labels do not fit the model or each other, or are not finite numbers.
            UnsupportedError: the model has several outputs, or one that is no vector of classes.
        """
        stages = self._converted.spiking.stages
        arrays = checked_inputs(stages, x, "evaluation data")
        labels = check_labels(np.asarray(y), len(next(iter(arrays.values()))), "evaluation data", class_count(stages))
        began = time.perf_counter()
        ann = predicted_classes(self._model, [arrays[name] for name in stages.inputs], progress)
        seconds = time.perf_counter() - began
        probe = Probe(self.spiking, self.method, len(labels) if diagnosed is None else diagnosed)
        measured = measure(self.spiking, self.method, self.compile(), arrays, progress, probe)
        result = assemble_result(
            Evaluation(
                model=self._model,
                converted=self._converted,
                method=self.method,
                run=self._run,
                inputs=arrays,
                labels=labels,
                ann=ann,
                ann_seconds=seconds,
                measured=measured,
                diagnosis=diagnose(probe, self.spiking, self.method, measured.layers),
            )
        )
        doubt = None if self.search is None else self.search.warning
        warnings = (*result.warnings, *([doubt] if doubt else []))
        self._result = dataclasses.replace(result, search=self.search, warnings=warnings)
        return self._result

    def early_exit(self, x: Any, y: Any, *, tolerance: float = 0.001) -> EarlyExit:
        """What taking answers as soon as their margin is large and stable does on labelled examples.

        The margin is chosen on the calibration examples, so that at most `tolerance` of their answers change.

        Args:
            x, y: as for `evaluate`.
            tolerance: fraction of answers, from 0 to 1.

        Raises:
            UsageError: another tolerance, or a conversion without calibration examples.
            UnsupportedError: few-spike coding, which has no answer before its last bit; and as `evaluate`.
            DataError: as `evaluate`.
        """
        check_range("early exit", "tolerance", tolerance, 0.0, 1.0)
        if len(self.method.watched_timesteps) < 2:
            raise UnsupportedError(
                f"early exit needs answers that form step by step; {self.method.name} with these options has none "
                "before its last timestep"
            )
        calibration = self._converted.calibration
        if calibration is None:
            raise UsageError("early exit chooses its margin on calibration examples; convert with calibration=...")
        arrays = checked_inputs(self.spiking.stages, x, "evaluation data")
        examples, classes = len(next(iter(arrays.values()))), class_count(self.spiking.stages)
        labels = check_labels(np.asarray(y), examples, "evaluation data", classes)
        answers = [self._answers(data) for data in (calibration.inputs, arrays)]
        return exit_early(answers[0], answers[1], labels, tolerance)

    def _answers(self, arrays: Mapping[str, Array]) -> Answers:
        inputs = {self.spiking.populations[name]: array for name, array in arrays.items()}
        return answers_over_time(self.compile(), inputs, self.outputs[0], self.method.timesteps)

    def save(self, path: Path | str, *, result: Result | None = None) -> None:
        """Writes the spiking network as one HDF5 file; `ml_genn.evaluation.evaluate_file` runs it without Keras.

        Args:
            path: the file.
            result: an evaluation that says where model and calibration examples came from; None for the latest.

        Raises:
            OutputError: the file cannot be written.
        """
        compiler = self.method.create_compiler(**self._run)
        origin = provenance(self._converted, self.method, self._result if result is None else result)
        save_network(path, self.network, self.inputs, self.outputs, compiler, origin)

    def report(self, path: Path | str) -> None:
        """Writes the latest evaluation as one HTML page.

        Raises:
            UsageError: nothing has been evaluated yet.
            OutputError: the file cannot be written.
        """
        if self._result is None:
            raise UsageError("there is nothing to report yet; call evaluate(x, y) first")
        write_html(self._result, Path(path))
