"""The heap of what is next says what a sorted list would."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dpnb.scheduler.agenda import Agenda

names = st.sampled_from([f"일정 {number}" for number in range(8)])
changes = st.lists(st.tuples(names, st.none() | st.integers(0, 50)), max_size=200)


@given(changes, st.lists(st.integers(0, 60), max_size=10))
def test_an_agenda_is_a_sorted_list(steps, looks):
    agenda, plain = Agenda(), dict[str, int]()
    for name, when in steps:
        agenda.set(name, when)
        plain.pop(name, None)
        if when is not None:
            plain[name] = when
        assert agenda.next_us == min(plain.values(), default=None)
        assert len(agenda) == len(plain)
    for now in looks:
        due = sorted((when, name) for name, when in plain.items() if when <= now)
        assert agenda.pop_due(now) == [name for _, name in due]
        for _, name in due:
            del plain[name]
    assert all(name in agenda for name in plain)
