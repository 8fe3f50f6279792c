"""No test leaves the processor in another mode; under `make sanitize`, arrays lie between fences."""

from __future__ import annotations

import ctypes
import math
import os
from collections.abc import Iterator

import numpy as np
import pytest

from ml_genn.engines.embedded.plan import storage

_LINE = 64  # arrays begin on cache lines, as without the sanitizer
_FENCE = 4096  # also keeps arrays out of numpy's pool of small blocks, which would hand on what is fenced off


@pytest.fixture(autouse=True)
def denormals() -> Iterator[None]:
    """Denormal numbers are numbers after each test: the engine flushes them while kernels run, and only then."""
    yield
    assert np.float32(1e-45) * np.float32(1.0) > 0, "denormal numbers are taken as zero after this test"


@pytest.fixture(scope="session", autouse=True)
def fences() -> Iterator[None]:
    """Every array lies between fences that the address sanitizer watches; nothing without the sanitizer."""
    if os.environ.get("ML_GENN_SANITIZE", "0") == "0":
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "_zeros", fenced)
        yield


def fenced(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """A zeroed array; what lies before and behind it may not be touched."""
    size = math.prod(shape) * dtype.itemsize
    room = np.zeros(size + 2 * _FENCE, np.uint8)
    first = _FENCE - (room.ctypes.data + _FENCE) % _LINE
    poison = ctypes.CDLL(None).__asan_poison_memory_region
    for begin, end in ((0, first), (first + size, room.size)):
        poison(ctypes.c_void_p(room.ctypes.data + begin), ctypes.c_size_t(end - begin))
    return room[first : first + size].view(dtype).reshape(shape)
