"""Runs and their tasks as OpenTelemetry's spans, where the user has set that up; nothing where not.

::

    span of the caller, if any ── dpnb.run ─┬─ dpnb.task flights: its attempts and exceptions as events
                                            └─ dpnb.task delays

Spans are made of what the ledger holds once the run has ended, with the times that are recorded there: the run itself
makes no call to a tracer. Whether OpenTelemetry is set up is seen by what is imported already, so that those who do not
use it pay nothing.
"""

from __future__ import annotations

import atexit
import logging
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from dpnb.results.leases import now_us
from dpnb.results.records import RunStatus, TaskState

if TYPE_CHECKING:
    from dpnb.orchestrator.driver import RunDriver
    from dpnb.results import AttemptRecord, TaskRunRecord
    from dpnb.workspace import Workspace

_log = logging.getLogger("dpnb.tracing")
_FAILED = (TaskState.FAILED, TaskState.TIMED_OUT)
_EXIT_PATIENCE_S = 2.0
_untold: set[RunTrace] = set()


def trace_when_finished(driver: RunDriver, run_id: str, workspace: Workspace) -> None:
    """Have a run's spans made at its end, below the span that is current now; do nothing without a provider."""
    trace = sys.modules.get("opentelemetry.trace")
    if trace is not None and _is_set_up(trace):
        told = RunTrace(trace, run_id, workspace)
        _untold.add(told)
        driver.call_when_finished(told.tell)


def _is_set_up(trace: Any) -> bool:
    return not isinstance(trace.get_tracer_provider(), (trace.ProxyTracerProvider, trace.NoOpTracerProvider))


class RunTrace:
    """The spans of one run, from here to where it ends."""

    def __init__(self, trace: Any, run_id: str, workspace: Workspace) -> None:
        from opentelemetry import context

        self._trace, self._run_id, self._ledger = trace, run_id, workspace.ledger
        self._parent = context.get_current()
        self._since_us = now_us()  # what a run did before it was resumed has spans already
        self.is_told = threading.Event()

    def tell(self) -> None:
        """Make the spans; a tracer or an exporter that fails is told to the log, and is no affair of the run."""
        try:
            self._tell()
        except Exception:  # noqa: BLE001 - exporters are many, and a run has ended well or not without them
            _log.exception("the spans of run %r could not be made", self._run_id)
        finally:
            _untold.discard(self)
            self.is_told.set()

    def _tell(self) -> None:
        record = self._ledger.run(self._run_id)
        if record is None:
            return
        tracer = self._trace.get_tracer("dpnb")
        attributes = {
            "dpnb.run_id": record.run_id,
            "dpnb.status": record.status.value,
            "dpnb.tasks": record.tasks,
            "dpnb.tags": record.tags or (),
        }
        span = tracer.start_span(
            "dpnb.run", context=self._parent, start_time=_ns(self._since_us), attributes=attributes
        )
        if record.status is not RunStatus.SUCCEEDED:
            self._set_failed(span, record.reason or record.status.value)
        below = self._trace.set_span_in_context(span, self._parent)
        attempts = self._ledger.attempts(self._run_id)
        for task in self._ledger.task_runs(self._run_id):
            own = [one for one in attempts if one.task == task.task and one.started_us >= self._since_us]
            if own:
                self._tell_task(tracer, below, task, own)
        span.end(_ns(max(record.finished_us or now_us(), self._since_us)))

    def _tell_task(self, tracer: Any, below: Any, task: TaskRunRecord, attempts: list[AttemptRecord]) -> None:
        facts = {
            "dpnb.run_id": self._run_id,
            "dpnb.task": task.task,
            "dpnb.state": task.state.value,
            "dpnb.attempts": task.attempts,
            "dpnb.rows": task.rows,
            "dpnb.size_bytes": task.size_bytes,
        }
        span = tracer.start_span(
            f"dpnb.task {task.task}",
            context=below,
            start_time=_ns(attempts[0].started_us),
            attributes={name: value for name, value in facts.items() if value is not None},
        )
        for attempt in attempts:
            _add_events(span, attempt)
        if task.state in _FAILED:
            self._set_failed(span, task.reason or attempts[-1].error_message)
        span.end(_ns(task.finished_us or attempts[-1].finished_us or now_us()))

    def _set_failed(self, span: Any, reason: str) -> None:
        span.set_status(self._trace.Status(self._trace.StatusCode.ERROR, reason))


def _add_events(span: Any, attempt: AttemptRecord) -> None:
    """Say when an attempt began, and what it raised, in OpenTelemetry's words for exceptions."""
    span.add_event("dpnb.attempt", {"dpnb.attempt": attempt.attempt}, timestamp=_ns(attempt.started_us))
    if attempt.error_type:
        raised = {
            "exception.type": attempt.error_type,
            "exception.message": attempt.error_message,
            "exception.stacktrace": attempt.traceback,
        }
        span.add_event("exception", raised, timestamp=_ns(attempt.finished_us or now_us()))


def _ns(instant_us: int) -> int:
    return instant_us * 1000


@atexit.register
def _wait_for_spans() -> None:
    """Let runs that have just ended be told, before the provider's own end, which was registered earlier."""
    deadline = time.monotonic() + _EXIT_PATIENCE_S
    for told in list(_untold):
        told.is_told.wait(max(0.0, deadline - time.monotonic()))
