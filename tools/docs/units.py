"""The page of units: every declared parameter of every registered class."""

from __future__ import annotations

import inspect

from ml_genn import registry
from ml_genn.registry import Registry
from ml_genn.values import Value, declared_values

from .markdown import code, table

INTRODUCTION = """\
# Units

Units are fixed where numbers enter the library. Times are in milliseconds, rates in spikes per millisecond; voltages,
thresholds, weights and inputs are numbers without a unit, in which a threshold of 1 is usual. Delays, and lengths of
trials, stages and frames, are counted in timesteps: a delay of 3 lasts 3 `dt`. Energy is in joules, and always an
estimate.

Each parameter below is checked when it is given: a value out of its range is an error that names class, parameter and
range. "array" means that each neuron or synapse may have its own value, given as an array or drawn by an initializer;
parameters that are "array, no initializer" are transformed first, as a time constant into a decay per step. The
tables are made from the declarations that do the checking.
"""

HEAD = ("parameter", "unit", "range", "may be", "default", "in model code")


def page() -> str:
    """Markdown: a table for each family of classes that declares values."""
    sections = (section(family) for family in families())
    return "\n".join([INTRODUCTION, *filter(None, sections)])


def families() -> list[Registry]:
    """All registries, in the order of their declaration."""
    return [item for item in vars(registry).values() if isinstance(item, Registry)]


def section(family: Registry) -> str:
    """A table for each of a family's classes that declares values; empty where none does."""
    tables = [class_table(cls) for cls in family.classes.values() if declared_values(cls)]
    return "\n".join((f"## {_title(family)}\n", *tables)) if tables else ""


def class_table(cls: type) -> str:
    """The parameters of a class."""
    rows = (_row(cls, value) for value in declared_values(cls))
    return f"### {cls.__name__}\n\n{table(HEAD, rows)}\n"


def _title(family: Registry) -> str:
    plural = {"connectivity": "connectivity", "loss": "losses"}
    return plural.get(family.family, f"{family.family}s").capitalize()


def _row(cls: type, value: Value) -> tuple[str, ...]:
    return (
        code(value.name),
        value.unit or "–",
        value.bound() or ("finite" if value.finite else "any number"),
        _kinds(value),
        _default(cls, value.name),
        "–" if value.genn_name is None else code(value.genn_name),
    )


def _kinds(value: Value) -> str:
    number = "a whole number" if value.whole else "a number"
    wide = "" if value.constant else ", array" if value.to_genn is None else ", array, no initializer"
    return number + wide + (" or None" if value.optional else "")


def _default(cls: type, name: str) -> str:
    parameter = inspect.signature(cls).parameters.get(name)
    if parameter is None:
        return "set by the class"
    return "must be given" if parameter.default is inspect.Parameter.empty else code(repr(parameter.default))
