"""``dpnb.output``: the result that a notebook gives."""

from __future__ import annotations

from typing import Any

from dpnb.notebook.tasks.handover import Handover


def output(value: Any) -> None:
    """Show a value and, where the notebook runs as a task, make it the task's result.

    It is stored at once; a later call replaces it. What fails afterwards fails the task, and nothing stays stored.

    Raises
    ------
    UnstorableResultError
        The value cannot be pickled.

    Examples
    --------
    >>> import dpnb
    >>> dpnb.output({"late": 0.24})
    {'late': 0.24}
    """
    handover = Handover.of_this_kernel()
    if handover is not None:
        from dpnb.orchestrator.worker.outputs import store_result

        errand = handover.errand
        handover.give_back(store_result(errand.store, (errand.run_id, errand.task, errand.result_id), value))
    _show(value)


def _show(value: Any) -> None:
    from IPython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        print(repr(value))  # noqa: T201 - a script shows it so
    else:
        display(value)
