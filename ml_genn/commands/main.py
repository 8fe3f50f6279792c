"""Entry point: finds a command by name, imports its file only then, and turns errors into one line and an exit code."""

from __future__ import annotations

import atexit
import errno
import gc
import importlib
import keyword
import os
import sys
from collections.abc import Sequence
from typing import final

import click

from ..errors import MlGennError

COMMANDS = {
    "convert": "Turn a trained Keras model into a spiking network and report its accuracy.",
    "check": "List everything in a Keras model that cannot be converted.",
    "why": "Say which layer makes a spiking network differ from its model, and what would help.",
    "compare": "Compare all methods and several settings on one model.",
    "evaluate": "Run a saved spiking network on data; needs no Keras.",
    "train": "Train a spiking network by one of the experiments.",
    "export": "Write a saved spiking network as a NIR file for other tools.",
    "import": "Make a saved spiking network of a NIR file.",
    "report": "Make the HTML page of a result again.",
    "cache": "Show or empty the cache of compiled networks.",
    "doctor": "Say what this machine has and what it lacks.",
}
"""Name and one line of help; the command itself is `command` in the module that `module_of` names."""

INTERRUPTED = 130
"""128 + SIGINT, as shells report it."""

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Errors of a stdout that leads to a full disk; files that were asked for tell of theirs themselves."""


def module_of(name: str) -> str:
    """The module that holds a command: its name, which no keyword of Python can be."""
    return f"{name}_" if keyword.iskeyword(name) else name


@final
class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, not when they are listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f".{module_of(cmd_name)}", __package__).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            click.echo(f"ml-genn {version('ml_genn')}")
        except PackageNotFoundError:
            click.echo("ml-genn, run from a checkout that is not installed")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version."
)
def group() -> None:
    """Turn trained Keras networks into spiking ones, and run spiking networks.

    \b
    ml-genn convert model.keras --data digits --k 8 --report report.html
    ml-genn COMMAND --help

    Results go to stdout, everything else to stderr. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the model
    cannot be converted.
    """


def _open_closed_streams() -> None:
    """Lead streams that the caller closed (`ml-genn ... 2>&-`) nowhere, before a file gets their number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: PTH123, SIM115 - stays open until the end


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `ml-genn` with the given arguments (default: those of the process) and return the exit code."""
    atexit.register(gc.freeze)  # with TensorFlow loaded, Python's last look for garbage would take another second
    _open_closed_streams()
    try:
        code = group.main(arguments, prog_name="ml-genn", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except MlGennError as error:
        click.echo(f"Error: {error}", err=True)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted; nothing was left half-written.", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes stdout once more at exit
        return 1
    except MemoryError as error:
        click.echo(f"Error: there is not enough memory ({error}); give a smaller --batch-size", err=True)
        return 1
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        click.echo(f"Error: the result cannot be printed: {error.strerror}", err=True)
        return 1
    return code if isinstance(code, int) else 0
