"""``dpnb.ui()``: the runs browser in a notebook's output, and the latest runs as a table everywhere else.

An output with the live pages also holds the table, which is shown where there is no widget. When the kernel ends, the
output is replaced by the table through its display id, so that the saved file holds nothing that needs a kernel.
"""

from __future__ import annotations

import atexit
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING

from dpnb.errors import DpnbError
from dpnb.notebook.panel.showing import can_be_live
from dpnb.pages.table import latest_runs
from dpnb.workspace import get_workspace

if TYPE_CHECKING:
    from IPython.display import DisplayHandle

    from dpnb.pages.controls import Controls
    from dpnb.pages.widget import RunsWidget
    from dpnb.workspace import Workspace

_WIDGET_MIME = "application/vnd.jupyter.widget-view+json"
_shown: weakref.WeakSet[RunsBrowser] = weakref.WeakSet()


def ui(workspace: Workspace | None = None) -> RunsBrowser:
    """Return a browser of all runs, to be shown at the end of a cell.

    It filters runs, opens, compares, repeats, resumes and deletes them, shows what they take on the disk, and looks
    after schedules. `dpnb serve` shows the same pages in a web browser. Where no widget can be shown, there is a table
    of the latest runs.

    Parameters
    ----------
    workspace
        Whose runs; those of the default workspace where it is None.

    Examples
    --------
    >>> import dpnb
    >>> dpnb.ui()  # doctest: +SKIP
    """
    return RunsBrowser(workspace or get_workspace())


class RunsBrowser:
    """All runs of a workspace, as pages; each time that it is displayed they begin anew."""

    def __init__(self, workspace: Workspace, controls: Controls | None = None) -> None:
        self._workspace, self._controls = workspace, controls
        self._open: list[tuple[DisplayHandle, RunsWidget]] = []

    def __repr__(self) -> str:
        return self._table()["text/plain"]

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return self._table()

    def _ipython_display_(self) -> None:
        from IPython.display import display

        if not can_be_live():
            display(self._table(), raw=True)
            return
        widget = self._widget()
        view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
        handle = display({**self._table(), _WIDGET_MIME: view}, raw=True, display_id=True)
        self._open.append((handle, widget))
        _shown.add(self)

    def leave(self) -> None:
        """Put the table in the place of the pages wherever they are shown."""
        while self._open:
            handle, widget = self._open.pop()
            handle.update(self._table(), raw=True)
            widget.layout.close()
            widget.close()

    def _widget(self) -> RunsWidget:
        from dpnb.pages.asking import Pages
        from dpnb.pages.widget import RunsWidget

        return RunsWidget(Pages(self._workspace, self._controls), self.leave)

    def _table(self) -> dict[str, str]:
        try:
            return latest_runs(self._workspace)
        except DpnbError as error:
            from dpnb.render import Note, mimebundle

            return mimebundle("Runs", [Note(text=str(error), level="error")])


@atexit.register
def _leave_tables() -> None:
    for browser in list(_shown):
        with suppress(Exception):  # the front end may be gone before
            browser.leave()
