"""What somebody browses: opened when the first page is asked for, shown by what was recorded until then."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from dpnb.errors import BrowseRequestError, CorruptResultError, DpnbError, UnloadableResultError, UntrustedStoreError
from dpnb.results.browsing.pager import Pager
from dpnb.results.browsing.preview import preview_answer
from dpnb.results.browsing.static_view import static_view
from dpnb.results.browsing.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dpnb.results.browsing.sources import Opened, Source

_MOST_INNER = 8


def _never() -> bool:
    return False


class Browsed:
    """A result, a stream or any value, to be looked through in pages.

    In a notebook, a cell that ends with it shows the browser: what is seen of it without a kernel is the table of the
    first rows. Whoever carries pages elsewhere asks `answer`.

    Parameters
    ----------
    source
        What is opened.
    renew
        Of a stream that grows, returns it as it is now, and whether it still grows; asked for whenever it is described.
    """

    def __init__(self, source: Source, renew: Callable[[], tuple[Source, bool]] | None = None) -> None:
        self.source = source
        self._renew = renew
        self._opened: Opened | None = None
        self._pagers: dict[tuple[int, ...], Pager] = {}
        self._lock = threading.RLock()

    def answer(self, request: Mapping[str, Any], *, stop: Callable[[], bool] = _never) -> dict[str, Any]:
        """Return what is asked for, as plain JSON.

        Parameters
        ----------
        request
            ``ask`` is one of ``describe``, ``page``, ``histogram``, ``cell``, ``code``, ``children``, ``whole`` and
            ``picture``; the rest are the parameters of `Pager`'s and `Tree`'s methods. ``at`` is the path to a table
            inside a tree.
        stop
            Tells that nobody waits any more.

        Raises
        ------
        BrowseRequestError
            What is asked for makes no sense here.
        BrowsingStoppedError
            `stop` said so.
        """
        asked = request.get("ask")
        if asked == "describe":
            return self._describe(request)
        if asked in ("children", "whole", "picture"):
            return self._ask_tree(request)
        return _ask_pager(self._pager(request), request, stop)

    def close(self) -> None:
        """Let go of what was loaded."""
        with self._lock:
            self._opened = None
            self._pagers.clear()

    def _describe(self, request: Mapping[str, Any]) -> dict[str, Any]:
        grows = not request.get("at") and self._grow()
        return self._described(request) | ({"grows": True} if grows else {})

    def _grow(self) -> bool:
        """Take what has come since; tell whether more may come."""
        with self._lock:
            if self._renew is None:
                return False
            self.source, grows = self._renew()
            self.close()
            self._renew = self._renew if grows else None
            return grows

    def _described(self, request: Mapping[str, Any]) -> dict[str, Any]:
        try:
            opened = self._open()
        except (CorruptResultError, UnloadableResultError, UntrustedStoreError) as error:
            return {"title": self.source.title, **preview_answer(self.source.facts, error)}
        if opened.table is not None or request.get("at"):
            return {"title": self.source.title, **self._pager(request).describe()}
        return {"title": self.source.title, **Tree(opened.value).describe()}

    def _ask_tree(self, request: Mapping[str, Any]) -> dict[str, Any]:
        tree, path = Tree(self._open().value), _path(request.get("path"))
        match request.get("ask"):
            case "children":
                return tree.children(path, request.get("offset", 0))
            case "picture":
                return tree.picture(path)
            case _:
                return tree.whole(path)

    def _open(self) -> Opened:
        with self._lock:
            if self._opened is None:
                self._opened = self.source.open()
            return self._opened

    def _pager(self, request: Mapping[str, Any]) -> Pager:
        """Return the pager of the whole, or of a table inside it."""
        at = _path(request.get("at"))
        opened = self._open()
        table = opened.table if not at else Tree(opened.value).table(at)
        if table is None:
            raise BrowseRequestError(request.get("ask"), rule="this result is no table")
        with self._lock:
            key = tuple(at)
            if key not in self._pagers:
                if len(self._pagers) >= _MOST_INNER:
                    self._pagers.clear()
                self._pagers[key] = Pager(table, Tree(opened.value).code(at, self.source.code))
            return self._pagers[key]

    def __repr__(self) -> str:
        return f"<Browsed {self.source.title or self.source.facts.type}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        try:
            return static_view(self.source)
        except (DpnbError, OSError) as error:  # a display tells what is wrong, it never fails
            return {"text/plain": f"{self!r}: not readable: {error}"}


def _path(found: object) -> list[Any]:
    if found is not None and not isinstance(found, list | tuple):
        raise BrowseRequestError(found, rule="a path is a list of positions")
    return list(found or ())


def _ask_pager(pager: Pager, request: Mapping[str, Any], stop: Callable[[], bool]) -> dict[str, Any]:
    columns = request.get("columns")
    match request.get("ask"):
        case "page":
            offset, limit, view = request.get("offset", 0), request.get("limit", 100), pager.view(request.get("view"))
            return pager.page(offset, limit, columns=columns, view=view, stop=stop)
        case "histogram":
            return pager.histogram(request.get("column", -1), stop=stop)
        case "cell":
            return pager.cell(request.get("row", -1), request.get("column", -1))
        case "code":
            return {"code": pager.code(pager.view(request.get("view")), columns)}
        case other:
            raise BrowseRequestError(other, rule="it is no question that a table can answer")
