"""What the function of a notebook's task does with its arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.notebook.tasks.definition import require_literal
from dpnb.notebook.tasks.execution import Assignment, run_notebook
from dpnb.registry.context import OWN_CONTEXT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.notebook.tasks.source import NotebookSource


def call_notebook(
    source: NotebookSource, tasks: Mapping[str, str], parameters: Mapping[str, Any], given: Mapping[str, Any]
) -> Any:
    """Execute a notebook with what its task was called with.

    Parameters
    ----------
    source
        The notebook.
    tasks
        The tasks that it reads, by the names of the parameters that stand for them.
    parameters
        What its cell of parameters is to say, unless `given` says otherwise.
    given
        The arguments.
    """
    if OWN_CONTEXT not in given:
        raise TypeError(f"{source.path.name!r} is executed by a run; Run.debug executes it again here")
    own = {name: value for name, value in given.items() if name not in tasks and name != OWN_CONTEXT}
    for name, value in own.items():
        require_literal(source.path.name, name, value)
    inputs = {task: given[parameter] for parameter, task in tasks.items() if parameter in given}
    assignment = Assignment(source=source, parameters={**parameters, **own}, inputs=inputs)
    return run_notebook(assignment, given[OWN_CONTEXT])
