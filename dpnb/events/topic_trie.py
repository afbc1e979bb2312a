"""Which of many patterns choose a topic, in a time that does not grow with their number.

A tree of segments: patterns that begin alike share their nodes. A topic walks down it segment by segment, in all nodes
at once that fit so far: its own text, ``*``, and ``**``, which stays where it is as well. Nodes are told apart, so that
several ``**`` on the way do not multiply the walk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.events.topics import MANY, TopicPattern

if TYPE_CHECKING:
    from collections.abc import Iterable


class _Node[T]:
    __slots__ = ("children", "is_many", "values")

    def __init__(self, *, is_many: bool = False) -> None:
        self.children: dict[str, _Node[T]] = {}
        self.is_many = is_many
        self.values: dict[T, None] = {}  # in the order of their coming


class TopicTrie[T]:
    """Values under patterns; not for several threads at once. `T` is hashable.

    Examples
    --------
    >>> trie = TopicTrie()
    >>> trie.add("run.*.finished", "mail")
    >>> trie.add("run.**", "log")
    >>> trie.match("run.2013.finished")
    ['mail', 'log']
    """

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()

    def add(self, pattern: str, value: T) -> None:
        """Put a value under a pattern; once, however often it is added. Raises `TopicError`."""
        node = self._root
        for segment in TopicPattern(pattern).segments:
            if (child := node.children.get(segment)) is None:
                child = node.children[segment] = _Node(is_many=segment == MANY)
            node = child
        node.values[value] = None

    def remove(self, pattern: str, value: T) -> None:
        """Take a value away from under a pattern, and forget the segments that lead nowhere any more."""
        line = [self._root]
        segments = TopicPattern(pattern).segments
        for segment in segments:
            if (child := line[-1].children.get(segment)) is None:
                return
            line.append(child)
        line[-1].values.pop(value, None)
        for segment, node, parent in zip(reversed(segments), reversed(line), reversed(line[:-1]), strict=False):
            if node.values or node.children:
                return
            del parent.children[segment]

    def match(self, topic: str) -> list[T]:
        """Return the values whose patterns choose the topic, each once."""
        found = _with_gaps([self._root])
        for segment in topic.split("."):
            if not found:
                return []
            found = _with_gaps(_step(found, segment))
        return list(dict.fromkeys(value for node in found for value in node.values))

    def __bool__(self) -> bool:
        return bool(self._root.children)


def _step[T](nodes: Iterable[_Node[T]], segment: str) -> list[_Node[T]]:
    reached = []
    for node in nodes:
        children = node.children
        if children:
            if (child := children.get(segment)) is not None:
                reached.append(child)
            if (child := children.get("*")) is not None:
                reached.append(child)
        if node.is_many:
            reached.append(node)
    return reached


def _with_gaps[T](nodes: list[_Node[T]]) -> list[_Node[T]]:
    """Add the ``**`` that begin at a node, since they may stand for nothing; each node once."""
    reached = dict.fromkeys(nodes)
    for node in nodes:
        gap = node.children.get(MANY)
        while gap is not None and gap not in reached:
            reached[gap] = None
            gap = gap.children.get(MANY)
    return list(reached)
