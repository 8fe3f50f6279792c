"""What NIR cannot express is refused by name, all of it at once, with the reason and what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.compilers import InferenceCompiler
from ml_genn.connectivity import (
    AvgPool2D,
    Conv2D,
    Conv2DTranspose,
    Dense,
    FixedProbability,
    MaxPool2D,
    OneToOne,
    Sparse,
)
from ml_genn.errors import DescriptionError, UnsupportedModelError
from ml_genn.exchange.nir import dense as dense_family
from ml_genn.exchange.nir import export_nir
from ml_genn.initializers import Normal
from ml_genn.neurons import (
    AdaptiveLeakyIntegrateFire,
    BinarySpikeInput,
    FewSpikeRelu,
    FewSpikeReluInput,
    IntegrateFire,
    IntegrateFireInput,
    LeakyIntegrate,
    LeakyIntegrateFire,
    SignedIntegrateFire,
    SpikeMaxPool,
)
from ml_genn.synapses import Exponential

Build = Callable[[], tuple[Network, Any, Any]]
IMAGE = (4, 4, 2)


def ones(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float32)


def neuron_case(neuron: Any, synapse: Any = "delta") -> Build:
    """Six inputs, three neurons."""
    return join(Dense(ones(6, 3)), 6, None, neuron, synapse)


def join(connectivity: Any, source: Any, target: Any, neuron: Any = None, synapse: Any = "delta") -> Build:
    def build() -> tuple[Network, Any, Any]:
        network = Network()
        with network:
            one = Population(BinarySpikeInput(), source, name="one")
            other = Population(neuron or IntegrateFire(), target, name="other")
            Connection(one, other, connectivity, synapse, max_delay_steps=4)
        return network, one, other

    return build


def image_after_dense() -> tuple[Network, Any, Any]:
    network = Network()
    with network:
        one = Population(BinarySpikeInput(), 6, name="one")
        image = Population(IntegrateFire(), IMAGE, name="image")
        other = Population(IntegrateFire(), name="other")
        Connection(one, image, Dense(ones(6, 32)))
        Connection(image, other, Conv2D(ones(2, 2, 2, 3), 3, 2))
    return network, one, other


def two_synapses() -> tuple[Network, Any, Any]:
    network, one, other = neuron_case(LeakyIntegrateFire(relative_reset=False), Exponential(5.0))()
    with network:
        Connection(one, other, Dense(ones(6, 3)), Exponential(np.array([4.0, 5.0, 6.0])))
    return network, one, other


def unconnected() -> tuple[Network, Any, Any]:
    network, one, other = neuron_case(IntegrateFire())()
    with network:
        Population(IntegrateFire(), 3, name="alone")
    return network, one, other


def biased_input() -> tuple[Network, Any, Any]:
    network = Network()
    with network:
        one = Population(IntegrateFireInput(bias=0.5), 6, name="one")
        other = Population(IntegrateFire(), name="other")
        Connection(one, other, Dense(ones(6, 3)))
    return network, one, other


def same_names() -> tuple[Network, Any, Any]:
    network = Network()
    with network:
        one = Population(BinarySpikeInput(), 6, name="one")
        other = Population(IntegrateFire(), name="a/b")
        Connection(one, other, Dense(ones(6, 3)), name="one")
    return network, one, other


def flat_and_image() -> tuple[Network, Any, Any]:
    network = Network()
    with network:
        one = Population(BinarySpikeInput(), IMAGE, name="one")
        other = Population(IntegrateFire(), 32, name="other")
        flat = Population(BinarySpikeInput(), 5, name="flat")
        Connection(one, other, OneToOne(1.0))
        Connection(flat, other, Dense(ones(5, 32)))
    return network, [one, flat], other


CASES: dict[str, tuple[Build, str]] = {
    "few_spike": (
        neuron_case(FewSpikeRelu()),
        r"other \(FewSpikeRelu\): few-spike neurons compute in stages of K bits",
    ),
    "negative_spikes": (
        neuron_case(SignedIntegrateFire()),
        "NIR's neurons take no spikes back; convert with negative_spikes=False",
    ),
    "adaptive": (neuron_case(AdaptiveLeakyIntegrateFire()), "NIR has no adaptive thresholds; use LeakyIntegrateFire"),
    "max_pool": (join(MaxPool2D(2), IMAGE, None, SpikeMaxPool()), r"one->other \(MaxPool2D\): NIR has no max-pooling"),
    "soft_reset": (
        neuron_case(IntegrateFire(relative_reset=True)),
        "it subtracts from its membrane when it fires, and NIR's neurons only set theirs; use relative_reset=False; or "
        "allow soft_reset, which says so in metadata that many readers ignore",
    ),
    "refractory": (
        neuron_case(LeakyIntegrateFire(relative_reset=False, tau_refrac=2.0)),
        "it has a refractory period, which NIR's neurons do not; use tau_refrac=None",
    ),
    "initial_value": (
        neuron_case(LeakyIntegrate(v=0.5)),
        "its membrane starts at v other than 0, and NIR has no initial values; use v=0, or neurons without leak",
    ),
    "random_parameter": (
        neuron_case(IntegrateFire(v=Normal(0.0, 1.0))),
        "its v is drawn at random when the network is compiled; give a number or an array",
    ),
    "some_without_leak": (
        neuron_case(LeakyIntegrate(tau_mem=[5.0, 5.0, np.inf])),
        "some of its time constants are infinite, or its synapses decay; use finite time constants",
    ),
    "endless_and_scaled": (
        neuron_case(LeakyIntegrate(tau_mem=np.inf, scale_i=True)),
        "without leak and with scale_i it takes no input at all; use scale_i=False",
    ),
    "exponential_without_leak": (
        neuron_case(IntegrateFire(), Exponential(5.0)),
        "NIR has no node for Exponential synapses at such neurons; use Delta synapses, or LeakyIntegrate and "
        "LeakyIntegrateFire neurons with a finite tau_mem",
    ),
    "bias_behind_synapse": (
        neuron_case(LeakyIntegrate(bias=0.5), Exponential(5.0)),
        "its bias would pass through its exponential synapses; use bias=0, or Delta synapses",
    ),
    "two_synapses": (two_synapses, "its connections have different synapses, and NIR's neurons have one; use the same"),
    "unconnected": (
        unconnected,
        "alone .*: no connection leads to it, and it is no input; connect it, or name it among",
    ),
    "bias_behind_synapse_of_spiking_neurons": (
        neuron_case(LeakyIntegrateFire(bias=0.5, relative_reset=False), Exponential(5.0)),
        r"other \(LeakyIntegrateFire\): its bias would pass through its exponential synapses; use bias=0, or Delta",
    ),
    "biased_input": (biased_input, "one .*: no connection that leads to it can hold its bias"),
    "bias_without_carrier": (
        join(OneToOne(1.0), 6, None, IntegrateFire(bias=0.5)),
        "can hold its bias, or what stands for a leaky membrane's initial value; let one have Dense, Conv2D, Avg",
    ),
    "bias_of_each_pixel": (
        join(Conv2D(ones(2, 2, 2, 3), 3, 2), IMAGE, None, IntegrateFire(bias=np.arange(27.0))),
        "neurons of a channel have different biases, and Conv2d has one for each channel; use zero biases",
    ),
    "random_weights": (
        join(Dense(Normal(0.0, 1.0)), 6, 3),
        "its weights are drawn at random when the network is compiled; give them as an array",
    ),
    "random_delays": (
        join(Dense(1.0, delay=Normal(2.0, 0.1)), 6, 3),
        "its delays are drawn at random when the network is compiled; give one number",
    ),
    "many_delays": (
        join(Dense(1.0, delay=np.arange(18.0).reshape(6, 3)), 6, 3),
        "its synapses have different delays, and NIR delays neurons; give one number",
    ),
    "half_delay": (
        join(Dense(1.0, delay=1.5), 6, 3),
        "its delay of 1.5 timesteps is no whole number; give a whole number",
    ),
    "drawn_synapses": (
        join(FixedProbability(0.5, 1.0), 6, 3),
        r"one->other \(FixedProbability\): its synapses are drawn at random when the network is compiled; use Sparse",
    ),
    "transposed": (
        join(Conv2DTranspose(ones(2, 2, 3, 2), 3, 2), IMAGE, None),
        r"one->other \(Conv2DTranspose\): NIR has no transposed convolution; connect with Dense, Sparse, Conv2D",
    ),
    "uneven_pooling": (
        join(AvgPool2D(3, pool_strides=2, pool_padding="same"), IMAGE, None),
        "its windows reach further beyond one side of the image than the other; pad both alike",
    ),
    "image_after_dense": (
        image_after_dense,
        "Dense or Sparse connectivity leads to it, and rows and columns are needed too; NIR has no node that makes "
        "rows and columns of a vector; use convolution or pooling only, or Dense only",
    ),
    "flat_and_image": (
        flat_and_image,
        "it joins an image with a population without rows and columns; give both the same shape",
    ),
    "same_names": (same_names, "there are two nodes called 'one'; rename the population or the connection"),
    "slash": (same_names, "the file format has no place for the name 'a/b'; rename it without '/'"),
}


@pytest.mark.parametrize("name", CASES)
def test_refused(name: str) -> None:
    build, message = CASES[name]
    network, inputs, outputs = build()
    with pytest.raises(UnsupportedModelError, match=f"the network cannot be written as NIR:(.|\n)*{message}"):
        export_nir(network, inputs, outputs)


def test_all_at_once() -> None:
    network = Network()
    with network:
        one = Population(FewSpikeReluInput(), 6, name="one")
        two = Population(AdaptiveLeakyIntegrateFire(), name="two")
        three = Population(LeakyIntegrateFire(tau_refrac=1.0), name="three")
        Connection(one, two, Dense(ones(6, 3)))
        three.shape = 2
        Connection(two, three, FixedProbability(0.5, 1.0))
    with pytest.raises(UnsupportedModelError) as caught:
        export_nir(network, one, three)
    owners = [problem.owner for problem in caught.value.problems]  # type: ignore[attr-defined]
    assert owners == ["one", "two", "three", "two->three"]
    assert str(caught.value).count("\n") == len(owners)


def test_a_list_of_synapses_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense_family, "MOST_WEIGHTS", 10)
    network, inputs, outputs = join(Sparse(1.0, np.arange(3), np.arange(3)), 6, 3)()
    with pytest.raises(
        UnsupportedModelError, match="NIR has no lists of synapses, and their matrix would be too large"
    ):
        export_nir(network, inputs, outputs)


def test_unknown_words() -> None:
    network, inputs, outputs = neuron_case(IntegrateFire())()
    with pytest.raises(DescriptionError, match="latency must be one of removed, kept, got 'none'"):
        export_nir(network, inputs, outputs, latency="none")
    layered = InferenceCompiler(evaluate_timesteps=5, layered=True)
    with pytest.raises(
        DescriptionError, match="a network that runs layer by layer has no latency to keep; use latency="
    ):
        export_nir(network, inputs, outputs, latency="kept", compiler=layered)
    with pytest.raises(DescriptionError, match="steps must be one of euler, exact, got 'rk4'"):
        export_nir(network, inputs, outputs, steps="rk4")
