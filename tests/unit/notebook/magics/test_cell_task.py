from __future__ import annotations

import pytest

from dpnb import task
from dpnb.errors import TaskDefinitionError
from dpnb.notebook.magics.cell_task import CellTask


def head(line: str, body: str) -> str:
    return CellTask.read(line, body).source.partition("\n")[0]


def test_dependencies_that_the_body_names_are_its_parameters():
    read = CellTask.read("name=delays depends=flights,airports,항공편", "flights.merge(항공편)")
    assert read.head.parameters == ("flights", "항공편")
    assert read.line.options["dependencies"] == ["flights", "airports", "항공편"]
    assert read.notes == ("`airports` only comes first: the cell does not name it.",)


def test_run_parameters_follow_with_their_types_and_defaults():
    line = 'name=delays depends=flights params="year: int = 2013" returns="list[int]"'
    assert head(line, "flights[year]") == "def delays(flights, year: int = 2013) -> list[int]:"


def test_a_dependency_that_is_declared_keeps_its_type_and_default():
    assert head('name=a depends=flights params="flights: list = None"', "flights") == "def a(flights: list = None):"


def test_a_name_that_is_no_variable_becomes_one():
    read = CellTask.read('name="late flights" depends="load flights"', "load_flights + 1")
    assert read.head.name == "late_flights"
    assert read.head.parameters == ("load_flights",)
    assert read.line.options["inputs"] == {"load_flights": "load flights"}


def test_inputs_name_the_variable_themselves():
    read = CellTask.read("name=a depends=flights,planes inputs=frame:flights", "frame, planes")
    assert read.head.parameters == ("frame", "planes")
    assert read.line.options["inputs"] == {"frame": "flights"}


def test_two_dependencies_of_one_variable_are_refused():
    with pytest.raises(TaskDefinitionError, match="would both be the variable 'a_b'"):
        CellTask.read('name=x depends="a b","a-b"', "a_b")


def test_a_task_that_is_named_but_not_depended_on_is_noticed(registry):
    @task
    def planes(): ...

    read = CellTask.read("name=a depends=flights", "planes.merge(flights)")
    assert "write depends=flights,planes" in read.notes[0]
    assert CellTask.read("name=planes", "planes = 1\nplanes").notes == ()


def test_a_cell_without_a_body_is_refused():
    with pytest.raises(TaskDefinitionError, match="'a' cannot be a task: the cell has no body"):
        CellTask.read("name=a", "# nothing\n")
