"""Every error and warning that a user can meet has a test that reads its text.

The rule: of the words that a raise or warning writes itself (not those it fills in), three in a row stand in a string
of some test or in a golden file beside the tests; where a message has three in a row that no other has, these.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"
PACKAGES = ("ml_genn", "ml_genn_tf")
RUN = 3

NOT_FOR_USERS = {
    "InternalCompilerError": "a fault of ours, which no input should be able to bring about",
    "NotImplementedError": "a method that a subclass has to write",
    "AttributeError": "Python's own protocol of modules and objects",
    "KeyboardInterrupt": "no message",
    "OSError": "caught by ourselves, its text is the operating system's",
}
"""Exceptions whose text needs no test, each with the reason."""

WORD = re.compile(r"\w[\w'-]*")
PLACEHOLDER = re.compile(r"\{[A-Za-z_][\w.]*(\[[^\]]*\])?(![rsa])?(:[^}]*)?\}")

Words = tuple[str, ...]


@dataclass(frozen=True)
class Message:
    """A place that writes a message, and the runs of words that it writes."""

    place: str
    pieces: tuple[Words, ...]
    plain: tuple[str, ...]

    @property
    def runs(self) -> set[Words]:
        return {run for piece in self.pieces for run in runs(piece)}


def runs(words: Words) -> Iterator[Words]:
    """All runs of RUN words; the whole, where there are fewer."""
    size = min(RUN, len(words))
    return (words[start : start + size] for start in range(len(words) - size + 1) if size)


def joined_pieces(node: ast.JoinedStr) -> Iterator[tuple[str, bool]]:
    """The literal parts of an f-string without words that run into a placeholder, as the s of `{name}s`."""
    for at, value in enumerate(node.values):
        if not isinstance(value, ast.Constant):
            yield from string_pieces(value)
            continue
        text = re.sub(r"^\w+", "", value.value) if at > 0 else value.value
        yield re.sub(r"\w+$", "", text) if at + 1 < len(node.values) else text, False


def words_of(text: str) -> Words:
    return tuple(WORD.findall(text.lower()))


def string_pieces(node: ast.AST) -> Iterator[tuple[str, bool]]:
    """Strings written below a node, with whether each is a plain string (and no part of an f-string)."""
    match node:
        case ast.JoinedStr():
            yield from joined_pieces(node)
        case ast.Constant(value=str(text)):
            yield text, True
        case _:
            for child in ast.iter_child_nodes(node):
                yield from string_pieces(child)


def docstrings(tree: ast.AST) -> set[ast.AST]:
    """Strings that are statements: docstrings and descriptions of constants."""
    return {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def source_texts(path: Path) -> Iterator[str]:
    """Strings of a Python file that could be expected texts."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    left_out = docstrings(tree)
    for statement in ast.walk(tree):
        if isinstance(statement, ast.Constant) and isinstance(statement.value, str) and statement not in left_out:
            yield statement.value


def expected_texts() -> Iterator[str]:
    """What tests look for, regular expressions without their backslashes."""
    for path in sorted(TESTS.rglob("*")):
        if path.suffix == ".py" and path != Path(__file__):
            yield from (text.replace("\\", "") for text in source_texts(path))
        elif path.suffix == ".txt":
            yield path.read_text(encoding="utf-8")


def constants(tree: ast.Module) -> dict[str, ast.expr]:
    """Module constants by name: a raise may give its text by one of these."""
    found = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            found[statement.targets[0].id] = statement.value
    return found


def name_of(function: ast.expr) -> str:
    return ast.unparse(function).rsplit(".", 1)[-1]


def message_nodes(tree: ast.Module) -> Iterator[tuple[int, list[ast.expr]]]:
    """Line and arguments of everything that writes a message: raise, warnings.warn, functions named for warnings."""
    for node in ast.walk(tree):
        match node:
            case ast.Raise(exc=ast.Call(func=function, args=arguments)) if name_of(function) not in NOT_FOR_USERS:
                yield node.lineno, arguments
            case ast.Call(func=ast.Attribute(attr="warn"), args=arguments):
                yield node.lineno, arguments[:1]
            case ast.FunctionDef(name=name) if "warning" in name:
                yield from warning_texts(node)


def warning_texts(function: ast.FunctionDef) -> Iterator[tuple[int, list[ast.expr]]]:
    left_out = docstrings(function)
    for node in ast.walk(function):
        match node:
            case ast.Return(value=ast.JoinedStr() | ast.Constant() as text) if text not in left_out:
                yield node.lineno, [text]
            case ast.Call(func=ast.Attribute(attr="append"), args=[text]):
                yield node.lineno, [text]


def messages_of(path: Path) -> Iterator[Message]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    known = constants(tree)
    for line, arguments in message_nodes(tree):
        texts = [
            known.get(argument.id, argument) if isinstance(argument, ast.Name) else argument for argument in arguments
        ]
        found = [piece for text in texts for piece in string_pieces(text)]
        pieces = tuple(words for text, _ in found if (words := words_of(text)))
        if pieces:
            plain = tuple(text for text, is_plain in found if is_plain)
            yield Message(f"{path.relative_to(ROOT)}:{line}", pieces, plain)


def all_messages() -> list[Message]:
    return [
        message
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        for message in messages_of(path)
    ]


@pytest.fixture(scope="module")
def messages() -> list[Message]:
    return all_messages()


def untested(messages: list[Message], texts: Iterator[str]) -> list[Message]:
    """Messages of which no test looks for a run of words of their own."""
    owners = Counter(run for message in messages for run in message.runs)
    tested = {run for text in texts for size in range(1, RUN + 1) for run in windows(words_of(text), size)}
    return [message for message in messages if not own_runs(message, owners) & tested]


def windows(words: Words, size: int) -> Iterator[Words]:
    return (words[start : start + size] for start in range(len(words) - size + 1))


def own_runs(message: Message, owners: Counter[Words]) -> set[Words]:
    """The longest runs of a message, of these those that no other message has if there are any."""
    longest = max(map(len, message.runs))
    found = {run for run in message.runs if len(run) == longest}
    return {run for run in found if owners[run] == 1} or found


def test_every_message_has_a_test(messages: list[Message]) -> None:
    missing = untested(messages, expected_texts())
    listing = "\n".join(f"  {message.place}: {' | '.join(map(' '.join, message.pieces))}" for message in missing)
    assert not missing, f"{len(missing)} of {len(messages)} messages are read by no test:\n{listing}"


def test_no_message_lost_its_f(messages: list[Message]) -> None:
    lost = [f"{message.place}: {text}" for message in messages for text in message.plain if PLACEHOLDER.search(text)]
    assert not lost, "these strings hold {names} but are no f-strings:\n" + "\n".join(lost)


def test_the_rule_finds_what_it_should(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    source = tmp_path / "a.py"
    source.write_text(
        "WORDS = 'neither read nor tested'\n"
        "def f(x):\n"
        "    raise DataError(f'{x} is far too big')\n"
        "    raise DataError(WORDS)\n"
        "    raise code.error(x, 'the name {x} is taken')\n"
        "    raise InternalCompilerError('no matter at all')\n"
        "    warnings.warn('this takes a while', stacklevel=2)\n"
        "def some_warning(x):\n"
        "    'Says much about x.'\n"
        "    return f'{x}s are odd in many ways'\n"
    )
    found = list(messages_of(source))
    found.sort(key=lambda message: int(message.place.partition(":")[2]))
    assert [message.place for message in found] == ["a.py:3", "a.py:4", "a.py:5", "a.py:7", "a.py:10"]
    texts = ["2 is far too", "matched: neither, nor tested", "this takes a while.", "s are odd, odd in"]
    assert [message.place for message in untested(found, iter(texts))] == ["a.py:4", "a.py:5", "a.py:10"]
    assert [text for message in found for text in message.plain if PLACEHOLDER.search(text)] == [
        "the name {x} is taken"
    ]


def test_reasons_are_needed() -> None:
    """An exception is left out only while it is raised somewhere."""
    raised = {
        name_of(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Raise) and node.exc is not None
    }
    assert set(NOT_FOR_USERS) <= raised
