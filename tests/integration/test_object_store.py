"""Whole runs over a server that speaks S3: with this machine's workers, killed ones, and a server that fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from dpnb import Orchestrator, Workspace, browse, get_planner, task
from dpnb.errors import CorruptResultError, StoreUnavailableError
from dpnb.results import FsspecIOManager
from dpnb.results.crash_points import ARMED_BY
from tests.objects import FaultyProxy
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.objects import S3Server

pytestmark = pytest.mark.integration
NAMES = {"run_id": "run_1", "task_name": "추출", "task_result_id": "result_001"}


@pytest.fixture
def url(s3_server: S3Server, monkeypatch, tmp_path) -> str:
    """Give a prefix, and credentials by the environment, as users have them."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3_server.options["key"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3_server.options["secret"])
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server.endpoint)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("DPNB_CACHE_HOME", str(tmp_path / "cache"))
    return s3_server.new_url()


@pytest.fixture
def workspace(url, home, registry) -> Workspace:
    return Workspace(home, storage=url)


def define_tasks() -> None:
    @task
    def source(rows: int = 200_000) -> pd.DataFrame:
        print("만듦")
        return pd.DataFrame({"a": np.arange(rows), "이름": ["가"] * rows})

    @task(stream_output=True)
    def parts(source: pd.DataFrame) -> Iterator[pd.DataFrame]:
        for start in range(0, 3_000, 1_000):
            yield source.iloc[start : start + 1_000]

    @task(format="parquet")
    def stored(source: pd.DataFrame) -> pd.DataFrame:
        return source.head(10)

    @task
    def total(source: pd.DataFrame, parts: list[pd.DataFrame], stored: pd.DataFrame) -> int:
        return int(source["a"].sum()) + len(parts) + len(stored)


def test_a_run_is_stored_reused_browsed_and_pruned_away_from_this_machine(workspace, tmp_path):
    define_tasks()
    run = Orchestrator(workers=2, workspace=workspace).start_pipeline(get_planner().create_execution_plan())
    run.wait(60)
    assert run["total"] == sum(range(200_000)) + 3 + 10
    assert len(run["parts"]) == 3
    assert run.results.loc[run.results["task"] == "stored", "format"].item() == "parquet"
    assert set(run.results["path"].str.startswith(f"{workspace.io_manager.location}/{run.run_id}/")) == {True}
    assert not list(workspace.base_path.rglob("*.pkl"))

    again = run.rerun()
    again.wait(60)
    assert set(again.tasks["state"]) == {"reused"}
    assert workspace.check(thorough=True).empty
    usage = workspace.disk_usage().set_index("run_id")
    assert (usage["bytes"] > 3_000_000).all()

    page = browse(again, "source").answer({"ask": "page", "offset": 150_000, "limit": 1})
    assert page["cells"] == [["150000"], ["가"]]
    told = workspace.prune(keep=1, keep_succeeded=0, dry_run=False)
    assert list(told["outcome"]) == ["kept", "deleted"]
    assert workspace.io_manager.list_runs() == [again.run_id]
    assert not (workspace.base_path / run.run_id).exists()  # its logs
    assert again["stored"]["이름"].tolist() == ["가"] * 10  # it is complete by itself


def test_another_machine_reads_what_this_one_stored_once_it_trusts_it(workspace, url, tmp_path, monkeypatch):
    define_tasks()
    run = Orchestrator(workers=2, workspace=workspace).start_pipeline(get_planner().create_execution_plan())
    run.wait(60)
    monkeypatch.setenv("DPNB_STATE_HOME", str(tmp_path / "another user's"))
    monkeypatch.setenv("DPNB_CACHE_HOME", str(tmp_path / "another cache"))
    elsewhere = FsspecIOManager(url)
    named = {"run_id": run.run_id, "task_name": "total", "task_result_id": "result_001"}
    assert elsewhere.describe(**named).facts.type == "int"
    with pytest.raises(PermissionError, match="another user or another machine"):
        elsewhere.load(**named)
    elsewhere.trust()
    assert FsspecIOManager(url).load(**named) == run["total"]


SCRIPT = """
import sys
import numpy as np
from dpnb.results import FsspecIOManager
store = FsspecIOManager(sys.argv[1])
value = np.arange(int(sys.argv[2]), dtype="i8")
store.write(run_id="run_1", task_name="추출", task_result_id="result_001", value=value)
"""


def start_writer(url: str, count: int, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, url, str(count)], env=os.environ | environment, stderr=subprocess.DEVNULL
    )


def test_a_writer_killed_in_the_middle_of_an_upload_leaves_nothing_that_is_seen(url, s3_server):
    store, files = FsspecIOManager(url), s3_server.file_system()
    _, _, prefix = url.removeprefix("s3://").partition("/")

    def uploads() -> list[Any]:
        found = files.call_s3("list_multipart_uploads", Bucket="runs", Prefix=f"{prefix}/run_1/")
        return found.get("Uploads") or []

    with start_writer(url, 8_000_000) as writer:  # 64 MB, in eight parts
        until(uploads)
        os.kill(writer.pid, signal.SIGKILL)
    assert not store.exists(**NAMES)
    assert store.list_results(run_id="run_1") == []
    assert len(store.tidy(run_id="run_1")) == 1
    assert uploads() == []
    assert store.tidy(run_id="run_1") == []
    assert not list(store._mirror.folder.rglob("*.pkl"))
    store.write(**NAMES, value=[1])
    assert store.load(**NAMES) == [1]


@pytest.mark.parametrize(("point", "is_there"), [("upload.begin", False), ("upload.done", True)])
def test_a_writer_killed_beside_its_upload_leaves_all_or_nothing(url, point, is_there, tmp_path):
    with start_writer(url, 300_000, **{ARMED_BY: f"{point},1,{tmp_path / 'count'}"}) as writer:
        assert writer.wait(60) == -signal.SIGKILL
    store = FsspecIOManager(url)
    assert store.exists(**NAMES) is is_there
    if is_there:
        assert store.load(**NAMES)[-1] == 299_999


def test_a_run_whose_worker_is_killed_in_its_upload_is_made_whole_by_a_retry(workspace, monkeypatch, tmp_path):
    @task(max_retries=1, retry_delay=0)
    def source() -> bytes:
        return bytes(100_000)

    monkeypatch.setenv(ARMED_BY, f"upload.begin,1,{tmp_path / 'count'}")
    from dpnb.orchestrator import PoolExecutor, PoolOptions

    executor = PoolExecutor(1, options=PoolOptions(start_method="spawn"))  # of this environment
    run = Orchestrator(executor=executor, workspace=workspace).start_pipeline(get_planner().create_execution_plan())
    run.wait(120)
    assert run["source"] == bytes(100_000)
    assert run.tasks["attempts"].item() == 2
    assert workspace.check(thorough=True).empty


@pytest.fixture
def faulty(url, s3_server, monkeypatch) -> Iterator[FaultyProxy]:
    proxy = FaultyProxy(s3_server.endpoint)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    monkeypatch.setattr("s3fs.S3FileSystem.retries", 2)
    yield proxy
    proxy.close()


def test_a_server_that_is_busy_for_a_moment_is_asked_again(url, faulty):
    store = FsspecIOManager(url, endpoint_url=faulty.endpoint)
    faulty.fail(503, times=1)
    store.write(**NAMES, value=np.arange(300_000))
    store._mirror.clear("run_1")
    faulty.fail(503, times=1)
    assert store.load(**NAMES)[-1] == 299_999


@pytest.mark.parametrize("fault", ["503", "silence", "cut"])
def test_a_server_that_fails_is_told_with_a_hint_and_without_secrets(url, faulty, fault):
    config = {"read_timeout": 0.3, "connect_timeout": 0.3, "retries": {"max_attempts": 1}}
    secrets: dict[str, Any] = {"key": "test-key-id", "secret": "hunter2-secret"}
    store = FsspecIOManager(url, config_kwargs=config, endpoint_url=faulty.endpoint, **secrets)
    store.write(**NAMES, value=np.arange(300_000))
    store._mirror.clear("run_1")
    {"503": lambda: faulty.fail(503), "silence": faulty.be_silent, "cut": faulty.cut_bodies}[fault]()
    with pytest.raises(OSError, match="could not|its") as caught:
        store.load(**NAMES)
    assert isinstance(caught.value, StoreUnavailableError)
    assert "Hint" in str(caught.value)
    assert "hunter2" not in f"{caught.value!r} {caught.value} {store!r} {caught.value.__cause__!r}"
    assert caught.value.__cause__ is None
    with pytest.raises(StoreUnavailableError):
        store.load(**(NAMES | {"run_id": "run_2"}))
    faulty.heal()
    assert store.load(**NAMES)[-1] == 299_999


def test_bytes_that_changed_on_the_way_or_in_the_store_are_not_loaded(url, s3_server):
    store = FsspecIOManager(url)
    record = store.write(**NAMES, value=np.arange(300_000))
    files, place = s3_server.file_system(), f"{url.removeprefix('s3://')}/{record.path}"
    data = bytearray(files.cat_file(place))
    data[1_000_000] ^= 1
    files.pipe_file(place, bytes(data))
    assert store.load(**NAMES)[-1] == 299_999  # this machine has what was saved, and the footer says it is that
    store._mirror.clear("run_1")
    with pytest.raises(CorruptResultError, match="digest"):
        store.load(**NAMES)
    with pytest.raises(CorruptResultError, match="digest"):
        store.verify(**NAMES, sealed=False)


def test_credentials_are_neither_in_the_ledger_nor_in_logs_nor_in_pictures(s3_server, home, registry, tmp_path: Path):
    store = FsspecIOManager(s3_server.new_url(), cache=tmp_path / "cache", **s3_server.options)
    workspace = Workspace(home, io_manager=store)

    @task
    def source() -> int:
        return 7

    run = Orchestrator(workers=1, workspace=workspace).start_pipeline(get_planner().create_execution_plan())
    run.wait(60)
    assert run["source"] == 7
    workspace.ledger.close()
    secret = s3_server.options["secret"].encode()
    written = [path for path in (*home.rglob("*"), *(tmp_path / "cache").rglob("*")) if path.is_file()]
    assert written
    assert not [path for path in written if secret in path.read_bytes()]
    assert secret.decode() not in repr(store) + repr(run) + repr(workspace) + run.results.to_csv()


def test_a_bucket_that_is_not_there_is_named_with_what_to_do(url):
    with pytest.raises(StoreUnavailableError, match="no such bucket.*\n.*make the bucket"):
        FsspecIOManager("s3://no-such-bucket/runs").save(**NAMES, value=1)
    assert FsspecIOManager("s3://no-such-bucket/runs").list_runs() == []
