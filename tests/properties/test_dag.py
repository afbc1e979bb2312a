"""Orders, levels, ids and stored plans of random DAGs, beside naive models of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dpnb.planner import DAG, DAGAnalyzer, DAGBuilder, DAGValidator, ExecutionPlan, Node, Planner, PlanOutline
from dpnb.planner.topology import cycles
from dpnb.registry import TaskRegistry, describe_task

type Graph = dict[str, list[str]]

names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(str.strip)


@st.composite
def acyclic(draw, *, most=12) -> Graph:
    """Draw names, and for each some of those before it; the order of the names tells nothing."""
    drawn = draw(st.lists(names, min_size=1, max_size=most, unique=True))
    upstream = [draw(st.lists(st.sampled_from(drawn[:at]), unique=True)) if at else [] for at in range(len(drawn))]
    return dict(zip(drawn, upstream, strict=True))


@st.composite
def any_graph(draw) -> Graph:
    """Draw a graph that may have cycles, self-dependencies and names that are not there."""
    drawn = draw(st.lists(st.sampled_from("abcdefgh"), min_size=1, unique=True))
    return {name: draw(st.lists(st.sampled_from("abcdefghz"), unique=True, max_size=4)) for name in drawn}


def task() -> int: ...


def first(year: int = 2013) -> int: ...


DEFINITION, FIRST = describe_task(task), describe_task(first)


def dag_of(graph: Graph) -> DAG:
    return DAG(
        Node(name=name, task=DEFINITION, upstream=tuple(sorted(upstream)), bindings=())
        for name, upstream in graph.items()
    )


def register(graph: Graph, order: list[str] | None = None) -> TaskRegistry:
    registry = TaskRegistry(notify=None)
    for name in order or graph:
        definition = DEFINITION if graph[name] else FIRST
        registry.register(replace(definition, name=name, dependencies=tuple(graph[name])))
    return registry


def plan_of(registry: TaskRegistry, **asked) -> ExecutionPlan:
    return Planner(DAGBuilder(registry)).create_execution_plan(**asked)


@given(acyclic())
def test_the_order_holds_every_task_once_and_after_its_upstream(graph):
    order = DAGAnalyzer(dag_of(graph)).order
    position = {name: at for at, name in enumerate(order)}
    assert sorted(order) == sorted(graph)
    assert all(position[upstream] < position[name] for name in graph for upstream in graph[name])


@given(acyclic())
def test_levels_are_the_longest_distances_from_the_roots(graph):
    depth: dict[str, int] = {}
    for name in TopologicalSorter(graph).static_order():
        depth[name] = max((depth[upstream] + 1 for upstream in graph[name]), default=0)
    analyzer = DAGAnalyzer(dag_of(graph))
    for level, members in enumerate(analyzer.levels):
        assert members == sorted(name for name, at in depth.items() if at == level)
    assert analyzer.width == max(map(len, analyzer.levels))


@given(acyclic())
def test_the_critical_path_is_a_path_as_long_as_the_levels_are_many(graph):
    analyzer = DAGAnalyzer(dag_of(graph))
    path = analyzer.critical_path()
    assert path.length == len(path.tasks) == len(analyzer.levels)
    assert all(before in graph[after] for before, after in zip(path.tasks, path.tasks[1:], strict=False))


@given(acyclic(), st.data())
def test_no_path_takes_longer_than_the_critical_one(graph, data):
    durations = {name: float(data.draw(st.integers(0, 9))) for name in graph}
    longest: dict[str, float] = {}
    for name in TopologicalSorter(graph).static_order():
        longest[name] = durations[name] + max((longest[upstream] for upstream in graph[name]), default=0.0)
    path = DAGAnalyzer(dag_of(graph)).critical_path(durations)
    assert path.length == max(longest.values()) == sum(durations[name] for name in path.tasks)


@given(acyclic())
def test_ancestors_and_descendants_mirror_each_other(graph):
    dag = dag_of(graph)
    for name in graph:
        model, waiting = set(), list(graph[name])
        while waiting:
            model.add(one := waiting.pop())
            waiting += graph[one]
        assert dag.ancestors(name) == model
        assert dag.descendants(name) == {other for other in graph if name in dag.ancestors(other)}


@given(acyclic(), st.data())
def test_a_subgraph_has_its_tasks_and_exactly_the_edges_among_them(graph, data):
    kept = set(data.draw(st.lists(st.sampled_from(sorted(graph)), unique=True)))
    part = dag_of(graph).subgraph(kept)
    assert set(part) == kept
    assert all(set(part.upstream(name)) == kept & set(graph[name]) for name in kept)
    assert part.dangling == ()


@given(any_graph())
def test_cycles_are_found_where_graphlib_finds_one_and_are_cycles(graph):
    dag = dag_of(graph)
    found = list(cycles(dag))
    inside = {name: [upstream for upstream in graph[name] if upstream in graph] for name in graph}
    try:
        list(TopologicalSorter(inside).static_order())
    except CycleError:
        assert found
    else:
        assert not found
    for cycle in found:
        assert cycle[0] == min(cycle)
        assert all(before in inside[after] for before, after in zip(cycle, [*cycle[1:], cycle[0]], strict=True))


@given(any_graph())
def test_breaking_the_cycles_found_leaves_none(graph):
    broken = {name for cycle in cycles(dag_of(graph)) for name in cycle}
    left = {name: [one for one in graph[name] if one in graph and one not in broken] for name in graph.keys() - broken}
    list(TopologicalSorter(left).static_order())


@given(any_graph())
def test_every_missing_task_is_told(graph):
    problems = "\n".join(DAGValidator().problems(dag_of(graph)))
    for name in graph:
        for upstream in set(graph[name]) - graph.keys():
            assert f"Task {name!r} depends on {upstream!r}, which is not registered" in problems


@given(acyclic(), st.data())
def test_the_order_of_registration_changes_nothing(graph, data):
    shuffled = data.draw(st.permutations(list(graph)))
    one, other = plan_of(register(graph)), plan_of(register(graph, shuffled))
    assert one.dag_id == other.dag_id
    assert one.levels == other.levels
    assert one.to_json() == other.to_json()


@given(acyclic(), st.data())
def test_one_edge_more_or_less_changes_the_id(graph, data):
    edges = [(name, upstream) for name in graph for upstream in graph[name]]
    assume(edges)
    name, upstream = data.draw(st.sampled_from(edges))
    fewer = {**graph, name: [one for one in graph[name] if one != upstream]}
    assert plan_of(register(graph)).dag_id != plan_of(register(fewer)).dag_id


@given(acyclic(), st.data())
def test_a_plan_holds_its_targets_and_all_that_they_need_and_no_more(graph, data):
    targets = data.draw(st.lists(st.sampled_from(sorted(graph)), min_size=1, unique=True))
    assume(not any(mark in target for target in targets for mark in "*?["))
    whole = dag_of(graph)
    needed = set(targets).union(*(whole.ancestors(target) for target in targets))
    assert set(plan_of(register(graph), targets=targets).dag) == needed


params = st.dictionaries(
    st.just("year"),
    st.integers() | st.booleans(),
)


@given(acyclic(), params)
def test_plans_come_back_from_json_as_they_were(graph, params):
    registry = register(graph)
    plan = plan_of(registry, params=params)
    assert ExecutionPlan.from_json(plan.to_json(), registry) == plan
    assert PlanOutline.from_json(plan.to_json()) == plan.outline


ELSEWHERE = """
import json, sys
from dataclasses import replace
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry, describe_task

def task() -> int: ...
def first(year: int = 2013) -> int: ...

for graph in json.load(sys.stdin):
    registry = TaskRegistry(notify=None)
    for name in sorted(graph, key=hash):
        definition = describe_task(task if graph[name] else first)
        registry.register(replace(definition, name=name, dependencies=tuple(graph[name])))
    print(Planner(DAGBuilder(registry)).create_execution_plan().dag_id)
"""


@settings(max_examples=5)
@given(st.lists(acyclic(), min_size=10, max_size=20), st.integers(0, 2**32 - 1))
def test_ids_are_the_same_in_another_process_with_another_hash_seed(graphs, seed):
    ids = [plan_of(register(graph)).dag_id for graph in graphs]
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        input=json.dumps(graphs),
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ids
