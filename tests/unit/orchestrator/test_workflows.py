"""Workflows as they were recorded elsewhere, replayed with up to 1,000 workers.

Shapes and mean runtimes of Montage and Epigenomics are those of G. Juve et al., *Characterizing and profiling
scientific workflows*, Future Generation Computer Systems 29(3), 2013.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from dpnb import InlineExecutor, Orchestrator, Workspace
from dpnb.orchestrator.recorded_workflow import RecordedWorkflow, recorded_workflow
from dpnb.orchestrator.simulator import simulate
from dpnb.orchestrator.task_facts import TaskFacts
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry, task
from dpnb.results.records import TaskState

if TYPE_CHECKING:
    from collections.abc import Callable

WORKERS = (1, 2, 4, 8, 16, 64, 256, 1000)


class Recording:
    """Tasks that took their mean ± 30 %, the same in every test."""

    def __init__(self) -> None:
        self.tasks: list[TaskFacts] = []
        self.durations: dict[str, float] = {}
        self._chance = random.Random(2013)

    def add(self, name: str, mean_s: float, *upstream: str, cpus: int = 1, group: tuple[str, int] | None = None) -> str:
        groups = () if group is None else (group,)
        self.tasks.append(TaskFacts(name=name, upstream=upstream, places=cpus, groups=groups))
        self.durations[name] = mean_s * self._chance.uniform(0.7, 1.3)
        return name

    def done(self) -> RecordedWorkflow:
        return RecordedWorkflow(tasks=tuple(self.tasks), durations=self.durations)


def montage(images: int = 80, *, model_cpus: int = 1, archive: int | None = None) -> RecordedWorkflow:
    """Images are projected, compared with their neighbours, corrected by one model, and joined to tiles."""
    scale, group = images / 2102, None if archive is None else ("archive", archive)
    told = Recording()
    project = [told.add(f"project {i}", 1.73, group=group) for i in range(images)]
    around = [(i, (i + step) % images) for i in range(images) for step in (1, 2, 3)]
    diff = [told.add(f"diff {i} {k}", 0.66, project[i], project[k]) for i, k in around]
    concat = told.add("concat", 143.26 * scale, *diff)
    model = told.add("model", 384.49 * scale, concat, cpus=model_cpus)
    background = [told.add(f"background {i}", 1.72, project[i], model, group=group) for i in range(images)]
    shrunk = []
    for tile in range(16):
        table = told.add(f"table {tile}", 2.78, *background[tile::16])
        added = told.add(f"add {tile}", 282.37 * scale, table, cpus=model_cpus)
        shrunk.append(told.add(f"shrink {tile}", 66.1 * scale, added))
    told.add("jpeg", 0.64, *shrunk)
    return told.done()


def epigenomics(lanes: int = 5, chunks: int = 20, *, map_cpus: int = 1, disk: int | None = None) -> RecordedWorkflow:
    """Lanes of a sequencer are split, each part goes its own way, all are merged in the end."""
    told, merged, group = Recording(), [], None if disk is None else ("disk", disk)
    for lane in range(lanes):
        split = told.add(f"split {lane}", 34.32, group=group)
        mapped = []
        for i in range(chunks):
            clean = told.add(f"filter {lane} {i}", 2.47, split, group=group)
            sanger = told.add(f"sanger {lane} {i}", 0.48, clean)
            binary = told.add(f"bfq {lane} {i}", 1.40, sanger)
            mapped.append(told.add(f"map {lane} {i}", 201.89, binary, cpus=map_cpus))
        merged.append(told.add(f"merge {lane}", 11.01, *mapped))
    index = told.add("index", 43.57, told.add("merge all", 11.01, *merged))
    told.add("pileup", 55.95, index)
    return told.done()


def fork_join(rounds: int = 6, width: int = 60) -> RecordedWorkflow:
    told = Recording()
    join = told.add("join 0", 0.1)
    for number in range(rounds):
        join = told.add(f"join {number + 1}", 0.1, *(told.add(f"work {number} {i}", 1.0, join) for i in range(width)))
    return told.done()


def wide(count: int = 500) -> RecordedWorkflow:
    told = Recording()
    for i in range(count):
        told.add(f"part {i}", 1.0)
    return told.done()


def chains(count: int = 40, length: int = 12) -> RecordedWorkflow:
    told = Recording()
    for i in range(count):
        last: tuple[str, ...] = ()
        for link in range(length):
            last = (told.add(f"chain {i} link {link}", 1.0, *last),)
    return told.done()


SHAPES = (montage, epigenomics, fork_join, wide, chains)


def width(workflow: RecordedWorkflow) -> int:
    """Return a bound on how many tasks can run at once: those that do with as many workers as tasks."""
    spans = workflow.replay(len(workflow.tasks)).timeline
    return max(sum(one.start_s <= span.start_s < one.end_s for one in spans) for span in spans)


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_makespan_is_within_five_percent_of_the_bound_wherever_a_greedy_schedule_gets_there(shape, workers):
    workflow = shape()
    lower, upper = workflow.bounds_s(workers)
    makespan = workflow.replay(workers).makespan_s
    assert lower * (1 - 1e-9) <= makespan <= upper * (1 + 1e-9)
    chance = random.Random(workers)
    others = [
        simulate(
            workflow.tasks,
            workflow.durations,
            workers=workers,
            expected={name: chance.random() for name in workflow.durations},
        ).makespan_s
        for _ in range(4)
    ]
    assert makespan <= max(1.05 * lower, min(others) * (1 + 1e-9))


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_the_critical_path_with_as_many_workers_as_can_be_busy(shape):
    workflow = shape()
    lower, _ = workflow.bounds_s(len(workflow.tasks))
    assert workflow.replay(width(workflow)).makespan_s == pytest.approx(lower)


@pytest.mark.parametrize(
    ("workflow", "workers"),
    [
        (montage(300), 2),
        (epigenomics(5, 30), 8),
        (fork_join(3, 400), 16),
        (wide(2000), 64),
        (chains(400, 6), 16),
        (wide(40_000), 1000),
    ],
)
def test_it_is_within_five_percent_where_the_path_is_short_beside_the_shared_work(workflow, workers):
    lower, upper = workflow.bounds_s(workers)
    assert upper <= 1.1 * lower, "Graham's bound alone promises ten percent"
    assert workflow.replay(workers).makespan_s <= 1.05 * lower


NEEDY: tuple[Callable[[], RecordedWorkflow], ...] = (
    lambda: montage(archive=3),
    lambda: montage(model_cpus=4, archive=16),
    lambda: epigenomics(map_cpus=2),
    lambda: epigenomics(map_cpus=3, disk=2),
    lambda: epigenomics(disk=1),
)


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("make", NEEDY)
def test_groups_and_processors_keep_it_between_their_bounds(make, workers):
    workflow = make()
    lower, upper = workflow.bounds_s(workers)
    simulation = workflow.replay(workers)
    assert set(simulation.states.values()) == {TaskState.SUCCEEDED}
    assert lower * (1 - 1e-9) <= simulation.makespan_s <= upper * (1 + 1e-9)


def test_a_group_is_kept_full_and_so_are_the_workers_beside_it():
    told = Recording()
    for i in range(400):
        told.add(f"query {i}", 1.0, group=("db", 8))
        told.add(f"other {i}", 1.0)
    workflow = told.done()
    shared = sum(workflow.durations.values())
    queries = sum(seconds for name, seconds in workflow.durations.items() if name.startswith("query"))
    assert workflow.replay(1000).makespan_s <= 1.05 * queries / 8
    assert workflow.replay(12).makespan_s <= 1.05 * shared / 12
    assert workflow.replay(4).makespan_s <= 1.05 * shared / 4


def test_a_stored_run_is_replayed_with_its_groups_and_processors(tmp_path):
    registry = TaskRegistry()

    @task(registry=registry, concurrency_group="db:1")
    def 왼쪽() -> int:
        return 1

    @task(registry=registry, concurrency_group="db", cpus=2)
    def right() -> int:
        return 2

    @task(registry=registry)
    def both(왼쪽: int, right: int) -> int:
        return 왼쪽 + right

    plan = Planner(DAGBuilder(registry)).create_execution_plan()
    run = Orchestrator(executor=InlineExecutor(), workspace=Workspace(tmp_path)).start_pipeline(plan)
    workflow = recorded_workflow(run)
    told = {facts.name: facts for facts in workflow.tasks}
    assert told["right"].groups == told["왼쪽"].groups == (("db", 1),)
    assert [told[name].places for name in ("왼쪽", "right", "both")] == [1, 2, 1]
    assert workflow.durations == {record.task: record.duration_s for record in run.task_records()}
    replayed = workflow.replay(1000)
    assert replayed.makespan_s == pytest.approx(sum(workflow.durations.values()))
    assert [span.task for span in replayed.timeline][-1] == "both"
