"""`ml-genn cache`: the compiled networks that are kept between runs."""

from __future__ import annotations

import click


@click.group("cache", short_help="Show or empty the cache of compiled networks.")
def command() -> None:
    """Compiled networks are kept in ML_GENN_CACHE (default: ml_genn in the user's cache folder)."""


@command.command("info")
def info() -> None:
    """Show folder, number of entries and size."""
    from ..engines.embedded.cpu.build.cache import cache_info

    found = cache_info()
    click.echo(f"folder   {found.folder}")
    click.echo(f"entries  {found.entries}")
    click.echo(f"size     {_mebibytes(found.size_bytes)} of at most {_mebibytes(found.limit_bytes)}")


@command.command("clear")
def clear() -> None:
    """Remove all entries; they are built again when needed."""
    from ..engines.embedded.cpu.build.cache import cache_clear

    before = cache_clear()
    entries = "1 entry" if before.entries == 1 else f"{before.entries} entries"
    click.echo(f"removed {entries}, {_mebibytes(before.size_bytes)}, from {before.folder}")


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"
