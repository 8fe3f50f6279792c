"""Points in the Yin-Yang sign, told apart by which output spikes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, final

from ..callbacks import Callback, Decay, WeightAverage
from ..compilers import Compiler
from ..compilers.event_prop_compiler import EventPropCompiler, default_params
from ..connectivity import Dense
from ..data.yin_yang import generate_yin_yang_dataset
from ..initializers import Normal
from ..layer import InputLayer, Layer
from ..losses import FirstSpikeCrossentropy
from ..neurons import LeakyIntegrateFire, SpikeInput
from ..sequential_network import SequentialNetwork
from ..synapses import Exponential
from .experiment import ADAM, COMMON, Examples, Experiment, Parts, Splits, adam, trial_arguments
from .parameters import Parameter, Values
from .recording import AT_INTERVALS, RECORDING

INPUTS, CLASSES = 5, 3


@final
class YinYang(Experiment):
    """Spikes at (0, x, y, 1 - x, 1 - y) latest_ms - hidden LIF neurons - 3 LIF outputs; the first to spike wins.

    The loss is FirstSpikeCrossentropy with the exponential penalty.

    Source: Nowotny, Turner, Knight 2022, "Loss shaping enhances exact gradient learning with EventProp"; Wunderlich,
    Pehle 2021, "Event-based backpropagation can compute exact gradients for spiking neural networks".
    """

    name = "yin-yang"
    summary = "points in the Yin-Yang sign as times of four spikes, read by the first output spike"
    parameters: ClassVar[Mapping[str, Parameter]] = {
        **COMMON,
        "train_data_seed": Parameter(123, "seed of the training points", low=0),
        "test_data_seed": Parameter(456, "seed of the test points", low=0),
        "n_train": Parameter(32000, "number of training points", low=1),
        "n_test": Parameter(800, "number of test points", low=1),
        "dt_ms": Parameter(0.1, "timestep", "ms", low=1e-3),
        "trial_ms": Parameter(30.0, "duration of a trial", "ms", low=1e-3),
        "latest_ms": Parameter(30.0, "time of a spike that stands for 1", "ms", low=0.0),
        "n_max_spike": Parameter(400, "number of spikes of a neuron that there is room for at first", low=1),
        "num_hidden": Parameter(200, "number of hidden neurons", low=1),
        "tau_syn": Parameter(5.0, "synaptic time constant", "ms", low=1e-3),
        "tau_mem": Parameter(20.0, "membrane time constant", "ms", low=1e-3),
        "v_thresh": Parameter(1.0, "threshold"),
        "v_reset": Parameter(0.0, "reset voltage"),
        "relative_reset": Parameter(True, "choice of resets that subtract v_thresh - v_reset"),
        "min_slope": Parameter(1e-3, "least slope of voltages at the threshold", "1/ms", low=1e-9),
        "tau_0": Parameter(0.5, "time by which a spike has to be earlier to be e times as probable", "ms", low=1e-3),
        "tau_1": Parameter(6.4, "time constant of the penalty of late spikes", "ms", low=1e-3),
        "alpha": Parameter(3e-3, "weight of this penalty", low=0.0),
        "missing_label": Parameter("bump", "policy for silent labels", choices=("bump", "none", "error")),
        "bump": Parameter(1.0, "strength of the surrogate for silent labels", low=0.0),
        "input_hidden_mean": Parameter(1.5, "mean of initial weights of hidden neurons"),
        "input_hidden_std": Parameter(0.78, "standard deviation of initial weights of hidden neurons", low=0.0),
        "hidden_output_mean": Parameter(0.93, "mean of initial weights of outputs"),
        "hidden_output_std": Parameter(0.1, "standard deviation of initial weights of outputs", low=0.0),
        "eta": Parameter(5e-3, "learning rate", low=0.0),
        "eta_decay": Parameter(0.95, "factor of the learning rate after each epoch", low=0.0, high=1.0),
        "average": Parameter(
            0.0, "part of the average of weights that each batch leaves, or 0 for no average", low=0.0, high=1.0
        ),
        **ADAM,
        **RECORDING,
        **AT_INTERVALS,
    }

    def load(self, p: Values) -> Splits:
        train, test = (
            Examples(*generate_yin_yang_dataset(size, p.latest_ms, seed=seed))
            for size, seed in ((p.n_train, p.train_data_seed), (p.n_test, p.test_data_seed))
        )
        return Splits(train=train, test=test)

    def build(self, p: Values) -> Parts:
        neuron: dict[str, Any] = {
            "v_thresh": p.v_thresh,
            "v_reset": p.v_reset,
            "tau_mem": p.tau_mem,
            "relative_reset": p.relative_reset,
        }
        network = SequentialNetwork(default_params)
        with network:
            source = InputLayer(SpikeInput(max_spikes=INPUTS * p.n_batch), INPUTS)
            weights = Normal(p.input_hidden_mean, p.input_hidden_std)
            Layer(Dense(weights), LeakyIntegrateFire(**neuron), p.num_hidden, Exponential(p.tau_syn))
            weights = Normal(p.hidden_output_mean, p.hidden_output_std)
            outputs = LeakyIntegrateFire(readout="first_spike_time", **neuron)
            output = Layer(Dense(weights), outputs, CLASSES, Exponential(p.tau_syn))
        return Parts(network=network, source=source, output=output)

    def create_compiler(self, p: Values, parts: Parts, **run: Any) -> Compiler:
        return EventPropCompiler(
            losses=FirstSpikeCrossentropy(p.tau_0, p.alpha, p.tau_1, missing_label=p.missing_label, bump=p.bump),
            optimiser=adam(p),
            max_spikes=p.n_max_spike,
            min_slope=p.min_slope,
            **trial_arguments(p),
            **run,
        )

    def callbacks(self, p: Values, parts: Parts) -> Sequence[Callback]:
        decay = Decay(p.eta_decay)
        return [decay, WeightAverage(p.average)] if p.average else [decay]
