"""Parameters of experiments: names with defaults, read from NAME=VALUE and checked."""

from __future__ import annotations

import difflib
import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType, SimpleNamespace
from typing import Any, final

from ..errors import UsageError

ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {
        "out_dir": "--out DIR says where results go",
        "name": "the folder that --out names is the name of a run",
        "load_last": "--resume goes on with the run in the folder that --out names",
        "build": "networks are built when they are not in the cache",
        "timing": "times are always measured",
        "write_to_disk": "--out DIR says where results go",
        "cuda_visible_devices": "--engine and the environment choose the device",
        "debug_hidden_n": "the log and the report always have the activity of hidden neurons",
        "training_plot": "`ml-genn report DIR` plots the training, also while it goes on",
        "training_plot_interval": "`ml-genn report DIR` plots the training, also while it goes on",
        "fancy_plots": "`ml-genn report DIR` plots the training, also while it goes on",
        "spk_rec_steps": "recordings have the room they need",
    }
)
"""What earlier scripts set in their dictionaries of parameters and is said in another way here."""


@final
class Words(tuple[str, ...]):
    """Kind of parameters that are lists of words."""


@final
class Place(str):
    """Kind of parameters that say where data are, which is no part of what is learnt from them."""


@final
class Trials(tuple[tuple[int, int], ...]):
    """Kind of parameters that are lists of pairs (epoch, trial)."""


@final
@dataclass(frozen=True)
class Parameter:
    """One number, word or switch of an experiment.

    Args:
        default: value where the user gives none.
        help: what it is, one line.
        unit: unit of the value.
        kind: type of the value, tuple for whole numbers, Words, Trials or Place; by default that of `default`.
        low, high: least and largest value; `low_open` and `high_open` exclude the bound itself.
        choices: all values that there are.
    """

    default: Any
    help: str
    unit: str = ""
    kind: type | None = None
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    choices: tuple[Any, ...] = ()

    def checked(self, name: str, value: Any) -> Any:
        """The value as the experiment takes it.

        Raises:
            UsageError: it is of the wrong kind or out of range.
        """
        if value is None and self.default is None:
            return None
        kind = self.kind or type(self.default)
        found = _READERS[kind](value)
        if found is None:
            raise UsageError(f"{name}={value} is not {_WORDS[kind]}; {name} is the {self.help}")
        if self.choices and found not in self.choices:
            raise UsageError(f"{name}={value} is not known; it can be {', '.join(map(str, self.choices))}")
        self._check_bounds(name, value, found)
        return found

    def _check_bounds(self, name: str, value: Any, found: Any) -> None:
        if self.low is not None and (found < self.low or (self.low_open and found == self.low)):
            bound = f"{'above' if self.low_open else 'at least'} {self.low:g}"
            raise UsageError(f"{name}={value} is too small; {name}, the {self.help}, is {bound}")
        if self.high is not None and (found > self.high or (self.high_open and found == self.high)):
            bound = f"{'below' if self.high_open else 'at most'} {self.high:g}"
            raise UsageError(f"{name}={value} is too large; {name}, the {self.help}, is {bound}")


@final
class Values(SimpleNamespace):
    """The parameters of one run as attributes."""


def choose(parameters: Mapping[str, Parameter], given: Mapping[str, Any], experiment: str) -> Values:
    """The values of all parameters: those given, else their defaults.

    Args:
        parameters: those that the experiment has.
        given: values by name, as text or as what they are.
        experiment: name of the experiment, for messages.

    Raises:
        UsageError: a name is not known, or a value is wrong.
    """
    for name in given:
        if name.lower() in ELSEWHERE:
            raise UsageError(f"{name} is no parameter here: {ELSEWHERE[name.lower()]}")
        if name not in parameters:
            near = difflib.get_close_matches(name.lower(), parameters, n=1)
            hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(parameters)}"
            raise UsageError(f"{experiment} has no parameter {name!r}; {hint}")
    return Values(**{name: item.checked(name, given.get(name, item.default)) for name, item in parameters.items()})


def _whole(value: Any) -> int | None:
    try:
        return None if isinstance(value, bool) or float(value) != int(float(value)) else int(float(value))
    except (ValueError, OverflowError, TypeError):
        return None


def _number(value: Any) -> float | None:
    try:
        found = float(value)
    except (ValueError, TypeError):
        return None
    return None if isinstance(value, bool) or not math.isfinite(found) else found


def _switch(value: Any) -> bool | None:
    return {"true": True, "false": False, "1": True, "0": False}.get(str(value).lower())


def _place(value: Any) -> str:
    return os.path.expanduser(str(value))  # noqa: PTH111 - "digits" and FOLDER:train are no paths


def _whole_numbers(value: Any) -> tuple[int, ...] | None:
    items = value if isinstance(value, list | tuple) else str(value).strip("()[]").split(",")
    found = [_whole(item) for item in items if str(item).strip()]
    return None if None in found or not found else tuple(item for item in found if item is not None)


def _words(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list | tuple) else str(value).strip("()[]").split(",")
    return tuple(found for item in items if (found := str(item).strip(" '\"")))


def _trials(value: Any) -> tuple[tuple[int, int], ...] | None:
    text = str([list(item) for item in value]) if isinstance(value, list | tuple) else str(value)
    pairs = re.findall(r"[\[(]\s*(\d+)\s*,\s*(\d+)\s*[\])]", text)
    left = re.sub(r"[\[(]\s*\d+\s*,\s*\d+\s*[\])]", "", text)
    return None if left.strip("[](), ") else tuple((int(epoch), int(trial)) for epoch, trial in pairs)


_READERS: dict[type, Callable[[Any], Any]] = {
    int: _whole,
    float: _number,
    bool: _switch,
    str: str,
    Place: _place,
    tuple: _whole_numbers,
    Words: _words,
    Trials: _trials,
}
_WORDS = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a word",
    Place: "a place",
    tuple: "a list of whole numbers, as 0,1,2",
    Words: "a list of words, as a,b",
    Trials: "a list of epochs and trials, as [[0,10],[3,100]]",
}
