"""The name under which earlier versions have EventProp's compiler and its default parameters."""

from .event_prop import EventPropCompiler as EventPropCompiler
from .event_prop import default_params as default_params
