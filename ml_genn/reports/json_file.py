"""RESULT.json: writing a result and reading it back."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TypeVar

from ..atomic import write_text_atomic
from ..errors import DataError
from .methods import MethodComparison
from .plain import from_plain, to_plain
from .result import SCHEMA, Result

T = TypeVar("T")

_NUMBERS = re.compile(r"\[\n\s*([-+.\deE]+(?:,\n\s*[-+.\deE]+)*)\n\s*\]")
"""A list of numbers over several lines; no text can look like it, since texts hold no line breaks in JSON."""

_BREAK = re.compile(r",\n\s*")


def to_json(result: Result) -> str:
    """The text of RESULT.json."""
    return to_text(result)


def to_text(value: object) -> str:
    """A dataclass with a `schema` as strict JSON (no NaN), two spaces of indentation, `schema` first.

    A list of numbers takes one line: a matrix is easier to read so, and pictures take a tenth of the room.
    """
    plain = to_plain(value)
    ordered = {"schema": plain.pop("schema"), **plain}
    text = json.dumps(ordered, indent=2, allow_nan=False, ensure_ascii=False)
    return _NUMBERS.sub(lambda found: f"[{_BREAK.sub(', ', found[1])}]", text) + "\n"


def write_json(result: Result, path: Path) -> None:
    """Write RESULT.json to `path`, completely or not at all.

    Raises:
        OutputError: `path` cannot be written.
        DataError: the result holds a number that is not finite.
    """
    write_text_atomic(path, to_json(result))


def read_json(path: Path) -> Result:
    """Read a result back.

    Raises:
        DataError: the file is missing, damaged, no result, or of another schema version.
    """
    return _read(Path(path), Result, "convert")


def read_comparison(path: Path) -> MethodComparison:
    """Read a comparison of methods back.

    Raises:
        DataError: the file is missing, damaged, no comparison, or of another schema version.
    """
    return _read(Path(path), MethodComparison, "compare")


def is_comparison(path: Path) -> bool:
    """Whether the file says that it is a comparison of methods; False for what cannot be read."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(data, dict) and data.get("kind") == "comparison"


def _read(path: Path, cls: type[T], command: str) -> T:
    """What `ml-genn COMMAND --json` wrote."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise DataError(f"{path} is not JSON ({error}); give a file that `ml-genn {command} --json` wrote") from error
    _check_schema(path, data, command)
    try:
        return from_plain(cls, data)
    except DataError as error:
        raise DataError(f"{path} is damaged: {error}; write it again with `ml-genn {command} --json`") from error


def _check_schema(path: Path, data: object, command: str) -> None:
    if not isinstance(data, dict) or "schema" not in data:
        raise DataError(
            f'{path} is no result file: it has no "schema"; give a file that `ml-genn {command} --json` wrote'
        )
    if data["schema"] != SCHEMA:
        raise DataError(
            f"{path} has schema {data['schema']!r}, this version of ml_genn reads schema {SCHEMA}; "
            "write it again with this version, or read it with the version that wrote it"
        )
