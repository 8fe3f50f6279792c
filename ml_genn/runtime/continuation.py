"""Going on with a training where a checkpoint was written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np

from ..callbacks import CallbackList
from ..errors import DescriptionError
from ..registry import SERIALISERS
from .learnt_values import LearntValues
from .tally import EpochTally
from .training_state import TrainingState, pack, unpack

OWNER, LATEST = "_training", "latest"
"""Under the keys (key, OWNER, "state") a serialiser holds a state, under (OWNER, LATEST) the key of the last one."""


@final
class Continuation:
    """Writes down where a training is, and gives it back.

    Args:
        values: what is learnt, and what optimisers remember.

    Attributes:
        epoch, batch: the batch that comes next.
        updates, examples: batches and examples learnt so far.
    """

    def __init__(self, values: LearntValues) -> None:
        self.values = values
        self.restart()

    def restart(self) -> None:
        """Begin anew, with a network that was just loaded."""
        self.epoch = self.batch = self.updates = self.examples = 0
        self._callbacks: CallbackList | None = None
        self._metrics: Mapping[Any, Any] = {}
        self._tally: EpochTally | None = None
        self._resumed: TrainingState | None = None

    def begin(self, callbacks: CallbackList, metrics: Mapping[Any, Any]) -> None:
        """A training begins, with callbacks that go on where those of the checkpoint were."""
        self._callbacks, self._metrics = callbacks, metrics
        if self._resumed is not None:
            callbacks.restore(self._resumed.callbacks)

    def begin_epoch(self, tally: EpochTally) -> int:
        """An epoch begins; how many of its batches are learnt already."""
        self._tally = tally
        self.epoch, self.batch = tally.epoch, 0
        resumed, self._resumed = self._resumed, None
        if resumed is not None and resumed.batch and resumed.epoch == tally.epoch:
            self.batch = resumed.batch
            tally.restore(resumed.tally, self._metrics)
            for place, metric in enumerate(self._metrics.values()):
                _restore_numbers(metric, resumed.tally, f"metric {place} ")
        return self.batch

    def end_batch(self) -> None:
        """A batch has been learnt."""
        self.batch += 1
        self.updates += 1

    def end_epoch(self) -> None:
        """All batches of the epoch have been learnt."""
        self.epoch, self.batch = self.epoch + 1, 0

    def save(self, key: Any, serialiser: Any) -> None:
        """Write down where the training is.

        Raises:
            DescriptionError: the key is no whole number.
            OutputError: it cannot be written.
        """
        if not isinstance(key, int | np.integer):
            raise DescriptionError(f"the key of a training must be a whole number, as that of its epoch, got {key!r}")
        chosen = SERIALISERS.require(serialiser)
        chosen.serialise((key, OWNER, "state"), pack(self._state()))
        chosen.serialise((OWNER, LATEST), np.array([int(key)]))

    def load(self, key: Any, serialiser: Any) -> None:
        """Put back what was written down, all of it or, in error, nothing.

        Args:
            key: what it was written under; None for what was written last.
            serialiser: where to.

        Raises:
            DataError: there is nothing, it is damaged, or it is that of another network.
        """
        chosen = SERIALISERS.require(serialiser)
        found = int(chosen.deserialise((OWNER, LATEST))[0]) if key is None else key
        where = f"the checkpoint {found!r} of {type(chosen).__name__}"
        state = unpack(chosen.deserialise((found, OWNER, "state")), where)
        self.values.check_optimisers(state.optimisers, where)
        self.values.write(state.values, where)
        self.values.restore_optimisers(state.optimisers)
        self.epoch, self.batch = state.epoch, state.batch
        self.updates, self.examples = state.updates, state.examples
        self._resumed = state

    def _state(self) -> TrainingState:
        tally: dict[str, np.ndarray] = {}
        if self.batch and self._tally is not None:
            tally = self._tally.state()
            for place, metric in enumerate(self._metrics.values()):
                tally |= {f"metric {place} {name}": value for name, value in _numbers(metric).items()}
        return TrainingState(
            epoch=self.epoch,
            batch=self.batch,
            updates=self.updates,
            examples=self.examples,
            values=self.values.read(),
            optimisers=self.values.optimisers(),
            callbacks={} if self._callbacks is None else self._callbacks.states(),
            tally=tally,
        )


def _numbers(metric: Any) -> dict[str, np.ndarray]:
    """The attributes of a metric that are numbers or arrays of them."""
    found = {name: np.asarray(value) for name, value in vars(metric).items()}
    return {name: value for name, value in found.items() if value.dtype.kind in "biuf"}


def _restore_numbers(metric: Any, tally: Mapping[str, np.ndarray], prefix: str) -> None:
    for name, value in tally.items():
        if name.startswith(prefix):
            setattr(metric, name.removeprefix(prefix), value if value.ndim else value.item())
