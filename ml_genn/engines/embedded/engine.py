"""The embedded engine as compilers see it."""

from __future__ import annotations

from functools import partial
from typing import cast

from ml_genn.engines import embedded
from ml_genn.engines.api import FUNCTIONS, Capabilities, CreateModel, Engine
from ml_genn.engines.embedded.genn_model import GeNNModel

_CAPABILITIES = Capabilities(
    strided_toeplitz=True,
    graded=True,
    multi_step=True,
    batches=True,
    live_views=True,
    example_offset=True,
    joint_reductions=True,
    connectivity_tables=True,
    kernel_sums=True,
    procedural=True,
    reload=True,
    joint_phases=True,
    short_recordings=True,
)


def make_engine(backend: str) -> Engine:
    """The engine that runs models with one of the backends of `GeNNModel`."""
    functions = {name: getattr(embedded, name) for name in FUNCTIONS}
    # a cast, since the model takes back groups of its own kind only, not any that has their attributes
    create_model = cast(CreateModel, partial(GeNNModel, backend=backend))
    return Engine(backend, _CAPABILITIES, create_model, **functions)


def used_threads(num_threads: int | None) -> int:
    """`num_threads`, else ML_GENN_THREADS, else all cores."""
    from ml_genn.engines.embedded.cpu import default_threads

    return default_threads() if num_threads is None else num_threads
