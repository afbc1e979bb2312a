from __future__ import annotations

import math
from datetime import timedelta
from pathlib import Path, PurePosixPath

import pandas as pd
import pytest

from dpnb.errors import TaskDefinitionError
from dpnb.registry import ConcurrencyGroup, TaskRegistry, describe_task, task
from dpnb.registry.options import check_options


def flights(year: int = 2013) -> int:
    return year


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"name": ""}, "name must be text that is not empty"),
        ({"name": "  "}, "name must be text that is not empty"),
        ({"name": 3}, "name must be text that is not empty"),
        ({"name": "half \ud800"}, "name must be valid Unicode"),
        ({"tags": [1]}, "tags must be words"),
        ({"tags": [""]}, "tags must be words"),
        ({"tags": 7}, "tags must be a name or several"),
        ({"tags": {"etl": 1}}, "tags must be a name or several"),
        ({"dependencies": [3]}, "dependencies must be names of tasks"),
        ({"dependencies": 3}, "dependencies must be a name or several"),
        ({"dependencies": [len]}, "dependencies must be names of tasks"),
        ({"dependencies": [math.gcd, "a"]}, "dependencies must be names of tasks"),
        ({"inputs": ["year"]}, "inputs must be a mapping"),
        ({"inputs": {"year": 3}}, "inputs must be parameters"),
        ({"max_retries": -1}, "max_retries must be a whole number of at least 0, not -1"),
        ({"max_retries": 1.5}, "max_retries must be a whole number"),
        ({"max_retries": True}, "max_retries must be a whole number"),
        ({"retry_delay": -0.1}, "retry_delay must be seconds of at least 0"),
        ({"retry_delay": math.nan}, "retry_delay must be seconds"),
        ({"retry_delay": "1s"}, "retry_delay must be seconds"),
        ({"timeout": 0}, "timeout must be seconds above 0"),
        ({"timeout": -3}, "timeout must be seconds above 0"),
        ({"timeout": math.inf}, "timeout must be seconds above 0"),
        ({"timeout": True}, "timeout must be seconds above 0"),
        ({"fail_safe": 1}, "fail_safe must be True or False"),
        ({"stream_output": "yes"}, "stream_output must be True or False"),
        ({"description": 3}, "description must be text"),
        ({"memory_limit": 0}, "memory_limit must be bytes above 0, not 0"),
        ({"memory_limit": "0 MB"}, "memory_limit must be bytes above 0"),
        ({"memory_limit": "many"}, "memory_limit must be bytes above 0, not 'many'"),
        ({"memory_limit": "-1GB"}, "memory_limit must be bytes"),
        ({"memory_limit": "2 iB"}, "memory_limit must be bytes"),
        ({"memory_limit": 1.5}, "memory_limit must be bytes"),
        ({"memory_limit": True}, "memory_limit must be bytes"),
        ({"cpus": 0}, "cpus must be a number above 0"),
        ({"cpus": -1}, "cpus must be a number above 0"),
        ({"cpus": math.inf}, "cpus must be a number above 0"),
        ({"cpus": "2"}, "cpus must be a number above 0"),
        ({"cpus": True}, "cpus must be a number above 0"),
        ({"concurrency_group": ""}, "concurrency_group must be names"),
        ({"concurrency_group": ":2"}, "concurrency_group must be a name"),
        ({"concurrency_group": "db:0"}, "concurrency_group must be a name"),
        ({"concurrency_group": "db:two"}, "concurrency_group must be a name"),
        ({"concurrency_group": "db:-1"}, "concurrency_group must be a name"),
        ({"concurrency_group": "db:1:2"}, "concurrency_group must be a name"),
        ({"concurrency_group": 2}, "concurrency_group must be a name or several"),
        ({"concurrency_group": [2]}, "concurrency_group must be names"),
        ({"concurrency_group": ["db:2", "db"]}, "concurrency_group must be different groups"),
        ({"retry_on": int}, "retry_on must be exceptions"),
        ({"retry_on": ValueError()}, "retry_on must be a name or several"),
        ({"retry_on": [ValueError()]}, "retry_on must be exceptions"),
        ({"retry_on": ()}, "retry_on must be at least one exception"),
        ({"retry_on": [""]}, "retry_on must be exceptions"),
        ({"version": 2}, "version must be text that is not empty, not 2"),
        ({"version": " "}, "version must be text that is not empty"),
        ({"version": "half \ud800"}, "version must be valid Unicode"),
        ({"reads": None}, "reads must be a name or several"),
        ({"reads": {"data.csv": 1}}, "reads must be a name or several"),
        ({"reads": ""}, "reads must be paths of files"),
        ({"reads": [""]}, "reads must be paths of files"),
        ({"reads": [b"data.csv"]}, "reads must be paths of files"),
        ({"reads": [open]}, "reads must be paths of files"),
        ({"reads": "a\0b"}, "reads must be paths of files"),
        ({"reads": "data/\ud800.csv"}, "reads must be valid Unicode"),
        ({"reads": "https://example.com/flights.csv"}, "reads must be files of this machine"),
        ({"reads": ["a.csv", "s3://bucket/*.parquet"]}, "reads must be files of this machine, not 's3:"),
        ({"cache": "nevr"}, 'cache must be "auto" or "never", not \'nevr\''),
        ({"cache": False}, 'cache must be "auto" or "never", not False'),
        ({"cache": None}, 'cache must be "auto" or "never"'),
        ({"expires_after": 0}, "expires_after must be seconds above 0, or a timedelta, not 0"),
        ({"expires_after": -1}, "expires_after must be seconds above 0"),
        ({"expires_after": timedelta(0)}, "expires_after must be seconds above 0"),
        ({"expires_after": math.inf}, "expires_after must be seconds above 0"),
        ({"expires_after": "1h"}, "expires_after must be seconds above 0"),
        ({"expires_after": True}, "expires_after must be seconds above 0"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_option(options, rule):
    with pytest.raises(TaskDefinitionError, match=rule) as refused:
        describe_task(flights, **options)
    assert "'flights'" in str(refused.value)
    assert refused.value.hint


def test_an_unknown_option_names_the_closest():
    with pytest.raises(TaskDefinitionError, match="no option 'retries'.*\n.*max_retries"):
        check_options("flights", {"retries": 3})


def test_an_option_like_no_other_lists_them_all():
    with pytest.raises(TaskDefinitionError, match="the options are name, tags"):
        check_options("flights", {"qqqq": 3})


def test_options_are_stored_in_one_form():
    def delay(attempt: int) -> float:
        return attempt * 2.0

    checked = check_options(
        "flights",
        {"tags": ["b", "a", "b"], "dependencies": ("x", "y", "x"), "retry_delay": delay, "timeout": 3, "name": None},
    )
    assert checked == {
        "tags": ("a", "b"),
        "dependencies": ("x", "y"),
        "retry_delay": delay,
        "timeout": 3.0,
        "name": None,
    }
    assert isinstance(checked["timeout"], float)


def test_a_single_word_is_one_tag_and_a_single_name_one_dependency():
    assert check_options("f", {"tags": "etl", "dependencies": "한글"}) == {"tags": ("etl",), "dependencies": ("한글",)}


def test_no_dependencies_differ_from_an_empty_list_of_them():
    assert describe_task(flights).dependencies is None
    assert describe_task(flights, dependencies=None).dependencies is None
    assert describe_task(flights, dependencies=[]).dependencies == ()


def test_decorated_functions_stand_for_their_tasks():
    registry = TaskRegistry()

    @task(registry=registry, name="all flights")
    def load() -> int: ...

    other = describe_task(flights, dependencies=[load], inputs={"year": load})
    assert other.dependencies == ("all flights",)
    assert other.inputs == {"year": "all flights"}


def test_a_function_that_is_no_task_is_no_dependency():
    def helper(): ...

    with pytest.raises(TaskDefinitionError, match="names the function .*helper', which is not a task"):
        describe_task(flights, dependencies=[helper])


class OutOfTokens(Exception):  # noqa: N818 - as users name theirs
    pass


def test_exceptions_are_kept_by_name():
    names = check_options("f", {"retry_on": (ConnectionError, "Timeout", OutOfTokens, ConnectionError)})["retry_on"]
    assert names == ("builtins.ConnectionError", "Timeout", f"{__name__}.OutOfTokens")
    assert check_options("f", {"retry_on": OSError}) == {"retry_on": ("builtins.OSError",)}
    assert check_options("f", {"retry_on": None}) == {"retry_on": None}


@pytest.mark.parametrize(
    ("written", "count"),
    [(7, 7), ("7B", 7), ("500MB", 500_000_000), ("2GiB", 2 * 2**30), ("1.5 kib", 1536), (" 1 tb ", 10**12)],
)
def test_memory_is_bytes_in_the_units_of_iec(written, count):
    assert check_options("f", {"memory_limit": written}) == {"memory_limit": count}


def test_resources_are_stored_in_one_form():
    checked = check_options("f", {"cpus": 2, "concurrency_group": ("디비 : 2", "api"), "memory_limit": None})
    groups = (ConcurrencyGroup(name="api"), ConcurrencyGroup(name="디비", limit=2))
    assert checked == {"cpus": 2.0, "concurrency_group": groups, "memory_limit": None}
    assert isinstance(checked["cpus"], float)
    assert [str(group) for group in groups] == ["api", "디비:2"]


def test_what_a_result_stands_on_is_stored_in_one_form():
    checked = check_options(
        "f",
        {
            "version": "모델 2",
            "reads": [PurePosixPath("자료/*.csv"), "~/a.csv", "자료/*.csv", "C://data/a.csv"],
            "cache": "never",
            "expires_after": timedelta(minutes=1, milliseconds=500),
        },
    )
    assert checked == {
        "version": "모델 2",
        "reads": ("자료/*.csv", "~/a.csv", "C://data/a.csv"),
        "cache": "never",
        "expires_after": 60.5,
    }
    assert check_options("f", {"version": None, "expires_after": None}) == {"version": None, "expires_after": None}
    assert check_options("f", {"expires_after": pd.Timedelta("1h")}) == {"expires_after": 3600.0}


@pytest.mark.parametrize(
    "written", ["data/*.csv", Path("data/*.csv"), iter(["data/*.csv"]), {"data/*.csv"}, (Path("data/*.csv"),)]
)
def test_one_pattern_may_be_written_in_many_ways(written):
    assert describe_task(flights, reads=written).reads == ("data/*.csv",)


def test_a_result_stands_for_ever_where_nothing_is_said():
    plain = describe_task(flights)
    assert (plain.version, plain.reads, plain.cache, plain.expires_after) == (None, (), "auto", None)


def test_a_word_nearly_right_names_the_right_one():
    with pytest.raises(TaskDefinitionError, match="did you mean 'never'"):
        describe_task(flights, cache="Never")  # type: ignore[arg-type]


def test_what_is_no_file_is_sent_to_the_option_for_it():
    with pytest.raises(TaskDefinitionError, match="expires_after=3600"):
        describe_task(flights, reads="https://example.com/flights.csv")


def test_every_kind_of_function_takes_them():
    async def one(): ...

    def many():
        yield 1

    async def streamed():
        yield 1

    for function in (one, many, streamed):
        assert describe_task(function, reads="a.csv", version="1").reads == ("a.csv",)
