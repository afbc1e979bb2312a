"""Which runs go is what a model says that looks at each run by itself, and more room never costs a run."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dpnb.results import RunRecord, RunStatus
from dpnb.results.pruning import PruneRule, choose

NOW_US = 100
MOMENTS = st.integers(0, 120)
COUNTS = st.integers(0, 6)


@st.composite
def histories(draw) -> list[RunRecord]:
    """Give runs as the ledger lists them: newest first."""
    runs = [
        RunRecord(
            run_id=f"run_{number}",
            dag_id=draw(st.sampled_from("ab")),
            status=(status := draw(st.sampled_from(RunStatus))),
            started_us=(started := draw(MOMENTS)),
            finished_us=started + draw(st.integers(0, 50)) if status.is_terminal or draw(st.booleans()) else None,
            pinned=draw(st.integers(0, 3)) == 0,
        )
        for number in range(draw(st.integers(0, 12)))
    ]
    return sorted(runs, key=lambda run: (run.started_us, run.run_id), reverse=True)


RULES = st.builds(PruneRule, keep=COUNTS, older_than_us=st.none() | MOMENTS, keep_succeeded=COUNTS) | st.builds(
    PruneRule, older_than_us=MOMENTS, keep_succeeded=COUNTS
)
HELD = st.sets(st.integers(0, 12).map("run_{}".format), max_size=3)


def goes(run: RunRecord, runs: list[RunRecord], held: set[str], rule: PruneRule) -> bool:
    newer = [other for other in runs if (other.started_us, other.run_id) > (run.started_us, run.run_id)]
    better = [other for other in newer if other.dag_id == run.dag_id and other.status == "succeeded"]
    ended = run.started_us if run.finished_us is None else run.finished_us
    is_among_newest = rule.keep is not None and len(newer) < rule.keep
    is_young = rule.older_than_us is not None and NOW_US - ended <= rule.older_than_us
    is_good = run.status == "succeeded" and len(better) < rule.keep_succeeded
    is_spared = run.pinned or run.status == "running" or run.run_id in held or is_good
    return not (is_among_newest or is_young or is_spared)


def gone(runs: list[RunRecord], held: set[str], rule: PruneRule) -> set[str]:
    return {choice.run.run_id for choice in choose(runs, held, rule, NOW_US) if choice.goes}


@given(histories(), HELD, RULES)
def test_choice_is_the_models(runs, held, rule):
    choices = choose(runs, held, rule, NOW_US)
    assert [choice.run for choice in choices] == runs
    assert [choice.goes for choice in choices] == [goes(run, runs, held, rule) for run in runs]
    assert all(choice.reason for choice in choices)


@given(histories(), HELD, RULES)
def test_what_has_been_pruned_needs_no_more_pruning(runs, held, rule):
    left = [choice.run for choice in choose(runs, held, rule, NOW_US) if not choice.goes]
    assert gone(left, held, rule) == set()


@given(histories(), HELD, COUNTS, MOMENTS, COUNTS)
def test_more_room_never_costs_a_run(runs, held, keep, age, succeeded):
    tight = gone(runs, held, PruneRule(keep=keep, older_than_us=age, keep_succeeded=succeeded))
    for roomier in (
        PruneRule(keep=keep + 1, older_than_us=age, keep_succeeded=succeeded),
        PruneRule(keep=keep, older_than_us=age + 1, keep_succeeded=succeeded),
        PruneRule(keep=keep, older_than_us=age, keep_succeeded=succeeded + 1),
    ):
        assert gone(runs, held, roomier) <= tight
