"""Every exception a user can meet, in one file; each carries what went wrong as fields, not only as text.

An error names the culprit, says what was expected and what to do. `MlGennError` is the common base, so that the
command can tell a user's mistake (one clear line, exit code 1 to 3) from a bug of ours (a traceback).
"""

from __future__ import annotations

from collections.abc import Sequence


class MlGennError(Exception):
    """Base of all errors that tell the user about something outside our own code."""

    exit_code = 1


class DescriptionError(MlGennError, RuntimeError):
    """A network description cannot mean anything: a missing shape, an object outside its network, a bad value."""


class ShapeError(DescriptionError, ValueError):
    """Two shapes that must match do not; the message names both and who has them."""


class UnsupportedError(MlGennError, NotImplementedError):
    """A combination that is well described but that this compiler, engine or converter refuses, with the reason."""


class DataError(MlGennError, ValueError):
    """Input data that cannot be used: missing, unreadable, of wrong shape, dtype or range, or empty."""


class TrainingError(MlGennError, ArithmeticError):
    """Training cannot go on: a loss is not finite, or more happened in a trial than there is room for."""


class UsageError(MlGennError):
    """A command was called with options that contradict each other or lie out of range."""

    exit_code = 2


class ModelFileError(MlGennError):
    """A model file is missing, damaged, of another kind, or asks for unsafe deserialisation."""

    exit_code = 3


class UnsupportedModelError(UnsupportedError):
    """A trained model holds layers that cannot be converted; all of them are listed at once."""

    exit_code = 3

    def __init__(self, message: str, problems: Sequence[object] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class GateError(MlGennError):
    """A rewriting pass changed what the model computes: names the pass, the layer and the largest difference."""

    exit_code = 3

    def __init__(self, message: str, *, pass_name: str = "", layer: str = "", difference: float = 0.0) -> None:
        super().__init__(message)
        self.pass_name = pass_name
        self.layer = layer
        self.difference = difference


class OutputError(MlGennError):
    """A result could not be written; nothing half-written is left behind."""


class ToolchainError(MlGennError):
    """There is no C compiler, or the one there is cannot build a shared library."""


class InternalCompilerError(Exception):
    """A fault of ours: generated code did not compile, or a tree held something no stage knows."""
