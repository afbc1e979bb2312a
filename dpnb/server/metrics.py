"""The state of a workspace as Prometheus asks for it: counted in the database when it asks, at most once in a while."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from dpnb.results import RunStatus, TaskState
from dpnb.results.tallies import Tallies, tally
from dpnb.scheduler import FireState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from prometheus_client.core import Metric

    from dpnb.results.tallies import Durations
    from dpnb.run_events import Speaker
    from dpnb.workspace import Workspace

BOUNDS_S = (0.01, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0)
FRESH_S = 5.0  # a large ledger is counted no more often than this, whoever asks
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class WorkspaceMetrics(Collector):
    """Counts a workspace's runs; `now` gives what this process alone knows: its streams, its kernels."""

    def __init__(self, workspace: Workspace, now: Mapping[str, tuple[str, Callable[[], float]]]) -> None:
        self._workspace, self._now = workspace, now
        self._registry = CollectorRegistry()  # each application its own: two in one process do not meet
        self._registry.register(self)
        self._lock = threading.Lock()
        self._tallies: Tallies | None = None
        self._until = 0.0

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    def describe(self) -> Iterable[Metric]:
        """Return nothing: registering must not open the ledger."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Return all metrics."""
        counted = self._counted()
        yield _by_label("dpnb_runs", "Runs in the ledger, by status.", "status", list(RunStatus), counted.runs)
        yield _by_label(
            "dpnb_task_runs", "Task runs in the ledger, by state.", "state", list(TaskState), counted.task_runs
        )
        yield _by_label(
            "dpnb_fires",
            "Fires of schedules; those that wait are pending or queued.",
            "state",
            list(FireState),
            counted.fires,
        )
        yield GaugeMetricFamily(
            "dpnb_result_bytes", "Bytes of all results, as if each lay by itself.", value=counted.result_bytes
        )
        yield _histogram("dpnb_run_duration_seconds", "How long runs took that have ended.", counted.run_durations)
        yield _histogram("dpnb_task_duration_seconds", "How long tasks' last attempts took.", counted.task_durations)
        yield CounterMetricFamily("dpnb_events", "Events that runs have said, in the ledger.", value=counted.events)
        yield from _of_speaker(self._workspace.speaker if self._workspace.has_broker else None)
        for name, (meaning, value) in self._now.items():
            yield GaugeMetricFamily(name, meaning, value=value())

    def _counted(self) -> Tallies:
        with self._lock:
            if self._tallies is None or time.monotonic() >= self._until:
                self._tallies = tally(self._workspace.ledger, BOUNDS_S)
                self._until = time.monotonic() + FRESH_S
            return self._tallies


def _of_speaker(speaker: Speaker | None) -> Iterable[Metric]:
    """Yield how this process's events come to the broker; all zero where nobody has asked for one."""
    waiting, told, dropped = (speaker.waiting, speaker.told, speaker.dropped) if speaker is not None else (0, 0, 0)
    yield GaugeMetricFamily("dpnb_events_waiting", "Events that the broker has not taken yet.", value=waiting)
    yield CounterMetricFamily("dpnb_events_told", "Events that the broker has taken.", value=told)
    yield CounterMetricFamily("dpnb_events_dropped", "Events that the broker did not take in time.", value=dropped)


def _by_label(
    name: str, meaning: str, label: str, values: Iterable[str], counts: Mapping[str, int]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for value in values:
        family.add_metric([value], counts.get(value, 0))
    return family


def _histogram(name: str, meaning: str, durations: Durations) -> HistogramMetricFamily:
    buckets, within = [], 0
    for bound, count in zip([*map(str, BOUNDS_S), "+Inf"], durations.counts, strict=True):
        within += count
        buckets.append((bound, float(within)))
    return HistogramMetricFamily(name, meaning, buckets=buckets, sum_value=durations.total_s)
