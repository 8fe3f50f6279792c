"""How losses enter the backward phase: one file per family of losses."""

from __future__ import annotations

from .custom import loss_gradient as loss_gradient
from .first_spike import first_spike_crossentropy as first_spike_crossentropy
from .first_spike import first_spike_time as first_spike_time
from .first_spike import relative_mean_square_error as relative_mean_square_error
from .outputs import LossOptions as LossOptions
from .outputs import resolve_losses as resolve_losses
from .readouts import avg_var as avg_var
from .readouts import avg_var_input_weight as avg_var_input_weight
from .readouts import max_var as max_var
from .readouts import sum_var as sum_var
from .readouts import weighted_average as weighted_average
from .registry import LOSS_SOURCES as LOSS_SOURCES
from .registry import READOUT_GRADIENTS as READOUT_GRADIENTS
from .series import mean_square_error as mean_square_error
from .series import per_timestep_crossentropy as per_timestep_crossentropy
from .series import series as series
from .series import with_series as with_series
from .sparse_categorical_crossentropy import crossentropy_gradient as crossentropy_gradient
