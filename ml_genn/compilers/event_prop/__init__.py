"""EventProp: exact gradients of spiking networks, from one run forward and one backward in time."""

from .compiler import EventPropCompiler as EventPropCompiler
from .compiler import default_params as default_params
from .loss_sources import loss_gradient as loss_gradient
from .trainable import Trainable as Trainable
