"""The table at the end of ``make bench``: dpnb, its peers, the ratio, and the goal.

A benchmark says what it is through its group and ``benchmark.extra_info``:

``peer``
    The peer's name, on the peer's benchmark of a group. It is known, too, from a parameter that is a function named
    ``with_<peer>``, beside ``with_dpnb``. dpnb's are compared with the peers that have the same parameters otherwise,
    or else with the only one.
``peers_s``
    On dpnb's benchmark: the best rounds in seconds of peers that were measured in turns with it (`in_turns`).
``goal_ratio``
    How many times the peer's duration dpnb's may be; a mapping where it depends on the peer.
``goal_extra_s``
    How many seconds more than the peer's.
``goal_s``
    How many seconds dpnb may take.
``goal_per_s``, ``events_per_s``
    A rate to reach, and the rate that was reached.
``goal_bytes``, ``bytes``
    A size to keep below, and the size that it was.

Durations are each benchmark's best round: on a shared machine, noise only ever adds.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HEAD = ("group", "dpnb", "peer", "ratio", "goal", "")
MARKS = {None: "", True: "✓", False: "✗"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One benchmark's best round, of ours or of a peer."""

    group: str
    name: str
    params: dict[str, Any]
    best_s: float
    info: dict[str, Any]

    @property
    def peer(self) -> str:
        return str(self.info.get("peer", "peer" if "peer" in self.name else ""))

    @property
    def beside(self) -> list[Measured]:
        """The peers that were measured in turns with this one."""
        return [replace(self, best_s=s, info={"peer": peer}) for peer, s in self.info.get("peers_s", {}).items()]


def measured(bench: Any) -> Measured:
    """Read one of pytest-benchmark's."""
    params = dict(bench.params or {})
    info = dict(bench.extra_info)
    for name, value in (bench.params or {}).items():
        maker = getattr(value, "__name__", "")
        if maker.startswith("with_"):
            del params[name]
            if maker != "with_dpnb":
                info.setdefault("peer", maker.removeprefix("with_"))
    return Measured(group=bench.group or bench.name, name=bench.name, params=params, best_s=bench.stats.min, info=info)


def table(every: Iterable[Measured]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each benchmark of ours and peer of it."""
    groups: defaultdict[str, list[Measured]] = defaultdict(list)
    for each in every:
        groups[each.group].append(each)
    for group, members in groups.items():
        peers = [each for each in members if each.peer]
        for ours in members:
            if not ours.peer:
                yield from _rows(_title(group, ours, members), ours, ours.beside + _peers_of(ours, peers))


def _title(group: str, ours: Measured, members: list[Measured]) -> str:
    several = sum(not each.peer for each in members) > 1
    told = ", ".join(map(str, ours.params.values())) or ours.name
    return f"{group} ({told})" if several else group


def _peers_of(ours: Measured, peers: list[Measured]) -> list[Measured]:
    same = [peer for peer in peers if peer.params == ours.params]
    return same or (peers if len(peers) == 1 else [])


def _rows(title: str, ours: Measured, peers: list[Measured]) -> Iterator[tuple[str, ...]]:
    goal, reached = _goal(ours)
    first = (title, _duration(ours.best_s))
    if goal or not peers:
        yield *first, "", "", goal, MARKS[reached]
        first = ("", "")
    for peer in peers:
        goal, reached = _goal_beside(ours, peer)
        ratio = f"{ours.best_s / peer.best_s:.3g}×"
        yield *first, f"{_duration(peer.best_s)} {peer.peer}", ratio, goal, MARKS[reached]
        first = ("", "")


def _goal(ours: Measured) -> tuple[str, bool | None]:
    """Return the goal that no peer has a part in."""
    info = ours.info
    if "goal_s" in info:
        return f"≤ {_duration(info['goal_s'])}", ours.best_s <= info["goal_s"]
    if "goal_bytes" in info:
        return f"{info['bytes']:,.0f} B, ≤ {info['goal_bytes']:,} B", info["bytes"] <= info["goal_bytes"]
    if "events_per_s" in info:
        return _goal_of_rate(info["events_per_s"], info.get("goal_per_s"))
    return "", None


def _goal_of_rate(rate: float, least: float | None) -> tuple[str, bool | None]:
    if least is None:
        return f"{rate:,.0f}/s", None
    return f"{rate:,.0f}/s, ≥ {least:,.0f}/s", rate >= least


def _goal_beside(ours: Measured, peer: Measured) -> tuple[str, bool | None]:
    most = ours.info.get("goal_ratio")
    if isinstance(most, dict):
        most = most.get(peer.peer)
    if most is not None:
        return f"≤ {most:g}×", ours.best_s <= most * peer.best_s
    if "goal_extra_s" in ours.info:
        extra, limit = ours.best_s - peer.best_s, ours.info["goal_extra_s"]
        return f"{_duration(extra)} more, ≤ {_duration(limit)}", extra <= limit
    return "", None


def _duration(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if abs(seconds) >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"
