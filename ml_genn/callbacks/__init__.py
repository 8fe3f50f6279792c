"""Callbacks: what happens while a network runs."""

from ..registry import CALLBACKS
from .batch_progress_bar import BatchProgressBar as BatchProgressBar
from .callback import Callback as Callback
from .callback_list import CallbackList as CallbackList
from .checkpoint import Checkpoint as Checkpoint
from .conn_var_recorder import ConnVarRecorder as ConnVarRecorder
from .custom_update import CustomUpdateOnBatchBegin as CustomUpdateOnBatchBegin
from .custom_update import CustomUpdateOnBatchEnd as CustomUpdateOnBatchEnd
from .custom_update import CustomUpdateOnEpochBegin as CustomUpdateOnEpochBegin
from .custom_update import CustomUpdateOnEpochEnd as CustomUpdateOnEpochEnd
from .custom_update import CustomUpdateOnTimestepBegin as CustomUpdateOnTimestepBegin
from .custom_update import CustomUpdateOnTimestepEnd as CustomUpdateOnTimestepEnd
from .decay import Decay as Decay
from .early_stopping import EarlyStopping as EarlyStopping
from .ease_in import EaseIn as EaseIn
from .ema_schedule import EMASchedule as EMASchedule
from .optimiser_param_schedule import OptimiserParamSchedule as OptimiserParamSchedule
from .run_log import RunLog as RunLog
from .running_network import RunningNetwork as RunningNetwork
from .silent_neuron_lift import SilentNeuronLift as SilentNeuronLift
from .silent_neuron_rewiring import SilentNeuronRewiring as SilentNeuronRewiring
from .spike_recorder import SpikeRecorder as SpikeRecorder
from .trained import TrainedNetwork as TrainedNetwork
from .var_recorder import VarRecorder as VarRecorder
from .weight_average import WeightAverage as WeightAverage

CALLBACKS.add(
    BatchProgressBar,
    Checkpoint,
    ConnVarRecorder,
    CustomUpdateOnBatchBegin,
    CustomUpdateOnBatchEnd,
    CustomUpdateOnEpochBegin,
    CustomUpdateOnEpochEnd,
    CustomUpdateOnTimestepBegin,
    CustomUpdateOnTimestepEnd,
    Decay,
    EMASchedule,
    EarlyStopping,
    EaseIn,
    OptimiserParamSchedule,
    RunLog,
    SilentNeuronLift,
    SilentNeuronRewiring,
    SpikeRecorder,
    VarRecorder,
    WeightAverage,
)
default_callbacks = CALLBACKS.default_classes
