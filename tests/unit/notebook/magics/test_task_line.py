from __future__ import annotations

import inspect

import pytest

import dpnb
from dpnb.errors import TaskDefinitionError
from dpnb.notebook.magics.task_line import CELL_OPTIONS, option_names, read_task_line


def test_every_option_of_task_is_one_of_the_cell_s():
    of_task = set(inspect.signature(dpnb.task).parameters) - {"func", "registry", "dependencies"}
    assert set(option_names()) == of_task | set(CELL_OPTIONS)


def test_words_take_the_form_that_the_decorator_takes():
    told = read_task_line(
        "name=delays depends=flights,airports tags=etl, daily max_retries=2 retry_delay=0.5 timeout=60 fail_safe "
        "stream_output=false retry_on=ConnectionError inputs=frame:planes memory_limit=2GiB version=2 cache=never "
        'concurrency_group=db:2 description="Late \'flights\'" params="year: int = 2013" returns=pd.DataFrame'
    )
    assert told.name == "delays"
    assert told.params == "year: int = 2013"
    assert told.returns == "pd.DataFrame"
    assert told.depends == ("flights", "airports")
    assert told.options == {
        "dependencies": ["flights", "airports"],
        "tags": ["etl", "daily"],
        "max_retries": 2,
        "retry_delay": 0.5,
        "timeout": 60,
        "fail_safe": True,
        "stream_output": False,
        "retry_on": ["ConnectionError"],
        "inputs": {"frame": "planes"},
        "memory_limit": "2GiB",
        "version": "2",
        "cache": "never",
        "concurrency_group": ["db:2"],
        "description": "Late 'flights'",
    }
    dpnb.registry.describe_task(lambda_free, name=told.name, **{**told.options, "inputs": {}, "stream_output": False})


def lambda_free(flights, airports): ...


def test_the_first_word_may_be_the_name_alone():
    assert read_task_line("항공편 tags=etl").name == "항공편"


@pytest.mark.parametrize("quoted", ['name="load flights"', "name='load flights'"])
def test_names_with_spaces_are_quoted(quoted):
    assert read_task_line(quoted).name == "load flights"


def test_no_dependencies_are_not_the_same_as_none_given():
    assert "dependencies" not in read_task_line("name=a").options
    assert read_task_line("name=a depends=").options["dependencies"] == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "has no name"),
        ("name=", "has no name"),
        ("tags=etl", "has no name"),
        ("name=a retries=2", r"no option 'retries'(.|\n)*did you mean max_retries(.|\n)*options are name, depends"),
        ("name=a x=2", "options are name, depends, params"),
        ("name=a timeout", "does not understand 'timeout'"),
        ("name=a late flights", "does not understand 'late'(.|\n)*put quotes"),
        ("name=a tags=x tags=y", "'tags' twice"),
        ("name=a depends=x dependencies=y", "'dependencies' twice"),
        ('name=a description="x', "no other end"),
        ("name=a inputs=flights", "must pair variables with tasks"),
    ],
)
def test_a_wrong_line_says_what_would_be_right(line, message):
    with pytest.raises(TaskDefinitionError, match=message):
        read_task_line(line)
