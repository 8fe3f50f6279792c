"""Who may import whom: the architecture as a table, held against the imports of every module."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted([*(ROOT / "ml_genn").rglob("*.py"), *(ROOT / "ml_genn_tf").rglob("*.py")])


@dataclass(frozen=True)
class Row:
    """Modules of one part, by the first words of their names, and the parts and packages that it may import.

    `later` holds what it may import only where nothing is loaded yet: inside functions, and for annotations.
    """

    modules: str
    may: str = ""
    later: str = ""


# Everything may import the standard library, numpy, errors and registry; a part may import itself.
ALWAYS = {"ml_genn.errors", "ml_genn.registry", "numpy"}
DESCRIPTION = "bottom description"
VOCABULARY = f"{DESCRIPTION} neurons vocabulary"
LIBRARY = f"{VOCABULARY} compilers runtime callbacks serialisers communicators data exchange public"

TABLE = {
    "bottom": Row("ml_genn.errors ml_genn.registry ml_genn.values ml_genn.access ml_genn.model ml_genn.training_log"),
    "atomic": Row("ml_genn.atomic ml_genn.hdf5_heap", "", "h5py"),
    "description": Row(
        "ml_genn.network ml_genn.population ml_genn.connection ml_genn.layer ml_genn.sequential_network "
        "ml_genn.checkpoint ml_genn.summary",
        "bottom",
    ),
    "vocabulary": Row(
        "ml_genn.synapses ml_genn.connectivity ml_genn.initializers ml_genn.readouts ml_genn.losses ml_genn.metrics "
        "ml_genn.optimisers",
        DESCRIPTION,
    ),
    "neurons": Row("ml_genn.neurons", f"{DESCRIPTION} ml_genn.readouts ml_genn.initializers"),
    "engines/api": Row("ml_genn.engines.api", "ml_genn.access"),
    "engines/pygenn": Row("ml_genn.engines.pygenn", "pygenn engines/api"),
    "engines/select": Row("ml_genn.engines", "engines/api", "engines/pygenn embedded"),
    "embedded": Row(
        "ml_genn.engines.embedded", "engines/api ml_genn.access language plan", "embedded/reference cpu/run"
    ),
    "language": Row("ml_genn.engines.embedded.language"),
    "plan": Row("ml_genn.engines.embedded.plan", "language"),
    "embedded/reference": Row("ml_genn.engines.embedded.reference", "language plan"),
    "cpu/emit": Row("ml_genn.engines.embedded.cpu.emit", "language plan"),
    "cpu/build": Row("ml_genn.engines.embedded.cpu.build", "filelock"),
    "cpu/run": Row("ml_genn.engines.embedded.cpu", "cpu/build cpu/emit plan"),  # binds the kernels that emit lays out
    "compilers": Row(
        "ml_genn.compilers", f"{VOCABULARY} engines/api engines/select runtime callbacks communicators sympy"
    ),
    "runtime": Row("ml_genn.runtime", f"{VOCABULARY} engines/api callbacks serialisers communicators"),
    "callbacks": Row("ml_genn.callbacks", f"{VOCABULARY} engines/api runtime serialisers communicators rich"),
    "serialisers": Row("ml_genn.serialisers", f"{VOCABULARY} engines/api runtime callbacks communicators h5py atomic"),
    "communicators": Row("ml_genn.communicators", f"{VOCABULARY} engines/api runtime callbacks serialisers mpi4py"),
    "data": Row("ml_genn.data", "h5py atomic", "sklearn tonic"),
    "utils": Row("ml_genn.utils", f"{VOCABULARY} callbacks data"),
    "exchange": Row("ml_genn.exchange", f"{VOCABULARY} serialisers atomic nir h5py"),
    "evaluation": Row("ml_genn.evaluation ml_genn.experiments", f"{LIBRARY} engines/api engines/select reports atomic"),
    "reports": Row("ml_genn.reports", "ml_genn.training_log atomic jinja2 markupsafe matplotlib rich"),
    "commands": Row(
        "ml_genn.commands",
        "reports atomic click rich",
        f"{LIBRARY} evaluation engines/select cpu/build tf/public tf/model keras",
    ),
    "public": Row("ml_genn", DESCRIPTION),
    "tf/graph": Row(
        "ml_genn_tf.ir ml_genn_tf.stages ml_genn_tf.problems ml_genn_tf.macs ml_genn_tf.norm_data ml_genn_tf.execute "
        "ml_genn_tf.execute_stages ml_genn_tf.passes ml_genn_tf.quantise ml_genn_tf.calibration ml_genn_tf.curves"
    ),
    "tf/model": Row(
        "ml_genn_tf.load ml_genn_tf.loading ml_genn_tf.keras_graph ml_genn_tf.translate ml_genn_tf.gates "
        "ml_genn_tf.prepare",
        "tf/graph keras h5py atomic",
    ),
    "tf/public": Row("ml_genn_tf", f"tf/graph tf/model keras {LIBRARY} engines/select reports"),
}
"""A module belongs to the row with the longest of its first words; a package's name stands for all it holds."""


# Reading imports


@dataclass(frozen=True)
class Import:
    """`importer` imports `imported`, later or when it is itself imported."""

    importer: str
    imported: str
    later: bool


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(source: str, importer: str, *, is_package: bool = False) -> Iterator[Import]:
    """Every import of a module, with relative names made absolute."""
    package = importer.split(".") if is_package else importer.split(".")[:-1]

    def walk(node: ast.AST, later: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            for name in _imported(child, package):
                yield Import(importer, name, later)
            yield from walk(child, later or _runs_later(child))

    return walk(ast.parse(source), False)


def _runs_later(node: ast.AST) -> bool:
    is_typing = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    return is_typing or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def _imported(node: ast.AST, package: list[str]) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    above = package[: len(package) - node.level + 1] if node.level else []
    base = ".".join([*above, *([node.module] if node.module else [])])
    return [f"{base}.{alias.name}" for alias in node.names]


# The table


def row_of(name: str) -> str | None:
    """The row that a dotted name of ours belongs to."""
    best, found = "", None
    for row, entry in TABLE.items():
        for module in entry.modules.split():
            if f"{name}.".startswith(f"{module}.") and len(module) > len(best):
                best, found = module, row
    return found


def is_allowed(found: Import) -> bool:
    own = row_of(found.importer)
    if own is None or found.imported.split(".")[0] in sys.stdlib_module_names:
        return own is not None
    entry = TABLE[own]
    allowed = {own, *entry.may.split(), *(entry.later.split() if found.later else ())}
    prefixes = {".".join(found.imported.split(".")[:count]) for count in range(1, found.imported.count(".") + 2)}
    return bool((ALWAYS | allowed) & {*prefixes, row_of(found.imported)} - {"ml_genn", "ml_genn_tf"})


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_imports_follow_the_table(path: Path) -> None:
    name = module_name(path)
    found = imports(path.read_text(encoding="utf-8"), name, is_package=path.name == "__init__.py")
    wrong = {entry.imported for entry in found if not is_allowed(entry)}
    assert not wrong, f"{name} belongs to '{row_of(name)}' and must not import {', '.join(sorted(wrong))}"


@pytest.mark.parametrize(
    ("importer", "source", "allowed"),
    [
        ("ml_genn.engines.embedded.language.tree", "import numpy, re", True),
        ("ml_genn.engines.embedded.language.tree", "from ml_genn.errors import MlGennError", True),
        ("ml_genn.engines.embedded.language.tree", "from .. import plan", False),
        ("ml_genn.engines.embedded.language.tree", "from ml_genn.access import VarAccess", False),
        ("ml_genn.engines.embedded.language.tree", "import scipy", False),
        ("ml_genn.engines.embedded.reference.lanes", "from ml_genn.engines.embedded.cpu.emit import unit", False),
        ("ml_genn.engines.embedded.cpu.emit.unit", "import ml_genn.engines.embedded.reference", False),
        ("ml_genn.engines.embedded.models", "from ml_genn.engines.embedded import reference", False),
        ("ml_genn.engines.embedded.models", "def f():\n from ml_genn.engines.embedded import reference", True),
        ("ml_genn.network", "if TYPE_CHECKING:\n from ml_genn.compilers import Compiler", False),
        ("ml_genn.commands.convert", "if TYPE_CHECKING:\n from ml_genn.data import Dataset", True),
        ("ml_genn.neurons.neuron", "from ..readouts import Readout", True),
        ("ml_genn.readouts.readout", "from ..neurons import Neuron", False),
        ("ml_genn.reports.page", "import keras", False),
        ("ml_genn.commands.convert", "import ml_genn_tf", False),
        ("ml_genn.commands.convert", "def f():\n import ml_genn_tf", True),
        ("ml_genn_tf.ir", "import keras", False),
        ("ml_genn_tf.convert", "from ml_genn import Network", True),
        ("ml_genn_tf.convert", "from ml_genn.engines.embedded import GeNNModel", False),
    ],
)
def test_table_tells_right_from_wrong(importer: str, source: str, allowed: bool) -> None:
    assert all(map(is_allowed, imports(source, importer))) is allowed


WATCH = """
import sys
started = []
sys.addaudithook(lambda event, _: started.append(event) if event in ("subprocess.Popen", "os.posix_spawn") else None)
import {module}
loaded = [name for name in ("keras", "tensorflow", "pygenn", "jinja2", "matplotlib", "sklearn") if name in sys.modules]
print(loaded + started)
"""


@pytest.mark.parametrize("module", ["ml_genn", "ml_genn.commands", "ml_genn.neurons", "ml_genn.engines.embedded"])
def test_import_loads_nothing_heavy(module: str) -> None:
    """Neither Keras nor PyGeNN nor what draws reports, and no compiler is started."""
    result = subprocess.run(
        [sys.executable, "-c", WATCH.format(module=module)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
