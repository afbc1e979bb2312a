"""Triggers of time by their rules: what they specify comes back, and jitter keeps order whatever it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from dpnb.events import InMemoryBroker
from dpnb.scheduler import (
    create_api_trigger,
    create_cron_trigger,
    create_event_trigger,
    create_file_trigger,
    create_interval_trigger,
    create_manual_trigger,
    create_once_trigger,
    trigger_from,
)

CONSUMER = InMemoryBroker().consumer()
MOMENTS = st.integers(0, 90 * 365 * 24 * 3600 * 1000).map(
    lambda ms: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
SPANS = st.timedeltas(timedelta(milliseconds=1), timedelta(days=40))
ZONES = st.sampled_from(["UTC", "Asia/Seoul", "Europe/Berlin", "Australia/Lord_Howe"])
WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0/.*%\\", exclude_categories=["Cc"]), min_size=1, max_size=9
)
CRON = st.sampled_from(["@daily", "*/7 * * * *", "0,1,2 1-3 * * *", "*/9 5 0 * * MON#2", "30 2 L * *", "0 9 1 */3 FRI"])


@st.composite
def periods(draw):
    start, end = sorted(draw(st.tuples(MOMENTS, MOMENTS)))
    bounds = {"start": start, "end": end}
    return {name: bounds[name] for name in draw(st.sets(st.sampled_from(["start", "end"])))}


def options():
    return st.tuples(periods(), st.fixed_dictionaries({}, optional={"jitter": SPANS})).map(lambda two: two[0] | two[1])


TIMED = st.one_of(
    st.builds(lambda o, **own: create_cron_trigger(**own, **o), o=options(), cron_expression=CRON, zone=ZONES),
    st.builds(lambda o, **own: create_interval_trigger(**own, **o), o=options(), every=SPANS, anchor=MOMENTS),
    st.builds(create_once_trigger, at=MOMENTS, zone=ZONES, jitter=SPANS),
)
OTHERS = st.one_of(
    st.builds(
        lambda o, **own: create_event_trigger(consumer=CONSUMER, **own, **o),
        o=periods(),
        source_topic=WORDS | WORDS.map(lambda word: f"{word}.*.**"),
        group=st.none() | WORDS,
    ),
    st.builds(
        lambda o, word, **own: create_file_trigger(pattern=f"{word}/*.csv", **own, **o),
        o=periods(),
        word=WORDS,
        debounce=SPANS,
        each=st.booleans(),
    ),
    st.builds(lambda o: create_api_trigger(**o), periods()),
    st.builds(lambda o: create_manual_trigger(**o), periods()),
)


@settings(max_examples=60)
@given(st.one_of(TIMED, OTHERS), st.text(max_size=9))
def test_what_a_trigger_specifies_makes_an_equal_one(trigger, name):
    named = trigger.named(name)
    again = trigger_from(json.loads(json.dumps(named.spec())), consumer=CONSUMER)
    assert again == named
    assert again.spec() == named.spec()


@settings(max_examples=60)
@given(TIMED, MOMENTS, st.text(max_size=9))
def test_fires_grow_strictly_and_none_is_passed_over_from_whichever_instant_one_asks(trigger, start, name):
    named = trigger.named(name)
    fires = [start]
    while len(fires) < 6 and (due := named.next_fire(fires[-1])) is not None:
        fires.append(due)
    assert all(early < late for early, late in pairwise(fires))
    for early, late in pairwise(fires):
        assert named.next_fire(early + (late - early) / 2) == late
        assert named.next_fire(late - timedelta(microseconds=1)) == late
