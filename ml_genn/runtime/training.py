"""Networks that learn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from functools import partial
from itertools import islice
from typing import Any, final

import numpy as np

from ..callbacks import BatchProgressBar, CallbackList
from ..errors import DataError, DescriptionError
from ..layer import underlying_population
from ..population import Population
from .continuation import Continuation
from .evaluation_network import BatchResult, as_tuple
from .examples import Data, check_num_batches, named
from .history import EpochResult, metrics_of
from .learnt_values import LearntValues
from .output import Output
from .perturbations import Perturbations
from .spike_penalties import SpikePenalties
from .spikes import RecordedSpikes
from .tally import EpochTally
from .tapes import Tapes
from .training_data import (
    Run,
    augmented,
    check_pairs,
    check_validation,
    given_batches,
    numbers_of_epochs,
    order_of,
    shuffled_batches,
    split,
    with_targets_of,
)
from .trial_network import CompiledTrialNetwork
from .validation import Validation

PHASE, FORWARD, BACKWARD = "Phase", 0, 1


@final
class CompiledTrainingNetwork(CompiledTrialNetwork):
    """A network that learns: each batch runs forward, then backward, and then the weights change.

    `evaluate`, `validate` and `predict` run forward only, with the weights as they are.

    Args:
        outputs: output populations.
        learning: adds up gradients and changes weights.
        tapes: counts of the spikes of a trial.
        penalties: what neurons pay for their numbers of spikes.
        perturbations: noise and dropout.
        rng_seed: seed of the order of examples; 0 draws one.
        others: as for CompiledTrialNetwork.

    Attributes:
        history: what each epoch since loading came to.
    """

    def __init__(
        self,
        *args: Any,
        outputs: Mapping[Population, Output],
        learning: Any,
        tapes: Tapes,
        penalties: SpikePenalties,
        perturbations: Perturbations,
        rng_seed: int,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._outputs = outputs
        self._learning = learning
        self._tapes = tapes
        self._penalties = penalties
        self._perturbations = perturbations
        self._rng_seed = rng_seed
        self._continuation = Continuation(LearntValues(learning))
        self._tally: EpochTally | None = None
        self._stopping = False
        self.history: list[EpochResult] = []

    @property
    def losses_so_far(self) -> Mapping[Any, float]:
        """Mean loss of each output in the batches of the epoch that is learnt or was learnt last."""
        return {} if self._tally is None else self._tally.losses.means

    @property
    def optimisers(self) -> Sequence[Any]:
        """The optimisers, whose attributes may be changed between batches."""
        optimisers: Sequence[Any] = self._learning.optimisers
        return optimisers

    def learnt_values(self) -> dict[str, np.ndarray]:
        """Copies of all that is learnt, as it is now."""
        self._check_loaded()
        return self._continuation.values.read(with_memory=False)

    def put_learnt_values(self, values: Mapping[str, np.ndarray]) -> None:
        """Put back what `learnt_values` gave.

        Raises:
            DataError: it is that of another network.
        """
        self._check_loaded()
        self._continuation.values.write(values)

    def save_training(self, key: int, serialiser: Any = "numpy") -> None:
        """Write down where the training is, with all that it takes to go on to the bit; see `resume`.

        That is what is learnt, what optimisers and callbacks remember, and the counters on which random numbers depend,
        in one array that is written completely or not at all.

        Args:
            key: what to write it under.
            serialiser: Serialiser, or the name of one.

        Raises:
            DescriptionError: the key is no whole number.
            OutputError: it cannot be written.
        """
        self._check_loaded()
        if self.communicator is None or self.communicator.rank == 0:
            self._continuation.save(key, serialiser)

    def resume(self, serialiser: Any = "numpy", key: int | None = None) -> int:
        """Go back to where `save_training` or the Checkpoint callback found a training; the epoch to go on with.

        `compiled.train(x, y, num_epochs, start_epoch=compiled.resume(serialiser))` gives the same bits as a training
        that never stopped, with the same data, callbacks, batch size and `rng_seed` (not 0). Where the checkpoint was
        written within an epoch, its first batches are passed over. The history begins with that epoch.

        Args:
            serialiser: where it was written to.
            key: what it was written under, of the Checkpoint callback an epoch; None for what was written last.

        Raises:
            DataError: there is no checkpoint, it is damaged, or it is one of another network; nothing is changed.
        """
        self._check_loaded()
        self._continuation.load(key, serialiser)
        self.history = []
        return self._continuation.epoch

    def stop_training(self) -> None:
        """End the training after the present epoch; for callbacks."""
        self._stopping = True

    def on_load(self) -> None:
        super().on_load()
        self._tapes.on_load()
        self._continuation.restart()
        self._tally = None
        self.history = []

    def get_readout(self, outputs: Any) -> Any:
        """As for other networks; of outputs whose targets are series, V in all timesteps of the trial.

        Its shape is (batch size, timesteps) + that of the population.
        """
        if not isinstance(outputs, Sequence):
            output = self._outputs.get(underlying_population(outputs))
            if output is not None and output.loss.targets_series:
                return output.series()
        return super().get_readout(outputs)

    def train(
        self,
        x: Mapping[Any, Any],
        y: Mapping[Any, Any],
        num_epochs: int,
        start_epoch: int = 0,
        shuffle: bool = True,
        metrics: Any = "sparse_categorical_accuracy",
        callbacks: Iterable[Any] | None = None,
        validation_callbacks: Iterable[Any] | None = None,
        validation_split: float = 0.0,
        validation_x: Mapping[Any, Any] | None = None,
        validation_y: Mapping[Any, Any] | None = None,
        *,
        augment: Any = None,
        timesteps: Any = None,
        validation_timesteps: Any = None,
    ) -> tuple[Any, ...]:
        """Learn from examples, epoch by epoch; losses and metrics of each are in `history`.

        Args:
            x: examples by input population or layer.
            y: targets by output population or layer, for all outputs.
            num_epochs: how often all examples are presented.
            start_epoch: number of the first epoch, to go on with a training.
            shuffle: present examples in another order in each epoch, which `rng_seed` and the epoch decide.
            metrics: Metric, name of one, or a dictionary of these by output.
            callbacks, validation_callbacks: by default a progress bar.
            validation_split: the part of the examples, taken from the end, that is not learnt but evaluated after each
                epoch.
            validation_x, validation_y: examples and targets to evaluate after each epoch.
            augment: changes examples before they are learnt, as `ml_genn.data.augment.Augment`: a function of the
                epoch's number, the example's number and the example, or a dictionary of these by input.
            timesteps, validation_timesteps: of the trial of each example, where the network was compiled with
                `variable_timesteps`; None for as many as it was compiled for.

        Returns:
            Metrics of the last epoch by output, and what callbacks recorded by key; with validation the metrics of
            training and of validation, and what the callbacks of the two recorded.

        Raises:
            DataError: data do not fit the network or each other.
            TrainingError: a loss or what is learnt is not finite, or on PyGeNN a neuron sent more spikes than there is
                room for.
        """
        given = validation_x is not None or validation_y is not None
        check_validation(given, validation_split, validation_timesteps)
        data, validation = self.checked(x, y, timesteps, "training "), None
        if validation_split:
            data, validation = split(data, validation_split)
        if given:
            checked = self.checked(validation_x or {}, validation_y or {}, validation_timesteps, "validation ")
            validation = with_targets_of(checked, tuple(y))

        def epochs(epoch: int) -> Iterator[Data]:
            order = order_of(data.num_examples, self._rng_seed, epoch, shuffle=shuffle)
            return shuffled_batches(data._replace(x=augmented(data.x, augment, epoch)), self.batch_size, order)

        run = Run(numbers_of_epochs(num_epochs, start_epoch), -(-data.num_examples // self.batch_size), epochs)
        return self._train(run, tuple(y), metrics, callbacks, validation, validation_callbacks)

    def train_batch_iter(
        self,
        inputs: Any,
        outputs: Any,
        data: Any,
        num_epochs: int,
        start_epoch: int = 0,
        num_batches: int | None = None,
        metrics: Any = "sparse_categorical_accuracy",
        callbacks: Iterable[Any] | None = None,
    ) -> tuple[dict[Any, Any], dict[Any, Any]]:
        """Learn from batches of any source.

        Args:
            inputs, outputs: a population or layer, or a sequence of them.
            data: gives pairs (examples, targets), or (examples, targets, timesteps), of at most batch_size examples,
                with several inputs or outputs each a sequence in their order, or a dictionary: an iterable that can be
                gone through once for each epoch, or a function of the epoch's number that returns an iterable.
            num_epochs, start_epoch, metrics, callbacks: as for `train`.
            num_batches: batches per epoch; None for all.

        Returns:
            As `train` without validation.

        Raises:
            DataError: as for `train`; or an epoch has no batches, as when a generator is used up.
        """
        check_num_batches(num_batches)
        input_keys, output_keys = as_tuple(inputs), as_tuple(outputs)

        def epochs(epoch: int) -> Iterator[Data]:
            for index, batch in enumerate(islice(given_batches(data, epoch), num_batches)):
                yield self.as_data(input_keys, output_keys, batch, f"batch {index} of epoch {epoch}")

        run = Run(numbers_of_epochs(num_epochs, start_epoch), num_batches, epochs)
        found, recorded = self._train(run, output_keys, metrics, callbacks, None, ())
        return found, recorded

    def validate(
        self,
        x: Mapping[Any, Any],
        y: Mapping[Any, Any],
        metrics: Any = "sparse_categorical_accuracy",
        callbacks: Iterable[Any] | None = None,
        *,
        timesteps: Any = None,
    ) -> tuple[dict[Any, Any], dict[Any, float], dict[Any, Any]]:
        """Losses and metrics of examples as they are after an epoch of `train`, without learning anything.

        The weights stay, nothing is noisy or dropped, and penalties on spikes are not part of a loss.

        Args:
            x, y, metrics, timesteps: as for `train`.
            callbacks: by default a progress bar.

        Returns:
            Metrics by output, mean losses of the examples by output, and what callbacks recorded by key.

        Raises:
            DataError: data do not fit the network or each other.
            TrainingError: a loss is not finite.
        """
        self._check_loaded()
        data = self.checked(x, y, timesteps, "validation ")
        validator = self._validation(data, self._populations(tuple(y)), metrics, callbacks)
        with self.running(), validator.callbacks:
            validator.begin()
            losses = validator.run()
            validator.end()
            return dict(validator.metrics), losses, validator.callbacks.get_data()

    def gradients(self, x: Mapping[Any, Any], y: Mapping[Any, Any], *, timesteps: Any = None) -> dict[Any, np.ndarray]:
        """Derivatives of the loss of one batch, summed over outputs, with respect to what is learnt; it stays.

        Args:
            x, y, timesteps: as for `train`, of at most batch_size examples.

        Returns:
            Arrays of the shape of what is learnt, by connection for its weights and by (connection, "delay") for delays
            [1/timestep]; where synapses are listed or drawn, a number for each in ascending order of (source neuron,
            target neuron). By (population, name) and (connection, "tau") those of constants [times: 1/ms], a number for
            each neuron of the population or of the connection's target.

        Raises:
            DataError, TrainingError: as for `train`.
        """
        self._check_loaded()
        data = self.checked(x, y, timesteps, "")
        if data.num_examples > self.batch_size:
            raise DataError(f"the batch has more than the {self.batch_size} examples that the network runs at a time")
        outputs, before = self._populations(tuple(y)), self._continuation.examples
        with self.running(), CallbackList((), compiled_network=self) as callbacks:
            result = self._forward(0, data, outputs, callbacks)
            self._continuation.examples = before  # noise and dropout of the training go on as if nothing had been
            self._backward(outputs, y, result)
            self._learning.reduce()
        return dict(self._learning.gradients())

    def checked(self, x: Mapping[Any, Any], y: Mapping[Any, Any], timesteps: Any, what: str) -> Data:
        """Examples and targets as users give them, if these can be right for the network's outputs.

        Args:
            x, y, timesteps: as for `train`.
            what: "training ", "validation ", "test " or nothing, for messages.

        Raises:
            DataError: they do not fit each other or the network; the message names the first target that does not.
        """
        num_examples = check_pairs(x, y, what)
        with named(f"{what}data") if what else nullcontext():
            for output, population in self._populations(tuple(y)).items():
                self._outputs[population].check(y[output])
        return Data(x, y, self.checked_timesteps(timesteps, num_examples))

    def scored(self, population: Population, y: Any, readout: np.ndarray) -> tuple[Any, np.ndarray]:
        output = self._outputs.get(population)
        return (y, readout) if output is None else output.scored(y, readout)

    def _begin_trial(self, examples_before: int) -> None:
        super()._begin_trial(examples_before)
        for output in self._outputs.values():
            output.begin()

    def _recorded_spikes(self, population: Population) -> RecordedSpikes:
        found = super()._recorded_spikes(population)
        lengths = None if self._lengths is None else self._lengths.timesteps
        return found if lengths is None else found.before(lengths)  # inputs go on when trials are over

    def _stored(self) -> dict[tuple[str, str], np.ndarray]:
        return super()._stored() | self._continuation.values.constants()

    def _train(
        self,
        run: Run,
        outputs: tuple[Any, ...],
        metrics: Any,
        callbacks: Iterable[Any] | None,
        validation: Data | None,
        validation_callbacks: Iterable[Any] | None,
    ) -> tuple[Any, ...]:
        self._check_loaded()
        if self._runs:
            raise DescriptionError("train cannot be called by a callback while the network runs; wait for its end")
        populations = self._populations(outputs)
        found = metrics_of(metrics, populations)
        chosen = [BatchProgressBar()] if callbacks is None else callbacks
        sizes: dict[str, Any] = {"num_batches": run.num_batches, "num_epochs": len(run.numbers)}
        with self.running(), ExitStack() as stack:
            callback_list = stack.enter_context(CallbackList(chosen, compiled_network=self, **sizes))
            validator = None
            if validation is not None:
                validator = self._validation(validation, populations, metrics, validation_callbacks, in_training=True)
                stack.enter_context(validator.callbacks)
                validator.begin()
            self._continuation.begin(callback_list, found)
            callback_list.call("on_train_begin")
            self._stopping = False
            for epoch in run.numbers:
                self._run_epoch(epoch, run.batches(epoch), populations, found, callback_list, validator)
                if self._stopping:
                    break
            callback_list.call("on_train_end", found)
            recorded = callback_list.get_data()
            if validator is None:
                return found, recorded
            validator.end()
            return found, validator.metrics, recorded, validator.callbacks.get_data()

    def _validation(
        self,
        data: Data,
        outputs: Mapping[Any, Population],
        metrics: Any,
        callbacks: Iterable[Any] | None,
        *,
        in_training: bool = False,
    ) -> Validation:
        found = metrics_of(metrics, outputs)
        return Validation(self, data, found, outputs, self._loss, callbacks, in_training=in_training)

    def _run_epoch(
        self,
        epoch: int,
        data: Iterable[Data],
        outputs: Mapping[Any, Population],
        metrics: Mapping[Any, Any],
        callbacks: CallbackList,
        validator: Validation | None,
    ) -> None:
        for metric in metrics.values():
            metric.reset()
        callbacks.call("on_epoch_begin", epoch)
        tally = self._tally = EpochTally(epoch, self._tapes, self.stopwatch)
        done = self._continuation.begin_epoch(tally)
        for index, batch in islice(enumerate(data), done, None):
            result, y = self._forward(index, batch, outputs, callbacks), batch.y
            for output, population in outputs.items():
                readout = result.readouts[population]
                tally.losses.add(output, self._loss(population, y[output], readout), len(readout), index)
                tally.lost.add(output, self._outputs[population].loss.lost_label_spikes(y[output], readout))
                metrics[output].update(*self.scored(population, y[output], readout), self.communicator)
            tally.activity.add(self.num_examples)
            self._backward(outputs, y, result)
            self._learning.reduce()
            self._learning.learn(self._continuation.updates)
            self._continuation.end_batch()
            callbacks.call("on_batch_end", index, metrics)
        tally.stop()
        self._continuation.end_epoch()
        self._continuation.values.check_finite(epoch)
        if not tally.losses.means:
            raise DataError(f"epoch {epoch} has no batches; data must give some in each epoch, a generator does once")
        checked = (None, None) if validator is None else validator.run_after(epoch)
        self.history.append(tally.result(metrics, checked))
        callbacks.call("on_epoch_end", epoch, metrics)

    def _forward(
        self, index: int, batch: Data, outputs: Mapping[Any, Population], callbacks: CallbackList
    ) -> BatchResult:
        before = self._continuation.examples
        with self.stopwatch.measure("input"):
            x = self._perturbations.thinned(batch.x, before)
        run = partial(self.run_trial, index, x, tuple(outputs.values()), callbacks, before, batch.timesteps)
        with self._perturbations.on():
            result = run()
            while self._tapes.make_room():  # the same random numbers give the same spikes again
                result = run()
        self._continuation.examples += self.num_examples
        self._capture()  # the backward phase overwrites what the engine recorded
        return result

    def _backward(self, outputs: Mapping[Any, Population], y: Mapping[Any, Any], result: BatchResult) -> None:
        """Collect the gradients of the batch that ran forward last."""
        for output, population in outputs.items():
            self._outputs[population].send_gradient(y[output], result.readouts[population])
        self._penalties.write(self._tapes, self.neuron_populations, self.num_examples)
        self._learning.begin()
        model = self.genn_model
        with self.stopwatch.measure("backward"):
            model.clear_in_flight()
            # the last timesteps are undone first, and those that did not run not at all
            model.timestep = self.timesteps_per_batch - self._trial_timesteps
            model.set_phase(PHASE, BACKWARD)
            try:
                model.step_time(self._trial_timesteps)
            finally:
                model.set_phase(PHASE, FORWARD)

    def _loss(self, population: Population, y: Any, readout: np.ndarray) -> float:
        with np.errstate(all="ignore"):  # a loss that is not finite is an error, which says where
            return self._outputs[population].value(y, readout)

    def _populations(self, outputs: tuple[Any, ...]) -> dict[Any, Population]:
        """Output populations by output as the user named it.

        Raises:
            DescriptionError: some outputs have no targets, or the other way round.
        """
        found = {output: underlying_population(output) for output in outputs}
        if set(found.values()) != set(self._outputs):
            wanted = ", ".join(map(str, self._outputs))
            given = ", ".join(map(str, found.values()))
            raise DescriptionError(f"targets must be given for all outputs, {wanted}; got those of {given}")
        return found
