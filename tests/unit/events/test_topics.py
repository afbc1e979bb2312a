from __future__ import annotations

import pytest

from dpnb.errors import TopicError
from dpnb.events import TopicPattern, check_topic, segment_name, topic_segment


@pytest.mark.parametrize(
    ("pattern", "chosen", "others"),
    [
        ("a", ["a"], ["b", "a.b", "aa"]),
        ("*", ["a", "한글"], ["a.b"]),
        ("**", ["a", "a.b", "a.b.c"], []),
        ("a.**", ["a", "a.b", "a.b.c"], ["b", "ab"]),
        ("**.c", ["c", "a.c", "a.b.c"], ["c.a", "cc"]),
        ("a.**.c", ["a.c", "a.b.c", "a.b.b.c"], ["a", "c", "a.c.b"]),
        ("a.*.**.c", ["a.b.c", "a.b.b.c"], ["a.c"]),
        ("**.a.**.a.**", ["a.a", "a.b.a", "b.a.b.a.b"], ["a", "b.a.b"]),
        ("**.a.*.**", ["a.b", "b.a.c.d"], ["a", "b.a"]),
        ("run.(1).$", ["run.(1).$"], ["run.1."]),
        ("a.b c", ["a.b c"], ["a.b"]),
    ],
)
def test_patterns_choose_topics(pattern, chosen, others):
    matches = TopicPattern(pattern).matches
    assert all(matches(topic) for topic in chosen)
    assert not any(matches(topic) for topic in others)


@pytest.mark.parametrize(
    ("text", "rule"),
    [("", "empty"), ("a..b", "segment 2 is empty"), ("a.", "segment 2"), ("a.b*", "star beside"), ("***", "star")],
)
def test_what_is_no_pattern_is_refused_with_the_reason(text, rule):
    with pytest.raises(TopicError, match=f"cannot be a pattern of topics: .*{rule}"):
        TopicPattern(text)


def test_what_is_no_topic_is_refused_with_the_reason():
    with pytest.raises(TopicError, match="cannot be a topic: .* for patterns"):
        check_topic("a.*")
    with pytest.raises(TopicError, match="int, not a str"):
        check_topic(5)  # type: ignore[arg-type]
    with pytest.raises(TopicError, match="half a letter"):
        check_topic("run.\ud800")


def test_a_segment_that_nobody_encoded_is_shown_as_far_as_it_can_be():
    assert segment_name("%FF한") == "\ufffd한"


@pytest.mark.parametrize("name", ["", "%", "a.b", "**", "100%", "한글.태스크", "tab\there", "plain", "%2E", "\ud800쪽"])
def test_any_name_becomes_one_segment_and_is_found_again(name):
    segment = topic_segment(name)
    assert check_topic(f"run.{segment}") == f"run.{segment}"
    assert TopicPattern("run.*").matches(f"run.{segment}")
    assert segment_name(segment) == name


def test_patterns_are_equal_by_their_text():
    assert {TopicPattern("a.*"), TopicPattern("a.*")} == {TopicPattern("a.*")}
    assert TopicPattern("a.b").is_exact
    assert not TopicPattern("a.*").is_exact
