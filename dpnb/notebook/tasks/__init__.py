"""Notebooks as tasks: one is registered like a function, executed in a kernel of its own, and gives a result.

::

    the user's kernel              worker                          the notebook's kernel
    notebook_task(…) ──plan──▶ run_notebook ──addresses──▶ dpnb.inputs["task"]  ◀──mapped── store
                                    ◀──── record ───────── dpnb.output(value)   ───────────▶ store

Values never travel between the two processes: both read and write the store. What they tell each other lies in a
folder of the attempt's own (`handover`), which is gone with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from dpnb.notebook.tasks.definition import notebook_task
    from dpnb.notebook.tasks.kernel_inputs import inputs
    from dpnb.notebook.tasks.kernel_output import output

__all__ = ["inputs", "notebook_task", "output"]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {"definition": ["notebook_task"], "kernel_inputs": ["inputs"], "kernel_output": ["output"]},
)
