"""What is written of a task and its attempts while a run goes on is what is read afterwards."""

from __future__ import annotations

from dpnb.orchestrator.executable import ExceptionFacts, TaskResult
from dpnb.orchestrator.track import TaskTrack, attempt_row
from dpnb.results import AttemptRecord, ResultFacts, ResultRecord, RunLedger, TaskRunRecord
from dpnb.results.records import TaskState

ERROR = ExceptionFacts(type="KeyError", message="'열'", text=("KeyError: '열'\n",), frames=())
RESULT = TaskResult(
    run_id="run_1",
    task_name="작업",
    attempt=1,
    state=TaskState.FAILED,
    started_us=1_000_000,
    duration_s=0.5,
    cpu_s=0.25,
    peak_memory_bytes=7,
    read_bytes=8,
    written_bytes=9,
    worker_pid=10,
    errors=(ERROR,),
    exit_status="exit code 3",
)
STORED = ResultRecord(
    run_id="run_1",
    task="작업",
    result_id="chunk_00001",
    path="p",
    size_bytes=11,
    digest="d",
    facts=ResultFacts(type="int", rows=12),
    chunk=1,
)


def test_a_tracks_row_is_read_back_as_the_record_of_its_task():
    track = TaskTrack("run_1", "작업", 13)
    track.open(1)
    track.begin(999_000)
    track.add(STORED)
    track.end(RESULT)
    track.state = TaskState.FAILED
    track.inputs = "given"
    with RunLedger("sqlite://") as ledger:
        ledger.record([track.row()])
        assert ledger.task_runs("run_1") == [
            TaskRunRecord(
                run_id="run_1",
                task="작업",
                position=13,
                state=TaskState.FAILED,
                attempts=1,
                started_us=1_000_000,
                finished_us=1_500_000,
                duration_s=0.5,
                cpu_s=0.25,
                peak_memory_bytes=7,
                rows=12,
                size_bytes=11,
                chunks=2,
                reason="'열'",
                inputs="given",
            )
        ]


def test_an_attempts_row_is_read_back_as_its_record():
    with RunLedger("sqlite://") as ledger:
        ledger.record([attempt_row(RESULT)])
        assert ledger.attempts("run_1") == [
            AttemptRecord(
                run_id="run_1",
                task="작업",
                attempt=1,
                state=TaskState.FAILED,
                started_us=1_000_000,
                finished_us=1_500_000,
                duration_s=0.5,
                cpu_s=0.25,
                peak_memory_bytes=7,
                read_bytes=8,
                written_bytes=9,
                worker_pid=10,
                exit_status="exit code 3",
                error_type="KeyError",
                error_message="'열'",
                traceback="KeyError: '열'",
                traceback_full="KeyError: '열'",
            )
        ]
