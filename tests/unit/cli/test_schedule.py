"""``dpnb schedule``, but for what needs a process."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner, Result
from nbformat.v4 import new_notebook

from dpnb.cli.app import app
from dpnb.workspace import get_workspace


@pytest.fixture
def notebook(tmp_path: Path) -> str:
    path = tmp_path / "연구 노트.ipynb"
    nbformat.write(new_notebook(), path)
    return str(path)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["schedule", *arguments])


def test_a_schedule_is_added_listed_previewed_paused_and_removed(notebook):
    assert "No schedule yet" in call("list").output
    said = call("add", notebook, "--cron", "0 9 * * *", "--zone", "Asia/Seoul", "--name", "보고").output
    assert "Scheduled '보고': at 09:00" in said
    assert said.count("09:00:00 KST") == 3
    assert "No scheduler is at work" in said
    assert "already" in call("add", notebook, "--every", "1h", "--name", "보고").output
    assert call("add", notebook, "--every", "1h", "--name", "보고", "--replace").exit_code == 0
    assert call("preview", "보고", "-n", "2").output.count(":00:00") == 4
    call("pause", "보고")
    assert "paused" in call("list").output
    assert "goes on" in call("resume", "보고").output
    assert "is pending" in call("fire", "보고", "-p", "year=2020").output
    assert "pending" in call("fires").output
    assert "removed" in call("remove", "보고").output
    assert "cancelled" in call("fires", "보고").output
    get_workspace().ledger.close()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--cron", "61 * * * *"), 2, "in its field 'minute'"),
        ((), 2, "--cron, --every, --at"),
        (("--cron", "@daily", "--zone", "Asia/Soul"), 2, "Asia/Seoul"),
        (("--every", "5 parsecs"), 2, "no span of time"),
        (("--at", "2020-01-01", "--zone", "UTC"), 2, "never due any more"),
        (("--cron", "@daily", "--misfire", "never"), 2, "'never' is not one of"),
    ],
)
def test_what_makes_no_sense_is_refused_and_says_what_would(notebook, arguments, code, said):
    result = call("add", notebook, *arguments)
    assert (result.exit_code, said in result.output) == (code, True), result.output


def test_a_notebook_is_scheduled_by_events_and_by_local_times(notebook):
    said = call("add", notebook, "--on-event", "data.*", "--name", "들은 것").output
    assert "It fires when an event of 'data.*' is heard." in said
    said = call("add", notebook, "--at", "2999-12-01T09:00", "--zone", "Asia/Seoul", "--name", "한 번").output
    assert "09:00:00 KST" in said
    get_workspace().ledger.close()


def test_looking_for_a_schedule_makes_no_workspace(notebook):
    assert "There is no schedule '보고'" in call("pause", "보고").output
    assert not get_workspace().has_ledger


def test_a_schedule_that_is_not_there_is_told(notebook):
    call("add", notebook, "--cron", "@daily", "--name", "보고서")
    assert "did you mean '보고서'" in call("pause", "보고").output
    assert "`dpnb schedule list`" in call("preview", "없다").output
    get_workspace().ledger.close()
