"""Ends ``make bench`` with one table: dpnb, its peer, their ratio, and the goal.

A benchmark says what it is through its group and ``benchmark.extra_info``:

``peer``
    The peer's name, on the peer's benchmark of a group. It is known, too, from a parameter that is a function named
    ``with_<peer>``, beside ``with_dpnb``. dpnb's are compared with the peer that has the same parameters otherwise, or
    else with the only one.
``goal_ratio``
    How many times the peer's duration dpnb's may be.
``goal_extra_s``
    How many seconds more than the peer's.
``goal_per_s``, ``events_per_s``
    A rate to reach, and the rate that was reached.
``goal_bytes``, ``bytes``
    A size to keep below, and the size that it was.

Durations are each benchmark's best round: on a shared machine, noise only ever adds.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    group: str
    name: str
    params: dict[str, Any]
    best_s: float
    info: dict[str, Any]

    @property
    def peer(self) -> str:
        return str(self.info.get("peer", "peer" if "peer" in self.name else ""))

    @property
    def is_ours(self) -> bool:
        return not self.peer


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    session = getattr(config, "_benchmarksession", None)
    measured = [_measured(bench) for bench in getattr(session, "benchmarks", ()) if not bench.has_error]
    if not measured:
        return
    rows = [("group", "dpnb", "peer", "ratio", "goal", ""), *table(measured)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    terminalreporter.section("dpnb and its peers, best of all rounds")
    for row in rows:
        first, *others = zip(row, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]
        terminalreporter.write_line("  ".join(cells).rstrip())


def _measured(bench: Any) -> Measured:
    params = dict(bench.params or {})
    info = dict(bench.extra_info)
    for name, value in (bench.params or {}).items():
        maker = getattr(value, "__name__", "")
        if maker.startswith("with_"):
            del params[name]
            if maker != "with_dpnb":
                info.setdefault("peer", maker.removeprefix("with_"))
    return Measured(group=bench.group or bench.name, name=bench.name, params=params, best_s=bench.stats.min, info=info)


def table(measured: Iterable[Measured]) -> Iterator[tuple[str, ...]]:
    """Yield one row per benchmark of ours."""
    groups: defaultdict[str, list[Measured]] = defaultdict(list)
    for each in measured:
        groups[each.group].append(each)
    for group, members in groups.items():
        peers = [each for each in members if each.peer]
        for ours in members:
            if ours.is_ours:
                yield _row(_title(group, ours, members), ours, _peer_of(ours, peers))


def _title(group: str, ours: Measured, members: list[Measured]) -> str:
    several = sum(each.is_ours for each in members) > 1
    told = ", ".join(map(str, ours.params.values())) or ours.name
    return f"{group} ({told})" if several else group


def _peer_of(ours: Measured, peers: list[Measured]) -> Measured | None:
    same = [peer for peer in peers if peer.params == ours.params]
    return next(iter(same or (peers if len(peers) == 1 else [])), None)


def _row(title: str, ours: Measured, peer: Measured | None) -> tuple[str, ...]:
    ratio = "" if peer is None else f"{ours.best_s / peer.best_s:.3g}×"
    beside = "" if peer is None else f"{_duration(peer.best_s)} {peer.peer}"
    goal, reached = _goal(ours, peer)
    return title, _duration(ours.best_s), beside, ratio, goal, {None: "", True: "✓", False: "✗"}[reached]


def _goal(ours: Measured, peer: Measured | None) -> tuple[str, bool | None]:
    info = ours.info
    if "goal_ratio" in info and peer is not None:
        return f"≤ {info['goal_ratio']:g}×", ours.best_s <= info["goal_ratio"] * peer.best_s
    if "goal_extra_s" in info and peer is not None:
        extra = ours.best_s - peer.best_s
        limit = info["goal_extra_s"]
        return f"{_duration(extra)} more, ≤ {_duration(limit)}", extra <= limit
    if "goal_bytes" in info:
        return f"{info['bytes']:,.0f} B, ≤ {info['goal_bytes']:,} B", info["bytes"] <= info["goal_bytes"]
    if "goal_per_s" in info:
        return f"{info['events_per_s']:,.0f}/s, ≥ {info['goal_per_s']:,.0f}/s", info["events_per_s"] >= info[
            "goal_per_s"
        ]
    return "", None


def _duration(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if abs(seconds) >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"
