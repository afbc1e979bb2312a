from __future__ import annotations

import datetime as dt
import json

from hypothesis import given
from hypothesis import strategies as st

from dpnb.registry.value_json import from_jsonable, is_readable, to_jsonable

atoms = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.complex_numbers(allow_nan=False)
    | st.dates()
    | st.datetimes(timezones=st.none() | st.timezones() | st.just(dt.timezone(dt.timedelta(hours=9))))
    | st.times()
    | st.timedeltas()
    | st.decimals(allow_nan=False)
    | st.uuids()
)
hashable = st.recursive(atoms, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=6)
values = st.recursive(
    hashable,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text() | st.just("$dpnb"), inner, max_size=4)
        | st.dictionaries(hashable, inner, max_size=3)
        | st.sets(hashable, max_size=3)
    ),
    max_leaves=12,
)


def _types(value):
    """Write a value with the types of all that it holds, so that 1, 1.0 and True are told apart."""
    if isinstance(value, dict):
        return dict, sorted((repr(_types(key)), repr(_types(item))) for key, item in value.items())
    if isinstance(value, set | frozenset):
        return type(value), sorted(repr(_types(item)) for item in value)
    if isinstance(value, list | tuple):
        return type(value), [_types(item) for item in value]
    if isinstance(value, dt.datetime | dt.time):
        return type(value), value.isoformat(), value.fold, str(value.tzinfo)
    return type(value), value


@given(values)
def test_values_and_their_types_survive_json(value):
    back = from_jsonable(json.loads(json.dumps(to_jsonable(value), allow_nan=False)))
    assert back == value
    assert _types(back) == _types(value)
    assert is_readable(back)
