"""What tasks ask for, beside what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from dpnb.planner import OutlineTask


def with_needs(frame: pd.DataFrame, tasks: Mapping[str, OutlineTask]) -> pd.DataFrame:
    """Return a frame with a row per task, its name in `task`, with three more columns.

    Returns
    -------
    tasks × …, memory_limit (Int64 bytes), cpus (float), concurrency_group (str: ``"db:2"``).
    """
    import pandas as pd

    told = [tasks[name] for name in frame["task"]]
    return frame.assign(
        memory_limit=pd.array([task.memory_limit for task in told], dtype="Int64"),
        cpus=pd.array([task.cpus for task in told], dtype="Float64").astype("float64"),
        concurrency_group=pd.array([", ".join(task.groups) for task in told], dtype="str"),
    )
