"""From which notebook a run came that was executed headless: its executed copy tells.

::

    {home}/notebooks/{name}-{time}.ipynb ──the run has ended──▶ {home}/runs/{run_id}/notebook.ipynb
       found by the kernel that drove the run                     found by the run's id
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dpnb.errors import NotebookGoneError
from dpnb.notebook.kernel_process import KernelProcess
from dpnb.notebook.parameters import injected
from dpnb.notebook.preparation import read_notebook
from dpnb.results.segments import encode_segment
from dpnb.results.trust import Trust

if TYPE_CHECKING:
    from dpnb.workspace import Workspace

ABOUT, SOURCE, KERNEL = "dpnb", "source", "kernel"  # in the copy's metadata
COPY = "notebook.ipynb"
ON_THEIR_WAY = "notebooks"
"""The folder of the copies that have come to no run, or whose execution was killed before they could be moved there."""


def relative_place(source: Path, home: Path) -> str:
    """Return where a notebook lies as seen from the workspace, so that both can be moved together."""
    try:
        return Path(os.path.relpath(source, home)).as_posix()
    except ValueError:  # another drive of Windows
        return source.as_posix()


def notebook_of(run_id: str, workspace: Workspace) -> Path | None:
    """Return the notebook whose execution led to a run, as it lies there now; None of runs that came otherwise.

    Raises
    ------
    UntrustedStoreError
        Somebody else made the store: what it names is not executed.
    NotebookGoneError
        There is no such notebook any more.
    """
    copy = _copy_of(run_id, workspace)
    if copy is None:
        return None
    Trust(str(workspace.base_path)).require(copy.stat().st_uid)
    place = _about(copy).get(SOURCE)
    if not (isinstance(place, str) and place):
        return None
    source = Path(os.path.normpath(workspace.home / place))
    if not source.is_file():
        raise NotebookGoneError(run_id, source.name)
    return source


def parameters_of(run_id: str, workspace: Workspace) -> dict[str, Any]:
    """Return the parameters that were given to the notebook whose execution led to a run."""
    copy = _copy_of(run_id, workspace)
    return {} if copy is None else injected(read_notebook(copy).cells)


def _copy_of(run_id: str, workspace: Workspace) -> Path | None:
    """Return the executed copy that lies with a run, or that of the kernel that drives it, or died while it did."""
    copy = workspace.base_path / encode_segment(run_id) / COPY
    if copy.is_file():
        return copy
    run = workspace.ledger.run(run_id) if workspace.has_ledger else None
    if run is None:
        return None
    for one in (workspace.home / ON_THEIR_WAY).glob("*.ipynb"):
        kernel = KernelProcess.from_plain(_about(one).get(KERNEL))
        if kernel is not None and kernel.drove(run, workspace.settings.host):
            return one
    return None


def _about(copy: Path) -> dict[str, Any]:
    """Return what dpnb has written about a copy; nothing where it is an earlier dpnb's, or no notebook."""
    try:
        about = json.loads(copy.read_text(encoding="utf-8"))["metadata"][ABOUT]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return about if isinstance(about, dict) else {}
