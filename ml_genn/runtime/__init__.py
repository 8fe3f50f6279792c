"""Networks that have been compiled and can run."""

from .compiled_network import CompiledNetwork as CompiledNetwork
from .evaluation_network import CompiledEvaluationNetwork as CompiledEvaluationNetwork
from .few_spike import CompiledFewSpikeNetwork as CompiledFewSpikeNetwork
from .inference import CompiledInferenceNetwork as CompiledInferenceNetwork
from .training import CompiledTrainingNetwork as CompiledTrainingNetwork
