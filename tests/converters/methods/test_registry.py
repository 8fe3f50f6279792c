"""Methods by name."""

from __future__ import annotations

import pytest

from ml_genn.errors import UsageError
from ml_genn_tf.methods import METHODS, FewSpikeMethod, create_method


def test_options_that_are_none_are_defaults() -> None:
    method = create_method("few-spike", k=4, timesteps=None)
    assert isinstance(method, FewSpikeMethod)
    assert method.options == {"k": 4}


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_its_own_name(name: str) -> None:
    assert create_method(name).name == name


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("few-spikes", "did you mean few-spike?"),
        ("magic", "choose from few-spike, rate, data-norm, spike-norm, simple"),
    ],
)
def test_unknown_method(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"method '{name}' is unknown; {hint}".replace("?", r"\?")):
        create_method(name)


@pytest.mark.parametrize(
    ("name", "option", "message"),
    [
        (
            "few-spike",
            "timesteps",
            "timesteps goes with rate, data-norm, spike-norm, simple; method few-spike takes k, alpha",
        ),
        ("simple", "k", "k goes with few-spike; method simple takes timesteps, input_type"),
        ("simple", "colour", "colour goes with no method; method simple takes timesteps, input_type"),
    ],
)
def test_an_option_of_another_method(name: str, option: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        create_method(name, **{option: 3})
