"""Any value as a short line of text, whatever its own ``__repr__`` does."""

from __future__ import annotations

import reprlib
from itertools import islice
from typing import Any

from dpnb.results.type_names import type_name

CELL_CHARACTERS = 80
REPR_CHARACTERS = 200


class _Shorter(reprlib.Repr):
    """Keeps the order of dictionaries, and tells of frames and arrays inside containers only what they are.

    To write one of those out may take longer than to save it.
    """

    def repr_dict(self, x: dict[Any, Any], level: int) -> str:
        if level <= 0:
            return f"{{{self.fillvalue}}}"
        items = islice(x.items(), self.maxdict)
        pieces = [f"{self.repr1(key, level - 1)}: {self.repr1(value, level - 1)}" for key, value in items]
        return f"{{{', '.join(pieces + [self.fillvalue] * (len(x) > self.maxdict))}}}"

    def repr_instance(self, x: Any, level: int) -> str:
        shape = getattr(x, "shape", None)
        if level < self.maxlevel and isinstance(shape, tuple):
            return f"<{type_name(type(x))} {'×'.join(map(str, shape))}>"
        return super().repr_instance(x, level)


_SHORTER = _Shorter(
    maxlevel=4,
    maxdict=8,
    maxlist=8,
    maxtuple=8,
    maxset=8,
    maxfrozenset=8,
    maxstring=120,
    maxlong=60,
    maxother=REPR_CHARACTERS,
    fillvalue="…",
)


def short_text(value: Any) -> str:
    """Return `value` as a table's cell shows it: its ``str``, cut to 80 characters."""
    if isinstance(value, str):
        return _cut(value, CELL_CHARACTERS)
    try:
        return _cut(str(value) if type(value).__module__ != "builtins" else _SHORTER.repr(value), CELL_CHARACTERS)
    except Exception:  # noqa: BLE001  # a value's own code may raise anything
        return f"<{type(value).__qualname__}>"


def short_repr(value: Any) -> str:
    """Return the ``repr`` of `value`, its containers shortened before they are written out, cut to 200 characters."""
    try:
        return _cut(_SHORTER.repr(value), REPR_CHARACTERS)
    except Exception:  # noqa: BLE001
        return f"<{type(value).__qualname__}>"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
