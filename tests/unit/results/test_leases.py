"""One owner a run: tokens rise, the dead and the silent lose their hold, and nothing late is committed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from dpnb.errors import LeaseLostError, RunExistsError, RunGoingError
from dpnb.results import RunLedger, RunRecord, RunStatus, TaskRunRecord, TaskState, leases
from dpnb.results.leases import Tenure
from dpnb.results.processes import process_started, this_machine
from dpnb.results.tables import LEASES

RUN = RunRecord(run_id="런 1", dag_id="dag", status=RunStatus.RUNNING, started_us=1)
TASK = TaskRunRecord(run_id="런 1", task="a", position=0, state=TaskState.RUNNING)


@pytest.fixture
def ledger(place):
    with RunLedger(place) as opened:
        yield opened


def rewrite(ledger: RunLedger, **columns) -> None:
    """Change the lease as another process would have left it."""
    statement = LEASES.update().values(**columns)
    with ledger._database.writing() as connection:
        connection.execute(statement)


def test_a_new_run_is_owned_by_who_began_it(ledger):
    lease = ledger.begin(RUN)
    assert (lease.token, lease.pid, lease.machine) == (1, os.getpid(), this_machine())
    assert ledger.lease("런 1").is_held
    assert ledger.run("런 1") == RUN


def test_a_run_id_is_given_once(ledger, place):
    ledger.begin(RUN)
    with pytest.raises(RunExistsError), RunLedger(place) as other:
        other.begin(replace(RUN, dag_id="another"))
    assert ledger.run("런 1").dag_id == "dag"


def test_a_run_that_is_going_is_not_taken(ledger):
    ledger.begin(RUN)
    with pytest.raises(RunGoingError, match=rf"'런 1' is going on in process {os.getpid()}"):
        ledger.take("런 1")


def test_every_owner_has_a_higher_token(ledger):
    lease = ledger.begin(RUN)
    tokens = [lease.token]
    for _ in range(3):
        ledger.release(lease)
        lease = ledger.take("런 1")
        tokens.append(lease.token)
    assert tokens == [1, 2, 3, 4]


def test_what_a_former_owner_records_is_refused_whole(ledger):
    old = Tenure(ledger, ledger.begin(RUN))
    old.release()
    new = Tenure(ledger, ledger.take("런 1"))
    with pytest.raises(LeaseLostError, match="lease 1 of this one is void"):
        old.record([TASK])
    assert ledger.task_runs("런 1") == []
    new.record([TASK])
    assert ledger.task_runs("런 1") == [TASK]


def test_a_former_owner_cannot_let_go_for_the_new_one(ledger):
    old = ledger.begin(RUN)
    ledger.release(old)
    new = ledger.take("런 1")
    ledger.release(old)
    ledger.record([TASK], new)
    assert ledger.lease("런 1").is_held


def test_a_process_that_died_on_this_machine_holds_nothing_at_once(ledger):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    ledger.begin(RUN)
    rewrite(ledger, pid=child.pid, pid_started=process_started(child.pid))
    with pytest.raises(RunGoingError):
        ledger.take("런 1")
    child.send_signal(signal.SIGKILL)
    deadline = threading.Event()
    for _ in range(1000):  # a zombie from the moment of its death on
        if not ledger.lease("런 1").is_held:
            break
        deadline.wait(0.005)
    assert ledger.take("런 1").token == 2
    child.communicate()


def test_a_later_process_of_the_same_id_holds_nothing(ledger):
    ledger.begin(RUN)
    rewrite(ledger, pid_started=process_started(os.getpid()) - 60)
    assert ledger.take("런 1").token == 2


def test_another_machine_holds_a_run_until_its_lease_expires(ledger):
    ledger.begin(RUN)
    rewrite(ledger, machine="elsewhere", pid=1)
    with pytest.raises(RunGoingError, match="elsewhere"):
        ledger.take("런 1")
    rewrite(ledger, expires_us=leases.now_us() - 1)
    assert ledger.take("런 1").token == 2


def test_a_live_process_here_keeps_its_lease_however_long_it_slept(ledger):
    ledger.begin(RUN)
    rewrite(ledger, expires_us=1)
    with pytest.raises(RunGoingError):
        ledger.take("런 1")


def test_every_commit_renews_the_lease(ledger):
    lease = ledger.begin(RUN)
    rewrite(ledger, expires_us=1)
    ledger.record([], lease)
    assert ledger.lease("런 1").expires_us > leases.now_us() + 1e6 * leases.LEASE_S / 2


def test_of_two_that_take_a_run_at_once_one_wins(place):
    with RunLedger(place) as first:
        first.release(first.begin(RUN))
    won: list[int] = []
    lost: list[RunGoingError] = []
    gate = threading.Barrier(6)

    def take() -> None:
        with RunLedger(place) as ledger:
            gate.wait(10)
            try:
                won.append(ledger.take("런 1").token)
            except RunGoingError as error:
                lost.append(error)

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (won, len(lost)) == ([2], 5)


def test_a_deleted_run_s_name_given_anew_does_not_let_its_former_owner_in(ledger):
    old = ledger.begin(RUN)
    ledger.delete_run("런 1")
    new = ledger.begin(RUN)
    assert new.token == old.token
    with pytest.raises(LeaseLostError):
        ledger.record([TASK], old)


def test_an_owner_that_lets_go_while_the_ledger_fails_is_done_for_this_process(ledger):
    tenure = Tenure(ledger, ledger.begin(RUN))

    class Full:
        def record(self, changes, lease=None) -> None: ...

        def add_sources(self, sources, lease) -> None: ...

        def result_keys(self, _run_id: str) -> set[tuple[str, str]]:
            return set()

        def events_said(self, _lease) -> int:
            return 0

        def release(self, _lease) -> None:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        Tenure(Full(), tenure.lease).release()
    assert ledger.take("런 1").token == 2
