"""What EventProp's compiler refuses before it starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...connection import Connection
from ...connectivity import (
    AvgPool2D,
    AvgPoolConv2D,
    AvgPoolDense2D,
    Conv2D,
    Conv2DTranspose,
    Dense,
    FixedProbability,
    OneToOne,
    Sparse,
)
from ...errors import DescriptionError, UnsupportedError
from ...network import Network
from ...neurons import Input
from ...population import Population
from ...readouts import FirstSpikeTime
from ...synapses import Exponential
from .adjoint import NeuronAdjoint
from .delays import room_for_delays
from .trainable import DELAY, TAU, WEIGHT, Choices, Trainable

APART = (Dense, FixedProbability, OneToOne, Sparse)
"""Connectivity whose synapses have delays of their own, which may be learnt."""
TRAINABLE = (AvgPoolConv2D, AvgPoolDense2D, Conv2D, Conv2DTranspose, *APART)
FIXED = (AvgPool2D,)
"""Connectivity without weights to learn, through which gradients pass."""


def check_connection(connection: Connection) -> None:
    """Check that the weights of a connection can be learnt, or that it has none and gradients pass.

    Raises:
        UnsupportedError: they cannot.
    """
    kind = type(connection.connectivity).__name__
    if not isinstance(connection.connectivity, (*TRAINABLE, *FIXED)):
        known, fixed = (", ".join(cls.__name__ for cls in classes) for classes in (TRAINABLE, FIXED))
        why = ", since which source is in the lead has no derivative" * connection.connectivity.selects_maximum
        raise UnsupportedError(
            f"{connection.describe()}: EventProp cannot train {kind} connectivity{why}; it can {known}, and networks "
            f"with {fixed}"
        )
    target = connection.ends[1]
    if isinstance(target.neuron, Input):
        raise UnsupportedError(
            f"{connection.describe()}: {type(target.neuron).__name__} neurons ignore synaptic input, so that no weight "
            "of this connection could be learnt; remove it"
        )


def check_source(connection: Connection, source: NeuronAdjoint) -> None:
    """Check that spikes can come along a connection.

    Raises:
        UnsupportedError: they cannot.
    """
    if not source.sends_spikes:
        kind = type(connection.ends[0].neuron).__name__
        raise UnsupportedError(
            f"{connection.describe()}: {kind} neurons never spike, so that nothing ever comes along this connection; "
            "use LeakyIntegrateFire neurons, or remove it"
        )


def check_choices(network: Network, choices: Choices, adjoints: Mapping[Population, NeuronAdjoint]) -> None:
    """Check that everything that is to be learnt can be.

    Raises:
        UnsupportedError: something cannot.
    """
    for connection in network.connections:
        known = [WEIGHT, DELAY, *([TAU] if isinstance(connection.synapse, Exponential) else [])]
        for name, choice in choices.of(connection):
            _check_known(connection.describe(), name, choice, known)
            if name == DELAY:
                check_delay(connection, choice)
    for population in network.populations:
        known = [constant.name for constant in adjoints[population].constants]
        for name, choice in choices.of(population):
            _check_known(f"{population}, {type(population.neuron).__name__}", name, choice, known)


def _check_known(owner: str, name: str, choice: Trainable, known: Sequence[str]) -> None:
    if name not in known:
        listed = ", ".join(map(repr, known)) or "nothing"
        raise UnsupportedError(f"{owner}: EventProp cannot learn {name!r}; it can {listed}")
    if choice.shared and name in (WEIGHT, DELAY):
        raise UnsupportedError(
            f"{owner}: a {name} belongs to a synapse and cannot be shared; only constants of neurons and {TAU!r} of a "
            "connection can. Leave out shared=True"
        )


def check_delay(connection: Connection, choice: Trainable) -> None:
    """Check that the delays of a connection can be learnt.

    Raises:
        UnsupportedError: synapses share them.
        DescriptionError: nothing says how long they may become, or bounds go beyond.
    """
    if not isinstance(connection.connectivity, APART):
        kind, known = type(connection.connectivity).__name__, ", ".join(cls.__name__ for cls in APART)
        raise UnsupportedError(
            f"{connection.describe()}: EventProp cannot learn delays of {kind} connectivity, whose synapses share one; "
            f"it can those of {known}: list the synapses with Sparse to learn one for each"
        )
    longest = room_for_delays(connection)
    low, high = choice.bounds(0.0, longest)
    if not 0.0 <= low <= high <= longest:
        raise DescriptionError(
            f"{connection.describe()}: delays are learnt between 0 and max_delay_steps={longest}, the bounds are "
            f"{low:g} and {high:g}; change either"
        )


def find_outputs(network: Network) -> list[Population]:
    """The populations with a readout.

    Raises:
        DescriptionError: there are none.
    """
    outputs = [population for population in network.populations if population.neuron.readout is not None]
    if not outputs:
        raise DescriptionError("EventPropCompiler needs an output - No readout populations found in the network.")
    return outputs


def check_output(output: Population, adjoint: NeuronAdjoint) -> None:
    """Check that the readout of an output is one that EventProp knows of such neurons.

    Raises:
        UnsupportedError: the neurons spike, and the readout looks at what their resets change.
    """
    if adjoint.jump and not isinstance(output.neuron.readout, FirstSpikeTime):
        kind = type(output.neuron.readout).__name__
        raise UnsupportedError(
            f"{output}: EventProp cannot train spiking outputs with {kind} readouts; use FirstSpikeTime, or "
            "LeakyIntegrate neurons"
        )


def refuse_changed(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
    """Refuse arguments that this version takes but cannot follow.

    Raises:
        UnsupportedError: one of them is not at its default.
    """
    for name, default in defaults.items():
        value = given[name]
        if value not in (None, default, (), [], {}):
            raise UnsupportedError(
                f"EventPropCompiler does not support {name} yet, got {value!r}; leave it at its default, {default!r}"
            )
