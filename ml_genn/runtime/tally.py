"""What an epoch of training comes to, added up batch by batch."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, final

import numpy as np

from .activity import Activity
from .history import EpochResult, LossMean, LostLabelSpikes, results
from .stopwatch import Stopwatch
from .tapes import Tapes


@final
class EpochTally:
    """Losses, activity and times of an epoch.

    Args:
        epoch: its number.
        tapes: counts of the trial that ran last.
        stopwatch: the network's.
    """

    def __init__(self, epoch: int, tapes: Tapes, stopwatch: Stopwatch) -> None:
        self.epoch = epoch
        self.losses = LossMean(epoch)
        self.activity = Activity(tapes)
        self.lost = LostLabelSpikes()
        self._stopwatch = stopwatch
        self._began, self._worked = time.perf_counter(), time.process_time()
        self._before = dict(stopwatch.seconds)
        self._times: dict[str, Any] = {}

    def stop(self) -> None:
        """The last batch has been learnt."""
        parts = {name: seconds - self._before.get(name, 0.0) for name, seconds in self._stopwatch.seconds.items()}
        self._times = {
            "seconds": time.perf_counter() - self._began,
            "cpu_seconds": time.process_time() - self._worked,
            "parts": {name: seconds for name, seconds in parts.items() if seconds > 0.0},
        }

    def state(self) -> dict[str, np.ndarray]:
        """Numbers to go on from; times are not among them."""
        return {**self.losses.state(), **self.lost.state(), **self.activity.state()}

    def restore(self, state: Mapping[str, np.ndarray], outputs: Iterable[Any]) -> None:
        """Go on from what `state` gave."""
        self.losses.restore(state, outputs)
        self.lost.restore(state, outputs)
        self.activity.restore(state)

    def result(self, metrics: Mapping[Any, Any], validation: tuple[Any, Any]) -> EpochResult:
        """What the epoch came to.

        Args:
            metrics: metrics by output.
            validation: losses and metrics of validation data, or None twice.
        """
        return EpochResult(
            self.epoch,
            self.losses.means,
            results(metrics),
            self.lost.counts,
            *validation,
            examples=self.activity.examples,
            activity=self.activity.populations,
            **self._times,
        )
