"""Convert trained Keras models into spiking networks.

    import ml_genn_tf
    conversion = ml_genn_tf.convert(model, calibration=x_train[:2000], method="few-spike", k=8)
    result = conversion.evaluate(x_test, y_test)

Public names are imported when they are first used: Keras is not loaded before it is needed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .auto import auto_convert as auto_convert
    from .comparison import compare as compare
    from .conversion import Conversion as Conversion
    from .conversion import convert as convert
    from .load import describe_model as describe_model
    from .load import load_model as load_model
    from .prepare import check_supported as check_supported
    from .prepare import require_supported as require_supported

_NAMES = {
    "Conversion": "conversion",
    "auto_convert": "auto",
    "check_supported": "prepare",
    "compare": "comparison",
    "convert": "conversion",
    "describe_model": "load",
    "load_model": "load",
    "require_supported": "prepare",
}
_PACKAGES = ("converters",)

__all__ = [*_NAMES, *_PACKAGES]


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        value = getattr(importlib.import_module(f".{_NAMES[name]}", __name__), name)
        globals()[name] = value
        return value
    if name in _PACKAGES:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
