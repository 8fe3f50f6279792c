"""The page of what works with what: Keras layer by conversion method, neuron by compiler. Each cell was tried out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ml_genn.errors import MlGennError, UnsupportedModelError
from ml_genn.registry import COMPILERS, NEURONS

from . import networks
from .markdown import code, table

INTRODUCTION = """\
# What works with what

Made anew whenever this site is built: each cell is a small model that was converted, or a small network that was
compiled, just now. Rows and columns are what is registered, so that nothing can be missing.

## Keras layers and conversion methods

A layer that is not named here is refused by name before any work is done, with a remedy; `ml-genn check MODEL` lists
everything that stands in the way of a model at once.
"""

ACTIVATION_INTRODUCTION = """\
## Activations and conversion methods

Inside a layer, as `Dense(10, activation="relu")`, and as layers of their own. Softmax is tried at the output, the
others in a hidden layer.
"""

NEURON_INTRODUCTION = """\
## Neurons and compilers

"input" neurons take their input from data, the others from connections.
"""


@dataclass(frozen=True)
class Trial:
    """What was tried, in words, and why it failed; `reason` is empty where it worked."""

    row: str
    column: str
    reason: str

    @property
    def cell(self) -> str:
        return "no" if self.reason else "yes"


def page() -> str:
    """Markdown of the page."""
    parts = (
        INTRODUCTION,
        layers_by_method(),
        ACTIVATION_INTRODUCTION,
        activations_by_method(),
        NEURON_INTRODUCTION,
        neurons_by_compiler(),
    )
    return "\n".join(parts)


def attempt(row: str, column: str, action: Callable[[], object]) -> Trial:
    """Tries it; an error that a user would read becomes the reason."""
    try:
        action()
    except UnsupportedModelError as error:
        return Trial(row, column, "; ".join(getattr(problem, "reason", str(problem)) for problem in error.problems))
    except MlGennError as error:
        return Trial(row, column, str(error))
    return Trial(row, column, "")


# Layers and methods


def layers_by_method() -> str:
    """A table of all Keras layers that there is a translator for, and the reasons of refusals."""
    from ml_genn_tf.methods import METHODS
    from ml_genn_tf.translate import TRANSLATORS
    from ml_genn_tf.translate.training_only import training_only

    groups: dict[Any, list[str]] = {}
    for layer, translator in TRANSLATORS.items():  # what is dropped is dropped alike, so one trial stands for all of it
        groups.setdefault(training_only if translator is training_only else layer, []).append(layer)
    rows, trials = [], []
    for layers in groups.values():
        found = layer_trials(layers[0], METHODS)
        translator = TRANSLATORS[layers[0]]
        trials += found
        rows.append((", ".join(map(code, layers)), _summary(translator), *(trial.cell for trial in found)))
    head = ("layer", "as", *map(code, METHODS))
    return f"{table(head, rows)}\n{''.join(reasons(trials))}"


def layer_trials(layer: str, methods: Iterable[str]) -> list[Trial]:
    """The smallest model with this layer, by each method."""
    from . import keras_models

    model, x = keras_models.with_layer(layer)
    return [attempt(layer, method, partial(keras_models.convert, model, x, method)) for method in methods]


def _summary(translator: Any) -> str:
    return (inspect.getdoc(translator) or "").partition("\n\n")[0].replace("\n", " ")


def activations_by_method() -> str:
    """A table of the activations that a layer may have inside."""
    from ml_genn_tf.methods import METHODS
    from ml_genn_tf.translate.activations import ACTIVATIONS

    from . import keras_models

    rows, trials = [], []
    for name in sorted(ACTIVATIONS):
        model, x = keras_models.with_activation(name)
        found = [attempt(name, method, partial(keras_models.convert, model, x, method)) for method in METHODS]
        trials += found
        rows.append((code(name), *(trial.cell for trial in found)))
    return f"{table(('activation', *map(code, METHODS)), rows)}\n{''.join(reasons(trials))}"


# Neurons and compilers


def neurons_by_compiler() -> str:
    """A table of all neurons that can make up a population, and the reasons of refusals."""
    trials = list(neuron_trials())
    columns = {name: cls.__name__ for name, cls in COMPILERS.classes.items()}
    by_place = {(trial.row, trial.column): trial for trial in trials}
    rows = [
        (code(name), "input" if networks.is_input(neuron) else "", *(by_place[name, c].cell for c in columns.values()))
        for name, neuron in neurons().items()
    ]
    return f"{table(('neuron', '', *map(code, columns.values())), rows)}\n{''.join(reasons(trials))}"


def neurons() -> Mapping[str, type]:
    """The registered neurons by class name."""
    return {cls.__name__: cls for cls in NEURONS.classes.values()}


def neuron_trials() -> Iterator[Trial]:
    """The smallest network with each neuron, by each compiler."""
    for neuron, cls in neurons().items():
        for name, compiler in COMPILERS.classes.items():
            yield attempt(neuron, compiler.__name__, partial(networks.compile_with, cls, name))


def reasons(trials: Iterable[Trial]) -> Iterator[str]:
    """What was said of the combinations that do not work; those of which the same was said stand together."""
    rows: dict[tuple[str, str], list[str]] = {}
    for trial in trials:
        if trial.reason:
            rows.setdefault((trial.reason.replace(trial.row, "..."), trial.column), []).append(trial.row)
    columns: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (reason, column), refused in rows.items():
        columns.setdefault((reason, tuple(refused)), []).append(column)
    if columns:
        yield "\nWhere it says no:\n\n"
    for (reason, refused_rows), by in columns.items():
        said = reason.replace("...", refused_rows[0])
        example = "for example, " if len(refused_rows) > 1 else ""
        yield f"- {', '.join(map(code, refused_rows))} with {', '.join(map(code, by))}: {example}{said}\n"
