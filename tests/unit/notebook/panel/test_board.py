"""What a panel shows follows from the run's events alone."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dpnb.events import EventBase
from dpnb.notebook.panel.board import LETTERS, Board, palette
from dpnb.results.records import TaskState
from dpnb.run_events import RunSnapshot

type Said = tuple[str, dict[str, object]]

OUTLINE = {"적재": [], "clean": ["적재"], "side": [], "report": ["clean", "side"]}
NAMES = list(OUTLINE)


def snapshot_of(*told: Said) -> RunSnapshot:
    """Return how a run stands that began at 1 s and then said all this: the topic's last word, and the facts."""
    facts = {"run_id": "r", "lease": 1, "number": 1, "tasks": 4, "started_us": 1_000_000, "outline": OUTLINE}
    events = [EventBase("run.r.started", facts)]
    for number, (word, said) in enumerate(told, start=2):
        place = "" if "task" not in said else "task.t."
        events.append(EventBase(f"run.r.{place}{word}", {"run_id": "r", "lease": 1, "number": number, **said}))
    return RunSnapshot.of(events)


def ran(task: str, start_s: float, end_s: float | None = None, state: str = "succeeded") -> Said:
    state = state if end_s is not None else "running"
    said = {"task": task, "state": state, "attempt": 1, "started_us": int(start_s * 1e6)}
    return state, said if end_s is None else {**said, "finished_us": int(end_s * 1e6)}


def board_of(*told: Said) -> Board:
    return Board(names=NAMES, snapshot=snapshot_of(*told))


def test_each_task_has_the_letter_of_its_state():
    board = board_of(ran("적재", 1, 2), ran("side", 1.5))
    waits, runs, done = (LETTERS[state] for state in (TaskState.PENDING, TaskState.RUNNING, TaskState.SUCCEEDED))
    assert board.letters() == f"{done}{waits}{runs}{waits}"
    assert board.counts() == {waits: 2, runs: 1, done: 1}


def test_the_palette_has_a_look_for_each_letter():
    assert {look["letter"] for look in palette()} == set(LETTERS.values())
    assert len(set(LETTERS.values())) == len(TaskState)


def test_bars_lie_in_as_many_lanes_as_ran_at_once():
    board = board_of(ran("적재", 1, 2), ran("side", 1, 4), ran("clean", 2, 3))
    assert [(NAMES[bar.task], bar.lane, bar.start_us / 1e6, (bar.end_us or 0) / 1e6) for bar in board.bars()] == [
        ("적재", 0, 0.0, 1.0),
        ("side", 1, 0.0, 3.0),
        ("clean", 0, 1.0, 2.0),
    ]


def test_what_was_reused_took_no_time_here():
    board = board_of(ran("적재", 1, 2, state="reused"))
    assert board.bars() == []
    assert board.critical_path() == []


def test_the_critical_path_is_what_the_end_waited_for():
    board = board_of(ran("적재", 1, 2), ran("side", 1, 4), ran("clean", 2, 3), ran("report", 4, 5))
    assert [NAMES[place] for place in board.critical_path()] == ["side", "report"]


def test_while_a_run_goes_its_critical_path_leads_to_what_has_run_the_longest():
    board = board_of(ran("적재", 1, 2), ran("clean", 2), ran("side", 2.5))
    assert [NAMES[place] for place in board.critical_path()] == ["적재", "clean"]


def test_progress_is_told_of_what_runs_only():
    told = ("progress", {"task": "side", "attempt": 1, "fraction": 0.25, "note": "3월"})
    running = board_of(ran("side", 1), told)
    assert running.progress() == [(2, 0.25, "3월")]
    assert board_of(ran("side", 1), told, ran("side", 1, 2)).progress() == []


def test_time_stands_still_once_the_run_has_ended():
    going = board_of(ran("side", 1))
    assert going.elapsed_s(3_500_000) == 2.5
    ended = board_of(("finished", {"status": "failed", "finished_us": 2_000_000}))
    assert ended.elapsed_s(9_000_000) == 1.0


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), min_size=1, max_size=20))
def test_no_two_bars_of_a_lane_overlap_and_no_lane_is_needless(spans):
    names = [f"t{place}" for place in range(len(spans))]
    told = [ran(name, 1 + start, 1 + start + length) for name, (start, length) in zip(names, spans, strict=True)]
    bars = [(bar, bar.end_us or 0) for bar in Board(names=names, snapshot=snapshot_of(*told)).bars()]
    for lane in {bar.lane for bar, _ in bars}:
        ordered = sorted((bar.start_us, end_us) for bar, end_us in bars if bar.lane == lane)
        assert all(before[1] <= after[0] for before, after in pairwise(ordered))
    at_once = max(sum(one.start_us <= bar.start_us < end_us for one, end_us in bars) for bar, _ in bars)
    assert len({bar.lane for bar, _ in bars}) <= max(at_once, 1) + sum(bar.start_us == end_us for bar, end_us in bars)
