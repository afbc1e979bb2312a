from __future__ import annotations

import json
import subprocess
import sys

import pytest

from dpnb.errors import TaskDefinitionError
from dpnb.registry import TaskKind, describe_task


def test_a_bare_function_is_a_task_by_its_own_name():
    def flights(year: int = 2013) -> list[int]:
        """Load the flights
        of a year.

        More about it.
        """

    task = describe_task(flights)
    assert (task.name, task.func, task.kind) == ("flights", flights, TaskKind.FUNCTION)
    assert task.description == "Load the flights of a year."
    assert (task.tags, task.dependencies, task.inputs) == ((), None, {})
    assert (task.max_retries, task.retry_delay, task.timeout, task.fail_safe) == (0, 1.0, None, False)
    assert (task.location.module, task.location.file, task.location.cell) == (__name__, __file__, None)


def test_a_description_given_takes_the_docstrings_place():
    def flights():
        """Load."""

    assert describe_task(flights, description="Read them.").description == "Read them."
    assert describe_task(flights, description="").description == ""


def test_names_are_any_text():
    def 항공편(): ...

    assert describe_task(항공편).name == "항공편"
    assert describe_task(항공편, name="../a b\0").name == "../a b\0"


def test_inputs_must_name_parameters():
    def delays(flights): ...

    with pytest.raises(TaskDefinitionError, match="parameter 'fligths'.*\n.*did you mean 'flights'"):
        describe_task(delays, inputs={"fligths": "load"})
    with pytest.raises(TaskDefinitionError, match="it takes 'flights'"):
        describe_task(delays, inputs={"zzz": "load"})
    with pytest.raises(TaskDefinitionError, match="takes no parameters"):
        describe_task(lambda_free, inputs={"rows": "load"})


def lambda_free(*rows): ...


def test_streams_need_a_function_that_yields():
    def chunks():
        yield 1

    assert describe_task(chunks, stream_output=True).stream_output
    with pytest.raises(TaskDefinitionError, match="needs a function that yields"):
        describe_task(lambda_free, stream_output=True)


def test_metadata_is_frozen():
    with pytest.raises(AttributeError):
        describe_task(lambda_free).name = "other"  # type: ignore[misc]


IN_CELLS = """
import json, linecache, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance(history_length=0)
shell.history_manager.enabled = False
def run(cell):
    shell.run_cell(cell, store_history=True).raise_error()
run("from dpnb import task, get_registry")
run("@task\\ndef flights():\\n    return 1")
run("@task\\ndef flights():\\n    # the same\\n    return 1")
run("@task\\ndef flights():\\n    return 2")
run("%run script.py")
cells = {task.name: task.location.cell for task in shell.user_ns["get_registry"]()}
print(json.dumps([cells, str(shell.user_ns["get_registry"]().get("flights").location)]))
"""


def test_cells_are_numbered_and_a_rerun_cell_replaces_its_task(tmp_path):
    (tmp_path / "script.py").write_text("from dpnb import task\n@task\ndef from_file(): ...\n")
    done = subprocess.run(
        [sys.executable, "-c", IN_CELLS],
        cwd=tmp_path,
        env={"IPYTHONDIR": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    notice, facts = done.stdout.splitlines()
    assert notice == "Task 'flights' is replaced, its code changed: cell [3], line 1 → cell [4], line 1."
    assert json.loads(facts) == [{"flights": 4, "from_file": None}, "cell [4], line 1"]
