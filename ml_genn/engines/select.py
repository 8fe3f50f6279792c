"""Which engine a name means."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache

from ml_genn.engines.api import Engine
from ml_genn.errors import UsageError

ENGINE_NAMES = ("auto", "embedded", "reference", "pygenn")


def get_engine(name: str | None = None) -> Engine:
    """The engine called `name`; None means ML_GENN_ENGINE, else `auto`.

    `auto` is `embedded`, always: which engine runs must not silently change numbers.

    Raises:
        UsageError: There is no engine of this name.
        UnsupportedError: PyGeNN is asked for and not installed.
    """
    source = "" if name is not None else " (from ML_GENN_ENGINE)"
    chosen = name if name is not None else os.environ.get("ML_GENN_ENGINE", "").strip() or "auto"
    if chosen not in _OPENERS:
        raise UsageError(f"there is no engine '{chosen}'{source}; choose one of {', '.join(ENGINE_NAMES)}")
    return _OPENERS[chosen]()


def engine_in_use(name: str | None, num_threads: int | None) -> tuple[str, int | None]:
    """What `name` means, and how many threads `num_threads` means; None where an engine keeps that to itself.

    Raises:
        UsageError, UnsupportedError: as `get_engine`.
        DescriptionError: ML_GENN_THREADS is no positive whole number.
    """
    engine = get_engine(name).name
    if engine != "embedded":
        return engine, None
    from ml_genn.engines.embedded.engine import used_threads

    return engine, used_threads(num_threads)


@cache
def _embedded() -> Engine:
    from ml_genn.engines.embedded.engine import make_engine

    return make_engine("embedded")


@cache
def _reference() -> Engine:
    from ml_genn.engines.embedded.engine import make_engine

    return make_engine("reference")


@cache
def _pygenn() -> Engine:
    from ml_genn.engines.pygenn import make_engine

    return make_engine()


_OPENERS: dict[str, Callable[[], Engine]] = {
    "auto": _embedded,
    "embedded": _embedded,
    "reference": _reference,
    "pygenn": _pygenn,
}
