"""Peeling a graph from its roots: levels come off one after the other, cycles remain."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dpnb.planner.dag import DAG


class Peeled(NamedTuple):
    """Levels from the roots on, names sorted in each; and who never got free: on a cycle, or after one."""

    levels: list[list[str]]
    stuck: frozenset[str]


def peel(waiting_for: dict[str, int], downstream: Mapping[str, Sequence[str]]) -> Peeled:
    """Kahn's algorithm, level by level (A. B. Kahn, *Topological sorting of large networks*, CACM 5(11), 1962).

    Parameters
    ----------
    waiting_for
        How many upstream tasks each task has; counted down here to what is left on cycles.
    """
    level = sorted(name for name, count in waiting_for.items() if not count)
    levels = []
    while level:
        levels.append(level)
        following = []
        for name in level:
            for one in downstream[name]:
                waiting_for[one] -= 1
                if not waiting_for[one]:
                    following.append(one)
        following.sort()
        level = following
    return Peeled(levels, frozenset(name for name, count in waiting_for.items() if count))


def cycles(dag: DAG) -> Iterator[list[str]]:
    """Yield cycles until none is left that shares no task with a yielded one.

    Each starts at the first of its names and goes downstream. Walking upstream from a stuck task must come back to a
    task already met, since every stuck task has a stuck upstream.
    """
    stuck = dag.peeled.stuck
    upstream = {name: [one for one in dag.upstream(name) if one in stuck] for name in sorted(stuck)}
    waiting_for = {name: len(names) for name, names in upstream.items()}
    gone: set[str] = set()
    for start in upstream:
        while start not in gone:  # it may only come after the cycle found
            cycle = _walk_back(start, upstream, gone)
            yield _from_first(cycle)
            _remove(dag, cycle, waiting_for, gone)


def _walk_back(start: str, upstream: Mapping[str, list[str]], gone: set[str]) -> list[str]:
    path: dict[str, None] = {}
    name = start
    while name not in path:
        path[name] = None
        name = next(one for one in upstream[name] if one not in gone)
    walked = list(path)
    return walked[walked.index(name) :][::-1]


def _from_first(cycle: list[str]) -> list[str]:
    first = cycle.index(min(cycle))
    return cycle[first:] + cycle[:first]


def _remove(dag: DAG, cycle: list[str], waiting_for: dict[str, int], gone: set[str]) -> None:
    """Take out a cycle, and whoever is free without it."""
    leaving = [name for name in cycle if name not in gone]
    gone.update(leaving)
    while leaving:
        for downstream in dag.downstream(leaving.pop()):
            if downstream in gone or downstream not in waiting_for:
                continue
            waiting_for[downstream] -= 1
            if not waiting_for[downstream]:
                gone.add(downstream)
                leaving.append(downstream)
