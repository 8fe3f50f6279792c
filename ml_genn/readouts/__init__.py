"""What is read from an output population at the end of a trial."""

from ..registry import READOUTS
from .avg_var import AvgVar as AvgVar
from .avg_var_exp_weight import AvgVarExpWeight as AvgVarExpWeight
from .avg_var_input_weight import AvgVarInputWeight as AvgVarInputWeight
from .avg_var_lin_weight import AvgVarLinWeight as AvgVarLinWeight
from .avg_var_sigmoid_weight import AvgVarSigmoidWeight as AvgVarSigmoidWeight
from .first_spike_time import FirstSpikeTime as FirstSpikeTime
from .max_var import MaxVar as MaxVar
from .readout import Readout as Readout
from .spike_count import SpikeCount as SpikeCount
from .sum_var import SumVar as SumVar
from .var import Var as Var

READOUTS.add(
    AvgVar,
    AvgVarExpWeight,
    AvgVarInputWeight,
    AvgVarLinWeight,
    AvgVarSigmoidWeight,
    FirstSpikeTime,
    MaxVar,
    SpikeCount,
    SumVar,
    Var,
)
default_readouts = READOUTS.default_classes
