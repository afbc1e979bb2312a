"""The browser's widget: carries questions of the page and their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from dpnb.notebook.browser.assets import css, esm
from dpnb.notebook.browser.desk import Desk

if TYPE_CHECKING:
    from dpnb.results.browsing import Browsed


class ResultBrowser(anywidget.AnyWidget):
    """Looks through what is browsed.

    It takes the place of the HTML with its `key`. Where a front end only shows widgets that are displayed, as marimo
    and Voila do, display it itself.

    Parameters
    ----------
    browsed
        What to look through.
    key
        Names the HTML in whose place it shows itself; empty where it is displayed as a widget.
    """

    _esm = esm()
    _css = css()

    key = traitlets.Unicode().tag(sync=True)

    def __init__(self, browsed: Browsed, key: str = "", **kwargs: Any) -> None:
        super().__init__(key=key, **kwargs)
        self._desk = Desk(browsed, self._reply)
        self.on_msg(self._hear)

    def close(self) -> None:
        """End the view and what goes on for it; its HTML stays."""
        if hasattr(self, "_desk"):
            self._desk.close()
        super().close()

    def _hear(self, _: object, content: object, __: object) -> None:
        if isinstance(content, dict):
            self._desk.take(content)

    def _reply(self, message: dict[str, Any]) -> None:
        if self.comm is not None:
            self.send(message)
