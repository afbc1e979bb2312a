"""What Prometheus reads is what the ledger holds, counted once in a while, by each application for itself."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from dpnb import InlineExecutor, Orchestrator, schedule
from dpnb.results import RunLedger, RunRecord, RunStatus, TaskRunRecord, TaskState
from dpnb.results.tallies import tally
from dpnb.server.metrics import FRESH_S, WorkspaceMetrics


def fill(ledger: RunLedger) -> None:
    ledger.record(
        [
            RunRecord(run_id="a", dag_id="d", status=RunStatus.SUCCEEDED, started_us=0, finished_us=2_000_000),
            RunRecord(run_id="b", dag_id="d", status=RunStatus.FAILED, started_us=0, finished_us=50_000),
            RunRecord(run_id="c", dag_id="d", status=RunStatus.RUNNING, started_us=0),
            TaskRunRecord(run_id="a", task="x", position=0, state=TaskState.SUCCEEDED, duration_s=0.1),
            TaskRunRecord(run_id="a", task="y", position=1, state=TaskState.REUSED),
            TaskRunRecord(run_id="b", task="x", position=0, state=TaskState.FAILED, duration_s=99_999.0),
        ]
    )


def samples(text: bytes) -> dict[tuple[str, str], float]:
    families = text_string_to_metric_families(text.decode())
    return {(one.name, ",".join(one.labels.values())): one.value for family in families for one in family.samples}


def test_ledger_is_tallied_by_state_and_duration():
    ledger = RunLedger("sqlite://")
    fill(ledger)
    counted = tally(ledger, [0.1, 1.0, 10.0])
    assert counted.runs == {"succeeded": 1, "failed": 1, "running": 1}
    assert counted.task_runs == {"succeeded": 1, "reused": 1, "failed": 1}
    assert (counted.run_durations.counts, counted.run_durations.total_s) == ((1, 0, 1, 0), 2.05)
    assert (counted.task_durations.counts, counted.task_durations.total_s) == ((1, 0, 0, 1), 99_999.1)
    assert tally(RunLedger("sqlite://"), [1.0]).run_durations.counts == (0, 0)


def test_metrics_tell_of_the_ledger_and_of_this_process(workspace):
    fill(workspace.ledger)
    told = samples(WorkspaceMetrics(workspace, {"dpnb_event_streams": ("Streams.", lambda: 3)}).text())
    assert told["dpnb_runs", "failed"] == 1
    assert told["dpnb_runs", "cancelled"] == 0
    assert told["dpnb_task_runs", "reused"] == 1
    assert told["dpnb_run_duration_seconds_bucket", "0.1"] == 1
    assert told["dpnb_run_duration_seconds_bucket", "+Inf"] == 2
    assert told["dpnb_task_duration_seconds_count", ""] == 2
    assert told["dpnb_event_streams", ""] == 3
    assert told["dpnb_fires", "queued"] == 0


def test_metrics_tell_how_many_fires_wait(workspace, plan):
    noon = schedule(plan(tags="etl"), cron="0 12 * * *", name="정오", overlap="queue", workspace=workspace, serve=False)
    for _ in range(3):
        noon.fire()
    told = samples(WorkspaceMetrics(workspace, {}).text())
    assert (told["dpnb_fires", "pending"], told["dpnb_fires", "queued"], told["dpnb_fires", "failed"]) == (1, 2, 0)


def test_metrics_count_what_runs_say_and_what_the_broker_takes_of_it(workspace, plan):
    own = WorkspaceMetrics(workspace, {})
    with workspace.broker.consumer().consume("run.**") as heard:
        Orchestrator(workspace=workspace, executor=InlineExecutor()).start_pipeline(plan(tags="etl"))
        workspace.finish_speaking(60)
        told = samples(own.text())
        assert heard.qsize() == told["dpnb_events_told_total", ""] == told["dpnb_events_total", ""] >= 6
    assert (told["dpnb_events_waiting", ""], told["dpnb_events_dropped_total", ""]) == (0, 0)


def test_ledger_is_not_counted_again_at_once(workspace, monkeypatch):
    own, now = WorkspaceMetrics(workspace, {}), [100.0]
    monkeypatch.setattr("dpnb.server.metrics.time.monotonic", lambda: now[0])
    assert samples(own.text())["dpnb_runs", "failed"] == 0
    fill(workspace.ledger)
    assert samples(own.text())["dpnb_runs", "failed"] == 0
    now[0] += FRESH_S
    assert samples(own.text())["dpnb_runs", "failed"] == 1
