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

Numbers = NDArray[Any]


def draw(function: Function, arguments: tuple[Values, ...], frame: Frame, stream: int, lanes: Indices) -> Values:
    """The next value of a random function in each active lane."""
    types = [type_ for type_ in (function.result, *function.parameters) if isinstance(type_, NumericType)]
    if function.name not in _FUNCTIONS:
        raise InternalCompilerError(f"the reference has no random function '{function.name}'")
    scalar = next((type_.dtype for type_ in types if type_.is_float), np.dtype(np.float32))
    source = Source(frame, stream, lanes, scalar)
    numbers = (np.broadcast_to(argument, lanes.shape) for argument in arguments)
    result: Values = _FUNCTIONS[function.name](source, *numbers).astype(types[0].dtype)
    return result


@final
class Source:
    """Random bits, uniform and normal numbers of one type for some lanes, on one stream."""

    def __init__(self, frame: Frame, stream: int, lanes: Indices, dtype: np.dtype[Any]) -> None:
        self.frame = frame
        self.stream = stream
        self.lanes = lanes
        self.dtype = dtype

    def only(self, chosen: Numbers) -> Source:
        """The same for some of the lanes: a mask, or places among them."""
        return Source(self.frame, self.stream, self.lanes[chosen], self.dtype)

    def words(self) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32]]:
        """The next counter block of each lane."""
        space, surroundings = self.frame.space, self.frame.surroundings
        clock = surroundings.clock
        example = clock.example_offset + space.example[self.lanes] if space.batched else np.zeros(1, np.intp)
        count = self.frame.draws(self.stream)
        drawn = count[self.lanes]
        count[self.lanes] += np.uint32(1)
        return philox(space.element[self.lanes], example, clock.timestep, self.stream, drawn, surroundings.seed)

    def uniform(self) -> Numbers:
        """Uniform in (0, 1]."""
        x0, x1, _, _ = self.words()
        return self.fraction(x0, x1)

    def normal(self) -> Numbers:
        """Standard normal."""
        x0, x1, x2, x3 = self.words()
        radius = np.sqrt(self.dtype.type(-2) * np.log(self.fraction(x0, x1)))
        normal: Numbers = radius * np.cos(self.dtype.type(2 * np.pi) * self.fraction(x2, x3))
        return normal

    def fraction(self, high: NDArray[np.uint32], low: NDArray[np.uint32]) -> Numbers:
        """Two words as a number in (0, 1] with 24 (float) or 53 (double) bits."""
        if self.dtype == np.float32:
            return ((high >> np.uint32(8)) + np.uint32(1)).astype(np.float32) * np.float32(2.0**-24)
        bits = (high.astype(np.uint64) << np.uint64(21)) | (low.astype(np.uint64) >> np.uint64(11))
        return (bits + np.uint64(1)).astype(np.float64) * 2.0**-53


def _bits(source: Source) -> Numbers:
    return source.words()[0]


def _exponential(source: Source) -> Numbers:
    return -np.log(source.uniform())


def _log_normal(source: Source, mean: Numbers, deviation: Numbers) -> Numbers:
    result: Numbers = np.exp(mean + deviation * source.normal())
    return result


def _binomial(source: Source, trials: Numbers, probability: Numbers) -> Numbers:
    successes = np.zeros(trials.shape, np.uint32)
    for trial in range(int(trials.max(initial=0))):
        trying = trials > trial
        successes[trying] += source.only(trying).uniform() <= probability[trying]
    return successes


def _gamma(source: Source, shape: Numbers) -> Numbers:
    """Marsaglia and Tsang's rejection; `waiting` holds the places whose candidate has not been accepted yet.

    A shape that is not positive and finite gives NaN without drawing.
    """
    scalar = source.dtype.type
    d = np.where(shape < 1, shape + scalar(1), shape) - scalar(1 / 3)
    c = scalar(1) / np.sqrt(scalar(9) * d)
    result = np.full(shape.shape, np.nan, source.dtype)
    waiting = np.flatnonzero((shape > 0) & np.isfinite(shape))
    while waiting.size:
        x = source.only(waiting).normal()
        root = scalar(1) + c[waiting] * x
        v = root * root * root
        candidates, x, v = waiting[v > 0], x[v > 0], v[v > 0]
        bound = x * x / scalar(2) + d[candidates] - d[candidates] * v + d[candidates] * np.log(v)
        accepted = np.log(source.only(candidates).uniform()) < bound
        result[candidates[accepted]] = (d[candidates] * v)[accepted]
        waiting = np.setdiff1d(waiting, candidates[accepted])
    small = (shape > 0) & (shape < 1)
    result[small] *= source.only(small).uniform() ** (scalar(1) / shape[small])
    return result


_FUNCTIONS: dict[str, Callable[..., Numbers]] = {
    "gennrand": _bits,
    "gennrand_uniform": Source.uniform,
    "gennrand_normal": Source.normal,
    "gennrand_exponential": _exponential,
    "gennrand_log_normal": _log_normal,
    "gennrand_binomial": _binomial,
    "gennrand_gamma": _gamma,
}
