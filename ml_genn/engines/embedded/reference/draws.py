"""Random functions: the numbers that `plan/random.py` defines, drawn lane by lane."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ml_genn.engines.embedded.language.tree import Function
from ml_genn.engines.embedded.language.types import NumericType
from ml_genn.engines.embedded.plan.random import philox
from ml_genn.engines.embedded.reference.frame import Frame
from ml_genn.engines.embedded.reference.lanes import Indices, Values
from ml_genn.errors import InternalCompilerError

Words = tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32]]
Floats = NDArray[Any]


def draw(function: Function, arguments: tuple[Values, ...], frame: Frame, stream: int, lanes: Indices) -> Values:
    """The next value of a random function in each active lane."""
    if function.name not in _FUNCTIONS or not isinstance(function.result, NumericType):
        raise InternalCompilerError(f"the reference has no random function '{function.name}'")
    source = Source(frame, stream, lanes, function.result.dtype)
    result: Values = _FUNCTIONS[function.name](source, *arguments).astype(function.result.dtype)
    return result


@final
class Source:
    """Uniform and normal numbers of one type for the active lanes."""

    def __init__(self, frame: Frame, stream: int, lanes: Indices, dtype: np.dtype[Any]) -> None:
        self.frame = frame
        self.stream = stream
        self.lanes = lanes
        self.dtype = dtype

    def words(self) -> Words:
        """The next counter block of each lane."""
        space, surroundings = self.frame.space, self.frame.surroundings
        first = surroundings.clock.example_offset
        example = first + space.example[self.lanes] if space.batched else np.zeros(self.lanes.size, np.intp)
        draws = self.frame.draws[self.lanes]
        self.frame.draws[self.lanes] += np.uint32(1)
        element = space.element[self.lanes]
        return philox(element, example, surroundings.clock.timestep, self.stream, draws, surroundings.seed)

    def uniform(self) -> Floats:
        """Uniform in (0, 1]."""
        x0, x1, _, _ = self.words()
        return self.fraction(x0, x1)

    def normal(self) -> Floats:
        """Standard normal."""
        x0, x1, x2, x3 = self.words()
        radius = np.sqrt(self.dtype.type(-2) * np.log(self.fraction(x0, x1)))
        normal: Floats = radius * np.cos(self.dtype.type(2 * np.pi) * self.fraction(x2, x3))
        return normal

    def fraction(self, high: NDArray[np.uint32], low: NDArray[np.uint32]) -> Floats:
        """Two words as a number in (0, 1] with 24 (float) or 53 (double) bits."""
        if self.dtype == np.float32:
            return ((high >> np.uint32(8)) + np.uint32(1)).astype(np.float32) * np.float32(2.0**-24)
        bits = (high.astype(np.uint64) << np.uint64(21)) | (low.astype(np.uint64) >> np.uint64(11))
        return (bits + np.uint64(1)).astype(np.float64) * 2.0**-53


def _bits(source: Source) -> NDArray[np.uint32]:
    return source.words()[0]


def _exponential(source: Source) -> Floats:
    return -np.log(source.uniform())


def _log_normal(source: Source, mean: Values, deviation: Values) -> Floats:
    result: Floats = np.exp(mean + deviation * source.normal())
    return result


_FUNCTIONS: dict[str, Callable[..., NDArray[Any]]] = {
    "gennrand": _bits,
    "gennrand_uniform": Source.uniform,
    "gennrand_normal": Source.normal,
    "gennrand_exponential": _exponential,
    "gennrand_log_normal": _log_normal,
}
