"""An order of a set's items that every process shares.

What a value refers to (functions, classes) is numbered as it is met, so it has to be met in one order everywhere. Items
are told apart by what they hold, and where that is alike, by all that they refer to.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

from dpnb.registry.fingerprint.digests import text_digest
from dpnb.registry.fingerprint.values import PLAIN, ValueReader, plain_text

if TYPE_CHECKING:
    from collections.abc import Collection

    from dpnb.registry.fingerprint.units import Kind, Target

_state = threading.local()


def in_shared_order(reader: ValueReader, items: Collection[Any]) -> list[Any]:
    """Return the items in an order that depends on what they are only."""
    if PLAIN.issuperset(map(type, items)):
        return sorted(items, key=plain_text)
    keyed = [(*_key(reader, item), item) for item in items]
    counts = Counter(text for text, _, _ in keyed)
    is_deep = getattr(_state, "is_looking_deep", False)  # a set may be reached from its own items
    order = [
        (text, _deep_key(reader, targets) if counts[text] > 1 and not is_deep else "", number)
        for number, (text, targets, _) in enumerate(keyed)
    ]
    return [keyed[number][2] for *_, number in sorted(order)]


def _key(reader: ValueReader, item: Any) -> tuple[str, list[Target]]:
    """Return an item's text, as if it were read alone, and what it refers to."""
    alone = ValueReader(reader.owners, reader.max_bytes)
    text = alone.read(item)
    names = [getattr(edge.target.subject, "__qualname__", "") for edge in alone.edges]
    return f"{text} {names}", [edge.target for edge in alone.edges]


def _deep_key(reader: ValueReader, targets: list[Target]) -> str:
    """Return a digest of all that is reached from some targets."""
    from dpnb.registry.fingerprint.reading import read_unit
    from dpnb.registry.fingerprint.walk import Node, Walk

    nodes: dict[tuple[Kind, int, str], Node] = {}

    def node_of(target: Target) -> Node:
        if target.key not in nodes:
            nodes[target.key] = Node(target, read_unit(target, reader.owners, reader.max_bytes))
        return nodes[target.key]

    _state.is_looking_deep = True
    try:
        return text_digest("\n".join(Walk(target, node_of).content for target in targets))
    finally:
        _state.is_looking_deep = False
