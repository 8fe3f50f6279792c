"""What a search tries: methods with the options that serve few timesteps best, and one setting that it chooses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

from ..methods import Method, create_method

FITTED = 512
"""Calibration examples that thresholds are fitted to, at most half of all."""


@final
@dataclass(frozen=True)
class Family:
    """Conversions by one method that differ in one setting, of which a larger value loses less and costs more.

    Attributes:
        name: of the method.
        setting: name of the option that is chosen.
        values: what it may be, ascending.
        options: the others.
    """

    name: str
    setting: str
    values: tuple[int, ...]
    options: Mapping[str, Any] = field(default_factory=dict)

    def method(self, value: int) -> Method:
        """The method with this setting."""
        return create_method(self.name, **{self.setting: value}, **self.options)


CALIBRATED: Mapping[str, Any] = {
    "per_channel": True,
    "rule": "least-error",
    "correct": True,
    "norm_examples": FITTED,
}

BITS = tuple(range(1, 11))
FEW_SPIKE = (
    Family("few-spike", "k", BITS, {"input_type": "current", **CALIBRATED}),
    Family("few-spike", "k", BITS, CALIBRATED),
)
"""The second one where the first cannot convert the model."""

RATE = Family("rate", "timesteps", (1, 2))


def rate_timesteps(bits: int) -> tuple[int, ...]:
    """Timesteps of rate codes that may be cheaper than few-spike codes of so many bits, and lose no more.

    With T timesteps a neuron sends about as many spikes as with T bits, so T < bits; it has T + 1 levels instead of
    2^bits, of which weights and biases fitted to spikes make up for a factor of about four: T >= 2^(bits - 2).
    """
    return tuple(steps for steps in RATE.values if 2 ** (bits - 2) <= steps < bits)
