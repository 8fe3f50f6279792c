"""Optimisers: rules that change what is learnt against its gradient."""

from ..registry import OPTIMISERS
from .adam import Adam as Adam
from .adam_w import AdamW as AdamW
from .optimiser import Optimiser as Optimiser
from .sgd import SGD as SGD

OPTIMISERS.add(Adam, AdamW, SGD)
default_optimisers = OPTIMISERS.default_classes
