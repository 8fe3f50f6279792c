"""All experiments by name; the file of one is imported when it is asked for."""

from __future__ import annotations

import importlib

from ..errors import UsageError
from .experiment import Experiment

EXPERIMENTS = {
    "delay-sequences": "DelaySequences",
    "delay-xor": "DelayXor",
    "braille": "Braille",
    "latency-digits": "LatencyDigits",
    "latency-mnist": "LatencyMnist",
    "shd": "Shd",
    "spoken-digits": "SpokenDigits",
    "yin-yang": "YinYang",
}
"""Name and class; the module is called as the experiment, with "_" for "-"."""


def find_experiment(name: str) -> Experiment:
    """The experiment called `name`.

    Raises:
        UsageError: there is none.
    """
    if name not in EXPERIMENTS:
        raise UsageError(f"there is no experiment {name!r}; there are {', '.join(EXPERIMENTS)}")
    module = importlib.import_module(f".{name.replace('-', '_')}", __package__)
    found: Experiment = getattr(module, EXPERIMENTS[name])()
    return found
