"""The sections of a result's page, one file each; a section that has nothing to show is None."""

from __future__ import annotations

from ..page import Section
from ..result import Result
from .accuracy import accuracy
from .activations import activations
from .again import again
from .conversion import conversion
from .cost import cost
from .curve import curve
from .diagnosis import diagnosis
from .examples import examples
from .layers import layers
from .mistakes import mistakes
from .search import search

SECTIONS = (accuracy, curve, mistakes, examples, cost, layers, diagnosis, activations, search, conversion, again)


def result_sections(result: Result) -> tuple[Section, ...]:
    """All sections that have something to show, in the order of the page."""
    found = (section(result) for section in SECTIONS)
    return tuple(section for section in found if section is not None)
