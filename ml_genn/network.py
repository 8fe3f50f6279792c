"""A network under construction: the populations and connections made inside its `with` block."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from .checkpoint import load_checkpoint
from .errors import DescriptionError
from .registry import SERIALISERS
from .summary import summarise

if TYPE_CHECKING:
    from .connection import Connection
    from .population import Population

Init = TypeVar("Init", bound=Callable[..., None])


class Network:
    """Populations of neurons and the connections between them.

    Args:
        default_params: {class: {constructor argument: value}}, used inside the `with` block for arguments of neurons
            and synapses that are not given. They hold for exactly this class, not for those derived from it.

    Raises:
        DescriptionError: a class whose constructor does not take part.
    """

    _open: ClassVar[list[Network]] = []

    def __init__(self, default_params: Mapping[type, Mapping[str, Any]] | None = None) -> None:
        self.default_params = dict(default_params or {})
        for cls in self.default_params:
            if not hasattr(getattr(cls, "__init__", None), "takes_default_params"):
                raise DescriptionError(
                    f"default_params: {getattr(cls, '__name__', cls)!r} is no class of neurons or synapses whose "
                    "constructor takes default parameters; decorate that with ml_genn.network.network_default_params"
                )
        self.populations: list[Population] = []
        self.connections: list[Connection] = []

    def __enter__(self) -> Self:
        Network._open.append(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        Network._open.pop()

    def load(self, keys: Sequence[Any] = (), serialiser: Any = "numpy") -> None:
        """Replace weights, delays and neuron parameters by those of a checkpoint, found by the names of their owners.

        Args:
            keys: first keys of the checkpoint, as (3,) for that of epoch 3.
            serialiser: Serialiser that holds it, or the name of one.

        Raises:
            DataError: there is none, it holds something that this network has no place for, or arrays of other sizes;
                the network stays as it was.

        Warns:
            UserWarning: connections whose weights are not in the checkpoint; they keep what they have.
        """
        load_checkpoint(self, keys, SERIALISERS.require(serialiser))

    def summary(self, print_fn: Callable[[str], object] | None = None) -> None:
        """Print a table of populations, connections and totals.

        Args:
            print_fn: takes the text in place of `print`, as `lines.append`.
        """
        (print_fn or print)(summarise(self))

    @staticmethod
    def current(what: str, kind: str = "network") -> Network:
        """The network whose `with` block is running.

        Raises:
            DescriptionError: there is none; `what` names the object that needed one.
        """
        if not Network._open:
            raise DescriptionError(f"{what} must be created inside a ``with {kind}:`` block")
        return Network._open[-1]

    @staticmethod
    def get_default_params(cls: type) -> Mapping[str, Any]:
        """The running network's default arguments for exactly this class; empty without a running network."""
        return Network._open[-1].default_params.get(cls, {}) if Network._open else {}

    def add_population(self, population: Population, name: str | None) -> str:
        """Take in a population and return its name, by default Pop0, Pop1, ... in order of creation.

        Raises:
            DescriptionError: the network already has a population of that name.
        """
        taken = {other.name for other in self.populations}
        chosen = _choose_name("population", name, f"Pop{len(self.populations)}", taken)
        self.populations.append(population)
        return chosen

    def add_connection(self, connection: Connection, name: str | None, default: str) -> str:
        """Take in a connection and return its name, by default `default`, numbered where that is taken.

        Raises:
            DescriptionError: the network already has a connection of that name.
        """
        chosen = _choose_name("connection", name, default, {other.name for other in self.connections})
        self.connections.append(connection)
        return chosen


def network_default_params(init: Init) -> Init:
    """Make a constructor take arguments that are not given from the running network's `default_params`.

    Precedence: given argument, network default, default of the signature.
    """
    signature = inspect.signature(init)

    @functools.wraps(init)
    def with_defaults(self: Any, *args: Any, **kwargs: Any) -> None:
        defaults = Network.get_default_params(type(self))
        unknown = set(defaults) - set(signature.parameters)
        if unknown:
            raise DescriptionError(
                f"default_params of {type(self).__name__}: unknown argument {', '.join(sorted(unknown))}; "
                f"it takes {', '.join(list(signature.parameters)[1:])}"
            )
        given = signature.bind_partial(self, *args, **kwargs).arguments
        init(self, *args, **{name: value for name, value in defaults.items() if name not in given}, **kwargs)

    with_defaults.takes_default_params = True  # type: ignore[attr-defined]
    return with_defaults  # type: ignore[return-value]


def _choose_name(what: str, name: str | None, default: str, taken: set[str]) -> str:
    if name is None:
        count, name = 0, default
        while name in taken:
            count += 1
            name = f"{default}_{count}"
    elif name in taken:
        raise DescriptionError(f"the network already has a {what} called {name!r}; names must be unique")
    return name
