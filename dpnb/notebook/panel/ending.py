"""The end of a run, for pages that were loaded while it went.

What a display id names is known to the page that has shown it. One that was loaded anew, or opened again after its tab
was closed, has the output from the file, and no message of the kernel reaches it. So the final pictures stay at hand
for a while, as a model without a view, and such a page puts them where the mark of the panels still is; from there they
are saved.
"""

from __future__ import annotations

from collections import deque
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import anywidget
import traitlets

from dpnb.notebook.page_parts import one_module

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_KEPT = 16
"""Ends of runs that are kept at hand; that of a large run takes half a megabyte."""


@cache
def _esm() -> str:
    return one_module(files(__package__) / "page", ["ending.js"])


class Ending(anywidget.AnyWidget):
    """Has pages put the final pictures where they find the mark `place`; it is never displayed itself."""

    _esm = _esm()

    place = traitlets.Unicode().tag(sync=True)
    bundle: traitlets.Dict[str, str] = traitlets.Dict().tag(sync=True)


_kept: deque[Ending] = deque()


def keep_ending(place: str, bundle: Mapping[str, str]) -> None:
    """Keep the pictures of an output at hand, and forget the oldest where there are many."""
    _kept.append(Ending(place=place, bundle=dict(bundle)))
    while len(_kept) > MOST_KEPT:
        oldest = _kept.popleft()
        oldest.layout.close()
        oldest.close()
