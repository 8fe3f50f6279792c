"""Parameters of classes, by the import path of earlier versions."""

from ..values import Value as Value
from ..values import genn_var_name as get_genn_var_name

__all__ = ["Value", "get_genn_var_name"]
