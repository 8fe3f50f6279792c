"""Who runs a plan: the compiled cpu engine, or the numpy reference where asked for or where no compiler is."""

from __future__ import annotations

import warnings

from ml_genn.engines.embedded.declarations import refuse_unknown
from ml_genn.engines.embedded.plan.layout import RowBuilder
from ml_genn.engines.embedded.plan.plan import Plan
from ml_genn.engines.embedded.plan.storage import Executable, Storage
from ml_genn.errors import ToolchainError

EMBEDDED = "embedded"
REFERENCE = "reference"
_BACKENDS = {"auto": EMBEDDED, "embedded": EMBEDDED, "cpu": EMBEDDED, "reference": REFERENCE}


def resolve(name: str | None) -> str:
    """The backend that a name means; None means the compiled one."""
    if name is None:
        return EMBEDDED
    refuse_unknown("GeNNModel: backend", (name,), _BACKENDS)
    return _BACKENDS[name]


def row_builders() -> tuple[RowBuilder, RowBuilder]:
    """What runs connectivity snippets by rows and by columns, on every backend."""
    from ml_genn.engines.embedded.reference import build_columns, build_rows

    return build_rows, build_columns


def initialise(plan: Plan, storage: Storage) -> None:
    """Gives all arrays their initial values."""
    from ml_genn.engines.embedded.reference import initialise

    initialise(plan, storage)


def open_executable(backend: str, plan: Plan, storage: Storage, num_threads: int | None) -> Executable:
    """Makes the plan ready to run on its storage."""
    from ml_genn.engines.embedded.reference import ReferenceExecutable

    if backend == EMBEDDED:
        from ml_genn.engines.embedded.cpu import CpuExecutable

        try:
            return CpuExecutable(plan, storage, threads=num_threads, remember=True)
        except ToolchainError as error:
            _warn_once(str(error))
    return ReferenceExecutable(plan, storage)


_warned = False


def _warn_once(reason: str) -> None:
    global _warned
    if _warned:
        return
    _warned = True
    warnings.warn(
        f"{reason}\nThe model runs on the numpy reference instead, which is a hundred to a thousand times slower. "
        "Install gcc or clang, or `pip install ziglang`, for full speed.",
        RuntimeWarning,
        stacklevel=2,
    )
