"""Puts what is browsed into a notebook's output: HTML that anybody can read, which a live view takes the place of."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from dpnb.notebook.panel.showing import can_be_live

if TYPE_CHECKING:
    from dpnb.notebook.browser.widget import ResultBrowser
    from dpnb.results.browsing import Browsed

MOST_LIVE = 8
"""How many results can be looked through at once; beyond, the oldest view keeps its first rows only."""


class Shown(NamedTuple):
    """A live view, and what showed it: a cell, and which execution of it. Both are empty where they are not known."""

    browser: ResultBrowser
    cell: str
    execution: str


_live: deque[Shown] = deque()


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
    _make_room(Shown(ResultBrowser(browsed, key), *_executed()))
    html = f'<dpnb-browser data-key="{key}">{bundle["text/html"]}</dpnb-browser>'
    display({**bundle, "text/html": html}, raw=True)


def _make_room(new: Shown) -> None:
    """Close what an earlier execution of the cell has shown, and what has been there the longest."""
    for shown in [one for one in _live if one.cell and one.cell == new.cell and one.execution != new.execution]:
        _live.remove(shown)
        shown.browser.close()
    _live.append(new)
    while len(_live) > MOST_LIVE:
        _live.popleft().browser.close()


def _executed() -> tuple[str, str]:
    """Return the id of the cell that is executed, where the front end tells it, and that of its execution."""
    from IPython.core.getipython import get_ipython

    kernel = getattr(get_ipython(), "kernel", None)  # type: ignore[no-untyped-call,unused-ignore]
    request = kernel.get_parent("shell") or {} if kernel is not None else {}
    return str(request.get("metadata", {}).get("cellId", "")), str(request.get("header", {}).get("msg_id", ""))
