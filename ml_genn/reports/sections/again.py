"""What it takes to see the same numbers again."""

from __future__ import annotations

from .. import words
from ..page import Section
from ..properties import Property, code
from ..result import Environment, Result


def again(result: Result) -> Section:
    """The command and the surroundings in which it ran."""
    return Section(
        name="again",
        title="To see these numbers again",
        view={"command": result.command, "properties": _properties(result)},
    )


def _properties(result: Result) -> tuple[Property, ...]:
    sums = {"model": result.model.sha256, "data": result.data.sha256}
    found = machine_properties(result.environment)
    known = tuple(code(digest, name) for name, digest in sums.items() if digest)
    return (*found, Property("Checksums", known)) if known else found


def machine_properties(environment: Environment) -> tuple[Property, ...]:
    """What it ran on."""
    versions = (f"{name} {version}" for name, version in environment.packages.items())
    machine = f"{environment.cpu}, {words.plural(environment.cores, 'core')}"
    return (
        Property("Engine", _engine(environment)),
        Property("Machine", (machine, environment.platform)),
        Property("Software", (", ".join((f"Python {environment.python}", *versions)),)),
    )


def _engine(environment: Environment) -> tuple[str, ...]:
    """The engine with its threads, and the compiler where there is one."""
    threads = "" if environment.threads is None else f", {words.plural(environment.threads, 'thread')}"
    return (environment.engine + threads, *([environment.compiler] if environment.compiler else []))
