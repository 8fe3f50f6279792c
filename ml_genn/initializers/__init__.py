"""Random initial values, drawn by the engine when a network is loaded."""

from ..registry import INITIALIZERS
from .initializer import Initializer as Initializer
from .initializer import InitializerSnippet as InitializerSnippet
from .normal import Normal as Normal
from .uniform import Uniform as Uniform
from .wrapper import Wrapper as Wrapper

INITIALIZERS.add(Normal, Uniform, Wrapper)
default_initializers = INITIALIZERS.default_classes
