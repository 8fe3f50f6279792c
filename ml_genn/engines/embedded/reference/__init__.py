"""The reference: a slow and obvious numpy interpreter of a plan, and with that the definition of what a plan means."""

from ml_genn.engines.embedded.reference.executable import ReferenceExecutable
from ml_genn.engines.embedded.reference.initial import initialise
from ml_genn.engines.embedded.reference.rows import build_columns, build_rows

__all__ = ["ReferenceExecutable", "build_columns", "build_rows", "initialise"]
