from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import nbformat
import pytest
from nbformat.v4 import new_notebook

from dpnb import Workspace, schedule
from dpnb.errors import LedgerError, UnknownScheduleError
from dpnb.events import InMemoryBroker
from dpnb.launch import get_scheduler, stop_scheduler
from dpnb.scheduler import BackgroundScheduler, Scheduler, ScheduleStore, create_interval_trigger
from dpnb.scheduler.adapters.listed_trigger import ListedTrigger
from dpnb.scheduler.presence import present_schedulers
from tests.waiting import until


def test_it_serves_in_a_thread_of_its_own_until_it_is_stopped():
    broker = InMemoryBroker()
    heard = broker.consumer().consume("**")
    scheduler = Scheduler(broker.publisher())

    asyncio.run(scheduler.register_trigger("report", ListedTrigger(), "reports.daily"))
    background = BackgroundScheduler(lambda: scheduler).start()
    assert background.is_running
    assert background.start() is background
    background.trigger_now("report")
    assert heard.get_sync(timeout=20).topic == "reports.daily"
    with pytest.raises(UnknownScheduleError):
        background.trigger_now("rapport")
    background.stop()
    background.stop()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("dpnb-schedul")]


def test_what_keeps_it_from_starting_is_raised_where_it_was_started():
    def make() -> Scheduler:
        raise LedgerError("The ledger is full.", hint="empty it.")

    with pytest.raises(LedgerError, match="full"):
        BackgroundScheduler(make).start()


def test_a_process_serves_a_workspace_once_and_hears_of_what_is_new(home, tmp_path):
    workspace = Workspace(home)
    assert get_scheduler(workspace) is get_scheduler(workspace)
    notebook = tmp_path / "없는 커널.ipynb"
    nbformat.write(new_notebook(), notebook)
    schedule(notebook, trigger=create_interval_trigger(every=0.2), workspace=workspace, name="노트", retries=0)
    notebook.write_text("{}")
    store = ScheduleStore(workspace.ledger.database)
    until(lambda: any(fire.state == "failed" for fire in store.fires()))
    stop_scheduler(workspace)
    assert "it is no notebook" in next(fire.reason for fire in store.fires() if fire.state == "failed")
    assert store.schedule("노트").failures >= 1
    assert {fire.owner for fire in store.open_fires()} <= {""}  # left to whoever serves next


def test_a_process_that_ends_ends_its_scheduler_which_signs_off(home):
    code = f"from dpnb import Workspace; from dpnb.launch import get_scheduler; get_scheduler(Workspace({str(home)!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert (done.stdout, done.stderr) == ("", "")
    assert present_schedulers(Workspace(home).ledger.database) == []
