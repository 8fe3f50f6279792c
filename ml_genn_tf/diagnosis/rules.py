"""What a layer's errors mean and which option helps, as a table: the first rule that applies speaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, final

from ..methods import Method
from ..stages import Stage
from .layer_errors import LayerErrors

MUCH_CLIPPED = 0.005
LITTLE_USED = 0.3
MUCH_SILENCED = 0.1

NO_ALPHA = "Leave alpha out, so that each layer gets a range of its own from calibration data."


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Facts:
    """What is known about a layer."""

    stage: Stage
    errors: LayerErrors
    method: Method
    signed: bool

    @property
    def few_spike(self) -> bool:
        """Whether values are sent as codes, so that nothing but rounding and clipping can differ."""
        return self.method.name == "few-spike"

    @property
    def words(self) -> dict[str, Any]:
        """What sentences may mention."""
        errors, method = self.errors, self.method
        return {
            "clipped": f"{100 * errors.clipped:.2g} %",
            "used": f"{100 * (errors.used or 0):.2g} %",
            "silenced": f"{100 * errors.silenced:.2g} %",
            "negative": f"{100 * errors.negative:.2g} %",
            "lasting": f"{100 * errors.lasting:.2g} %",
            "timesteps": method.timesteps,
            "more_bits": min(method.timesteps + 2, 24),
            "more_timesteps": 2 * method.timesteps,
        }


@final
@dataclass(frozen=True, kw_only=True)
class Rule:
    """When it applies, what it says of the layer, and what helps: one text, or one for each method ("" for the others).

    Texts may mention `Facts.words`.
    """

    name: str
    applies: Callable[[Facts], bool]
    finding: str
    remedy: str | Mapping[str, str]

    def speak(self, facts: Facts) -> tuple[str, str]:
        """Finding and remedy for a layer."""
        remedy = self.remedy if isinstance(self.remedy, str) else self.remedy.get(facts.method.name, self.remedy[""])
        return self.finding.format(**facts.words), remedy.format(**facts.words)


def _is_input(facts: Facts) -> bool:
    return facts.stage.kind == "input"


def _lasts(facts: Facts) -> bool:
    """Whether more than rounding stays however many values are added up."""
    return facts.errors.drift > facts.errors.rounding


def _cut_off(facts: Facts) -> bool:
    errors = facts.errors
    return errors.clipped > MUCH_CLIPPED or errors.cut > max(errors.drift, errors.rounding)


def _uses_little(facts: Facts) -> bool:
    return facts.errors.used is not None and facts.errors.used < LITTLE_USED


RULES = (
    Rule(
        name="negative input",
        applies=lambda facts: _is_input(facts) and not facts.signed and facts.errors.negative > 0,
        finding="{negative} of the input values are negative, which an unsigned input sends as 0.",
        remedy="Convert with --signed.",
    ),
    Rule(
        name="input range",
        applies=lambda facts: _is_input(facts) and _cut_off(facts),
        finding="{clipped} of the input values exceed the full scale that the calibration data gave, and are cut off.",
        remedy="Scale the data like those that the thresholds were chosen on (--scale), or choose them on data like "
        "these (--norm-data).",
    ),
    Rule(
        name="random input",
        applies=lambda facts: _is_input(facts) and facts.method.options.get("input_type") == "poisson",
        finding="The input is sent as random spikes, whose number differs from the value by chance.",
        remedy="--method rate sends it as a direct current; --option input_type=if sends regular spikes.",
    ),
    Rule(
        name="alpha too small",
        applies=lambda facts: facts.method.options.get("alpha") is not None and _cut_off(facts),
        finding="The alpha that was given is too small: {clipped} of the ANN's activations are cut off.",
        remedy=NO_ALPHA,
    ),
    Rule(
        name="alpha too large",
        applies=lambda facts: facts.method.options.get("alpha") is not None and _uses_little(facts),
        finding="The alpha that was given is too large: activations reach {used} of the range, and codes are coarse.",
        remedy=NO_ALPHA,
    ),
    Rule(
        name="clipped",
        applies=_cut_off,
        finding="{clipped} of the ANN's activations lie above the highest value that it can send.",
        remedy={
            "": "Choose thresholds on more, or more varied, examples (--norm-data).",
            "rate": "Choose thresholds on more, or more varied, examples (--norm-data), or on the largest activations "
            "(--option balance=false --option percentile=100).",
            "simple": "Choose thresholds on data: --method rate.",
        },
    ),
    Rule(
        name="wide range",
        applies=_uses_little,
        finding="Its activations reach {used} of the range that it can send, so that steps are coarse.",
        remedy={
            "": "Choose thresholds on examples like these (--norm-data), or by activations alone: --method rate.",
            "few-spike": "Choose alpha on examples like these (--norm-data), or take more bits (--k {more_bits}).",
            "simple": "Choose thresholds on data: --method rate.",
        },
    ),
    Rule(
        name="fitted function",
        applies=lambda facts: facts.stage.kind == "curve",
        finding="Its activation function is sent as a staircase that is fitted to the calibrated range.",
        remedy="Take more bits (--k {more_bits}), or calibrate on more, or more varied, examples (--norm-data).",
    ),
    Rule(
        name="another layer",
        applies=lambda facts: facts.few_spike and _lasts(facts),
        finding="Few-spike coding is exact but for rounding and clipping, and this layer is off by {lasting} more: it "
        "does not compute what the ANN's layer computes of the same inputs.",
        remedy="Compare its weights, biases and alpha with the Keras layer's; if nobody changed the network, it is a "
        "fault of mlGeNN, which `ml-genn check` and the checks of the report should have seen.",
    ),
    Rule(
        name="irregular maximum",
        applies=lambda facts: facts.stage.kind == "max_pool" and facts.errors.own > facts.errors.rounding,
        finding="Max-pooling follows the neuron that has spiked most so far, which exceeds the largest of the rates.",
        remedy="--method few-spike pools exactly; so does a model trained with average pooling.",
    ),
    Rule(
        name="hard reset",
        applies=lambda facts: not facts.few_spike and facts.method.name != "rate" and facts.stage.kind == "relu",
        finding="Its neurons lose what exceeds the threshold when they spike, and start behind the layers before.",
        remedy={
            "": "--method rate keeps the surplus and lets each layer wait; or take more timesteps "
            "(--timesteps {more_timesteps}).",
            "simple": "--method rate keeps the surplus and chooses thresholds on data.",
        },
    ),
    Rule(
        name="silenced",
        applies=lambda facts: facts.errors.silenced > MUCH_SILENCED and _lasts(facts),
        finding="{silenced} of its neurons are active in the ANN but never spike: thresholds are too high for "
        "{timesteps} timesteps.",
        remedy="Take more timesteps (--timesteps {more_timesteps}), or choose thresholds on examples like these "
        "(--norm-data).",
    ),
    Rule(
        name="uneven spikes",
        applies=lambda facts: not facts.few_spike and _lasts(facts),
        finding="What its spikes stand for is off by {lasting} of its largest value, beyond rounding, however many are "
        "added up.",
        remedy="Take more timesteps (--timesteps {more_timesteps}), or calibrate on more examples "
        "(--norm-data, --option norm_examples=2000).",
    ),
    Rule(
        name="rounding",
        applies=lambda facts: True,
        finding="Its error is what sending values in so few steps must cost.",
        remedy={
            "": "Take more timesteps (--timesteps {more_timesteps}), or --method few-spike.",
            "few-spike": "Take more bits (--k {more_bits}).",
        },
    ),
)


def explain(facts: Facts) -> tuple[Rule, str, str]:
    """The first rule that applies, with its finding and remedy."""
    rule = next(rule for rule in RULES if rule.applies(facts))
    return (rule, *rule.speak(facts))
