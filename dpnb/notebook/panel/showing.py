"""Puts panels into a notebook's outputs, and true pictures in their place once the runs have ended.

An output holds the live view and the static picture side by side: where no widget can be shown, the picture is. When
the run ends, the output is replaced through its display id, so that the saved file holds nothing that needs a kernel.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dpnb.errors import RunCrashedError
from dpnb.notebook.panel.front_ends import is_voila

if TYPE_CHECKING:
    from IPython.display import DisplayHandle

    from dpnb.orchestrator import Run


def watch(run: Run) -> None:
    """Show the run's panel: live while it goes, as a static picture in its place once it has ended."""
    from IPython.display import display

    if can_be_live():
        _show_panel(run)
    elif _is_headless() and run.is_running:
        _promise(run)
    else:
        _let_it_end(run)
        display(run._repr_mimebundle_(), raw=True)


def show_run(run: Run) -> None:
    """Show a run that a cell ends with. Raises `NotImplementedError` where its static display is all there is to show.

    IPython then goes on to that one.
    """
    if _is_headless() and run.is_running:
        _promise(run)
        return
    if not can_be_live():
        _let_it_end(run)
    if not (can_be_live() and run.is_running):
        raise NotImplementedError
    _show_panel(run)


def can_be_live() -> bool:
    """Tell whether somebody may look at widgets: a kernel with a front end, not one that is executed headless."""
    return _kernel() is not None and not _is_headless() and not _is_executed()


def settle() -> None:
    """Show, in the cells that have shown runs which were going, how these stand now; for what executes notebooks."""
    while _promised:
        run, handle = _promised.pop()
        handle.update(run._repr_mimebundle_(), raw=True)


_promised: list[tuple[Run, DisplayHandle]] = []


def _promise(run: Run) -> None:
    """Show a run as it stands; dpnb itself executes the notebook, waits for its runs at the end, and settles this."""
    from IPython.display import display

    _promised.append((run, display(run._repr_mimebundle_(), raw=True, display_id=True)))


def _is_headless() -> bool:
    return _kernel() is not None and "DPNB_HEADLESS" in os.environ


def _kernel() -> Any:
    ipython = sys.modules.get("IPython")
    return getattr(ipython.get_ipython(), "kernel", None) if ipython is not None else None


def _is_executed() -> bool:
    """Tell whether a program executes the notebook, as nbconvert and papermill do: it cannot be asked for input."""
    if is_voila():
        return False
    request = _kernel().get_parent("shell") or {}
    return request.get("content", {}).get("allow_stdin") is False


def _let_it_end(run: Run) -> None:
    """Wait where a program executes the notebook: it saves the output as it is now, and takes the kernel away."""
    from dpnb.orchestrator.launching import driver_of

    is_driven_here = driver_of(run.run_id, run.workspace) is not None  # another's may take any time, and is not lost
    if is_driven_here and _kernel() is not None and not _is_headless():
        with suppress(RunCrashedError):  # its status says so
            run.wait()


def _show_panel(run: Run) -> None:
    from dpnb.notebook.panel.place import Place

    Place(run).show()
