"""Neuron models: what the neurons of a population compute."""

from ..registry import NEURONS
from .adaptive_leaky_integrate_fire import AdaptiveLeakyIntegrateFire as AdaptiveLeakyIntegrateFire
from .bernoulli_input import BernoulliInput as BernoulliInput
from .binary_spike_input import BinarySpikeInput as BinarySpikeInput
from .current_input import CurrentInput as CurrentInput
from .few_spike import FewSpikeCode as FewSpikeCode
from .few_spike import FewSpikeNeuron as FewSpikeNeuron
from .few_spike_current_input import FewSpikeCurrentInput as FewSpikeCurrentInput
from .few_spike_function import FewSpikeFunction as FewSpikeFunction
from .few_spike_max_pool import FewSpikeMaxPool as FewSpikeMaxPool
from .few_spike_relu import FewSpikeRelu as FewSpikeRelu
from .few_spike_relu_input import FewSpikeReluInput as FewSpikeReluInput
from .input import Input as Input
from .input import InputBase as InputBase
from .integrate_fire import IntegrateFire as IntegrateFire
from .integrate_fire import IntegrateFireInput as IntegrateFireInput
from .leaky_integrate import LeakyIntegrate as LeakyIntegrate
from .leaky_integrate_fire import LeakyIntegrateFire as LeakyIntegrateFire
from .leaky_integrate_fire import LeakyIntegrateFireInput as LeakyIntegrateFireInput
from .neuron import Neuron as Neuron
from .poisson_input import PoissonInput as PoissonInput
from .signed_integrate_fire import SignedIntegrateFire as SignedIntegrateFire
from .spike_input import SpikeInput as SpikeInput
from .spike_max_pool import SpikeMaxPool as SpikeMaxPool

NEURONS.add(
    AdaptiveLeakyIntegrateFire,
    BernoulliInput,
    BinarySpikeInput,
    CurrentInput,
    FewSpikeCurrentInput,
    FewSpikeFunction,
    FewSpikeMaxPool,
    FewSpikeRelu,
    FewSpikeReluInput,
    IntegrateFire,
    IntegrateFireInput,
    LeakyIntegrate,
    LeakyIntegrateFire,
    LeakyIntegrateFireInput,
    PoissonInput,
    SignedIntegrateFire,
    SpikeInput,
    SpikeMaxPool,
)
default_neurons = NEURONS.default_classes
