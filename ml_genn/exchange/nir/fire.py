"""Integrate-and-fire neurons without leak: IF."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...neurons import IntegrateFire
from ...synapses import Delta
from .library import nir_library
from .membrane import numbers, reset_note, subtracts, threshold_from_nir, threshold_to_nir
from .order import Order
from .pairs import NeuronPair, Terms
from .problems import Refusal


def _write(neuron: Any, synapse: Any, order: Order, terms: Terms) -> Any:
    """NIR's membrane starts at 0: ours minus its initial value, which shifts threshold and reset."""
    start = numbers(neuron, "v", order)
    return nir_library().IF(
        r=np.ones(order.shape),
        v_threshold=threshold_to_nir(numbers(neuron, "v_thresh", order) - start),
        v_reset=(numbers(neuron, "v_reset", order) - start).astype(np.float32),
        metadata=reset_note(neuron.relative_reset, soft_reset=terms.soft_reset),
    )


def _read(node: Any, order: Order, terms: Terms) -> tuple[Any, Any]:
    gain = np.asarray(node.r, np.float64)
    if not (gain > 0).all():
        raise Refusal("its r must be positive", "correct the file")
    threshold = threshold_from_nir(np.asarray(node.v_threshold, np.float64) / gain)
    neuron = IntegrateFire(
        v_thresh=order.from_nir(threshold),
        v_reset=order.from_nir(np.asarray(node.v_reset, np.float64) / gain),
        relative_reset=subtracts(node),
    )
    return neuron, Delta()


def _bias(neuron: Any, order: Order, terms: Terms) -> np.ndarray:
    return numbers(neuron, "bias", order)


def _take_bias(neuron: Any, current: Any, terms: Terms) -> None:
    neuron.bias = current


PAIRS = (
    NeuronPair(
        neuron="IntegrateFire",
        synapse="Delta",
        node="IF",
        equation="v ← v + I, spike, reset",
        write=_write,
        read=_read,
        bias_to_nir=_bias,
        take_bias=_take_bias,
        input_neuron="IntegrateFireInput",
    ),
)
