"""Compilers: from a network description to a network that runs."""

from ..registry import COMPILERS
from .compiler import Compiler as Compiler
from .event_prop import EventPropCompiler as EventPropCompiler
from .event_prop import Trainable as Trainable
from .event_prop import loss_gradient as loss_gradient
from .few_spike import FewSpikeCompiler as FewSpikeCompiler
from .inference import InferenceCompiler as InferenceCompiler

COMPILERS.add(EventPropCompiler, FewSpikeCompiler, InferenceCompiler)
