"""Base class of experiments: a training that anyone can repeat by name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

from ..callbacks import Callback
from ..compilers import Compiler
from ..errors import DataError, UsageError
from ..layer import underlying_population
from ..network import Network
from ..optimisers import Adam
from ..population import Population
from .parameters import Parameter, Values


@final
@dataclass(frozen=True)
class Examples:
    """Examples and their targets.

    Args:
        x: what the input takes.
        y: what the loss takes.
        timesteps: of the trial of each, for compilers with `variable_timesteps`; None for as many as these compile for.
    """

    x: Sequence[Any]
    y: Sequence[Any]
    timesteps: Sequence[int] | None = None

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y):
            raise DataError(f"an experiment needs examples with a target each, got {len(self.x)} and {len(self.y)}")

    def __len__(self) -> int:
        return len(self.x)

    def part(self, where: slice | Sequence[int]) -> Examples:
        """Some of the examples."""
        numbers = range(len(self))[where] if isinstance(where, slice) else where
        timesteps = None if self.timesteps is None else [self.timesteps[number] for number in numbers]
        return Examples([self.x[number] for number in numbers], [self.y[number] for number in numbers], timesteps)


@final
@dataclass(frozen=True, kw_only=True)
class Splits:
    """Examples to learn, to choose by, and to report.

    Raises:
        DataError: one of these has no examples.
    """

    train: Examples
    test: Examples
    validation: Examples | None = None

    def __post_init__(self) -> None:
        parts = {"training": self.train, "test": self.test, "validation": self.validation}
        for name, part in parts.items():
            if part is not None and not len(part):
                raise DataError(f"there are no {name} examples; these settings leave none of the data")


@final
@dataclass(frozen=True, kw_only=True)
class Parts:
    """A network with its input and its output, each a population or a layer."""

    network: Network
    source: Any
    output: Any

    def names(self) -> dict[Population, str]:
        """What logs, reports and recordings call its populations: input, hidden (hidden 1, ... of several), output.

        Their own names decide which initial weights are drawn, and so stay as they were when results were recorded.
        """
        source, output = underlying_population(self.source), underlying_population(self.output)
        hidden = [one for one in self.network.populations if one not in (source, output)]
        numbered = {one: f"hidden {number}" for number, one in enumerate(hidden, 1)}
        return {source: "input", **(numbered if len(hidden) > 1 else dict.fromkeys(hidden, "hidden")), output: "output"}


Augmenter = Callable[[int, int, Any], Any]
"""An example as it is in an epoch, from the epoch's number, the example's number and the example."""


class Experiment(ABC):
    """Data, network, compiler and schedule of a training, each a function of the experiment's parameters.

    Attributes:
        name: what the user types.
        summary: one line.
        parameters: by name; those of `COMMON` are in every experiment.
        metrics: metric of training and test.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    parameters: ClassVar[Mapping[str, Parameter]]
    metrics: ClassVar[Any] = "sparse_categorical_accuracy"

    @abstractmethod
    def load(self, p: Values) -> Splits:
        """Read and encode the data."""

    @abstractmethod
    def build(self, p: Values) -> Parts:
        """Describe the network."""

    @abstractmethod
    def create_compiler(self, p: Values, parts: Parts, **run: Any) -> Compiler:
        """The compiler of the network; `run` holds `engine` and `num_threads`, which it hands over."""

    def callbacks(self, p: Values, parts: Parts) -> Sequence[Callback]:
        """Callbacks of the training, besides those that write the run's files."""
        return ()

    def shuffles(self, p: Values) -> bool:
        """Whether examples come in another order in each epoch."""
        return True

    def augment(self, p: Values, train: Examples) -> Augmenter | None:
        """How examples change from epoch to epoch; None if they do not."""
        return None


COMMON: Mapping[str, Parameter] = {
    "n_epochs": Parameter(10, "number of times that all examples are learnt", low=1),
    "n_batch": Parameter(32, "number of examples that are learnt together", low=1),
    "model_seed": Parameter(1, "seed of initial weights, of random numbers and of the order of examples", low=1),
}
"""Parameters that every experiment has; an experiment may give them other defaults."""


ADAM: Mapping[str, Parameter] = {
    "adam_beta1": Parameter(0.9, "part of the mean gradient that Adam keeps", low=0.0, high=1.0, high_open=True),
    "adam_beta2": Parameter(
        0.999, "part of the mean square gradient that Adam keeps", low=0.0, high=1.0, high_open=True
    ),
    "adam_eps": Parameter(1e-8, "number that Adam adds to the root of this mean", low=0.0, low_open=True),
}
"""Parameters of Adam, besides the learning rate `eta`."""


def adam(p: Values) -> Adam:
    """The optimiser of an experiment with these parameters."""
    return Adam(p.eta, p.adam_beta1, p.adam_beta2, p.adam_eps)


def trial_arguments(p: Values) -> dict[str, Any]:
    """What every compiler is told, of an experiment with `trial_ms` and `dt_ms`.

    Raises:
        UsageError: a trial has no timestep.
    """
    timesteps = round(p.trial_ms / p.dt_ms)
    if timesteps < 1:
        raise UsageError(f"trial_ms={p.trial_ms:g} is shorter than a timestep, dt_ms={p.dt_ms:g}; give a longer trial")
    return {
        "example_timesteps": timesteps,
        "dt": p.dt_ms,
        "batch_size": p.n_batch,
        "rng_seed": p.model_seed,
    }
