"""Runs become OpenTelemetry's spans where that is set up, and cost nothing where it is not."""

from __future__ import annotations

import subprocess
import sys

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from dpnb import InlineExecutor, Orchestrator, TaskRegistry, Workspace, task
from dpnb.planner import DAGBuilder, Planner
from dpnb.results import RunStatus


class Broken(SpanExporter):
    def export(self, spans) -> SpanExportResult:  # noqa: ARG002 - the exporter's
        raise OSError("the collector is gone")


@pytest.fixture
def spans(monkeypatch):
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    return exporter


@pytest.fixture
def registry() -> TaskRegistry:
    made = TaskRegistry()

    @task(registry=made, max_retries=1, retry_delay=0, fail_safe=True)
    def 실패() -> int:
        raise ValueError("틀림")

    @task(registry=made, tags=["etl"])
    def rows(실패: int = 2) -> list[int]:
        return [1] * 실패

    return made


def start(registry: TaskRegistry, home):
    workspace = Workspace(home, registry=registry)
    plan = Planner(DAGBuilder(registry)).create_execution_plan()
    return Orchestrator(workspace=workspace, executor=InlineExecutor()).start_pipeline(plan)


def test_run_and_tasks_are_spans_below_the_callers_own_with_the_recorded_times(spans, registry, home):
    tracer = trace.get_tracer("test")
    with tracer.start_as_current_span("caller") as caller:
        run = start(registry, home)
    own = {span.name: span for span in spans.get_finished_spans()}
    assert own.keys() == {"caller", "dpnb.run", "dpnb.task 실패", "dpnb.task rows"}
    whole, failed, rows = own["dpnb.run"], own["dpnb.task 실패"], own["dpnb.task rows"]
    assert whole.parent.span_id == caller.get_span_context().span_id
    assert {failed.parent.span_id, rows.parent.span_id} == {whole.context.span_id}
    assert whole.attributes["dpnb.run_id"] == run.run_id
    assert whole.start_time <= failed.start_time <= failed.end_time <= rows.end_time <= whole.end_time
    assert not failed.status.is_ok
    assert [event.name for event in failed.events] == ["dpnb.attempt", "exception"] * 2
    assert failed.events[1].attributes["exception.type"] == "ValueError"
    assert (rows.attributes["dpnb.state"], rows.attributes["dpnb.rows"]) == ("succeeded", 2)
    assert rows.end_time == run.task_records()[1].finished_us * 1000


def test_exporter_that_fails_is_told_to_the_log_and_the_run_goes_well(spans, registry, home, caplog):
    trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(Broken()))  # type: ignore[attr-defined]
    assert start(registry, home).status is RunStatus.SUCCEEDED
    assert "the collector is gone" in caplog.text


def test_nothing_of_opentelemetry_is_imported_where_it_is_not_used():
    code = """
import sys, tempfile
from dpnb import InlineExecutor, Orchestrator, Workspace, get_planner, task

@task
def answer() -> int:
    return 42

workspace = Workspace(tempfile.mkdtemp())
run = Orchestrator(workspace=workspace, executor=InlineExecutor()).start_pipeline(get_planner().create_execution_plan())
print(run["answer"], [name for name in sys.modules if name.startswith("opentelemetry")])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "42 []\n"
