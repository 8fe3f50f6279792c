"""`ml-genn import`: a spiking network of another tool as a saved network."""

from __future__ import annotations

from pathlib import Path

import click

from .options import given

_FILE = click.Path(path_type=Path)


@click.command("import", short_help="Make a saved network of a NIR file.")
@click.argument("nir_file", type=_FILE, metavar="FILE.nir")
@click.option("--out", type=_FILE, required=True, metavar="SNN.h5", help="The network to write.")
@click.option(
    "--dt",
    type=click.FloatRange(min=0, min_open=True),
    metavar="MS",
    help="Timestep [default: that of the file, else 1].",
)
@click.option(
    "--steps",
    type=click.Choice(("euler", "exact")),
    help="How equations become timesteps: a = 1 - dt / tau, or a = exp(-dt / tau) [default: that of the file, "
    "else euler].",
)
@click.option(
    "--timesteps",
    type=click.IntRange(min=1),
    metavar="T",
    help="Length of an example [default: that of the file, else 100].",
)
@click.option(
    "--input",
    "input_neuron",
    default="spike_input",
    show_default=True,
    metavar="NAME",
    help="Input neuron for Input nodes that do not say what they stand for, as binary_spike_input.",
)
def command(
    nir_file: Path, out: Path, dt: float | None, steps: str | None, timesteps: int | None, input_neuron: str
) -> None:
    """Make SNN.h5 of FILE.nir, a graph that this or another tool wrote; `evaluate` runs it.

    Nodes that have no counterpart here are listed, all of them, with exit code 3.

    \b
    ml-genn import snn.nir --out snn.h5
    """
    from ..atomic import check_writable
    from ..exchange.nir import import_nir, load_graph
    from ..serialisers import save_network

    check_writable(out)
    found = import_nir(load_graph(nir_file), dt=dt, steps=steps, input_neuron=input_neuron)
    compiler = found.create_compiler(**given(evaluate_timesteps=timesteps))
    save_network(out, found.network, list(found.inputs), list(found.outputs), compiler, {"source": str(nir_file)})
    count = len(found.network.populations), len(found.network.connections)
    click.echo(f"wrote {out}: {count[0]} populations, {count[1]} connections", err=True)
