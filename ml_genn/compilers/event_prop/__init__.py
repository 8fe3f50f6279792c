"""EventProp: exact gradients of spiking networks, from one run forward and one backward in time."""

from .compiler import EventPropCompiler as EventPropCompiler
from .compiler import default_params as default_params
from .trainable import Trainable as Trainable
