"""Weight update models: what synapses do with spikes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..access import VarAccess
from ..connection import Connection
from ..connectivity import ConnectivitySnippet
from ..errors import UnsupportedError
from ..model import NeuronModel, Param, Var, VarRef, WeightUpdateModel
from ..runtime.spikes import POSITIVE_COUNT
from ..values import is_initializer, is_number
from .delays import longest_delay

Members = tuple[tuple[Param, ...], tuple[Var, ...]]


def static_pulse(connection: Connection, snippet: ConnectivitySnippet, source: NeuronModel) -> WeightUpdateModel:
    """Each spike adds its weight to the target's input; each negative spike subtracts it."""
    weight, (params, variables) = _weight(snippet)
    delay, delay_vars = _delay(connection, snippet)
    negative = source.negative_event_var
    return WeightUpdateModel(
        pre_spike_syn_code=_add(weight, delay),
        pre_event_threshold_condition_code="" if negative is None else f"{negative} < 0.0",
        pre_event_syn_code="" if negative is None else _add(f"-{weight}", delay),
        params=params,
        vars=variables + delay_vars,
        pre_neuron_var_refs=() if negative is None else (VarRef(negative, negative),),
        longest_delay=None if delay is None else longest_delay(connection, snippet.delay),
    )


def graded_code(snippet: ConnectivitySnippet, sent: str = "Q") -> WeightUpdateModel:
    """Each number in the variable `sent`, as one event, adds that many times its weight to the target's input."""
    weight, (params, variables) = _weight(snippet)
    return WeightUpdateModel(
        pre_event_threshold_condition_code=f"{sent} != 0.0",
        pre_event_syn_code=f"addToPost({weight} * {sent});",
        params=params,
        vars=variables,
        pre_neuron_var_refs=(VarRef(sent, sent),),
    )


def worth_of_spike(snippet: ConnectivitySnippet, worth: str) -> WeightUpdateModel:
    """Each spike adds what the variable `worth` of its neuron says, times its weight, to the target's input."""
    weight, (params, variables) = _weight(snippet)
    return WeightUpdateModel(
        pre_spike_syn_code=f"addToPost({weight} * {worth});",
        params=params,
        vars=variables,
        pre_neuron_var_refs=(VarRef(worth, worth),),
    )


def graded_maximum() -> WeightUpdateModel:
    """The target's input is the largest code that arrives."""
    return WeightUpdateModel(
        pre_event_threshold_condition_code="Q != 0.0",
        pre_event_syn_code="maxToPost(Q);",
        pre_neuron_var_refs=(VarRef("Q", "Q"),),
    )


def leading_only(connection: Connection, source: NeuronModel) -> WeightUpdateModel:
    """A spike reaches the target if its sender was in the lead: its count, which includes it, exceeds Leading.

    Raises:
        UnsupportedError: the source sends negative spikes.
    """
    if connection.ends[0].neuron.sends_values:
        raise UnsupportedError(f"{connection.describe()}: MaxPool2D connectivity needs a source that spikes")
    if source.negative_event_var is not None:
        raise UnsupportedError(f"{connection.describe()}: MaxPool2D connectivity cannot follow negative spikes")
    sent = "Prefix" if source.var(POSITIVE_COUNT) is None else POSITIVE_COUNT
    return WeightUpdateModel(
        pre_spike_syn_code="if (Prefix > Leading) {\n    addToPost(1.0);\n}",
        pre_neuron_var_refs=(VarRef("Prefix", sent),),
        post_neuron_var_refs=(VarRef("Leading", "Leading"),),
    )


def _weight(snippet: ConnectivitySnippet) -> tuple[str, Members]:
    """How code spells the weight, and the members it needs."""
    value = snippet.weight
    if is_number(value):
        return "g", ((Param("g", value * snippet.scale),), ())
    if is_initializer(value) and snippet.scale != 1.0:
        variable = Var("g", value, access=VarAccess.READ_ONLY)
        return "(g * WeightScale)", ((Param("WeightScale", snippet.scale),), (variable,))
    return "g", ((), (Var("g", scaled(value, snippet.scale), access=VarAccess.READ_ONLY),))


def scaled(weights: np.ndarray, scale: float) -> np.ndarray:
    """Weights as the engine holds those that are given as an array."""
    return weights if scale == 1.0 else weights * np.asarray(scale, weights.dtype)


def _delay(connection: Connection, snippet: ConnectivitySnippet) -> tuple[str | None, tuple[Var, ...]]:
    if is_number(snippet.delay):
        return None, ()
    kind = "uint8_t" if longest_delay(connection, snippet.delay) < 256 else "uint16_t"
    value: Any = snippet.delay if is_initializer(snippet.delay) else np.round(snippet.delay)
    return "d", (Var("d", value, kind, VarAccess.READ_ONLY),)


def _add(weight: str, delay: str | None) -> str:
    return f"addToPost({weight});" if delay is None else f"addToPostDelay({weight}, {delay});"
