"""What the server answers, as pydantic models: rows of the ledger, with instants in UTC and durations in seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, Field, JsonValue

from dpnb.results import RunStatus, TaskState
from dpnb.results.launches import LaunchState
from dpnb.scheduler import FireState
from dpnb.server.json_values import portable

if TYPE_CHECKING:
    from dpnb.results import AttemptRecord, ColumnFacts, ResultRecord, RunRecord, TaskRunRecord
    from dpnb.results.launches import Launch
    from dpnb.scheduler import FireRecord, ScheduleRecord

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(microseconds: int | None) -> datetime | None:
    """Return an instant of the ledger."""
    return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)


class RunModel(BaseModel):
    """A run."""

    run_id: str
    status: RunStatus
    started: datetime
    finished: datetime | None
    duration_s: float | None = Field(description="None while it goes.")
    tasks: int
    params: dict[str, JsonValue]
    metadata: dict[str, JsonValue]
    tags: list[str] | None
    dag_id: str
    reason: str
    rerun_of: str
    note: str
    pinned: bool
    user: str
    host: str
    notebook: str

    @classmethod
    def of(cls, record: RunRecord, status: RunStatus | None = None) -> Self:
        """Return a row of the ledger; its status as it is known to be, where that is more."""
        started, finished = record.started_us, record.finished_us
        return cls.model_validate(
            {
                **{name: getattr(record, name) for name in cls.model_fields if hasattr(record, name)},
                "status": status or record.status,
                "started": instant(started),
                "finished": instant(finished),
                "duration_s": None if finished is None else (finished - started) / 1e6,
                "params": portable(record.params),
                "metadata": portable(record.metadata),
                "tags": None if record.tags is None else list(record.tags),
            }
        )


class TaskRunModel(BaseModel):
    """A task in a run."""

    task: str
    state: TaskState
    attempts: int
    started: datetime | None
    finished: datetime | None
    duration_s: float | None
    cpu_s: float | None
    peak_memory_bytes: int | None
    rows: int | None
    size_bytes: int | None
    chunks: int | None
    reason: str
    origin: str = Field(description="The run that computed a reused result.")

    @classmethod
    def of(cls, record: TaskRunRecord) -> Self:
        """Return a row of the ledger."""
        return cls.model_validate(_with_instants(cls, record))


class AttemptModel(BaseModel):
    """One try of a task."""

    task: str
    attempt: int
    state: TaskState
    started: datetime
    finished: datetime | None
    duration_s: float | None
    cpu_s: float | None
    peak_memory_bytes: int | None
    worker_pid: int | None
    exit_status: str
    error_type: str
    error_message: str
    traceback: str = Field(description="The frames of the user's own code.")

    @classmethod
    def of(cls, record: AttemptRecord) -> Self:
        """Return a row of the ledger."""
        return cls.model_validate(_with_instants(cls, record))


class ColumnModel(BaseModel):
    """A column of a stored frame."""

    name: str
    dtype: str
    nulls: int | None

    @classmethod
    def of(cls, facts: ColumnFacts) -> Self:
        """Return a column's facts."""
        return cls(name=portable(facts.name), dtype=facts.dtype, nulls=facts.nulls)


class ResultModel(BaseModel):
    """A stored value, as far as was recorded when it was saved: nothing is unpickled to tell this."""

    task: str
    result_id: str
    type: str
    rows: int | None
    shape: list[int] | None
    columns: list[ColumnModel]
    index: list[ColumnModel]
    preview: list[list[str]] = Field(description="The first rows of a frame, cell by cell as text.")
    labels: list[str] = Field(description="The index of these rows, where it does not only count them.")
    text: str = Field(description="The short repr of what is no frame.")
    size_bytes: int
    digest: str
    attempt: int
    chunk: int | None
    saved: datetime

    @classmethod
    def of(cls, record: ResultRecord) -> Self:
        """Return a row of the ledger."""
        facts = record.facts
        return cls.model_validate(
            {
                **{name: getattr(record, name) for name in cls.model_fields if hasattr(record, name)},
                "index": [ColumnModel.of(level) for level in facts.index],  # a tuple's own method, else
                "type": facts.type,
                "rows": facts.rows,
                "shape": None if facts.shape is None else list(facts.shape),
                "columns": [ColumnModel.of(column) for column in facts.columns],
                "preview": portable(facts.preview),
                "labels": portable(facts.labels),
                "text": portable(facts.text),
                "saved": instant(record.saved_us),
            }
        )


class LaunchModel(BaseModel):
    """A notebook that was asked for, and the run that came of it."""

    launch_id: str
    pipeline: str
    state: LaunchState
    run_id: str | None = Field(description="Known once the notebook has started its run.")
    error: str
    launched: datetime

    @classmethod
    def of(cls, launch: Launch) -> Self:
        """Return a row of the ledger's database."""
        return cls(
            launch_id=launch.launch_id,
            pipeline=launch.pipeline,
            state=launch.state_now,
            run_id=launch.run_id,
            error=launch.error,
            launched=_EPOCH + timedelta(microseconds=launch.launched_us),
        )


class ScheduleModel(BaseModel):
    """A schedule."""

    name: str
    kind: str
    when: str = Field(description="In words.")
    target: str
    next: datetime | None = Field(description="None where it rests, is over, or waits for something but the time.")
    paused: bool
    failures: int = Field(description="How many in a row.")
    misfire: str
    overlap: str

    @classmethod
    def of(cls, record: ScheduleRecord) -> Self:
        """Return what is kept of a schedule."""
        return cls(
            name=record.name,
            kind=record.kind,
            when=record.description,
            target=str(record.target),
            next=None if record.paused else instant(record.next_us),
            paused=record.paused,
            failures=record.failures,
            misfire=record.options.misfire,
            overlap=record.options.overlap,
        )


class FireModel(BaseModel):
    """A fire of a schedule, and what became of it."""

    schedule: str
    fire: str
    attempt: int
    due: datetime | None
    cause: str
    state: FireState
    reason: str
    run_id: str = Field(description="Empty where no run came of it.")
    started: datetime | None
    finished: datetime | None
    data: Any = Field(description="What the signal carried.")

    @classmethod
    def of(cls, record: FireRecord) -> Self:
        """Return what is kept of a fire."""
        return cls(
            schedule=record.schedule,
            fire=record.fire,
            attempt=record.attempt,
            due=instant(record.due_us),
            cause=record.cause.value,
            state=record.state,
            reason=record.reason,
            run_id=record.run_id,
            started=instant(record.started_us),
            finished=instant(record.finished_us),
            data=portable(record.data),
        )


def _with_instants(kind: type[BaseModel], record: Any) -> dict[str, Any]:
    own = {name: getattr(record, name) for name in kind.model_fields if hasattr(record, name)}
    return own | {"started": instant(record.started_us), "finished": instant(record.finished_us)}
