"""Puts what is browsed into a notebook's output: HTML that anybody can read, which a live view takes the place of."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING
from uuid import uuid4

from dpnb.notebook.panel.showing import can_be_live

if TYPE_CHECKING:
    from dpnb.notebook.browser.widget import ResultBrowser
    from dpnb.results.browsing import Browsed

MOST_LIVE = 12
"""How many results can be looked through at once; beyond, the oldest view keeps its first rows only."""

_live: deque[ResultBrowser] = deque()


def show_browsed(browsed: Browsed) -> None:
    """Show what a cell ends with. Raises `NotImplementedError` where its static display is all there is to show."""
    if not can_be_live():
        raise NotImplementedError
    from IPython.display import display

    from dpnb.notebook.browser.widget import ResultBrowser

    bundle = browsed._repr_mimebundle_()
    if "text/html" not in bundle:
        raise NotImplementedError
    key = uuid4().hex
    _live.append(ResultBrowser(browsed, key))
    while len(_live) > MOST_LIVE:
        _live.popleft().close()
    html = f'<dpnb-browser data-key="{key}">{bundle["text/html"]}</dpnb-browser>'
    display({**bundle, "text/html": html}, raw=True)
