"""Which of the ready tasks comes first: the one with the longest expected remaining path.

Tasks are numbered by their position; `downstream[i]` holds the positions of those that wait for task i.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

UNKNOWN_DURATION_S = 1.0


def expected_durations_s(names: Iterable[str], known: Mapping[str, float]) -> list[float]:
    """Return a duration for each name: the known one, else the mean of the known ones, else 1 s each."""
    found = [known.get(name, -1.0) for name in names]
    usable = [seconds for seconds in found if 0 <= seconds < float("inf")]
    unknown = sum(usable) / len(usable) if usable else UNKNOWN_DURATION_S
    return [seconds if 0 <= seconds < float("inf") else unknown for seconds in found]


def remaining_paths_s(durations: Sequence[float], downstream: Sequence[Sequence[int]]) -> array[float]:
    """Return for each task the length of the longest path that starts with it.

    Raises
    ------
    ValueError
        Tasks wait for each other in a circle.
    """
    remaining = array("d", durations)
    for task in reversed(topological_order(downstream)):
        remaining[task] += max((remaining[follower] for follower in downstream[task]), default=0.0)
    return remaining


def topological_order(downstream: Sequence[Sequence[int]]) -> list[int]:
    """Return the tasks, each after all that it waits for (Kahn's algorithm).

    Raises
    ------
    ValueError
        Tasks wait for each other in a circle.
    """
    waiting = [0] * len(downstream)
    for followers in downstream:
        for follower in followers:
            waiting[follower] += 1
    order = [task for task, count in enumerate(waiting) if count == 0]
    for task in order:
        for follower in downstream[task]:
            waiting[follower] -= 1
            if waiting[follower] == 0:
                order.append(follower)
    if len(order) < len(downstream):
        raise ValueError(f"{len(downstream) - len(order)} tasks wait for each other in a circle")
    return order
