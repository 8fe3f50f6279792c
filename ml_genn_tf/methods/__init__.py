"""Conversion methods, one to a file: thresholds, neurons and coding. Users choose them by name."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping
from typing import Any

from ml_genn.errors import UsageError

from .data_norm import DataNormMethod as DataNormMethod
from .few_spike import FewSpikeMethod as FewSpikeMethod
from .input_type import InputType as InputType
from .method import Method as Method
from .rate import RateMethod as RateMethod
from .scales import Scales as Scales
from .simple import SimpleMethod as SimpleMethod
from .spike_norm import SpikeNormMethod as SpikeNormMethod

METHODS: Mapping[str, type[Method]] = {
    method.name: method for method in (FewSpikeMethod, RateMethod, DataNormMethod, SpikeNormMethod, SimpleMethod)
}


def create_method(name: str, **options: Any) -> Method:
    """The method called `name` with those of the options that are not None.

    Raises UsageError for an unknown name, or an option that the method does not have.
    """
    known = ", ".join(METHODS)
    if name not in METHODS:
        near = difflib.get_close_matches(str(name), METHODS, n=1, cutoff=0.5)
        raise UsageError(
            f"method {name!r} is unknown; " + (f"did you mean {near[0]}?" if near else f"choose from {known}")
        )
    given = {option: value for option, value in options.items() if value is not None}
    accepted = accepted_options(name)
    for option in given:
        if option not in accepted:
            others = ", ".join(other for other in METHODS if option in accepted_options(other)) or "no method"
            raise UsageError(f"{option} goes with {others}; method {name} takes {', '.join(accepted)}")
    return METHODS[name](**given)


def accepted_options(name: str) -> list[str]:
    """Names of the options of a method."""
    return list(inspect.signature(METHODS[name]).parameters)
