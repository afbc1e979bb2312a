"""The runs that SQL and Python find together are those that a look at every run finds."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dpnb.results import RunLedger, RunRecord, RunStatus, TaskRunRecord, TaskState
from dpnb.results.run_filter import RunFilter

WORDS = st.sampled_from(["a", "A", "ab", "a_b", "a%", "[a]", "가", 'a"b', "", "a*"])
GLOBS = WORDS | st.sampled_from(["*", "a?", "[!a]*", "[ab]", "*b", "[가-나]", "a[", "?"])
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([None, True, False, 0, 1, 1.0, 12, -1, 1.5, 10**16, 1e16, "", "1", "a", 'a"', "%", "가"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=3,
)
PARAMS = st.dictionaries(WORDS, VALUES, max_size=2)
SEVERAL = st.none() | st.lists(WORDS, max_size=2)


@st.composite
def asked(draw) -> dict[str, Any]:
    criteria = {
        "tag": draw(SEVERAL),
        "status": draw(st.none() | st.lists(st.sampled_from(RunStatus), max_size=3)),
        "task": draw(st.none() | st.lists(GLOBS, max_size=2)),
        "params": draw(st.none() | PARAMS),
        "pinned": draw(st.none() | st.booleans()),
        "limit": draw(st.none() | st.integers(1, 3)),
    }
    return {name: value for name, value in criteria.items() if value is not None}


RUNS = st.lists(
    st.tuples(
        st.builds(
            RunRecord,
            run_id=st.just(""),
            dag_id=st.just("d"),
            status=st.sampled_from(RunStatus),
            started_us=st.integers(0, 3),
            params=PARAMS,
            tags=st.lists(WORDS, max_size=2).map(tuple),
            pinned=st.booleans(),
        ),
        st.sets(WORDS, max_size=2),
    ),
    max_size=5,
)


def equal(one: Any, other: Any) -> bool:
    """Compare as JSON does: a number is never a truth value."""
    if type(one) in (list, tuple) and type(other) in (list, tuple):
        return len(one) == len(other) and all(equal(*pair) for pair in zip(one, other, strict=True))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(value, other[key]) for key, value in one.items())
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def fits(run: RunRecord, tasks: set[str], criteria: dict[str, Any]) -> bool:
    return (
        ("tag" not in criteria or any(tag in (run.tags or ()) for tag in criteria["tag"]))
        and ("status" not in criteria or run.status in criteria["status"])
        and ("pinned" not in criteria or run.pinned == criteria["pinned"])
        and all(name in run.params and equal(run.params[name], v) for name, v in criteria.get("params", {}).items())
        and (
            "task" not in criteria
            or any(task == glob or fnmatchcase(task, glob) for task in tasks for glob in criteria["task"])
        )
    )


@given(RUNS, asked())
def test_search_finds_what_a_look_at_every_run_finds(made, criteria):
    with RunLedger("sqlite://") as ledger:
        known = []
        for number, (draft, tasks) in enumerate(made):
            run = RunRecord(**{name: getattr(draft, name) for name in draft.__slots__} | {"run_id": str(number)})
            ledger.record([run])
            ledger.record(
                [TaskRunRecord(run_id=run.run_id, task=t, position=0, state=TaskState.PENDING) for t in tasks]
            )
            known.append((run, tasks))
        known.sort(key=lambda one: (one[0].started_us, one[0].run_id), reverse=True)
        expected = [run for run, tasks in known if fits(run, tasks, criteria)]
        assert ledger.runs(RunFilter.of(**criteria)) == expected[: criteria.get("limit")]
