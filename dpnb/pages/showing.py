"""``dpnb.ui()``: the runs browser in a notebook, and the latest runs as a table everywhere else.

What the output holds is the table alone, so that a notebook that is saved with it and opened where there is no kernel
shows how the runs stood. The pages have no view: the page puts them beside the table (see ``mounts.js``), by a mark
that the table bears as long as they live, and the table is renewed behind them. When the kernel ends, the mark goes.

Some front ends make nothing of a model until it is displayed; there the output holds a view besides.
"""

from __future__ import annotations

import atexit
import threading
import uuid
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dpnb.errors import DpnbError
from dpnb.notebook.panel.front_ends import needs_views
from dpnb.notebook.panel.showing import can_be_live
from dpnb.pages.asking import Pages
from dpnb.pages.renewal import Renewal
from dpnb.pages.table import latest_runs
from dpnb.workspace import get_workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.display import DisplayHandle

    from dpnb.pages.controls import Controls
    from dpnb.workspace import Workspace

RENEW_S = 5.0
"""How old the table may grow that is saved with a notebook, while something happens."""
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
        self._open: list[_Shown] = []

    def __repr__(self) -> str:
        return self._table()["text/plain"]

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return self._table()

    def _ipython_display_(self) -> None:
        from IPython.display import display

        if not can_be_live():
            display(self._table(), raw=True)
            return
        shown = _Shown(self._table, Pages(self._workspace, self._controls))
        self._open.append(shown)
        _shown.add(self)
        shown.handle = display(shown.bundle(), raw=True, display_id=True)

    def leave(self) -> None:
        """Put the table in the place of the pages wherever they are shown."""
        while self._open:
            self._open.pop().leave()

    def _table(self) -> dict[str, str]:
        try:
            return latest_runs(self._workspace)
        except DpnbError as error:
            from dpnb.render import Note, mimebundle

            return mimebundle("Runs", [Note(text=str(error), level="error")])


class _Shown:
    """The pages in one output, and the table behind them."""

    def __init__(self, table: Callable[[], dict[str, str]], pages: Pages) -> None:
        from dpnb.pages.widget import RunsWidget

        self._table = table
        self._mark = "" if needs_views() else uuid.uuid4().hex
        self._renewal = Renewal(self._renew, RENEW_S)
        self._widget = RunsWidget(pages, self.leave, self._renewal.ask, place=self._mark)
        self._is_over = False
        self._lock = threading.Lock()
        self.handle: DisplayHandle | None = None

    def bundle(self) -> dict[str, Any]:
        """Return what the output holds."""
        table = self._table()
        if self._mark:
            return {**table, "text/html": f'<div data-dpnb-place="{self._mark}"></div>{table["text/html"]}'}
        view = {"version_major": 2, "version_minor": 0, "model_id": self._widget.model_id}
        return {**table, _WIDGET_MIME: view}

    def leave(self) -> None:
        """Leave the table alone."""
        with self._lock:
            if self._is_over:
                return
            self._is_over = True
        self._renewal.close()
        if self.handle is not None:
            self.handle.update(self._table(), raw=True)
        self._widget.layout.close()
        self._widget.close()

    def _renew(self) -> None:
        """Bring the table up to date; a view would be made anew by that, and flicker."""
        with self._lock:
            if self._mark and self.handle is not None and not self._is_over:
                self.handle.update(self.bundle(), raw=True)


@atexit.register
def _leave_tables() -> None:
    for browser in list(_shown):
        with suppress(Exception):  # the front end may be gone before
            browser.leave()
