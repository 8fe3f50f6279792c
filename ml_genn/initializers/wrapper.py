"""Any GeNN variable initialisation snippet as an initializer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

from .initializer import Initializer, InitializerSnippet


@final
class Wrapper(Initializer):
    """Values from a GeNN snippet.

    Args:
        snippet: name of a built-in snippet or an object made by create_var_init_snippet.
        param_vals: values of its parameters.
        egp_vals: values of its extra global parameters.
    """

    def __init__(
        self, snippet: Any, param_vals: Mapping[str, Any] | None = None, egp_vals: Mapping[str, Any] | None = None
    ) -> None:
        self.snippet = snippet
        self.param_vals = dict(param_vals or {})
        self.egp_vals = dict(egp_vals or {})

    def get_snippet(self) -> InitializerSnippet:
        return InitializerSnippet(self.snippet, self.param_vals, self.egp_vals)
