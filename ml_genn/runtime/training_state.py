"""All that a training needs to go on as if it had never stopped, as one array of bytes.

It is one array so that a serialiser, which stores an array completely or not at all, can never leave half of it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from ..errors import DataError

SCHEMA = 1
META = "meta"

Arrays = dict[str, np.ndarray]


@final
@dataclass(frozen=True, kw_only=True)
class TrainingState:
    """Where a training is.

    Args:
        epoch, batch: the batch that comes next.
        updates, examples: batches and examples learnt since the network was loaded, on which random numbers depend.
        values: what is learnt, and what optimisers remember, by name.
        optimisers: class and parameters of each optimiser.
        callbacks: what each callback has to know, by place and class.
        tally: what the present epoch came to so far.
    """

    epoch: int
    batch: int
    updates: int
    examples: int
    values: Arrays
    optimisers: tuple[dict[str, Any], ...]
    callbacks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tally: Arrays = field(default_factory=dict)


def pack(state: TrainingState) -> np.ndarray:
    """The state as bytes."""
    meta = {
        "schema": SCHEMA,
        **{name: int(getattr(state, name)) for name in ("epoch", "batch", "updates", "examples")},
        "optimisers": state.optimisers,
    }
    arrays = {META: np.frombuffer(json.dumps(meta).encode(), np.uint8)}
    arrays |= {f"value {name}": values for name, values in state.values.items()}
    arrays |= {f"tally {name}": np.asarray(values) for name, values in state.tally.items()}
    for callback, found in state.callbacks.items():
        arrays |= {f"callback {callback}/{name}": np.asarray(values) for name, values in found.items()}
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    return np.frombuffer(content.getvalue(), np.uint8)


def unpack(data: np.ndarray, where: str) -> TrainingState:
    """The state from its bytes.

    Args:
        data: what `pack` made.
        where: what it was found under, for messages.

    Raises:
        DataError: they are damaged, or of another version.
    """
    try:
        with np.load(io.BytesIO(np.asarray(data, np.uint8).tobytes()), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        meta = json.loads(arrays[META].tobytes())
        schema = meta["schema"]
    except Exception as error:  # of damaged archives numpy says BadZipFile, EOFError, KeyError, ValueError ...
        raise DataError(f"{where} holds a damaged state of a training: {error}") from error
    if schema != SCHEMA:
        raise DataError(
            f"{where} holds a state of a training of version {schema}, this version of ml_genn reads {SCHEMA}"
        )
    callbacks: dict[str, dict[str, Any]] = {}
    for name, values in _of(arrays, "callback"):
        callback, _, entry = name.partition("/")
        callbacks.setdefault(callback, {})[entry] = values
    return TrainingState(
        **{name: meta[name] for name in ("epoch", "batch", "updates", "examples")},
        values=dict(_of(arrays, "value")),
        optimisers=tuple(meta["optimisers"]),
        callbacks=callbacks,
        tally=dict(_of(arrays, "tally")),
    )


def _of(arrays: Arrays, kind: str) -> Iterator[tuple[str, np.ndarray]]:
    for name, values in arrays.items():
        if name.startswith(f"{kind} "):
            yield name.removeprefix(f"{kind} "), values
