"""From which notebook a run came that was executed headless: its executed copy, beside the results, tells."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dpnb.errors import NotebookGoneError
from dpnb.notebook.parameters import injected
from dpnb.notebook.preparation import read_notebook
from dpnb.results.segments import encode_segment
from dpnb.results.trust import Trust

if TYPE_CHECKING:
    from dpnb.workspace import Workspace

ABOUT, SOURCE = "dpnb", "source"  # in the copy's metadata
COPY = "notebook.ipynb"


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
    if not copy.is_file():
        return None
    Trust(str(workspace.base_path)).require(copy.stat().st_uid)
    place = _source_in(copy)
    if place is None:
        return None
    source = Path(os.path.normpath(workspace.home / place))
    if not source.is_file():
        raise NotebookGoneError(run_id, source.name)
    return source


def parameters_of(run_id: str, workspace: Workspace) -> dict[str, Any]:
    """Return the parameters that were given to the notebook whose executed copy lies with a run."""
    copy = _copy_of(run_id, workspace)
    return injected(read_notebook(copy).cells) if copy.exists() else {}


def _copy_of(run_id: str, workspace: Workspace) -> Path:
    return workspace.base_path / encode_segment(run_id) / COPY


def _source_in(copy: Path) -> str | None:
    try:
        about = json.loads(copy.read_text(encoding="utf-8"))["metadata"][ABOUT]
        place = about[SOURCE]
    except (OSError, ValueError, KeyError, TypeError):  # an earlier dpnb's, or no notebook
        return None
    return place if isinstance(place, str) and place else None
