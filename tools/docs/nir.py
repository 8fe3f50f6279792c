"""The page of what maps to what in NIR, made from the pairs that export and import use."""

from __future__ import annotations

from ml_genn.exchange.nir.pairs import NeuronPair, PathPair
from ml_genn.exchange.nir.registry import INPUT_PAIRS, NEURON_PAIRS, PATH_PAIRS, REFUSED

from .markdown import code, table

INTRODUCTION = """\
# NIR: what maps to what

Made from the pairs that `ml-genn export` and `ml-genn import` use; [the guide](nir.md) says what they mean.
"""
IMPORT_NOTE = """\
A path of other nodes between two neurons, as `Conv1d`, a convolution with groups or dilation, two matrices one after
the other, or `SumPool2d` alone, becomes `Sparse` connectivity with the weights that they come to. Graphs inside graphs
are opened. `Delay` nodes become delays, `Flatten` nodes the order of weights.
"""


def page() -> str:
    """Markdown of the page."""
    return "\n".join(
        (
            INTRODUCTION,
            "## Neurons\n",
            table(("class", "synapses", "node", "what it computes in a step"), map(_neuron, NEURON_PAIRS)),
            "\n## Connectivity\n",
            table(("class", "nodes of a path", "holds a bias"), map(_path, PATH_PAIRS)),
            f"\n{IMPORT_NOTE}",
            "## Inputs\n",
            table(("class", "the `Input` node stands for"), ((code(p.neuron), p.stands_for) for p in INPUT_PAIRS)),
            "\n## Refused\n",
            table(("class", "reason", "what to do"), ((code(r.class_name), r.reason, r.remedy) for r in REFUSED)),
            "",
        )
    )


def _neuron(pair: NeuronPair) -> tuple[str, ...]:
    names = filter(None, (pair.neuron, pair.input_neuron))
    return ", ".join(map(code, names)), code(pair.synapse), code(pair.node), pair.equation


def _path(pair: PathPair) -> tuple[str, ...]:
    first, *words = pair.nodes or ("no node",)
    nodes = f"{code(first)} ({words[0]})" if words and " " in words[0] else " → ".join(map(code, pair.nodes))
    return code(pair.connectivity), nodes or first, "yes" if pair.carries_bias else "no"
