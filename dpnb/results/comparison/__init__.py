"""How two values differ: frames by keys, schema and cells, arrays by position, containers by path.

::

    compare_stored ──(digests differ)──→ load ──→ compare_values ──→ FrameComparison   keys, schema, cells
          │                                                      ├──→ ArrayComparison   shape, dtype, cells
          └──(digests equal)──→ nothing is loaded                └──→ NestedComparison  paths; any other value

Nothing here knows runs or ledgers: what is compared is two values, or two stored results.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from dpnb.results.comparison.arrays import ArrayComparison
    from dpnb.results.comparison.dispatch import compare_values
    from dpnb.results.comparison.frames import FrameComparison
    from dpnb.results.comparison.nested import NestedComparison
    from dpnb.results.comparison.options import MatchOptions
    from dpnb.results.comparison.stored import StoredResult, compare_stored
    from dpnb.results.comparison.streams import StreamComparison
    from dpnb.results.comparison.value import ValueComparison

__all__ = [
    "ArrayComparison",
    "FrameComparison",
    "MatchOptions",
    "NestedComparison",
    "StoredResult",
    "StreamComparison",
    "ValueComparison",
    "compare_stored",
    "compare_values",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "arrays": ["ArrayComparison"],
        "dispatch": ["compare_values"],
        "frames": ["FrameComparison"],
        "nested": ["NestedComparison"],
        "options": ["MatchOptions"],
        "stored": ["StoredResult", "compare_stored"],
        "streams": ["StreamComparison"],
        "value": ["ValueComparison"],
    },
)
