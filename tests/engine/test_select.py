"""Which engine a name means, what an engine offers, and what happens where there is no compiler or no PyGeNN."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator

import numpy as np
import pytest

from ml_genn.engines.api import FUNCTIONS
from ml_genn.engines.embedded import GeNNModel, backends
from ml_genn.engines.embedded.cpu.run import executable
from ml_genn.engines.select import ENGINE_NAMES, engine_in_use, get_engine
from ml_genn.errors import DescriptionError, ToolchainError, UnsupportedError, UsageError


def test_auto_is_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ML_GENN_ENGINE", raising=False)
    assert get_engine() is get_engine("auto") is get_engine("embedded")
    assert get_engine("reference").name == "reference"


def test_engine_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_GENN_ENGINE", "reference")
    assert get_engine() is get_engine("reference")
    assert get_engine("embedded").name == "embedded"
    monkeypatch.setenv("ML_GENN_ENGINE", "gpu")
    with pytest.raises(UsageError, match=r"no engine 'gpu' \(from ML_GENN_ENGINE\); choose one of auto, embedded"):
        get_engine()


def test_what_will_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ML_GENN_ENGINE", raising=False)
    monkeypatch.setenv("ML_GENN_THREADS", "3")
    assert engine_in_use(None, None) == ("embedded", 3)
    assert engine_in_use("auto", 2) == ("embedded", 2)
    assert engine_in_use("reference", 2) == ("reference", None)


def test_unknown_engine() -> None:
    with pytest.raises(UsageError, match=r"there is no engine 'cuda'; choose one of " + ", ".join(ENGINE_NAMES)):
        get_engine("cuda")


def test_an_engine_offers_all_functions_and_models_on_its_backend() -> None:
    for name in ("embedded", "reference"):
        engine = get_engine(name)
        assert all(callable(getattr(engine, function)) for function in FUNCTIONS)
        model = engine.create_model("double", "m", num_threads=1)
        assert isinstance(model, GeNNModel)
        assert (model.backend_name, model.precision, model.name, model.num_threads) == (name, "double", "m", 1)


def test_missing_pygenn_says_where_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from ml_genn.engines import pygenn

    monkeypatch.setitem(sys.modules, "pygenn", None)
    with pytest.raises(UnsupportedError, match=r"needs PyGeNN, which cannot be imported .* see https://.*installation"):
        pygenn.make_engine()


def counting(backend: str | None = None) -> GeNNModel:
    model = GeNNModel("float", "counting", backend)
    source = model.add_neuron_population("n", 2, "Poisson", {"rate": 1.0}, {"timeStepToSpike": 5.0})
    assert source.num_neurons == 2
    model.build()
    return model


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def missing(*_: object, **__: object) -> None:
        raise ToolchainError("no C compiler was found (looked for gcc, clang)")

    monkeypatch.setattr(executable, "compiled", missing)
    monkeypatch.setattr(backends, "_warned", False)
    yield


@pytest.mark.usefixtures("no_compiler")
def test_without_a_compiler_the_reference_runs_and_says_so_once() -> None:
    model = counting()
    with pytest.warns(RuntimeWarning, match=r"(?s)no C compiler was found.*numpy reference.*times slower.*Install gcc"):
        model.load()
    model.step_time(3)
    assert np.array_equal(model.neuron_populations["n"].vars["timeStepToSpike"].view, [2.0, 2.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        counting().load()


def test_threads_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_GENN_THREADS", "many")
    with pytest.raises(DescriptionError, match="ML_GENN_THREADS must be a positive whole number, got 'many'"):
        counting().load()
    monkeypatch.setenv("ML_GENN_THREADS", "1")
    counting().load()
