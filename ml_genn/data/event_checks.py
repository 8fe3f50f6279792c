"""What the events of a recording must satisfy before they may be called an example."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from ml_genn.errors import DataError

from .spikes import PreprocessedSpikes, chosen_spikes, preprocess_spikes

LATE = ("drop", "error")


@final
@dataclass(frozen=True, kw_only=True)
class EventLimits:
    """What events must keep to.

    Args:
        duration: length of a trial [ms]; None for no limit.
        late: what becomes of events at or after `duration`: "drop" leaves them out, "error" refuses the example.
        num_channels: neurons of the input; None for what is usual of the format.
        allow_empty: whether an example may have no events.

    Raises:
        DataError: a value is no such choice.
    """

    duration: float | None = None
    late: str = "drop"
    num_channels: int | None = None
    allow_empty: bool = False

    def __post_init__(self) -> None:
        if self.duration is not None and not 0 < self.duration < np.inf:
            raise DataError(f"the duration of a trial must be a positive number of milliseconds, got {self.duration}")
        if self.late not in LATE:
            raise DataError(f"late events are treated by 'drop' or 'error', got {self.late!r}")
        if self.num_channels is not None and not (
            isinstance(self.num_channels, int | np.integer) and self.num_channels > 0
        ):
            raise DataError(f"the number of channels must be positive and whole, got {self.num_channels}")


def checked_events(times: Any, ids: Any, num_channels: int, limits: EventLimits, where: str) -> PreprocessedSpikes:
    """The events of an example as spikes.

    Events in a file may have any order; they are sorted.

    Args:
        times: time of each event [ms].
        ids: channel of each.
        num_channels: how many channels there are.
        limits: what they must keep to.
        where: file and example, for messages.

    Raises:
        DataError: a time is negative or not finite or, where that is refused, beyond the trial; a channel does not
            exist; or there are no events.
    """
    try:
        spikes = preprocess_spikes(times, ids, num_channels)
    except DataError as error:
        raise DataError(f"{where}: {error}") from error
    everything = spikes.spike_times
    if limits.duration is not None:
        late = spikes.spike_times >= limits.duration
        if limits.late == "error" and late.any():
            raise DataError(
                f"{where} has {late.sum()} events at or after {limits.duration:g} ms, the duration of a trial; "
                "lengthen it, or drop them (late='drop')"
            )
        spikes = chosen_spikes(spikes, ~late)
    if not len(spikes.spike_times) and not limits.allow_empty:
        first = f"; its first event is at {everything.min():g} ms" if len(everything) else ""
        raise DataError(
            f"{where} has no events in the trial; leave it out, or allow empty examples (allow_empty=True){first}"
        )
    return spikes
