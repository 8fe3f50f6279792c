"""The embedded engine as compilers see it."""

from __future__ import annotations

from functools import partial

from ml_genn.engines import embedded
from ml_genn.engines.api import FUNCTIONS, Capabilities, Engine
from ml_genn.engines.embedded.genn_model import GeNNModel

_CAPABILITIES = Capabilities(
    strided_toeplitz=True, graded=True, multi_step=True, batches=True, live_views=True, example_offset=True
)


def make_engine(backend: str) -> Engine:
    """The engine that runs models with one of the backends of `GeNNModel`."""
    functions = {name: getattr(embedded, name) for name in FUNCTIONS}
    return Engine(backend, _CAPABILITIES, partial(GeNNModel, backend=backend), **functions)
