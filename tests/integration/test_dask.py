"""Runs on Dask clusters of real processes: workers that are killed, workers that share no storage, schedulers lost.

What holds on any executor is asked of Dask's, too, by ``tests/contracts/test_executor.py`` and its neighbour.
"""

from __future__ import annotations

import os
import signal
import sys
import time

import pandas as pd
import pytest

from dpnb import Orchestrator, TaskContext, Workspace, get_run
from dpnb.errors import ExecutorKindError, ResultNotFoundError
from dpnb.orchestrator import DaskExecutor, open_executor
from tests.dask_processes import dask_processes, wait_for_workers
from tests.executors import Pipeline, dask_client
from tests.outcomes import states
from tests.waiting import until

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.integration

LONG_S = 60
HERE = "/proc/self/cwd"  # a folder of the same name in each process, and another one in each that runs elsewhere
needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc to give each process a folder of its own")


@pytest.fixture(scope="module")
def client():
    """Give a client of a cluster of two workers, each a process with a nanny."""
    with dask_client() as made:
        yield made


@pytest.fixture
def pipeline(client, tmp_path):
    return Pipeline(DaskExecutor(client), tmp_path / "store")


@pytest.fixture
def kept(client, tmp_path):
    """Give a pipeline whose results stay in Dask."""
    return Pipeline(DaskExecutor(client, share_storage=False), tmp_path / "store")


def dask_worker_pid(client, address: str) -> int:
    pid: int = client.run(os.getpid, workers=[address])[address]
    return pid


def stored_files(pipeline, run) -> list[str]:
    return sorted(path.name for path in (pipeline.workspace.base_path / run.run_id).glob("*/*.pkl"))


def busy_workers(client) -> dict[str, list[str]]:
    """Return the workers that have attempts, and these."""
    every = client.processing().items()
    return {address: [key for key in keys if str(key).startswith("dpnb:")] for address, keys in every if keys}


def test_a_killed_worker_costs_its_running_attempt_and_nothing_else(pipeline, client, tmp_path):
    let_go = tmp_path / "let go"

    def hold(name: str) -> None:
        with (tmp_path / name).open("a") as file:
            file.write("x")
        while not let_go.exists():
            time.sleep(0.01)

    for name in ("하나", "둘"):

        @pipeline.task(name=name, fail_safe=True)
        def held(context: TaskContext) -> str:
            hold(context.task_name)
            return context.task_name

    run = pipeline.start()
    until(lambda: set(states(run).values()) == {"running"})
    victim, lost = next(iter(busy_workers(client).items()))
    os.kill(dask_worker_pid(client, victim), signal.SIGKILL)
    until(lambda: "failed" in states(run).values())
    let_go.touch()
    run.wait(LONG_S)
    (dead,) = [task for task in states(run) if f"dpnb:{task}-" in lost[0]]
    (alive,) = {"하나", "둘"} - {dead}
    assert states(run) == {dead: "failed", alive: "succeeded"}
    assert "Dask cluster lost it" in run.tasks.set_index("task").loc[dead, "reason"]
    assert (tmp_path / dead).read_text() == "x"  # Dask did not run it again by itself
    wait_for_workers_of(client)


def wait_for_workers_of(client) -> None:
    until(lambda: len(client.nthreads()) == 2)


def test_a_retry_is_dpnb_s_and_counted(pipeline, client, tmp_path):
    tries = tmp_path / "tries"

    @pipeline.task(max_retries=1, retry_delay=0)
    def twice(context: TaskContext) -> int:
        with tries.open("a") as file:
            file.write("x")
        while context.attempt == 1:
            time.sleep(0.01)
        return context.attempt

    run = pipeline.start()
    until(lambda: states(run) == {"twice": "running"})
    os.kill(dask_worker_pid(client, next(iter(busy_workers(client)))), signal.SIGKILL)
    assert run.wait(LONG_S)["twice"] == 2
    assert tries.read_text() == "xx"
    assert run.attempts["state"].astype(str).tolist() == ["failed", "succeeded"]
    wait_for_workers_of(client)


def test_what_only_waited_at_a_killed_worker_starts_elsewhere(client, tmp_path):
    victim = next(iter(client.nthreads()))
    pinned = {"workers": [victim], "allow_other_workers": True}
    pipeline = Pipeline(DaskExecutor(client, annotations={"pinned": pinned}), tmp_path / "store")

    for name in ("하나", "둘"):

        @pipeline.task(name=name, tags=["pinned"], fail_safe=True)
        def held(context: TaskContext) -> int:
            with (tmp_path / context.task_name).open("a") as file:
                file.write("x")
            while not (tmp_path / "let go").exists():
                time.sleep(0.01)
            return 1

    run = pipeline.start()
    try:
        until(lambda: sorted(states(run).values()) == ["pending", "running"], seconds=20)
        until(lambda: len(busy_workers(client).get(victim, ())) == 2, seconds=20)
        os.kill(dask_worker_pid(client, victim), signal.SIGKILL)
        until(lambda: sorted(states(run).values()) == ["failed", "running"], seconds=20)
    finally:
        (tmp_path / "let go").touch()
    run.wait(LONG_S)
    assert sorted(states(run).values()) == ["failed", "succeeded"]
    assert run.tasks["attempts"].tolist() == [1, 1]
    assert [(tmp_path / name).read_text() for name in ("하나", "둘")] == ["x", "x"]
    wait_for_workers_of(client)


def short_tasks(pipeline, folder, count, *, long_every):
    def once(context: TaskContext) -> None:
        with (folder / context.task_name).open("a") as file:
            file.write("x")
        if int(context.task_name) % long_every == long_every - 1:
            time.sleep(0.5)

    for number in range(count):
        pipeline.task(once, name=f"{number:03d}")


def test_short_tasks_go_together_and_a_long_one_keeps_none_of_them(pipeline, client, tmp_path, monkeypatch):
    calls, submit = [], client.submit

    def counted(function, *args, **options):
        calls.append(function.__name__)
        return submit(function, *args, **options)

    monkeypatch.setattr(client, "submit", counted)
    traces = tmp_path / "traces"
    traces.mkdir()
    short_tasks(pipeline, traces, 90, long_every=30)
    run = pipeline.run()
    assert set(states(run).values()) == {"succeeded"}
    assert run.tasks["attempts"].tolist() == [1] * 90
    assert [path.read_text() for path in sorted(traces.iterdir())] == ["x"] * 90
    assert "attend_several" in calls
    assert len(calls) < 90


def test_many_short_tasks_are_cancelled_at_once(pipeline, tmp_path):
    short_tasks(pipeline, tmp_path, 300, long_every=301)
    run = pipeline.start()
    until(lambda: "succeeded" in states(run).values())
    assert run.cancel().wait(LONG_S).status == "cancelled"
    assert set(states(run).values()) <= {"succeeded", "cancelled"}


def test_shared_storage_is_found_out_and_results_lie_in_it(pipeline):
    @pipeline.task
    def one() -> int:
        return 1

    run = pipeline.run()
    assert stored_files(pipeline, run) == ["result_001.pkl"]
    assert pipeline.workspace.io_manager.list_tasks(run_id=run.run_id) == ["one"]
    assert pipeline.promises.live_streams


def test_results_that_stay_in_dask_come_when_they_are_read(kept):
    @kept.task
    def 표() -> pd.DataFrame:
        return pd.DataFrame({"값": [1, 2]})

    @kept.task(format="parquet")
    def 파일(표: pd.DataFrame) -> pd.DataFrame:
        return 표 * 2

    @kept.task(stream_output=True)
    def parts(파일: pd.DataFrame):
        yield from 파일["값"] // 2

    @kept.task
    def total(parts: list[int]) -> int:
        return int(sum(parts))

    run = kept.run()
    assert run.status == "succeeded"
    assert stored_files(kept, run) == []
    assert run.results["task"].tolist() == ["표", "파일", "parts", "parts", "total"]
    assert run["total"] == 3
    assert stored_files(kept, run) == ["result_001.pkl"]
    assert list(run["parts"]) == [1, 2]
    pd.testing.assert_frame_equal(run["표"], pd.DataFrame({"값": [1, 2]}))
    pd.testing.assert_frame_equal(run["파일"], pd.DataFrame({"값": [2, 4]}))
    assert len(stored_files(kept, run)) == 4
    assert (kept.workspace.base_path / run.results["path"][1]).suffix == ".parquet"
    again = Orchestrator(executor=DaskExecutor(kept.orchestrator.executor.client), workspace=kept.workspace)
    assert set(states(again.rerun(run, registry=kept.registry).wait(LONG_S)).values()) == {"reused"}


def test_a_result_that_is_lost_with_its_worker_is_computed_again_when_it_is_read(kept, client, tmp_path):
    tries = tmp_path / "tries"

    @kept.task
    def made() -> int:
        with tries.open("a") as file:
            file.write("x")
        return 7

    run = kept.run()
    (holder,) = {address for found in client.who_has().items() if "dpnb:made" in str(found[0]) for address in found[1]}
    os.kill(dask_worker_pid(client, holder), signal.SIGKILL)
    wait_for_workers_of(client)
    assert run["made"] == 7
    assert tries.read_text() == "xx"


def test_a_cluster_is_had_by_its_url(client):
    executor = open_executor(f"dask:{client.scheduler.address}", {"workers": 1})
    assert isinstance(executor, DaskExecutor)
    assert executor.capacity == 1
    executor.client.close()


def test_annotations_lead_tasks_to_workers_and_are_checked(client):
    with pytest.raises(ValueError, match="colour"):
        DaskExecutor(client, annotations={"gpu": {"colour": "red"}})
    with pytest.raises(ExecutorKindError, match="DaskExecutor"):
        DaskExecutor(object())
    with pytest.raises(ExecutorKindError, match="DaskExecutor"):
        Orchestrator(executor=client)


@needs_proc
def test_processes_started_by_command_line_that_share_no_folder(tmp_path, monkeypatch):
    """A scheduler, a worker that shares the notebook's folder, later one that does not, and the scheduler's loss."""
    notebook = tmp_path / "notebook"
    notebook.mkdir()
    monkeypatch.chdir(notebook)
    workspace = Workspace(f"{HERE}/store")
    with dask_processes(tmp_path) as started:
        started.scheduler()
        started.worker("far", "--resources", "GPU=1")
        with distributed.Client(started.address, timeout=60) as client:
            wait_for_workers(client, "far")
            _run_apart(client, workspace, started, notebook)


def _run_apart(client, workspace, started, notebook) -> None:
    executor = DaskExecutor(client, annotations={"gpu": {"resources": {"GPU": 1}}})
    pipeline = Pipeline(executor, workspace.home)
    release = started._folder / "release"

    @pipeline.task
    def where() -> str:
        print("멀리서")
        return os.getcwd()  # noqa: PTH109

    @pipeline.task(tags=["gpu"])
    def gpu(where: str) -> tuple[str, str]:
        return where, os.getcwd()  # noqa: PTH109

    run = pipeline.run()
    far = str(started._folder / "far")
    assert run.status == "succeeded"
    assert not pipeline.promises.live_streams
    assert stored_files(pipeline, run) == []
    assert run["gpu"] == (far, far)
    assert run.logs("where") == "멀리서\n"

    started.kill("far")
    wait_for_workers(client)
    started.worker("near", cwd=notebook)
    wait_for_workers(client, "near")
    assert pipeline.run(targets=["where"])["where"] == str(notebook)
    assert Pipeline(executor, workspace.home).promises.live_streams
    pipeline.registry.clear()

    @pipeline.task(tags=["gpu"])
    def waits() -> str:
        return "came"

    with pytest.warns(UserWarning, match="'GPU', which no worker of the Dask cluster offers"):
        later = pipeline.start()
    started.worker("far", "--resources", "GPU=1")
    assert later.wait(LONG_S)["waits"] == "came"  # by a worker of which the run did not know that it is apart
    assert later.attempts["state"].astype(str).tolist() == ["succeeded"]
    pipeline.registry.clear()

    @pipeline.task
    def first() -> int:
        return 1

    @pipeline.task
    def last(first: int) -> int:
        while not release.exists():
            time.sleep(0.01)
        return first + 1

    broken = pipeline.start()
    until(lambda: states(broken).get("last") == "running")
    assert broken["first"] == 1
    started.kill("scheduler")
    assert broken.wait(LONG_S).status == "interrupted"
    assert "scheduler was lost" in broken.record.reason
    release.touch()
    resumed = get_run(broken.run_id, pipeline.workspace).resume(workers=1, registry=pipeline.registry).wait(LONG_S)
    assert resumed["last"] == 2
    assert resumed.tasks.set_index("task").loc["first", "attempts"] == 1
    with pytest.raises(ResultNotFoundError):
        _ = run["where"]
