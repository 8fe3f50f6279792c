"""`ml-genn export`: a saved spiking network as a file for other tools."""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import MlGennError, ModelFileError

_FILE = click.Path(path_type=Path)


@click.command("export", short_help="Write a saved network as a NIR file.")
@click.argument("network", type=_FILE, metavar="SNN.h5")
@click.option("--nir", "nir_file", type=_FILE, required=True, metavar="FILE.nir", help="The file to write.")
@click.option(
    "--steps",
    type=click.Choice(("euler", "exact")),
    default="euler",
    show_default=True,
    help="How readers make timesteps of equations: a = 1 - dt / tau (snnTorch, Norse), or a = exp(-dt / tau).",
)
@click.option(
    "--latency",
    type=click.Choice(("removed", "kept")),
    default="removed",
    show_default=True,
    help="Let spikes arrive in the step in which they are sent, as other tools do, or delay each connection by a step.",
)
@click.option(
    "--soft-reset", is_flag=True, help="Let metadata say that neurons reset by subtraction; many readers ignore it."
)
def command(network: Path, nir_file: Path, steps: str, latency: str, soft_reset: bool) -> None:
    """Write SNN.h5, which `convert --out` wrote, as NIR, the exchange format of neuromorphic tools.

    What NIR cannot express is listed, all of it, with exit code 3.

    \b
    ml-genn export snn.h5 --nir snn.nir
    """
    from ..atomic import check_writable
    from ..exchange.nir import export_nir, save_graph
    from ..serialisers import load_network

    check_writable(nir_file)
    try:
        saved = load_network(network)
    except ModelFileError as error:
        raise MlGennError(str(error)) from error  # exit code 3 is about networks that cannot be expressed
    graph = export_nir(
        saved.network,
        saved.inputs,
        saved.outputs,
        compiler=saved.create_compiler(),
        steps=steps,
        latency=latency,
        soft_reset=soft_reset,
    )
    save_graph(nir_file, graph)
    click.echo(f"wrote {nir_file}: {len(graph.nodes)} nodes, {len(graph.edges)} edges", err=True)
