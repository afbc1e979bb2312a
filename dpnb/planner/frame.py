"""A plan as a DataFrame."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from dpnb.planner.plan import ExecutionPlan
    from dpnb.planner.verdict import Verdict

_FRESHNESS = ("fresh", "stale", "unsettled")


def plan_frame(plan: ExecutionPlan) -> pd.DataFrame:
    """Return one row per task in execution order.

    Columns are `task` (text), `level` (integer), `kind` (category), `selected` (bool: asked for, rather than needed by
    another), `tags`, `upstream`, `downstream` (text, names joined by ``", "``), `arguments` (text), `max_retries`
    (integer), `retry_on` (text, exceptions joined by ``", "``), `timeout` (timedelta), `memory_limit` (integer, bytes),
    `cpus` (float), `concurrency_group` (text, ``"db:2"``), `fail_safe`, `stream_output` (bool), `returns` (text),
    `defined_in` (text), `freshness` (category: fresh, stale, unsettled; missing where the plan reuses nothing) and
    `because` (text, the causes joined by ``"; "``).
    """
    import pandas as pd

    from dpnb.planner.concurrency import group_texts
    from dpnb.planner.outline import arguments_text
    from dpnb.registry import type_text

    levels = {name: number for number, names in enumerate(plan.levels) for name in names}
    nodes = [plan.dag.nodes[name] for name in levels]
    tasks = [node.task for node in nodes]
    verdicts = [plan.verdicts.get(name) for name in levels]
    text = "str"
    return pd.DataFrame(
        {
            "task": pd.Series(list(levels), dtype=text),
            "level": pd.Series(list(levels.values()), dtype="int64"),
            "kind": pd.Categorical([task.kind.value for task in tasks]),
            "selected": pd.Series([bool(plan.selection.reasons(t.name, t.tags)) for t in tasks], dtype=bool),
            "tags": pd.Series([", ".join(task.tags) for task in tasks], dtype=text),
            "upstream": pd.Series([", ".join(node.upstream) for node in nodes], dtype=text),
            "downstream": pd.Series([", ".join(plan.dag.downstream(name)) for name in levels], dtype=text),
            "arguments": pd.Series([arguments_text(node.bindings) for node in nodes], dtype=text),
            "max_retries": pd.Series([task.max_retries for task in tasks], dtype="int64"),
            "retry_on": pd.Series([", ".join(task.retry_on or ()) for task in tasks], dtype=text),
            "timeout": pd.to_timedelta([task.timeout for task in tasks], unit="s"),
            "memory_limit": pd.Series([task.memory_limit for task in tasks], dtype="Int64"),
            "cpus": pd.Series([task.cpus for task in tasks], dtype="float64"),
            "concurrency_group": pd.Series([", ".join(group_texts(t, plan.groups)) for t in tasks], dtype=text),
            "fail_safe": pd.Series([task.fail_safe for task in tasks], dtype=bool),
            "stream_output": pd.Series([task.stream_output for task in tasks], dtype=bool),
            "returns": pd.Series([type_text(task.schema.returns) for task in tasks], dtype=text),
            "defined_in": pd.Series([str(task.location) for task in tasks], dtype=text),
            "freshness": pd.Categorical([verdict and verdict.state for verdict in verdicts], categories=_FRESHNESS),
            "because": pd.Series([_because(verdict) for verdict in verdicts], dtype=text),
        }
    )


def _because(verdict: Verdict | None) -> str:
    return "" if verdict is None else "; ".join(cause.text for cause in verdict.causes)
