"""Which of many patterns choose a topic, in a time that does not grow with their number.

A tree of segments: patterns that begin alike share their nodes. A topic walks down it segment by segment, in all nodes
at once that fit so far: its own text, ``*``, and ``**``, which stays where it is as well. Nodes are told apart, so that
several ``**`` on the way do not multiply the walk.
"""

from __future__ import annotations

from dpnb.events.topics import MANY, ONE, TopicPattern


class _Node[T]:
    """`named` lead on by a segment's own text; `one` by any segment; `many` by any number of them, where it stays."""

    __slots__ = ("is_many", "many", "named", "one", "values")

    def __init__(self, *, is_many: bool = False) -> None:
        self.named: dict[str, _Node[T]] = {}
        self.one: _Node[T] | None = None
        self.many: _Node[T] | None = None
        self.is_many = is_many
        self.values: dict[T, None] = {}  # in the order of their coming

    def child(self, segment: str) -> _Node[T] | None:
        if segment == ONE:
            return self.one
        return self.many if segment == MANY else self.named.get(segment)

    def set_child(self, segment: str, child: _Node[T] | None) -> None:
        if segment == ONE:
            self.one = child
        elif segment == MANY:
            self.many = child
        elif child is not None:
            self.named[segment] = child
        else:
            del self.named[segment]

    @property
    def is_needed(self) -> bool:
        return bool(self.values or self.named or self.one or self.many)


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
            child = node.child(segment)
            if child is None:
                child = _Node(is_many=segment == MANY)
                node.set_child(segment, child)
            node = child
        node.values[value] = None

    def remove(self, pattern: str, value: T) -> None:
        """Take a value away from under a pattern, and forget the segments that lead nowhere any more."""
        line = [self._root]
        segments = TopicPattern(pattern).segments
        for segment in segments:
            if (child := line[-1].child(segment)) is None:
                return
            line.append(child)
        line[-1].values.pop(value, None)
        for segment, node, parent in zip(reversed(segments), reversed(line), reversed(line[:-1]), strict=False):
            if node.is_needed:
                return
            parent.set_child(segment, None)

    def match(self, topic: str) -> list[T]:
        """Return the values whose patterns choose the topic, each once."""
        found = _with_gaps(self._root)
        for segment in topic.split("."):
            found = _step(found, segment)
            if not found:
                return []
        if len(found) == 1:
            return list(found[0].values)
        return list(dict.fromkeys(value for node in found for value in node.values))

    def __bool__(self) -> bool:
        return self._root.is_needed


def _step[T](nodes: list[_Node[T]], segment: str) -> list[_Node[T]]:
    """Return where a segment leads from any of these nodes, each once."""
    reached: list[_Node[T]] = []
    has_stayed = False
    for node in nodes:
        if node.is_many:
            has_stayed = True
            reached.append(node)
        if (child := node.named.get(segment)) is not None:
            reached += (child,) if child.many is None else _with_gaps(child)
        if (child := node.one) is not None:
            reached += (child,) if child.many is None else _with_gaps(child)
    return list(dict.fromkeys(reached)) if has_stayed else reached


def _with_gaps[T](node: _Node[T]) -> list[_Node[T]]:
    """Return a node with the ``**`` that begin there, since they may stand for nothing."""
    reached = [node]
    while (gap := node.many) is not None:
        reached.append(gap)
        node = gap
    return reached
