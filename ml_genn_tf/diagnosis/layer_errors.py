"""Where a layer's error comes from: what it inherits from the layers before it, and what it adds itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from ..ir import Array


@final
@dataclass(frozen=True, eq=False)
class Code:
    """What the neurons of a stage can send: `centre` and multiples of `step` up to `limit` from it, both (neurons,)."""

    limit: Array
    step: Array
    centre: float = 0.0

    def nearest(self, values: Array) -> Array:
        """The value that is sent for each, (examples, neurons); negative ones by their magnitude."""
        coded = values - self.centre
        whole = np.rint(np.abs(coded) / self.step) * self.step
        return np.asarray(self.centre + np.sign(coded) * np.minimum(whole, self.limit))

    def beyond(self, values: Array) -> Array:
        """By how much each exceeds the limit; up to half a step does not count."""
        excess = np.abs(values - self.centre) - self.limit
        return np.where(excess > self.step / 2, excess, 0.0)


@final
class LayerErrors:
    """Sums over the examples seen so far, for one stage.

    With a the ANN's values, d the decoded ones, r what the ANN's layer makes of the decoded values of its sources, and
    q(r) the nearest value to r that the layer can send:

    * error = mean |d - a| / A, A = largest |a|;
    * inherited = mean |r - a| / A: the layer did nothing wrong, its inputs differ;
    * own = mean |d - r| / A: what the layer added to its own inputs;
    * rounding = what a code costs whose highest value is A: a quarter of a step for each active neuron, / A;
    * lasting = the part of `own` that rounding does not explain and that does not average out: the length of the
      vector of drift, cut and coarseness. Drift is, over channels, the root mean square of mean (d - q(r)), / A; cut
      the same of what is beyond the limit; coarseness the rounding that a range wider than A costs in addition.

    Args:
        neurons: of the stage.
        channels: along its last axis, which share a mean.
        code: None for values that are not coded.
        resolution: a step in parts of the limit, for all stages alike.
    """

    def __init__(self, neurons: int, channels: int, code: Code | None, resolution: float) -> None:
        self._channels = channels
        self._code = code
        self._resolution = resolution
        self._compared = 0
        self._total = self._inherited = self._own = self._largest = 0.0
        self._beyond = self._active = self._negative = 0
        self._drift, self._cut = np.zeros(channels), np.zeros(channels)
        self._ann_fired, self._fired = np.zeros(neurons, bool), np.zeros(neurons, bool)

    def add(self, ann: Array, given: Array, decoded: Array) -> None:
        """One batch, all (examples, neurons): a, r and d."""
        self._compared += ann.size
        self._total += _sum(np.abs(decoded - ann))
        self._inherited += _sum(np.abs(given - ann))
        self._own += _sum(np.abs(decoded - given))
        magnitude = np.abs(ann)
        self._largest = max(self._largest, float(magnitude.max(initial=0.0)))
        self._active += int(np.count_nonzero(magnitude))
        self._negative += int(np.count_nonzero(ann < 0))
        self._ann_fired |= magnitude.any(axis=0)
        self._fired |= decoded.any(axis=0)
        self._drift += self._by_channel(decoded - (self._code.nearest(given) if self._code else given))
        if self._code is not None:
            self._beyond += int(np.count_nonzero(self._code.beyond(ann)))
            self._cut += self._by_channel(self._code.beyond(given))

    @property
    def error(self) -> float:
        """mean |d - a| / A."""
        return self._relative(self._total)

    @property
    def inherited(self) -> float:
        """mean |r - a| / A."""
        return self._relative(self._inherited)

    @property
    def own(self) -> float:
        """mean |d - r| / A."""
        return self._relative(self._own)

    @property
    def rounding(self) -> float:
        """What rounding must cost."""
        return self._resolution / 4 * self._active / max(self._compared, 1)

    @property
    def drift(self) -> float:
        """Root mean square over channels of mean (d - q(r)), / A."""
        return self._root_mean_square(self._drift)

    @property
    def cut(self) -> float:
        """Root mean square over channels of the mean value that is cut off, / A."""
        return self._root_mean_square(self._cut)

    @property
    def coarseness(self) -> float:
        """Rounding beyond what a range of A would cost."""
        return 0.0 if self.used is None else self.rounding * max(1 / max(self.used, 1e-9) - 1, 0.0)

    @property
    def lasting(self) -> float:
        """What is left of the layer's own error however many values are added up."""
        return float(np.linalg.norm((self.drift, self.cut, self.coarseness)))

    @property
    def clipped(self) -> float:
        """Fraction of the ANN's values that exceed what the layer can send."""
        return self._beyond / max(self._compared, 1)

    @property
    def negative(self) -> float:
        """Fraction of the ANN's values below zero."""
        return self._negative / max(self._compared, 1)

    @property
    def silenced(self) -> float:
        """Fraction of the neurons that are active in the ANN on some example but never spike."""
        return float(np.mean(self._ann_fired & ~self._fired))

    @property
    def used(self) -> float | None:
        """A in parts of the largest limit; None for values that are not coded."""
        return None if self._code is None else self._largest / float(self._code.limit.max())

    def _by_channel(self, values: Array) -> Array:
        return np.asarray(values.reshape(-1, self._channels).sum(axis=0, dtype=np.float64))

    def _root_mean_square(self, sums: Array) -> float:
        means = sums * (self._channels / max(self._compared, 1))
        return float(np.sqrt(np.mean(means**2))) / (self._largest or 1.0)

    def _relative(self, total: float) -> float:
        return total / max(self._compared, 1) / (self._largest or 1.0)


def _sum(values: Array) -> float:
    return float(values.sum(dtype=np.float64))
