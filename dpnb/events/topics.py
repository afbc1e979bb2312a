"""Topics, and the patterns that choose among them.

A topic is a line of segments between dots: ``run.2013.finished``. In a pattern the segment ``*`` stands for exactly one
segment of any text, ``**`` for any number of segments, none included. A star beside other text stands for nothing and
is refused, so that ``run*`` is not mistaken for a glob.

A pattern becomes one regular expression over the segments. What stands between two ``**`` is an atomic group that takes
the first place where it fits: a later place can never do better, since ``**`` takes whatever is between. So nothing is
tried twice, and the time is bounded by the product of the two lengths however many ``**`` there are.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import unquote

from dpnb.errors import TopicError

if TYPE_CHECKING:
    from collections.abc import Callable

ONE, MANY = "*", "**"

_SEGMENT = r"[^.]++\."
_GAP = rf"(?:{_SEGMENT})*?"
_HINT = "a topic is segments between dots, such as 'run.started'; in a pattern '*' is one segment, '**' any number."
_NAMED = "dpnb.events.topic_segment() makes a segment of any name."
_PATTERN = "a pattern of topics"
_RESERVED = re.compile(r"[.*%\x00-\x1f\x7f\ud800-\udfff]")
_HALF_LETTER = re.compile(r"[\ud800-\udfff]")


def check_topic(topic: str) -> str:
    """Return `topic` if events can be published under it.

    Raises
    ------
    TopicError
        It is empty, has an empty segment, or a star.

    Examples
    --------
    >>> check_topic("data.항공편")
    'data.항공편'
    """
    for segment in _segments(topic, "a topic"):
        if ONE in segment:
            raise TopicError(topic, rule=f"the segment {segment!r} has a star, which is for patterns", hint=_HINT)
    return topic


def _segments(text: object, wanted: str) -> list[str]:
    if not isinstance(text, str):
        raise TopicError(text, rule=f"it is a {type(text).__name__}, not a str", hint=_HINT, wanted=wanted)
    segments = text.split(".")
    if not text:
        raise TopicError(text, rule="it is empty", hint=_HINT, wanted=wanted)
    if "" in segments:
        raise TopicError(text, rule=f"its segment {segments.index('') + 1} is empty", hint=_HINT, wanted=wanted)
    if not text.isascii() and _HALF_LETTER.search(text):
        raise TopicError(text, rule="it holds half a letter, which no server takes", hint=_NAMED, wanted=wanted)
    return segments


def topic_segment(name: str) -> str:
    """Return `name` as one segment of a topic.

    Percent-encoded are dots, stars, percent and control characters, and halves of letters, which UTF-8 cannot write.

    >>> topic_segment("daily.totals")
    'daily%2Etotals'
    """
    return _RESERVED.sub(_encoded, name) or "%"


def _encoded(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))


def segment_name(segment: str) -> str:
    """Return the name that `topic_segment` made a segment of.

    >>> segment_name("daily%2Etotals")
    'daily.totals'
    """
    try:
        return "" if segment == "%" else unquote(segment, errors="surrogatepass")
    except UnicodeDecodeError:  # somebody else made it
        return unquote(segment)


class TopicPattern:
    """A pattern of topics.

    Raises
    ------
    TopicError
        It has an empty segment, or a star beside other text.

    Examples
    --------
    >>> TopicPattern("run.*.task.**").matches("run.2013.task.delays.started")
    True
    >>> TopicPattern("run.*").matches("run.2013.started")
    False
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.segments = tuple(_segments(text, _PATTERN))
        for segment in self.segments:
            if ONE in segment and segment not in (ONE, MANY):
                rule = f"the segment {segment!r} has a star beside other text"
                raise TopicError(text, rule=rule, hint=_HINT, wanted=_PATTERN)

    def matches(self, topic: str) -> bool:
        """Tell whether `topic` is among those that this pattern chooses."""
        return self._fullmatch(topic + ".") is not None

    @property
    def is_exact(self) -> bool:
        """Whether it chooses one topic only."""
        return ONE not in self.segments and MANY not in self.segments

    @cached_property
    def _fullmatch(self) -> Callable[[str], object]:
        return self._regex().fullmatch

    def _regex(self) -> re.Pattern[str]:
        parts: list[list[str]] = [[]]
        for segment in self.segments:
            if segment == MANY:
                parts.append([])
            else:
                parts[-1].append(_SEGMENT if segment == ONE else re.escape(segment) + r"\.")
        first, *others = ("".join(part) for part in parts)
        if not others:
            return re.compile(first)
        *between, last = others
        middle = "".join(f"(?>{_GAP}{part})" for part in between if part)
        return re.compile(f"{first}{middle}{_GAP + last if last else '.*'}", re.DOTALL)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TopicPattern) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"TopicPattern({self.text!r})"
