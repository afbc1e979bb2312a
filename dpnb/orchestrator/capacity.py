"""Which ready tasks may start: as many as there are places for, and as their concurrency groups let in.

Tasks are numbered by their position, and each has a rank: the first of the ready ones is that of the lowest rank. Those
that need the same (places, groups) wait in one lane, in the order of their ranks, so that one look at a lane's head
tells about all of them.

Rules:

- A running task holds its places, at least one; a task that wants more than there are is given all, and runs alone.
- A task whose group is full waits for that group and holds up nobody else.
- A task that needs more places than are free holds up nobody either, until as many tasks of a higher rank as there are
  places have started in its stead; from then on, places that become free are kept for it. So it never starves, and
  never idles the workers for longer than what is running then takes.

A start and an end cost O(log n) for the heap, and one look at each lane that waits for places or for the same group: of
those there are few, one for each combination of needs. Where no task has needs, there is only a heap.
"""

from __future__ import annotations

from array import array
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.orchestrator.task_facts import TaskFacts

ALL_PLACES = 1 << 30
"""More than any executor has."""


class _Group:
    """How many attempts of a concurrency group run, and which lanes wait for one of them to end."""

    __slots__ = ("limit", "running", "waiting")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.running = 0
        self.waiting: list[_Lane] = []


class _Lane:
    """Ready tasks that need the same; `heap` holds their ranks."""

    __slots__ = ("groups", "heap", "is_parked", "places")

    def __init__(self, places: int, groups: tuple[_Group, ...]) -> None:
        self.places = places
        self.groups = groups
        self.heap: list[int] = []
        self.is_parked = False  # a group of it is full

    def __lt__(self, other: _Lane) -> bool:
        return False  # heads of one rank are the same head


class ReadyTasks:
    """Tasks that wait for nothing but places and groups; hands them out one by one.

    Parameters
    ----------
    tasks
        What each task needs, by its position.
    remaining
        The expected remaining path of each task in seconds; the longest comes first, ties by position.
    capacity
        How many places there are.

    Attributes
    ----------
    capacity
        How many places there are now.
    ahead
        How many more tasks may start as long as no task has needs of its own: they wait for a place where they are.

    Raises
    ------
    ValueError
        Two tasks state different limits for one group.
    """

    def __init__(self, tasks: Sequence[TaskFacts], remaining: Sequence[float], capacity: int) -> None:
        self.capacity = capacity
        self.ahead = 0
        self._used = 0
        self._ranked = array("l", sorted(range(len(remaining)), key=remaining.__getitem__, reverse=True))
        self._ranks = array("l", self._ranked)
        for rank, task in enumerate(self._ranked):
            self._ranks[task] = rank
        self._plain = _Lane(1, ())
        self._groups: dict[str, _Group] = {}
        self._lanes: dict[tuple[int, tuple[_Group, ...]], _Lane] = {}  # all but the plain one
        self._lane_of: dict[int, _Lane] = {}  # the tasks that are not in the plain one
        self._held: dict[int, int] = {}  # places of running tasks, where more than one
        self._heads: list[tuple[int, _Lane]] = []  # a heap, stale entries among it; unused where all tasks are plain
        self._overtaken: dict[int, int] = {}  # rank → how many tasks have started in its stead
        for position, facts in enumerate(tasks):
            if facts.places > 1 or facts.groups:
                self._assign(position, facts.places, tuple(self._group(*group) for group in facts.groups))

    def _group(self, name: str, limit: int) -> _Group:
        group = self._groups.setdefault(name, _Group(limit))
        if group.limit != limit:
            raise ValueError(f"concurrency group {name!r} is limited to {group.limit} and to {limit}")
        return group

    def _assign(self, task: int, places: int, groups: tuple[_Group, ...]) -> None:
        if not self._lanes and self._plain.heap:
            heappush(self._heads, (self._plain.heap[0], self._plain))
        self._lane_of[task] = self._lanes.setdefault((places, groups), _Lane(places, groups))

    def widen(self, task: int) -> None:
        """Let a task that does not run have fewer beside it: it takes half of the places, or all where it had half."""
        lane, half = self._lane_of.get(task, self._plain), -(-self.capacity // 2)
        self._assign(task, half if lane.places < half else ALL_PLACES, lane.groups)

    def push(self, task: int) -> None:
        """Add a task."""
        rank = self._ranks[task]
        if not self._lanes:
            heappush(self._plain.heap, rank)
            return
        lane = self._lane_of.get(task, self._plain)
        heappush(lane.heap, rank)
        if lane.heap[0] == rank and not lane.is_parked:
            heappush(self._heads, (rank, lane))

    def withdraw(self, task: int) -> None:
        """Take a task out again that is no longer ready; nothing happens where it does not wait here."""
        lane, rank = self._lane_of.get(task, self._plain), self._ranks[task]
        if rank in lane.heap:
            lane.heap.remove(rank)
            heapify(lane.heap)
            self._overtaken.pop(rank, None)
            if self._lanes and not lane.is_parked:
                self._show_head(lane)

    def take(self) -> int | None:
        """Take the task that may start now, with its places and its turn in its groups; None if none may."""
        if self._lanes:
            return self._choose() if self._used < self.capacity else None
        if not self._plain.heap or self._used >= self.capacity + self.ahead:
            return None
        self._used += 1
        return self._ranked[heappop(self._plain.heap)]

    def give_back(self, task: int) -> None:
        """Take back what a task held that has ended."""
        if not self._lanes:
            self._used -= 1
            return
        self._used -= self._held.pop(task, 1)
        lane = self._lane_of.get(task)
        for group in lane.groups if lane is not None else ():
            group.running -= 1
            for waiting in group.waiting:
                waiting.is_parked = False
                self._show_head(waiting)
            group.waiting.clear()

    def clear(self) -> None:
        """Drop every task that waits."""
        for lane in (self._plain, *self._lanes.values()):
            lane.heap.clear()

    def _choose(self) -> int | None:
        free = self.capacity - self._used
        too_wide: list[tuple[int, _Lane]] = []
        chosen: _Lane | None = None
        while chosen is None and (lane := self._first_lane()) is not None:
            if min(lane.places, self.capacity) <= free:
                chosen = lane
                continue
            head = heappop(self._heads)
            too_wide.append(head)
            if self._overtaken.get(too_wide[0][0], 0) >= self.capacity:
                break
        for head in too_wide:
            heappush(self._heads, head)
        if chosen is None:
            return None
        if too_wide:
            self._overtaken[too_wide[0][0]] = self._overtaken.get(too_wide[0][0], 0) + 1
        return self._start(chosen)

    def _first_lane(self) -> _Lane | None:
        """Return the lane with the first of the tasks whose groups have a turn for it."""
        while self._heads:
            rank, lane = self._heads[0]
            if not lane.is_parked and lane.heap and lane.heap[0] == rank:
                full = next((group for group in lane.groups if group.running >= group.limit), None)
                if full is None:
                    return lane
                lane.is_parked = True
                full.waiting.append(lane)
            heappop(self._heads)
        return None

    def _start(self, lane: _Lane) -> int:
        rank = heappop(lane.heap)
        self._show_head(lane)
        self._overtaken.pop(rank, None)
        task, places = self._ranked[rank], min(lane.places, self.capacity)
        self._used += places
        if places > 1:
            self._held[task] = places
        for group in lane.groups:
            group.running += 1
        return task

    def _show_head(self, lane: _Lane) -> None:
        if lane.heap:
            heappush(self._heads, (lane.heap[0], lane))
