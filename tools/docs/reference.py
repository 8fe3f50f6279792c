"""The reference: a page for each public package, with a directive for each of its public names."""

from __future__ import annotations

import importlib.util
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import ml_genn

NO_PAGE = {
    "commands": "the command line says what it takes: ml-genn --help",
    "engines": "its public part is ml_genn.engines.embedded",
    "utils": "its public parts are its modules",
}
"""Packages of ml_genn without a page of their own, each with the reason."""

MODULES = ("ml_genn.errors", "ml_genn.evaluation", "ml_genn.utils.data", "ml_genn.engines.embedded")
CONVERSION = ("ml_genn_tf", "ml_genn_tf.converters", "ml_genn_tf.methods")
LAZY = {"ml_genn_tf"}
"""Packages whose names would load Keras; nothing but the list of them is needed."""


def packages() -> list[str]:
    """The public packages and modules by their dotted names, in the order of the reference."""
    found = [
        f"ml_genn.{module.name}"
        for module in pkgutil.iter_modules(ml_genn.__path__)
        if module.ispkg and module.name not in NO_PAGE
    ]
    return ["ml_genn", *sorted((*found, *MODULES)), *CONVERSION]


def public_names(package: str) -> list[str]:
    """Names that users import from `package`: what it lists, else what it holds of its own."""
    module = importlib.import_module(package)
    listed = getattr(module, "__all__", None)
    if package in LAZY or listed is not None:
        return sorted(name for name in listed or () if not _is_package(package, name))
    return sorted(_own_names(module))


def _own_names(module: ModuleType) -> Iterator[str]:
    home = "ml_genn.data" if module.__name__.startswith("ml_genn.utils") else module.__name__
    for name, item in vars(module).items():
        is_described = inspect.isclass(item) or inspect.isfunction(item)
        if is_described and not name.startswith("_") and item.__module__.startswith(home):
            yield name


def _is_package(package: str, name: str) -> bool:
    return importlib.util.find_spec(f"{package}.{name}") is not None and name.islower()


def file_name(package: str) -> str:
    return f"reference/{package}.md"


def navigation() -> dict[str, str]:
    """Path of each package's page."""
    return {package: file_name(package) for package in packages()}


def page(package: str) -> str:
    """Markdown: what the package says of itself, then its public names."""
    summary = inspect.getdoc(importlib.import_module(package)) or ""
    names = public_names(package)
    listing = " · ".join(f"[`{name}`][{package}.{name}]" for name in names)
    directives = "\n\n".join(f"::: {package}.{name}" for name in names)
    return f"# {package}\n\n{summary}\n\n{listing}\n\n{directives}\n"


def pages() -> dict[str, str]:
    """Markdown of all pages by path."""
    return {file_name(package): page(package) for package in packages()}
