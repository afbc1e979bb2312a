"""One ledger, interleaved orchestrators on several machines, any of which may stop, sleep, die and come back.

Against a model that knows who owns the run: whoever is not its owner commits nothing, an owner that lives is not
dispossessed, tokens only rise, and every task of the run is committed at most once and never taken back. With a server
the machines' own clocks are hours apart, and only the server's counts: the tests put one in its place that they set.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, create_engine, delete

from dpnb.errors import LeaseLostError, RunExistsError, RunGoingError
from dpnb.results import ResultFacts, ResultRecord, RunLedger, RunRecord, RunStatus, TaskRunRecord, TaskState, leases
from dpnb.results.leases import Lease, Tenure
from dpnb.results.schedule_tables import METADATA

TASKS = [f"작업{number}" for number in range(6)]
MACHINES = ["here", "there", "elsewhere"]
RUN = RunRecord(run_id="run", dag_id="dag", status=RunStatus.RUNNING, started_us=0)


@dataclass(frozen=True)
class ServerWithClock:
    """A database in which `clock_timestamp()` is what a test says."""

    engine: Engine
    url: str

    def emptied(self) -> str:
        with self.engine.begin() as connection:
            for table in METADATA.sorted_tables:
                connection.execute(delete(table))
        return self.url

    def set_clock(self, now_us: int) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE set.clock SET now_us = {now_us}")


@pytest.fixture
def server(new_postgres: Callable[[], str]) -> Iterator[ServerWithClock]:
    url = new_postgres()
    engine = create_engine(f"{url}&options=-csearch_path%3Dpublic,set,pg_catalog")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA set")
        connection.exec_driver_sql("CREATE TABLE set.clock AS SELECT 0::bigint AS now_us")
        connection.exec_driver_sql(
            "CREATE FUNCTION set.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS "
            "'SELECT to_timestamp(now_us / 1000000.0) FROM set.clock'"
        )
    with_clock = f"{url}&options=-csearch_path%3Dpublic,set,pg_catalog"
    RunLedger(with_clock).close()
    yield ServerWithClock(engine, with_clock)
    engine.dispose()


@dataclass
class Orchestrator:
    """One process: its ledger, what it believes to own, and what it believes is left to do."""

    machine: str
    ledger: RunLedger
    started: float = 1.0
    tenure: Tenure | None = None
    todo: list[str] = field(default_factory=list)


class Interleaved(RuleBasedStateMachine):
    def __init__(self, server: ServerWithClock | None = None) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.server = server
        place = Path(self.folder.name) / "ledger.db" if server is None else server.emptied()
        self.all = {machine: Orchestrator(machine, RunLedger(place)) for machine in MACHINES}
        self.acting = self.all["here"]
        self.set_clocks(1_000_000)
        self.patches = pytest.MonkeyPatch()
        apart_s = dict.fromkeys(MACHINES, 0) if server is None else {"here": 0, "there": 7_200, "elsewhere": -7_200}
        self.patches.setattr(leases, "now_us", lambda: self.now_us + apart_s[self.acting.machine] * 1_000_000)
        self.patches.setattr(leases, "this_machine", lambda: self.acting.machine)
        self.patches.setattr(leases, "process_started", lambda _pid: self.acting.started)
        self.patches.setattr(leases, "is_running", lambda _pid, started: started == self.acting.started)
        self.owner: Lease | None = None  # the model: who may commit
        self.renewed_us = 0
        self.is_free = True
        self.tokens: list[int] = []
        self.committed: dict[str, str] = {}  # task → digest

    def set_clocks(self, now_us: int) -> None:
        self.now_us = now_us
        if self.server is not None:
            self.server.set_clock(now_us)

    def teardown(self) -> None:
        for each in self.all.values():
            each.ledger.close()
        self.patches.undo()
        self.folder.cleanup()

    def own(self, who: Orchestrator, lease: Lease) -> None:
        who.tenure, who.todo = Tenure(who.ledger, lease), []
        self.tokens.append(lease.token)
        self.owner, self.renewed_us, self.is_free = lease, self.now_us, False

    def may_take(self, who: Orchestrator) -> bool:
        if self.owner is None or self.is_free:
            return True
        if self.owner.machine == who.machine:
            return self.owner.pid_started != who.started
        return self.now_us >= self.renewed_us + leases.LEASE_S * 1e6

    @initialize(machine=st.sampled_from(MACHINES))
    def begin(self, machine: str) -> None:
        who = self.acting = self.all[machine]
        self.own(who, who.ledger.begin(RUN))

    @rule(machine=st.sampled_from(MACHINES))
    def begin_again(self, machine: str) -> None:
        self.acting = self.all[machine]
        with pytest.raises(RunExistsError):
            self.acting.ledger.begin(RUN)

    @rule(machine=st.sampled_from(MACHINES))
    def take(self, machine: str) -> None:
        who = self.acting = self.all[machine]
        if self.may_take(who):
            self.own(who, who.ledger.take("run"))
        else:
            with pytest.raises(RunGoingError):
                who.ledger.take("run")

    @rule(machine=st.sampled_from(MACHINES))
    def decide(self, machine: str) -> None:
        """Read what is left to do, to act upon it later: others may act meanwhile."""
        who = self.acting = self.all[machine]
        done = {row.task for row in who.ledger.task_runs("run") if row.state.has_result}
        who.todo = [task for task in TASKS if task not in done] if who.tenure else []

    @rule(machine=st.sampled_from(MACHINES), tasks=st.integers(0, 3))
    def commit(self, machine: str, tasks: int) -> None:
        who = self.acting = self.all[machine]
        if who.tenure is None:
            return
        batch, rest = who.todo[:tasks], who.todo[tasks:]
        changes = [change for task in batch for change in _success(task, who.tenure.lease.token)]
        if who.tenure.lease == self.owner:
            who.tenure.record(changes)
            who.todo = rest
            self.renewed_us, self.is_free = self.now_us, False
            for task in batch:
                assert task not in self.committed
                self.committed[task] = str(who.tenure.lease.token)
        else:
            with pytest.raises(LeaseLostError):
                who.tenure.record(changes)
            who.tenure = None

    @rule(machine=st.sampled_from(MACHINES))
    def release(self, machine: str) -> None:
        who = self.acting = self.all[machine]
        if who.tenure is not None:
            who.tenure.release()
            if who.tenure.lease == self.owner:
                self.is_free = True
            who.tenure = None

    @rule(machine=st.sampled_from(MACHINES))
    def die_and_come_back(self, machine: str) -> None:
        who = self.all[machine]
        who.started += 1
        who.tenure, who.todo = None, []

    @rule(seconds=st.sampled_from([1, 30, 59, 61, 600]))
    def time_passes(self, seconds: int) -> None:
        self.set_clocks(self.now_us + seconds * 1_000_000)

    @precondition(lambda self: self.tokens)
    @invariant()
    def what_is_read_is_what_owners_committed(self) -> None:
        ledger = self.all["elsewhere"].ledger
        assert {result.task: result.digest for result in ledger.results("run")} == self.committed
        assert {row.task for row in ledger.task_runs("run")} == set(self.committed)
        assert self.tokens == list(range(1, len(self.tokens) + 1))


def _success(task: str, token: int) -> list[ResultRecord | TaskRunRecord]:
    result = ResultRecord(
        run_id="run",
        task=task,
        result_id="result_001",
        path="",
        size_bytes=0,
        digest=str(token),
        facts=ResultFacts(type="int"),
    )
    return [result, TaskRunRecord(run_id="run", task=task, position=0, state=TaskState.SUCCEEDED, attempts=1)]


@pytest.mark.integration
def test_with_a_server_as_well(server: ServerWithClock) -> None:
    few = settings(max_examples=12, stateful_step_count=30, deadline=None, phases=[Phase.generate])

    class OnServer(Interleaved):
        def __init__(self) -> None:
            super().__init__(server)

    run_state_machine_as_test(OnServer, settings=few)


TestInterleaved = Interleaved.TestCase
TestInterleaved.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
