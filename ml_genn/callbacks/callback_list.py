"""The callbacks of one run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self, final

from ..errors import DescriptionError
from ..registry import CALLBACKS
from .callback import Callback


@final
class CallbackList:
    """Calls each hook of those callbacks that override it, in order; closes them when left.

    A recorder without a key gets the number of its place in `callbacks`, counted from 0, whatever `base` holds.

    Args:
        callbacks: Callback objects (copied) or names, as the user gave them.
        compiled_network: the network that runs.
        base: callbacks of the network itself, which come before those of the user in every hook.
        kwargs: further parameters for `Callback.set_params`.
    """

    def __init__(
        self, callbacks: Iterable[Any], *, compiled_network: Any, base: Iterable[Callback] = (), **kwargs: Any
    ) -> None:
        self._data: dict[Any, Any] = {}
        given: list[Callback] = [CALLBACKS.require(callback) for callback in _listed(callbacks)]
        for index, callback in enumerate(given):
            if getattr(callback, "key", index) is None:
                callback.key = index  # type: ignore[attr-defined]
        self._callbacks: list[Callback] = [*map(CALLBACKS.resolve, base), *given]
        self._check_keys()
        with ExitStack() as prepared:  # those that are ready are closed where another one fails
            for callback in self._callbacks:
                callback.set_params(data=self._data, compiled_network=compiled_network, **kwargs)
                if _overrides(callback, "close"):
                    prepared.callback(callback.close)
            first = {type(callback): callback for callback in reversed(self._callbacks)}
            for callback in first.values():
                callback.set_first()
            prepared.pop_all()

    def __getitem__(self, index: int) -> Callback:
        return self._callbacks[index]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.call("close")

    @property
    def watches_timesteps(self) -> bool:
        """Whether a callback must be called between timesteps."""
        return bool(self._overriding("on_timestep_begin") or self._overriding("on_timestep_end"))

    def stops(self, begin: int, end: int) -> Sequence[int]:
        """The numbers of timesteps, above `begin` and up to `end`, after which the engine has to stop."""
        watching = [callback.end_timesteps for callback in self._overriding("on_timestep_end")]
        if self._overriding("on_timestep_begin") or None in watching:
            return range(begin + 1, end + 1)
        wanted = {timestep for timesteps in watching for timestep in timesteps or () if begin < timestep < end}
        return [*sorted(wanted), end]

    def call(self, hook: str, *args: Any) -> None:
        """Call one hook of all callbacks that override it."""
        for callback in self._overriding(hook):
            getattr(callback, hook)(*args)

    def get_data(self) -> dict[Any, Any]:
        """What the callbacks recorded, by key."""
        found = (callback.get_data() for callback in self._callbacks)
        return dict(item for item in found if item is not None)

    def states(self) -> dict[str, Mapping[str, Any]]:
        """What the callbacks have to know to go on, by place in the list and class."""
        found = {name: callback.state() for name, callback in self._named() if _overrides(callback, "state")}
        return {name: state for name, state in found.items() if state}

    def restore(self, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Give callbacks of the same places and classes back what `states` gave; others start anew."""
        for name, callback in self._named():
            if name in states:
                callback.restore(states[name])

    def _named(self) -> Iterator[tuple[str, Callback]]:
        for place, callback in enumerate(self._callbacks):
            yield f"{place} {type(callback).__name__}", callback

    def _overriding(self, hook: str) -> list[Callback]:
        found = [callback for callback in self._callbacks if _overrides(callback, hook)]
        return sorted(found, key=lambda callback: callback.runs_last)

    def _check_keys(self) -> None:
        keys = [callback.key for callback in self._callbacks if hasattr(callback, "key")]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise DescriptionError(f"Callback data key {twice.pop()!r} is not unique; give each recorder its own key")


def _listed(callbacks: Any) -> Iterable[Any]:
    """Callbacks as the user gave them.

    Raises:
        DescriptionError: a single one, or no sequence.
    """
    if isinstance(callbacks, str | Callback) or not isinstance(callbacks, Iterable):
        raise DescriptionError(
            f"callbacks must be a list of Callback objects or names, got {callbacks!r}; put a single one in a list too"
        )
    return callbacks


def _overrides(callback: Callback, hook: str) -> bool:
    """Whether the class of a callback has a hook of its own, or the object itself a function in its place.

    Other attributes of such a name are data of the callback's author.
    """
    return getattr(type(callback), hook) is not getattr(Callback, hook) or callable(vars(callback).get(hook))
