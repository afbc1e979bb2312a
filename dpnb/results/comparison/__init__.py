"""How two values differ: frames by keys, schema and cells, arrays by position, containers by path.

::

    compare_stored ──(digests differ)──→ load ──→ compare_values ──→ FrameComparison   keys, schema, cells
          │                                                      ├──→ ArrayComparison   shape, dtype, cells
          └──(digests equal)──→ nothing is loaded                └──→ NestedComparison  paths; any other value

Nothing here knows runs or ledgers: what is compared is two values, or two stored results.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

_HOMES = {
    "ArrayComparison": "arrays",
    "FrameComparison": "frames",
    "MatchOptions": "options",
    "NestedComparison": "nested",
    "StoredResult": "stored",
    "StreamComparison": "streams",
    "ValueComparison": "value",
    "compare_stored": "stored",
    "compare_values": "dispatch",
}


def __getattr__(name: str) -> Any:
    """Load a public name's module when it is first used: pandas comes with most of them."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
