"""Running experiments: from parameters to a folder that holds all that there is to know of a training."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, final

from ..atomic import write_text_atomic
from ..callbacks import Callback, RunLog
from ..engines.select import engine_in_use
from ..errors import OutputError, UsageError
from ..reports import Accuracy, Environment, current_environment
from ..reports.training_log import read_log
from ..serialisers import HDF5, Numpy
from .experiment import Experiment, Parts, Splits
from .parameters import Place, Values, choose
from .recording import recorder
from .records import (
    CHECKPOINT,
    LOG,
    REPORT,
    RESULT,
    RUN,
    WEIGHTS,
    RunRecord,
    RunResult,
    read_record,
    write_record,
)
from .report import run_report
from .resume import KeepRecord, KeepState, check_same, has_ended, has_state, spent
from .table import find_experiment


@final
class Training:
    """One experiment with its parameters, to be run into a folder or to be looked at again.

    Args:
        experiment: what is trained.
        given: parameters that are not to have their defaults, as text or as what they are.
        engine, num_threads: as for EventPropCompiler.

    Raises:
        UsageError: a parameter is not known, or of the wrong kind.
    """

    def __init__(
        self,
        experiment: Experiment,
        given: Mapping[str, Any],
        *,
        engine: str | None = None,
        num_threads: int | None = None,
    ) -> None:
        self.experiment = experiment
        self.values: Values = choose(experiment.parameters, given, experiment.name)
        self._engine = engine
        self._num_threads = num_threads

    @classmethod
    def of_folder(
        cls,
        folder: Path,
        given: Mapping[str, Any] | None = None,
        *,
        engine: str | None = None,
        num_threads: int | None = None,
    ) -> Training:
        """The training whose results a folder holds.

        Args:
            folder: where it was run.
            given: parameters that are to have other values than there.
            engine, num_threads: as above.

        Raises:
            DataError: it holds none.
        """
        record = read_record(RunRecord, folder / RUN)
        experiment = find_experiment(record.experiment)
        return cls(experiment, {**record.parameters, **(given or {})}, engine=engine, num_threads=num_threads)

    def run(
        self,
        folder: Path,
        *,
        command: str,
        callbacks: Iterable[Callback] = (),
        resume: bool = False,
        complete: Callable[[Environment], Environment] | None = None,
    ) -> RunResult:
        """Train, test, and write everything into a folder.

        Args:
            folder: is made; must not hold another run.
            command: what to write down as the way to repeat it.
            callbacks: called besides those of the experiment.
            resume: go on with the run that the folder holds, after any interruption or to `n_epochs` that are now more.
            complete: adds to the description of the machine what only the caller knows.

        Raises:
            OutputError: the folder holds a run, or cannot be written.
            UsageError: there is nothing to resume, or a run with other parameters.
            MlGennError: as the experiment's parts raise them.
        """
        started = self._record(command)
        if complete is not None:
            started = replace(started, environment=complete(started.environment))
        if resume:
            check_same(started, folder)
        elif (folder / RUN).exists():
            raise OutputError(
                f"{folder} holds the run of an experiment; resume it, name another folder, or delete this one"
            )
        splits, parts = self.experiment.load(self.values), self.experiment.build(self.values)
        recorders = recorder(self.values, parts, folder)
        record, state = KeepRecord(started, folder), Numpy(folder / CHECKPOINT)
        callbacks = [*recorders, record, RunLog(folder / LOG, parts.names()), *callbacks, KeepState(state)]
        compiler = self.experiment.create_compiler(self.values, parts, **self._how())
        trained: Any = compiler.compile(parts.network)
        with trained:
            start = self._resumed(trained, folder, state) if resume and has_state(folder) else 0
            # what does not fit shows before anything is written, of the test before anything is learnt
            test = splits.test
            trained.checked({parts.source: test.x}, {parts.output: test.y}, test.timesteps, "test ")
            seconds, cpu_seconds = spent(folder, start)
            began, worked = time.perf_counter(), time.process_time()
            self._train(trained, splits, parts, [*self.experiment.callbacks(self.values, parts), *callbacks], start)
            seconds, cpu_seconds = seconds + time.perf_counter() - began, cpu_seconds + time.process_time() - worked
            trained.save((WEIGHTS,), HDF5(folder))
            last = read_log(folder / LOG).epochs[-1]
            result = RunResult(
                epochs=last.epoch + 1,
                training_loss=next(iter(last.loss.values())),
                training_accuracy=next(iter(last.metrics.values())),
                test=self._test(trained, splits, parts),
                seconds=seconds,
                cpu_seconds=cpu_seconds,
            )
        write_record(result, folder / RESULT)
        write_text_atomic(folder / REPORT, run_report(folder))
        return result

    def evaluate(self, folder: Path) -> Accuracy:
        """The accuracy of the test examples with the weights that a folder holds.

        Of a run that was interrupted these are the weights after its last whole epoch.

        Raises:
            UsageError: the run has not come to the end of an epoch.
        """
        ended = has_ended(folder)
        if not ended and not has_state(folder):
            raise UsageError(f"the run in {folder} has learnt no whole epoch yet; go on with it by --resume")
        splits, parts = self.experiment.load(self.values), self.experiment.build(self.values)
        if ended:
            parts.network.load((WEIGHTS,), HDF5(folder))
        compiler: Any = self.experiment.create_compiler(self.values, parts, **self._how())
        with compiler.compile(parts.network) as trained:
            if not ended:
                trained.resume(Numpy(folder / CHECKPOINT))
            return self._test(trained, splits, parts)

    def _resumed(self, trained: Any, folder: Path, state: Numpy) -> int:
        """Bring back what was learnt; the epoch to go on with."""
        start: int = trained.resume(state)
        if start >= self.values.n_epochs and (start > self.values.n_epochs or has_ended(folder)):
            raise UsageError(f"the run in {folder} has learnt all its {start} epochs; give it more n_epochs")
        return start

    def _train(self, trained: Any, splits: Splits, parts: Parts, callbacks: list[Callback], start: int) -> None:
        p, experiment = self.values, self.experiment
        checked = splits.validation
        trained.train(
            {parts.source: splits.train.x},
            {parts.output: splits.train.y},
            num_epochs=p.n_epochs - start,
            start_epoch=start,
            metrics=experiment.metrics,
            callbacks=callbacks,
            validation_callbacks=(),
            validation_x=None if checked is None else {parts.source: checked.x},
            validation_y=None if checked is None else {parts.output: checked.y},
            augment=experiment.augment(p, splits.train),
            shuffle=experiment.shuffles(p),
            timesteps=splits.train.timesteps,
            validation_timesteps=None if checked is None else checked.timesteps,
        )

    def _test(self, trained: Any, splits: Splits, parts: Parts) -> Accuracy:
        began = time.perf_counter()
        test = splits.test
        found, _ = trained.evaluate(
            {parts.source: test.x},
            {parts.output: test.y},
            self.experiment.metrics,
            callbacks=(),
            timesteps=test.timesteps,
        )
        correct = round(found[parts.output].result * len(test))
        timesteps = trained.timesteps_per_batch
        return Accuracy.of(correct, len(test), seconds=time.perf_counter() - began, timesteps=timesteps)

    def _record(self, command: str) -> RunRecord:
        engine, threads = engine_in_use(self._engine, self._num_threads)
        given = {name: value for name, value in vars(self.values).items() if value is not None}
        return RunRecord(
            experiment=self.experiment.name,
            parameters={name: self._text(name, value) for name, value in given.items()},
            command=command,
            environment=current_environment(engine=engine, threads=threads),
        )

    def _text(self, name: str, value: Any) -> str:
        """A value as it is written down: places so that they are found from other folders."""
        is_place = self.experiment.parameters[name].kind is Place
        return str(Path(value).absolute() if is_place and Path(value).exists() else value)

    def _how(self) -> dict[str, Any]:
        return {"engine": self._engine, "num_threads": self._num_threads}
