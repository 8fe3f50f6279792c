"""When things happen: our connections take a step each, the edges of a NIR graph take none.

Let start(p) be the steps that population p lies behind the input. What a graph must then delay a connection by is

    1 + delay - (start(target) - start(source))

and start is chosen so that this is never negative, and 0 on the quickest way to each population. Spikes are then the
same ones, start(p) steps earlier. In a cycle no start is later than another, and the one step that is left is the step
that every reader takes around a cycle: a connection inside a cycle takes one step without being told to.

A network that its compiler runs in layers has each population wait for the deepest of its sources, and quicker ways
wait too: there a graph delays by `delay` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

LAYERED = "layered"


@final
@dataclass(frozen=True)
class Link:
    """A connection by the names of its ends; `delay` in timesteps: ours, or that of the nodes on the way."""

    source: str
    target: str
    delay: int


def cycles(names: Sequence[str], links: Iterable[Link]) -> list[list[str]]:
    """The strongly connected components, each before those that it leads to (Kosaraju)."""
    after: dict[str, list[str]] = {name: [] for name in names}
    before: dict[str, list[str]] = {name: [] for name in names}
    for link in links:
        after[link.source].append(link.target)
        before[link.target].append(link.source)
    seen: set[str] = set()
    finished = [name for root in names for name in _finished(root, after, seen)]
    seen = set()
    return [part for root in reversed(finished) if (part := list(_finished(root, before, seen)))]


def times_in_graph(names: Sequence[str], links: Sequence[Link], latency: str) -> tuple[dict[str, int], list[int]]:
    """The start of each population of a network, and what nodes must delay each connection by.

    Args:
        latency: "removed", "kept" (all start at 0) or "layered".
    """
    if latency == LAYERED:
        return _starts(names, links, lambda start, link: start + 1, max), [link.delay for link in links]
    starts = dict.fromkeys(names, 0)
    if latency != "kept":
        starts = _starts(names, links, lambda start, link: start + 1 + link.delay, min)
    cyclic = within_cycles(names, links)
    return starts, [_wait(link, starts) + link.delay - ((link.source, link.target) in cyclic) for link in links]


def delays_in_network(
    names: Sequence[str], links: Sequence[Link], starts: Mapping[str, int] | None, *, layered: bool
) -> list[int]:
    """The delay of each connection of the network that a graph describes.

    Args:
        starts: when populations start, if that is known; what would make a delay negative is not believed.
    """
    if layered:
        return [link.delay for link in links]
    cyclic = within_cycles(names, links)
    needed = _starts(names, links, lambda start, link: start + 1 - link.delay, max)
    for chosen in filter(None, (starts, needed)):
        delays = [link.delay - _wait(link, chosen) + ((link.source, link.target) in cyclic) for link in links]
        if min(delays, default=0) >= 0:
            break
    return delays


def within_cycles(names: Sequence[str], links: Sequence[Link]) -> set[tuple[str, str]]:
    """The (source, target) that lie on a cycle."""
    part_of = {name: index for index, part in enumerate(cycles(names, links)) for name in part}
    return {(link.source, link.target) for link in links if part_of[link.source] == part_of[link.target]}


def _wait(link: Link, starts: Mapping[str, int]) -> int:
    """The step that a connection of ours takes, less what its target starts later."""
    return 1 - (starts[link.target] - starts[link.source])


def _starts(
    names: Sequence[str],
    links: Sequence[Link],
    arrival: Callable[[int, Link], int],
    choose: Callable[[list[int]], int],
) -> dict[str, int]:
    into: dict[str, list[Link]] = {name: [] for name in names}
    for link in links:
        into[link.target].append(link)
    starts: dict[str, int] = {}
    for part in cycles(names, links):
        inside = set(part)
        arrivals = [
            arrival(starts[link.source], link) for name in part for link in into[name] if link.source not in inside
        ]
        start = max(choose(arrivals), 0) if arrivals else 0
        starts |= dict.fromkeys(part, start)
    return starts


def _finished(root: str, after: Mapping[str, Sequence[str]], seen: set[str]) -> Iterable[str]:
    """What can be reached from `root` and has not been seen, each after what it leads to."""
    if root in seen:
        return
    seen.add(root)
    stack = [(root, iter(after[root]))]
    while stack:
        name, rest = stack[-1]
        following = next((other for other in rest if other not in seen), None)
        if following is None:
            stack.pop()
            yield name
        else:
            seen.add(following)
            stack.append((following, iter(after[following])))
