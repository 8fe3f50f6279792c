"""Examples and targets of a training: checking, splitting, shuffling."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, final

import numpy as np

from ..errors import DataError, DescriptionError
from ..layer import by_population, underlying_population
from .examples import Data, check_examples


@final
@dataclass(frozen=True)
class Run:
    """The epochs of a training.

    Args:
        numbers: their numbers.
        num_batches: batches of each; None where it is not known.
        batches: the batches of an epoch.
    """

    numbers: range
    num_batches: int | None
    batches: Callable[[int], Iterable[Data]]


def check_pairs(x: Mapping[Any, Any], y: Mapping[Any, Any], what: str) -> int:
    """Check that there are as many targets as examples; their number.

    Args:
        what: "training ", "validation " or nothing, for messages.

    Raises:
        DataError: there are not.
    """
    num_inputs, num_labels = check_examples(x, "input"), check_examples(y, "label")
    if num_inputs != num_labels:
        raise DataError(f"Number of {what}inputs and labels must match, got {num_inputs} and {num_labels}")
    return num_inputs


def with_targets_of(data: Data, outputs: tuple[Any, ...]) -> Data:
    """Data whose targets are those of these outputs, populations or layers, by the same names."""
    targets = by_population(data.y)
    return data._replace(y={output: targets[underlying_population(output)] for output in outputs})


def check_validation(given: bool, split_off: Any, timesteps: Any) -> None:
    """Check that it is clear what to validate.

    Args:
        given: whether there are examples for it.
        split_off: the part of the training examples that is to be split off for it.
        timesteps: of the trials of the examples given.

    Raises:
        DescriptionError: examples are given twice, or timesteps of none, or `split_off` is no part.
    """
    if split_off is not None and (not isinstance(split_off, Real) or np.isnan(float(split_off))):
        raise DescriptionError(f"validation_split must be a number, the part of the examples, got {split_off!r}")
    if given and split_off:
        raise DescriptionError("validation data and validation split cannot both be provided")
    if timesteps is not None and not given:
        raise DescriptionError("validation_timesteps are those of validation_x, which is not given")


def split(data: Data, fraction: float) -> tuple[Data, Data]:
    """Training and validation data: the last `fraction` of the examples is for validation.

    Raises:
        DescriptionError: either part would be empty.
    """
    kept = data.num_examples - int(data.num_examples * fraction)
    if not 0 < kept < data.num_examples:
        raise DescriptionError(
            f"validation_split={fraction} leaves {kept} of {data.num_examples} examples for training; both parts need "
            "some"
        )
    return data.part(slice(None, kept)), data.part(slice(kept, None))


def numbers_of_epochs(num_epochs: Any, start_epoch: Any) -> range:
    """The numbers of the epochs of a training.

    Raises:
        DescriptionError: there cannot be so many, or it cannot begin with that one.
    """
    for name, value in (("num_epochs", num_epochs), ("start_epoch", start_epoch)):
        if not isinstance(value, int | np.integer) or value < 0:
            raise DescriptionError(f"{name} must be a whole number at least 0, got {value!r}")
    return range(int(start_epoch), int(start_epoch) + int(num_epochs))


def given_batches(data: Any, epoch: int) -> Iterable[Any]:
    """What an iterable, or a function of the epoch's number, gives in an epoch.

    Raises:
        DataError: it is no iterable.
    """
    found = data(epoch) if callable(data) else data
    if not isinstance(found, Iterable):
        raise DataError(
            f"the batches of epoch {epoch} must be an iterable of pairs (examples, targets), got a "
            f"{type(found).__name__}"
        )
    return found


def shuffled_batches(data: Data, batch_size: int, order: np.ndarray) -> Iterator[Data]:
    """Batches of the examples in this order."""
    for start in range(0, len(order), batch_size):
        yield data.chosen(order[start : start + batch_size])


def order_of(num_examples: int, seed: int, epoch: int, *, shuffle: bool) -> np.ndarray:
    """The order of the examples in an epoch; seed 0 draws another one each time."""
    if not shuffle:
        return np.arange(num_examples)
    return np.random.default_rng([seed, epoch] if seed else None).permutation(num_examples)


def augmented(x: Mapping[Any, Any], augment: Any, epoch: int) -> dict[Any, Any]:
    """Examples as they are in an epoch.

    Args:
        augment: None, a function of epoch, index and example for the only input, or a dictionary of these by input.

    Raises:
        DescriptionError: what is given is no function, or is to change several inputs, or one that has no examples.
    """
    if augment is None:
        return dict(x)
    if len(x) > 1 and not isinstance(augment, Mapping):
        raise DescriptionError(f"augment must be a dictionary by input where there are several, as here: {_names(x)}")
    functions = by_population(augment if isinstance(augment, Mapping) else dict.fromkeys(x, augment))
    if not set(functions) <= set(map(underlying_population, x)):
        raise DescriptionError(f"augment is given for {_names(functions)}; there are examples of {_names(x)}")
    for function in functions.values():
        if not callable(function):
            raise DescriptionError(
                "augment must be a function of epoch, number and example, as Augment([...]) is, got a "
                f"{type(function).__name__}"
            )
    return {
        key: Augmented(data, functions[population], epoch) if population in functions else data
        for key, data in x.items()
        for population in (underlying_population(key),)
    }


@final
class Augmented(Sequence[Any]):
    """Examples of an epoch, each changed when it is taken."""

    def __init__(self, examples: Sequence[Any], augment: Callable[[int, int, Any], Any], epoch: int) -> None:
        self._examples, self._augment, self._epoch = examples, augment, epoch

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, index: Any) -> Any:
        return self._augment(self._epoch, index, self._examples[index])


def _names(data: Mapping[Any, Any]) -> str:
    return ", ".join(map(str, data))
