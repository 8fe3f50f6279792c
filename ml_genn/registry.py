"""Names of the classes of each family ("leaky_integrate_fire" -> LeakyIntegrateFire); strings resolve only here.

A family's package fills its registry when it is imported; looking up a name imports the package. A class whose
constructor needs arguments has a name too, so that a saved network can refer to it, but a user has to pass an object.
"""

from __future__ import annotations

import copy
import difflib
import importlib
import inspect
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, final

from .errors import DescriptionError


def snake_case(name: str) -> str:
    """Put "_" before each capital that begins a word and lower the case: AvgVarExpWeight -> avg_var_exp_weight.

    Capitals in a row are one word, as in sgd, and digits stay with the capital before them, as in conv2d.
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


@final
class Registry:
    """Name -> class of one family.

    Args:
        family: what a member is called in messages, as in "neuron".
        package: the package that registers the members when imported.
        base_name: the base class of the family, an attribute of `package`.
    """

    def __init__(self, family: str, *, package: str, base_name: str) -> None:
        self.family = family
        self._package = package
        self._base_name = base_name
        self._classes: dict[str, type] = {}

    def add(self, *classes: type) -> None:
        """Register classes under their names in snake case."""
        for cls in classes:
            name = snake_case(cls.__name__)
            if name in self._classes:
                raise DescriptionError(f"there is already a {self.family} called {name!r}; rename {cls.__qualname__}")
            self._classes[name] = cls

    @property
    def classes(self) -> Mapping[str, type]:
        """All members by name."""
        self._load()
        return self._classes

    @property
    def default_classes(self) -> dict[str, type]:
        """The members that a name alone can make: all arguments of their constructor have defaults."""
        return {name: cls for name, cls in self.classes.items() if not _required_arguments(cls)}

    @property
    def base(self) -> type:
        """The base class of the family."""
        return self._load()

    def name_of(self, obj: object) -> str:
        """The registered name of the class of `obj`.

        Raises:
            DescriptionError: the class is not registered.
        """
        for name, cls in self.classes.items():
            if type(obj) is cls:
                return name
        raise DescriptionError(f"{type(obj).__qualname__} is not a registered {self.family}")

    def class_of(self, name: str) -> Any:
        """The class called `name`.

        Raises:
            DescriptionError: there is none; the message gives the nearest names.
        """
        if name in self.classes:
            return self.classes[name]
        near = difflib.get_close_matches(name, self.classes, n=3, cutoff=0.5)
        hint = f"did you mean {_join(near)}?" if near else f"known: {_join(sorted(self.classes))}"
        raise DescriptionError(f"{self.family} {name!r} is unknown; {hint}")

    def resolve(self, spec: object) -> Any:
        """An object of the family from a name or from an object, which is copied shallowly; None stays None.

        Raises:
            DescriptionError: the name is unknown, its class needs arguments, or `spec` is neither.
        """
        return None if spec is None else self.require(spec)

    def require(self, spec: object) -> Any:
        """As `resolve`, but None is refused.

        Raises:
            DescriptionError: as for `resolve`, or `spec` is None.
        """
        if isinstance(spec, str):
            return self._create(spec)
        if isinstance(spec, self.base):
            return copy.copy(spec)
        raise DescriptionError(
            f"{_article(self.family)} should be given as a name or {_article(self._base_name)} object, got {spec!r}"
        )

    def resolve_each(self, spec: object, keys: Iterable[Any]) -> dict[Any, Any]:
        """One object per key: from a dictionary with exactly these keys, or copies of one specification.

        Raises:
            DescriptionError: the keys of the dictionary are others, or as for `require`.
        """
        keys = list(keys)
        if not isinstance(spec, Mapping):
            return {key: self.require(spec) for key in keys}
        if set(spec) != set(keys):
            raise DescriptionError(
                f"the {self.family} dictionary has keys {_join(map(str, spec))}, expected {_join(map(str, keys))}"
            )
        return {key: self.require(spec[key]) for key in keys}

    def _create(self, name: str) -> Any:
        cls = self.class_of(name)
        missing = _required_arguments(cls)
        if missing:
            raise DescriptionError(
                f"{self.family} {name!r} needs {_join(missing)}; pass {cls.__name__}({', '.join(missing)}=...) instead"
            )
        return cls()

    def _load(self) -> type:
        base: type = getattr(importlib.import_module(self._package), self._base_name)
        return base


@cache
def _required_arguments(cls: type) -> tuple[str, ...]:
    parameters = inspect.signature(cls).parameters.values()
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return tuple(p.name for p in parameters if p.default is inspect.Parameter.empty and p.kind not in variadic)


def _join(names: Iterable[str]) -> str:
    return ", ".join(names)


def _article(word: str) -> str:
    return f"an {word}" if word[0] in "aeiouAEIOU" else f"a {word}"


NEURONS = Registry("neuron", package="ml_genn.neurons", base_name="Neuron")
SYNAPSES = Registry("synapse", package="ml_genn.synapses", base_name="Synapse")
CONNECTIVITY = Registry("connectivity", package="ml_genn.connectivity", base_name="Connectivity")
INITIALIZERS = Registry("initializer", package="ml_genn.initializers", base_name="Initializer")
READOUTS = Registry("readout", package="ml_genn.readouts", base_name="Readout")
LOSSES = Registry("loss", package="ml_genn.losses", base_name="Loss")
METRICS = Registry("metric", package="ml_genn.metrics", base_name="Metric")
OPTIMISERS = Registry("optimiser", package="ml_genn.optimisers", base_name="Optimiser")
CALLBACKS = Registry("callback", package="ml_genn.callbacks", base_name="Callback")
SERIALISERS = Registry("serialiser", package="ml_genn.serialisers", base_name="Serialiser")
COMPILERS = Registry("compiler", package="ml_genn.compilers", base_name="Compiler")
