from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

from dpnb.errors import CronExpressionError
from dpnb.scheduler.cron import parse_cron


@pytest.mark.parametrize(
    ("expression", "field", "said"),
    [
        ("60 * * * *", "minute", "'60' is not allowed there"),
        ("0 24 * * *", "hour", "0–23"),
        ("0 0 0 * *", "day of month", "1–31"),
        ("0 0 * 13 *", "month", "JAN–DEC"),
        ("0 0 * * 8", "day of week", "SUN–SAT"),
        ("60 0 0 * * *", "second", "'60'"),
        ("*/0 * * * *", "minute", r"'\*/0'"),
        ("1,,2 * * * *", "minute", "''"),
        ("1-x * * * *", "minute", "'1-x'"),
        ("-5 * * * *", "minute", "'-5'"),
        ("0 0 * FOO *", "month", "'foo'"),
        ("0 0 * * 1#6", "day of week", "'1#6'"),
        ("0 0 15W * *", "day of month", "'15w'"),
        ("? * * * *", "minute", r"'\?'"),
        ("٣ * * * *", "minute", "'٣'"),
        ("H * * * *", "minute", "another process would draw another"),
        ("0 R(0-5) * * *", "hour", "another process would draw another"),
        ("H/15 * * * *", "minute", "jitter"),
        ("0 0 30 2 *", "day of month", "February has at most 29"),
        ("0 0 31 4,6,9,11 *", "day of month", "no month"),
        ("0 0 30 2 */2", "day of month", "no month"),
    ],
)
def test_what_is_wrong_is_refused_by_the_name_of_its_field(expression, field, said):
    with pytest.raises(CronExpressionError, match=f"(?s)(?=.*Hint: ).*{said}") as caught:
        parse_cron(expression)
    assert caught.value.field == field
    assert repr(expression) in str(caught.value)
    restored = pickle.loads(pickle.dumps(caught.value))
    assert (restored.field, restored.expression, str(restored)) == (field, expression, str(caught.value))


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("", "0 fields"),
        ("* * * *", "4 fields, and not 5, or 6"),
        ("0 0 1 1 * 2030 x", "7 fields"),
        ("매일", "1 field,"),
        ("@reboot", "names no time"),
        ("@dayly", "'@daily'"),
        (None, "not a str"),
    ],
)
def test_what_is_no_expression_at_all_is_refused(expression, said):
    with pytest.raises(CronExpressionError, match=f"(?s){said}") as caught:
        parse_cron(expression)
    assert caught.value.field is None


@pytest.mark.parametrize(
    ("name", "fields"),
    [("@daily", "0 0 * * *"), ("@Hourly", "0 * * * *"), ("@weekly", "0 0 * * 0"), ("@annually", "0 0 1 1 *")],
)
def test_names_stand_for_fields(name, fields):
    named, spelled = parse_cron(name), parse_cron(fields)
    assert replace(named, text=fields) == spelled


def test_the_first_of_six_fields_is_for_seconds():
    expression = parse_cron("*/20 5 * * * *")
    assert (expression.seconds, expression.minutes, expression.has_seconds) == ((0, 20, 40), (5,), True)
    assert parse_cron("5 * * * *").seconds == (0,)


def test_a_range_of_equal_ends_is_its_one_number():
    assert parse_cron("5-5 * * * *").minutes == (5,)
    assert parse_cron("0 0 * JAN-1 *").months == (1,)
    assert parse_cron("0 0 * * MON-MON").day_rule.weekdays.numbers == {1}
    assert parse_cron("0 0 * * 0-7").day_rule.weekdays.numbers == set(range(7))


def test_a_step_from_the_last_number_is_that_number():
    assert parse_cron("59/15 * * * *").minutes == (59,)


def test_ranges_of_days_and_months_may_go_round():
    assert parse_cron("0 0 * NOV-FEB FRI-MON").months == (1, 2, 11, 12)
    assert parse_cron("0 0 * * FRI-MON").day_rule.weekdays.numbers == {5, 6, 0, 1}


@pytest.mark.parametrize(
    ("expression", "days"),
    [
        ("0 0 13 * FRI", [6, 13, 20, 27]),  # either
        ("0 0 * * FRI", [6, 13, 20, 27]),
        ("0 0 */2 * FRI", [13, 27]),  # both, since one begins with a star
        ("0 0 13 * */5", [13]),  # 13 February 2026 is a Friday
        ("0 0 ? * FRI", [6, 13, 20, 27]),
        ("0 0 L * *", [28]),
        ("0 0 L,1 * *", [1, 28]),
        ("0 0 * * MON#2", [9]),
        ("0 0 * * L5", [27]),
        ("0 0 * * TUE#1,SAT", [3, 7, 14, 21, 28]),
        ("0 0 31 * SUN", [1, 8, 15, 22]),
    ],
)
def test_the_fields_for_days_choose_as_in_debian(expression, days):
    assert list(parse_cron(expression).days_of(2026, 2)) == days


@pytest.mark.parametrize(
    ("expression", "is_wildcard"),
    [
        ("* 3 * * *", True),
        ("*/15 3 * * *", True),
        ("0 */2 * * *", True),
        ("0 3 * * *", False),
        ("0-59 3 * * *", False),
        ("*/10 0 3 * * *", False),
    ],
)
def test_a_star_in_minute_or_hour_makes_a_wildcard_schedule(expression, is_wildcard):
    assert parse_cron(expression).is_wildcard is is_wildcard
