"""Leaky neurons, with and without spikes, with and without exponential synapses: LIF, LI, CubaLIF, CubaLI; and I."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from ...neurons import LeakyIntegrate, LeakyIntegrateFire
from ...synapses import Delta, Exponential
from .library import nir_library
from .membrane import numbers, refuse_start, reset_note, subtracts, threshold_from_nir, threshold_to_nir
from .order import Order
from .pairs import NeuronPair, Terms
from .problems import Refusal
from .steps import Steps, lost

SAME = 1e-6
"""How near two gains must be to be one: a single-precision file holds them to 1e-7."""


@final
@dataclass(frozen=True, eq=False)
class Membrane:
    """A leaky membrane as NIR has it: V <- a V + gain I, around `rest`."""

    tau: np.ndarray
    gain: np.ndarray
    rest: np.ndarray

    def scale(self, dt: float) -> tuple[bool, np.ndarray]:
        """(scale_i, factor): what of the gain our neuron has itself, and what is left, 1 in most files."""
        own = lost(self.tau, dt)
        scaled = bool(np.allclose(self.gain, own, rtol=SAME) and not np.allclose(own, 1.0, rtol=SAME))
        left = self.gain / own if scaled else self.gain
        return scaled, np.ones_like(left) if np.allclose(left, 1.0, rtol=SAME) else left


def _written(neuron: Any, order: Order, steps: Steps, tau_name: str = "tau_mem") -> dict[str, np.ndarray]:
    """tau, r and v_leak of a membrane."""
    tau = numbers(neuron, tau_name, order)
    if np.isinf(tau).any():
        raise Refusal("some of its time constants are infinite, or its synapses decay", "use finite time constants")
    gain = lost(tau, steps.dt) if neuron.scale_i else 1.0
    return {"tau": steps.tau_to_nir(tau), "r": steps.gain_to_nir(gain, tau), "v_leak": np.zeros(order.shape)}


def _spiking(neuron: Any, order: Order, terms: Terms) -> dict[str, Any]:
    """v_threshold and v_reset, relative to the initial value, and metadata."""
    start = numbers(neuron, "v", order)
    if neuron.tau_refrac is not None:
        raise Refusal("it has a refractory period, which NIR's neurons do not", "use tau_refrac=None")
    return {
        "v_threshold": threshold_to_nir(numbers(neuron, "v_thresh", order) - start),
        "v_reset": (numbers(neuron, "v_reset", order) - start).astype(np.float32),
        "metadata": reset_note(neuron.relative_reset, soft_reset=terms.soft_reset),
    }


def _with_synapse(parts: dict[str, Any], synapse: Any, order: Order, steps: Steps) -> dict[str, Any]:
    """The parts of a membrane behind an exponential synapse."""
    tau = numbers(synapse, "tau", order)
    gain = tau / steps.dt * lost(tau, steps.dt) if synapse.scale_i else 1.0
    rest = {name: value for name, value in parts.items() if name != "tau"}
    return {
        **rest,
        "tau_mem": parts["tau"],
        "tau_syn": steps.tau_to_nir(tau),
        "w_in": steps.gain_to_nir(gain, tau),
    }


def _write_fire(neuron: Any, synapse: Any, order: Order, terms: Terms) -> Any:
    return nir_library().LIF(**_written(neuron, order, terms.steps), **_spiking(neuron, order, terms))


def _write_cuba_fire(neuron: Any, synapse: Any, order: Order, terms: Terms) -> Any:
    refuse_start(neuron, order)
    parts = {**_written(neuron, order, terms.steps), **_spiking(neuron, order, terms)}
    return nir_library().CubaLIF(**_with_synapse(parts, synapse, order, terms.steps))


def _write_integrate(neuron: Any, synapse: Any, order: Order, terms: Terms) -> Any:
    refuse_start(neuron, order)
    return nir_library().LI(**_written(neuron, order, terms.steps))


def _write_cuba_integrate(neuron: Any, synapse: Any, order: Order, terms: Terms) -> Any:
    refuse_start(neuron, order)
    parts = _written(neuron, order, terms.steps)
    return nir_library().CubaLI(**_with_synapse(parts, synapse, order, terms.steps))


def _write_endless(neuron: Any, synapse: Any, order: Order, terms: Terms) -> Any:
    refuse_start(neuron, order)
    if neuron.scale_i:
        raise Refusal("without leak and with scale_i it takes no input at all", "use scale_i=False")
    return nir_library().I(r=np.ones(order.shape))


def _fire(node: Any, membrane: Membrane, order: Order, dt: float) -> Any:
    """Voltages relative to rest, in units of what is left of the gain."""
    scaled, factor = membrane.scale(dt)
    if not (factor > 0).all():
        raise Refusal("its r must be positive", "correct the file")
    threshold = (np.asarray(node.v_threshold, np.float64) - membrane.rest) / factor
    return LeakyIntegrateFire(
        v_thresh=order.from_nir(threshold_from_nir(threshold)),
        v_reset=order.from_nir((np.asarray(node.v_reset, np.float64) - membrane.rest) / factor),
        tau_mem=order.from_nir(membrane.tau),
        relative_reset=subtracts(node),
        scale_i=scaled,
    )


def _integrate(membrane: Membrane, order: Order, dt: float) -> Any:
    scaled, factor = membrane.scale(dt)
    if (factor != 1.0).any():
        raise Refusal(
            f"its r makes input count {float(factor.flat[0]):g} times, which would scale what is read from it",
            "put the factor into the weights",
        )
    return LeakyIntegrate(
        v=order.from_nir(membrane.rest),
        bias=order.from_nir(membrane.rest * lost(membrane.tau, dt)),
        tau_mem=order.from_nir(membrane.tau),
        scale_i=scaled,
        readout="var",
    )


def _membrane(node: Any, steps: Steps) -> Membrane:
    return Membrane(
        steps.tau_from_nir(node.tau), steps.gain_from_nir(node.r, node.tau), np.asarray(node.v_leak, np.float64)
    )


def _cuba(node: Any, order: Order, steps: Steps) -> tuple[Membrane, Any]:
    """The membrane, with what its synapse cannot take of the gain, and the synapse."""
    tau = steps.tau_from_nir(node.tau_syn)
    gain = steps.gain_from_nir(node.w_in, node.tau_syn)
    mean = tau / steps.dt * lost(tau, steps.dt)
    scaled = bool(np.allclose(gain, mean, rtol=SAME))
    left = 1.0 if scaled or np.allclose(gain, 1.0, rtol=SAME) else gain
    membrane = Membrane(
        steps.tau_from_nir(node.tau_mem),
        steps.gain_from_nir(node.r, node.tau_mem) * left,
        np.asarray(node.v_leak, np.float64),
    )
    return membrane, Exponential(tau=order.from_nir(tau), scale_i=scaled)


def _read_fire(node: Any, order: Order, terms: Terms) -> tuple[Any, Any]:
    return _fire(node, _membrane(node, terms.steps), order, terms.steps.dt), Delta()


def _read_cuba_fire(node: Any, order: Order, terms: Terms) -> tuple[Any, Any]:
    membrane, synapse = _cuba(node, order, terms.steps)
    return _fire(node, membrane, order, terms.steps.dt), synapse


def _read_integrate(node: Any, order: Order, terms: Terms) -> tuple[Any, Any]:
    return _integrate(_membrane(node, terms.steps), order, terms.steps.dt), Delta()


def _read_cuba_integrate(node: Any, order: Order, terms: Terms) -> tuple[Any, Any]:
    membrane, synapse = _cuba(node, order, terms.steps)
    return _integrate(membrane, order, terms.steps.dt), synapse


def _read_endless(node: Any, order: Order, terms: Terms) -> tuple[Any, Any]:
    if (np.asarray(node.r) != 1.0).any():
        raise Refusal("its r is not 1, which would scale what is read from it", "put the factor into the weights")
    return LeakyIntegrate(tau_mem=float("inf"), readout="var"), Delta()


def _bias(neuron: Any, order: Order, terms: Terms) -> np.ndarray:
    """Ours is not scaled with the input."""
    return np.asarray(numbers(neuron, "bias", order) / _gain(neuron, numbers(neuron, "tau_mem", order), terms))


def _bias_and_start(neuron: Any, order: Order, terms: Terms) -> np.ndarray:
    """Relative to its initial value v the membrane decays to -v, as under a bias of -v (1 - Alpha)."""
    tau = numbers(neuron, "tau_mem", order)
    back = numbers(neuron, "v", order) * lost(tau, terms.steps.dt)
    return np.asarray(_bias(neuron, order, terms) - back / _gain(neuron, tau, terms))


def _gain(neuron: Any, tau: Any, terms: Terms) -> Any:
    """What an input of one adds to the membrane."""
    return lost(tau, terms.steps.dt) if neuron.scale_i else 1.0


def _bias_without_leak(neuron: Any, order: Order, terms: Terms) -> np.ndarray:
    return numbers(neuron, "bias", order)


def _no_bias_behind_synapse(neuron: Any, order: Order, terms: Terms) -> np.ndarray:
    if numbers(neuron, "bias", order).any():
        raise Refusal("its bias would pass through its exponential synapses", "use bias=0, or Delta synapses")
    return np.zeros(order.shape)


def _add_bias(neuron: Any, current: Any, terms: Terms) -> None:
    if np.any(current):
        gain = _gain(neuron, np.ravel(neuron.tau_mem), terms)
        _set_bias(neuron, np.ravel(neuron.bias) + np.asarray(current, np.float64) * gain)


def _add_bias_and_start(neuron: Any, current: Any, terms: Terms) -> None:
    """As `_bias_and_start`; a bias that is there for the initial value alone is none."""
    tau = np.ravel(neuron.tau_mem)
    back = np.ravel(neuron.v) * lost(tau, terms.steps.dt)
    bias = back + np.asarray(current, np.float64) * _gain(neuron, tau, terms)
    _set_bias(neuron, np.where(np.abs(bias) <= SAME * np.abs(back), 0.0, bias))


def _set_bias(neuron: Any, bias: np.ndarray) -> None:
    neuron.bias = bias if bias.size > 1 and bias.any() else float(bias.flat[0])


def _refuse_bias(neuron: Any, current: Any, terms: Terms) -> None:
    if np.any(current):
        raise Refusal(
            "a bias passes through its exponential synapse, and our synapses take spikes only",
            "use a neuron without synapse, or no bias",
        )


PAIRS = (
    NeuronPair(
        neuron="LeakyIntegrateFire",
        synapse="Delta",
        node="LIF",
        equation="v ← a v + (1 - a) r I, spike, reset",
        write=_write_fire,
        read=_read_fire,
        bias_to_nir=_bias_and_start,
        take_bias=_add_bias_and_start,
        input_neuron="LeakyIntegrateFireInput",
    ),
    NeuronPair(
        neuron="LeakyIntegrateFire",
        synapse="Exponential",
        node="CubaLIF",
        equation="i ← a_syn i + (1 - a_syn) w_in I, v ← a v + (1 - a) r i, spike, reset",
        write=_write_cuba_fire,
        read=_read_cuba_fire,
        bias_to_nir=_no_bias_behind_synapse,
        take_bias=_refuse_bias,
    ),
    NeuronPair(
        neuron="LeakyIntegrate",
        synapse="Delta",
        node="LI",
        equation="v ← a v + (1 - a) r I",
        write=_write_integrate,
        read=_read_integrate,
        bias_to_nir=_bias,
        take_bias=_add_bias,
    ),
    NeuronPair(
        neuron="LeakyIntegrate",
        synapse="Exponential",
        node="CubaLI",
        equation="i ← a_syn i + (1 - a_syn) w_in I, v ← a v + (1 - a) r i",
        write=_write_cuba_integrate,
        read=_read_cuba_integrate,
        bias_to_nir=_no_bias_behind_synapse,
        take_bias=_refuse_bias,
    ),
    NeuronPair(
        neuron="LeakyIntegrate",
        synapse="Delta",
        node="I",
        equation="v ← v + I (tau_mem is infinite)",
        write=_write_endless,
        read=_read_endless,
        bias_to_nir=_bias_without_leak,
        take_bias=_add_bias,
        without_leak=True,
    ),
)
