"""Where `Run.watch` shows a run: as text, unless a face that can do better has said so. A run itself knows none."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.orchestrator.run import Run

_faces: list[Callable[[Run], None]] = []


def watch_with(show: Callable[[Run], None]) -> None:
    """Have runs that are watched shown by `show` from now on."""
    _faces[:] = [show]


def watch(run: Run) -> None:
    """Show a run where it can be shown best."""
    for show in _faces:
        show(run)
    if not _faces:
        show_as_text(run)


def show_as_text(run: Run) -> None:
    """Print a run as it stands."""
    sys.stdout.write(f"{run._repr_mimebundle_()['text/plain']}\n")
