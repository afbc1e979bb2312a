"""Whose code differs between two runs, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.orchestrator.comparison.pairing import CHANGED, SAME, UNKNOWN, frame_of, names_of, sides_of
from dpnb.planner.doubts import without_doubt
from dpnb.registry.fingerprint import Fingerprint

if TYPE_CHECKING:
    import pandas as pd

    from dpnb.orchestrator.comparison.snapshot import RunSnapshot
    from dpnb.registry.fingerprint import PartChange


def same_code(a: RunSnapshot, b: RunSnapshot, task: str) -> bool | None:
    """Tell whether a task of both runs had the same code; None where that is not known, or not for certain.

    Where a run has not recorded all that a task reaches, what counts is the task's own code.
    """
    reached = a.tasks[task].code, b.tasks[task].code
    if reached[0] is not None and reached[1] is not None:
        certain = without_doubt(reached[0]), without_doubt(reached[1])
        return None if certain[0] == certain[1] and certain != reached else reached[0] == reached[1]
    own = [
        (run.outlines[task].code_digest, run.outlines[task].signature_digest) if task in run.outlines else ("", "")
        for run in (a, b)
    ]
    return own[0] == own[1] if all(digest for digest, _ in own) else None


def code_frame(a: RunSnapshot, b: RunSnapshot) -> pd.DataFrame:
    """Return one row per task of either run; `Comparison.code` lists the columns."""
    changes_of = _Changes(a, b)
    rows = []
    for name in names_of(a.tasks, b.tasks):
        change = sides_of(name, a.tasks, b.tasks) or _WORDS[same_code(a, b, name)]
        changes = changes_of(name) if change == CHANGED else ()
        diff = "\n".join(one.diff for one in changes if one.diff)
        rows.append((name, change, "; ".join(map(str, changes)), diff, _place(a, name), _place(b, name)))
    texts = dict.fromkeys(("what", "diff", "defined_in_a", "defined_in_b"), "str")
    return frame_of(rows, {"task": "str", "change": "change"} | texts)


_WORDS = {True: SAME, False: CHANGED, None: UNKNOWN}


class _Changes:
    """What differs in the code of a task; tasks that share their function share the answer."""

    def __init__(self, a: RunSnapshot, b: RunSnapshot) -> None:
        self._a = a
        self._b = b
        self._known: dict[tuple[str | None, str | None], tuple[PartChange, ...]] = {}

    def __call__(self, task: str) -> tuple[PartChange, ...]:
        """Return the parts that differ; none where a run has not recorded its sources."""
        sources = self._a.tasks[task].source, self._b.tasks[task].source
        if sources not in self._known:
            self._known[sources] = self._found(task)
        return self._known[sources]

    def _found(self, task: str) -> tuple[PartChange, ...]:
        texts = self._a.source(task), self._b.source(task)
        try:
            earlier, later = (Fingerprint.from_json(text or "") for text in texts)
        except ValueError:  # not recorded, or by another version of dpnb
            return ()
        return earlier.diff(later)


def _place(run: RunSnapshot, task: str) -> str:
    return run.outlines[task].location if task in run.outlines else ""
