"""Patterns against the rule as one would write it down, and the trie against the patterns."""

from __future__ import annotations

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from dpnb.events import TopicPattern, TopicTrie

SEGMENTS = st.sampled_from(["a", "b", "가", "c."[:1]])
TOPICS = st.lists(SEGMENTS, min_size=1, max_size=7).map(".".join)
PATTERNS = st.lists(SEGMENTS | st.sampled_from(["*", "**"]), min_size=1, max_size=7).map(".".join)


def chooses(pattern: tuple[str, ...], topic: tuple[str, ...]) -> bool:
    @cache
    def from_here(at: int, segment: int) -> bool:
        if at == len(pattern):
            return segment == len(topic)
        if pattern[at] == "**":
            return from_here(at + 1, segment) or (segment < len(topic) and from_here(at, segment + 1))
        return segment < len(topic) and pattern[at] in ("*", topic[segment]) and from_here(at + 1, segment + 1)

    return from_here(0, 0)


@given(PATTERNS, TOPICS)
def test_a_pattern_chooses_by_the_rule(pattern, topic):
    assert TopicPattern(pattern).matches(topic) == chooses(tuple(pattern.split(".")), tuple(topic.split(".")))


@given(st.lists(PATTERNS, max_size=12), st.data(), TOPICS)
def test_the_trie_finds_all_patterns_that_choose(patterns, data, topic):
    trie: TopicTrie[int] = TopicTrie()
    for number, pattern in enumerate(patterns):
        trie.add(pattern, number)
    gone = data.draw(st.sets(st.integers(0, max(0, len(patterns) - 1)))) if patterns else set()
    for number in gone:
        trie.remove(patterns[number], number)
    fitting = {
        number for number, pattern in enumerate(patterns) if number not in gone and TopicPattern(pattern).matches(topic)
    }
    found = trie.match(topic)
    assert set(found) == fitting
    assert len(found) == len(fitting)
    for number, pattern in enumerate(patterns):
        trie.remove(pattern, number)
    assert not trie


def test_many_gaps_do_not_multiply_the_time():
    pattern = TopicPattern(".".join(["**", "a"] * 15 + ["b"]))
    topic = ".".join(["a"] * 31)
    trie: TopicTrie[str] = TopicTrie()
    trie.add(pattern.text, "x")
    assert not pattern.matches(topic)
    assert pattern.matches(f"{topic}.b")
    assert trie.match(topic) == []
    assert trie.match(f"{topic}.b") == ["x"]
