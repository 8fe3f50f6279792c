"""Parameters of experiments: what is given, what is not, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from ml_genn.errors import UsageError
from ml_genn.experiments import EXPERIMENTS, Parameter, find_experiment
from ml_genn.experiments.experiment import COMMON
from ml_genn.experiments.parameters import ELSEWHERE, Trials, Words, choose

PARAMETERS = {
    "count": Parameter(3, "number of things", low=1),
    "size": Parameter(0.5, "size of a thing", "mm", low=0.0, low_open=True, high=9.0),
    "part": Parameter(0.0, "part of a thing", low=0.0, high=1.0, high_open=True),
    "round": Parameter(False, "whether things are round"),
    "colour": Parameter("red", "colour of things", choices=("red", "blue")),
    "seed": Parameter(None, "seed of things", kind=int),
    "sizes": Parameter(None, "sizes of things", kind=tuple),
    "names": Parameter((), "names of things", kind=Words),
    "moments": Parameter((), "trials with things", kind=Trials),
}


def test_defaults() -> None:
    assert vars(choose(PARAMETERS, {}, "things")) == {
        "count": 3,
        "size": 0.5,
        "part": 0.0,
        "round": False,
        "colour": "red",
        "seed": None,
        "sizes": None,
        "names": (),
        "moments": (),
    }


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ({"count": "12"}, 12),
        ({"count": 12.0}, 12),
        ({"size": "1e-3"}, 1e-3),
        ({"round": "True"}, True),
        ({"round": True}, True),
        ({"colour": "blue"}, "blue"),
        ({"seed": "7"}, 7),
        ({"seed": None}, None),
        ({"sizes": "3"}, (3,)),
        ({"sizes": "3,4"}, (3, 4)),
        ({"sizes": "(3,)"}, (3,)),
        ({"sizes": "[3, 4]"}, (3, 4)),
        ({"sizes": [3, 4]}, (3, 4)),
        ({"names": "a,b.c"}, ("a", "b.c")),
        ({"names": "('a',)"}, ("a",)),
        ({"names": ["a", "b"]}, ("a", "b")),
        ({"names": "()"}, ()),
        ({"moments": "[[0,10],[3, 100]]"}, ((0, 10), (3, 100))),
        ({"moments": "((0, 10),)"}, ((0, 10),)),
        ({"moments": [[1, 2]]}, ((1, 2),)),
        ({"moments": "[]"}, ()),
    ],
)
def test_values(given: dict[str, Any], value: Any) -> None:
    found = getattr(choose(PARAMETERS, given, "things"), next(iter(given)))
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"count": "many"}, "count=many is not a whole number; count is the number of things"),
        ({"count": "1.5"}, "is not a whole number"),
        ({"count": "inf"}, "is not a whole number"),
        ({"count": True}, "is not a whole number"),
        ({"count": "0"}, "count=0 is too small; count, the number of things, is at least 1"),
        ({"size": "0"}, "size=0 is too small; size, the size of a thing, is above 0"),
        ({"size": "9.5"}, "size=9.5 is too large; size, the size of a thing, is at most 9"),
        ({"part": "1"}, "part=1 is too large; part, the part of a thing, is below 1"),
        ({"size": "nan"}, "size=nan is not a number"),
        ({"size": None}, "size=None is not a number"),
        ({"round": "yes"}, "round=yes is not true or false"),
        ({"colour": "green"}, "colour=green is not known; it can be red, blue"),
        (
            {"weight": "1"},
            "things has no parameter 'weight'; it has count, size, part, round, colour, seed, sizes, names, moments",
        ),
        ({"COUNT": "1"}, r"things has no parameter 'COUNT'; did you mean count\?"),
        ({"siez": "1"}, r"things has no parameter 'siez'; did you mean size\?"),
        (
            {"moments": "3,10"},
            r"moments=3,10 is not a list of epochs and trials, as \[\[0,10\],\[3,100\]\]; moments is",
        ),
        ({"sizes": "3,x"}, "sizes=3,x is not a list of whole numbers, as 0,1,2; sizes is the sizes of things"),
        ({"sizes": ""}, "sizes= is not a list of whole numbers"),
        ({"debug_hidden_n": "1"}, "debug_hidden_n is no parameter here: the log and the report always have the activ"),
        ({"OUT_DIR": "x"}, "OUT_DIR is no parameter here: --out DIR says"),
        ({"out_dir": "x"}, "out_dir is no parameter here: --out DIR says where results go"),
    ],
)
def test_wrong_values(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        choose(PARAMETERS, given, "things")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment(name: str) -> None:
    experiment = find_experiment(name)
    assert experiment.name == name
    assert experiment.summary
    assert set(COMMON) <= set(experiment.parameters)
    assert not set(ELSEWHERE) & set(experiment.parameters)
    for parameter, item in experiment.parameters.items():
        assert item.checked(parameter, item.default) == item.default
        assert not item.help.endswith(".")


def test_unknown_experiment() -> None:
    with pytest.raises(UsageError, match=r"there is no experiment 'shd-2'; there are .*latency-digits"):
        find_experiment("shd-2")
