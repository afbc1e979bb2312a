"""`dpnb check` and `dpnb rebuild` as processes: what they find, mend and say, and how they end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.terminal import TASKS

pytestmark = pytest.mark.integration


@pytest.fixture
def ran(terminal):
    """Give a workspace in which two tasks have run."""
    terminal.dpnb("run", terminal.notebook(TASKS), "--tags", "etl")
    return terminal


def result(terminal, task: str) -> Path:
    file: Path
    (file,) = (terminal.home / "runs").glob(f"*/{task}/*.pkl")
    return file


def damage(terminal) -> None:
    file = terminal.home / "ledger.db"
    file.write_bytes(b"\0" * file.stat().st_size)


def test_check_says_that_all_is_well(ran):
    for arguments in ((), ("--thorough",)):
        assert ran.dpnb("check", *arguments) == "2 results of 1 run looked at.\nAll is as it was recorded.\n"


def test_check_tells_what_it_found_once_and_exits_with_1(ran):
    result(ran, "total").unlink()
    file = result(ran, "항공편")
    file.write_bytes(file.read_bytes()[:-1])
    said = ran.dpnb("check", code=1)
    assert "항공편   its result 'result_001' was damaged" in said
    assert "set aside as 'result_001.pkl.damaged'" in said
    assert "total    its result 'result_001' is gone" in said
    assert ran.ledger.results(ran.ledger.runs()[0].run_id) == []
    assert "All is as it was recorded." in ran.dpnb("check")


def test_nothing_is_no_trouble(terminal):
    none = f"No run yet in {terminal.home}.\n"
    assert (terminal.dpnb("check"), terminal.dpnb("rebuild")) == (none, none)
    assert not terminal.home.exists()


def test_damaged_ledger_is_told_of_and_made_anew(ran):
    damage(ran)
    for command in ("check", "runs", "show"):
        said = ran.dpnb(command, code=1)
        assert "Hint: `dpnb rebuild` makes a new one" in said
        assert "rebuild_ledger" not in said
    said = ran.dpnb("rebuild")
    assert "The new ledger knows 2 results of 1 run.\n" in said
    assert f"old file {ran.home / 'ledger.damaged-1.db'}\n" in said
    assert "All is as it was recorded." in ran.dpnb("check")
    assert "항공편" in ran.dpnb("show")


@pytest.mark.parametrize("is_empty", [True, False])
def test_ledger_that_is_gone_while_runs_left_results_is_missed_and_made_anew(ran, is_empty):
    (ran.home / "ledger.db").unlink()
    if is_empty:
        (ran.home / "ledger.db").touch()
    for command in ("check", "runs", "show"):
        said = ran.dpnb(command, code=1)
        assert "it knows no run, but 1 run left results.\nHint: `dpnb rebuild` makes a new one" in said
        assert "Warning" not in said
    assert "The new ledger knows 2 results of 1 run.\n" in ran.dpnb("rebuild")
    assert "rebuilt from the files" in ran.dpnb("runs")


def test_sound_ledger_is_left_as_it_is(ran):
    before = (ran.home / "ledger.db").stat().st_ino
    assert ran.dpnb("rebuild") == "The ledger is sound, and knows every run that left results.\n"
    assert (ran.home / "ledger.db").stat().st_ino == before


def test_runs_that_a_sound_ledger_does_not_know_join_those_that_it_does(ran):
    (unknown,) = (run.run_id for run in ran.ledger.runs())
    (ran.home / "ledger.db").unlink()
    ran.dpnb("run", ran.folder / "연구 노트.ipynb", "--tags", "etl")
    known = ran.ledger.run(ran.ledger.runs()[0].run_id)
    assert "The new ledger knows 4 results of 2 runs.\n" in ran.dpnb("rebuild")
    assert {run.run_id for run in ran.ledger.runs()} == {unknown, known.run_id}
    assert ran.ledger.run(known.run_id) == known


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a user may not know what others have open")
def test_ledger_that_a_kernel_has_open_is_not_replaced(ran):
    code = "from dpnb import runs; runs(); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as kernel:
        assert kernel.stdout is not None
        kernel.stdout.readline()
        damage(ran)
        said = ran.dpnb("rebuild", code=1)
        assert f"cannot be replaced: it is open in process {kernel.pid}." in said
        assert "Hint: shut down the kernels" in said
        kernel.communicate(b"\n", timeout=30)
    assert not list(ran.home.glob("ledger.damaged*"))
    ran.dpnb("rebuild")
