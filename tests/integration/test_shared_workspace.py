"""Two people at two notebooks on one workspace: a server's ledger, a shared folder, one kernel and one secret each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.front_end import notebook_kernel
from tests.kernel_cells import Notebook
from tests.postgres import PostgresProcess

pytestmark = pytest.mark.integration

SETTINGS = """
database = "${LEDGER}"
storage = "file:../공유"
user = "%s"
host = "%s"
"""
TASKS = """
import os, time
from pathlib import Path
from dpnb import Orchestrator, get_planner, get_run, runs, task
from dpnb.workspace import get_workspace

@task
def 추출(gate: str) -> str:
    print("기다림")
    while not Path(gate).exists():
        time.sleep(0.01)
    return gate

@task
def 적재(추출: str) -> int:
    return len(추출)
"""
START = """
plan = get_planner().create_execution_plan(params={"gate": %r})
run = Orchestrator(workers=1).start_pipeline(plan, run_id=%r)
"""


@dataclass
class Person:
    notebook: Notebook

    def does(self, cell: str) -> None:
        shown = self.notebook.run(cell)
        assert not shown.error, shown.error

    def sees(self, expression: str) -> Any:
        return self.notebook.value(expression)

    def is_told(self, cell: str) -> str:
        return self.notebook.run(cell).error


@pytest.fixture
def people(tmp_path: Path, postgres: str, postgres_server: PostgresProcess, monkeypatch) -> Iterator[list[Person]]:
    monkeypatch.setenv("LEDGER", postgres)
    with ExitStack() as stack:
        found = []
        for user, host in (("김하나", "gpu-1"), ("이둘", "gpu-2")):
            folder = tmp_path / user
            folder.mkdir()
            (folder / "dpnb.toml").write_text(SETTINGS % (user, host), "utf-8")
            monkeypatch.setenv("JPY_SESSION_NAME", str(folder / f"{host}.ipynb"))
            notebook = Notebook(stack.enter_context(notebook_kernel(folder)))
            found.append(Person(notebook))
        for person in found:
            person.does(TASKS)
        yield found


def test_each_sees_the_others_runs_and_none_disturbs_them(people, tmp_path):
    first, second = people
    gate = str(tmp_path / "gate")
    for person in people:
        person.does("get_workspace().io_manager.trust()")
    first.does(START % (gate, "하나의"))
    who = "sorted(zip(runs()['run_id'], runs()['user'], runs()['host'], runs()['notebook'], runs()['status']))"
    assert second.sees(who) == [("하나의", "김하나", "gpu-1", "gpu-1.ipynb", "running")]

    second.does(START % (gate, "둘의"))
    assert "RunGoingError" in second.is_told("get_run('하나의').resume()")
    assert "RunExistsError" in second.is_told(START % (gate, "하나의"))
    assert "RunGoingError" in first.is_told("get_run('둘의').delete()")
    (tmp_path / "gate").touch()
    first.does("run = run.wait(60)")
    second.does("run = run.wait(60)\nget_run('하나의').wait(60)")

    ended = [("둘의", "이둘", "gpu-2", "gpu-2.ipynb"), ("하나의", "김하나", "gpu-1", "gpu-1.ipynb")]
    expected = [(*one, "succeeded") for one in ended]
    assert first.sees(who) == second.sees(who) == expected
    assert first.sees("run.tasks['attempts'].tolist()") == second.sees("run.tasks['attempts'].tolist()") == [1, 1]
    assert second.sees("get_run('하나의')['적재']") == len(gate)
    assert second.sees("str(get_run('하나의').logs('추출'))") == "기다림\n"
    assert first.sees("run['적재']") == len(gate)  # what the second trusts does not take it from the first
    assert sorted(each.name for each in (tmp_path / "공유").iterdir()) == sorted(["둘의", "하나의", "store.json"])
    assert not (tmp_path / "이둘" / ".dpnb" / "ledger.db").exists()


def test_what_another_has_stored_is_listed_but_not_unpickled_before_it_is_trusted(people, tmp_path):
    first, second = people
    (tmp_path / "gate").touch()
    first.does(f"{START % (str(tmp_path / 'gate'), '하나의')}\nrun = run.wait(60)")
    assert second.sees("list(get_run('하나의').results['type'])") == ["str", "int"]
    assert "UntrustedStoreError" in second.is_told("get_run('하나의')['적재']")
    second.does("get_workspace().io_manager.trust()")
    assert second.sees("get_run('하나의')['적재']") == len(str(tmp_path / "gate"))
    again = "again = get_run('하나의').rerun(workers=1).wait(60)"  # the first's results count for the second
    second.does(again)
    assert second.sees("list(again.tasks['state'])") == ["reused", "reused"]
    assert second.sees("(again.record.user, again.record.rerun_of)") == ("이둘", "하나의")
