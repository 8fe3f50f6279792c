"""The table of rules: each can apply, says whole sentences, and names options that exist."""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np
import pytest

from ml_genn.commands.main import group
from ml_genn_tf.diagnosis.layer_errors import Code, LayerErrors
from ml_genn_tf.diagnosis.rules import RULES, Facts, explain
from ml_genn_tf.methods import METHODS, create_method
from ml_genn_tf.stages import Kind, Stage

STEPS = 16


def facts(kind: Kind, method: str, a: Any, r: Any = None, d: Any = None, signed: bool = False, **options: Any) -> Facts:
    """A layer of three neurons of range 1 in 16 steps; r and d are as the ANN's values a, rounded, if not given."""
    ann = np.tile(np.asarray(a, float), (8, 1))
    given = ann if r is None else np.tile(np.asarray(r, float), (8, 1))
    code = Code(np.ones(3), np.full(3, 1 / STEPS)) if kind in ("input", "relu") else None
    rounded = given if code is None else code.nearest(np.maximum(given, 0))
    errors = LayerErrors(3, 3, code, 1 / STEPS)
    errors.add(ann, given, rounded if d is None else np.tile(np.asarray(d, float), (8, 1)))
    stage = Stage(name="layer", layer="layer", kind=kind, shape=(3,), bias=np.zeros(3))
    return Facts(stage=stage, errors=errors, method=create_method(method, **options), signed=signed)


CASES: dict[str, Facts] = {
    "negative input": facts("input", "few-spike", [-0.5, 0.5, 1.0]),
    "input range": facts("input", "few-spike", [0.5, 2.0, 3.0]),
    "random input": facts("input", "data-norm", [0.5, 0.25, 1.0]),
    "alpha too small": facts("relu", "few-spike", [0.5, 2.0, 3.0], alpha=1.0),
    "alpha too large": facts("relu", "few-spike", [0.1, 0.1, 0.125], alpha=1.0),
    "clipped": facts("relu", "rate", [0.5, 2.0, 3.0]),
    "wide range": facts("relu", "few-spike", [0.1, 0.1, 0.125]),
    "fitted function": facts("curve", "few-spike", [0.5, 0.2, 1.0], d=[0.4, 0.3, 1.0]),
    "another layer": facts("relu", "few-spike", [0.5, 0.25, 1.0], d=[0.25, 0.5, 0.5]),
    "irregular maximum": facts("max_pool", "rate", [0.5, 0.25, 1.0], d=[0.75, 0.5, 1.0]),
    "hard reset": facts("relu", "data-norm", [0.5, 0.25, 1.0], d=[0.25, 0.25, 0.5]),
    "silenced": facts("relu", "rate", [0.5, 0.25, 1.0], d=[0.0, 0.0, 0.5]),
    "uneven spikes": facts("relu", "rate", [0.5, 0.25, 1.0], d=[0.75, 0.5, 0.75]),
    "rounding": facts("relu", "few-spike", [0.53, 0.28, 0.97]),
}


def test_every_rule_has_a_case() -> None:
    assert [rule.name for rule in RULES] == list(CASES)


@pytest.mark.parametrize("name", CASES)
def test_the_rule_speaks(name: str) -> None:
    rule, finding, remedy = explain(CASES[name])
    assert rule.name == name
    for text in (finding, remedy):
        assert text.endswith(".")
        assert "{" not in text


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_remedies_name_options_that_exist(rule: Any) -> None:
    convert = group.get_command(None, "convert")  # type: ignore[arg-type]
    assert convert is not None
    known = {option for parameter in convert.params for option in (*parameter.opts, *parameter.secondary_opts)}
    texts = [rule.remedy] if isinstance(rule.remedy, str) else list(rule.remedy.values())
    options = {name for method in METHODS.values() for name in inspect.signature(method).parameters}
    for text in texts:
        assert set(re.findall(r"--[a-z-]+", text)) <= known
        assert set(re.findall(r"--option (\w+)=", text)) <= options
        assert set(re.findall(r"--method ([a-z-]+)", text)) <= set(METHODS)


def test_what_the_numbers_say() -> None:
    """By hand: A = 1, a quarter of a sixteenth for three active neurons of three; d is off by 1/4 in every example."""
    errors = facts("relu", "rate", [0.5, 0.25, 1.0], r=[0.5, 0.5, 1.0], d=[0.75, 0.75, 0.75]).errors
    assert errors.error == pytest.approx((0.25 + 0.5 + 0.25) / 3)
    assert errors.inherited == pytest.approx(0.25 / 3)
    assert errors.own == pytest.approx(0.25)
    assert errors.rounding == pytest.approx(1 / 64)
    assert errors.drift == pytest.approx(0.25)
    assert (errors.cut, errors.clipped, errors.silenced, errors.used) == (0, 0, 0, 1)
