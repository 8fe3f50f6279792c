"""What a command writes: checked before the work begins, written after it, each file completely or not at all."""

from __future__ import annotations

import dataclasses
import hashlib
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

from ..atomic import check_writable
from ..errors import ToolchainError, UsageError

if TYPE_CHECKING:
    from ..data import Dataset
    from ..reports import DataInfo, Environment, Result
    from .talk import Talk


@final
@dataclass(frozen=True, kw_only=True)
class Outputs:
    """The files that the user asked for; None for those not asked for."""

    report: Path | None = None
    json_file: Path | None = None
    network: Path | None = None
    table: Path | None = None

    def check(self) -> None:
        """Fail before the work begins.

        Raises:
            UsageError: two outputs have the same name.
            OutputError: one of them cannot be written.
        """
        options = {"--out": self.network, "--report": self.report, "--json": self.json_file, "--csv": self.table}
        seen: dict[Path, str] = {}
        for option, path in options.items():
            if path is None:
                continue
            earlier = seen.setdefault(path.resolve(), option)
            if earlier != option:
                raise UsageError(f"{earlier} and {option} both name {path}; give each its own file")
            check_writable(path)

    def write(self, result: Result, talk: Talk, *, page: Callable[[Result, Path], None] | None = None) -> None:
        """Write report and JSON; the network is written by whoever holds it. `page` writes another page than usual."""
        from ..reports import write_html, write_json

        if self.report is not None:
            (page or write_html)(result, self.report)
            talk.say(f"wrote {self.report}")
        if self.json_file is not None:
            write_json(result, self.json_file)
            talk.say(f"wrote {self.json_file}")


def command_line(arguments: Sequence[str] | None = None) -> str:
    """The command as the user would type it again, quoted for a shell."""
    return shlex.join(["ml-genn", *(sys.argv[1:] if arguments is None else arguments)])


def data_info(data: Dataset) -> DataInfo:
    """The evaluation data as a result records them."""
    from ..reports import DataInfo

    return DataInfo(
        name=data.name,
        source=data.source,
        split=data.split,
        examples=len(data),
        shape=data.shape,
        sha256=data.sha256,
    )


def file_sha256(path: Path) -> str:
    """Checksum of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def with_compiler(environment: Environment) -> Environment:
    """The environment with the C compiler of the engine `embedded`, which runs as `reference` where there is none."""
    from ..engines.embedded.cpu.build.toolchain import find_toolchain

    if environment.engine != "embedded":
        return environment
    try:
        return dataclasses.replace(environment, compiler=find_toolchain().version)
    except ToolchainError:
        return dataclasses.replace(environment, engine="reference", threads=None)
