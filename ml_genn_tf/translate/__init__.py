"""Keras layers -> nodes of the layer graph; one file for each family of layers, each registering itself.

Every module of this folder is imported, so that a new family needs its file and nothing else.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from .model import Translation as Translation
from .model import translate as translate
from .registry import TRANSLATORS as TRANSLATORS
from .registry import translates as translates

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
