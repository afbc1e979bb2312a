"""What a plan says beside a model that keeps everything as it is and looks through all of it, on random DAGs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from dpnb.planner import Binding, Node, ReusePolicy, Source
from dpnb.planner.reuse_facts import ReuseFacts
from dpnb.planner.staleness import assess
from dpnb.planner.standing import execution_of, find_standing, given_to
from dpnb.planner.task_identity import TaskIdentity
from dpnb.registry import describe_task
from dpnb.results import TaskRunRecord, TaskState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from dpnb.planner import Verdict

type Whole = tuple[str, str, tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]


def work() -> None: ...


DEFINITION = describe_task(work)
NEVER = replace(DEFINITION, cache="never")
MOST_TASKS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A DAG: of each task, the earlier ones whose results it takes, and those that it only comes after."""

    data: tuple[frozenset[int], ...]
    order: tuple[frozenset[int], ...]
    lossy: frozenset[int] = frozenset()  # give the same whatever they are given
    drifting: frozenset[int] = frozenset()  # give something else each time
    never: frozenset[int] = frozenset()  # are never reused

    def nodes(self) -> list[Node]:
        return [
            Node(
                name=f"t{number}",
                task=NEVER if number in self.never else DEFINITION,
                upstream=tuple(sorted(f"t{one}" for one in data | order)),
                bindings=tuple(
                    Binding(parameter=f"p{one}", source=Source.TASK, task=f"t{one}") for one in sorted(data)
                ),
            )
            for number, (data, order) in enumerate(zip(self.data, self.order, strict=True))
        ]


@st.composite
def shapes(draw: st.DrawFn, *, steady: bool = False, never: bool = False) -> Shape:
    count = draw(st.integers(1, MOST_TASKS))
    data, order = [], []
    for number in range(count):
        earlier = st.frozensets(st.integers(0, number - 1), max_size=3) if number else st.just(frozenset())
        data.append(draw(earlier))
        order.append(draw(earlier) - data[-1])
    some = st.frozensets(st.integers(0, count - 1), max_size=count)
    return Shape(
        data=tuple(data),
        order=tuple(order),
        lossy=frozenset() if steady else draw(some),
        drifting=frozenset() if steady else draw(some),
        never=draw(some) if never else frozenset(),
    )


@dataclass
class World:
    """Code, parameters and runs of a pipeline that changes; all that was stored is also kept as a whole."""

    shape: Shape
    code: dict[str, int] = field(default_factory=dict)
    params: dict[str, int] = field(default_factory=dict)
    runs: list[dict[str, TaskRunRecord]] = field(default_factory=list)
    wholes: dict[tuple[str, str], Whole] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.nodes = self.shape.nodes()

    def identity(self, task: str) -> TaskIdentity:
        param = self.params.get(task, 0)
        return TaskIdentity(code=f"code {self.code.get(task, 0)}", arguments=f'{{"p":["{param}","{param}"]}}')

    def facts(self, policy: ReusePolicy | None = None) -> ReuseFacts:
        identities = {node.name: self.identity(node.name) for node in self.nodes}
        return ReuseFacts(policy=policy or ReusePolicy.fresh(), identities=identities, earlier=self, now_us=0)

    def verdicts(self, policy: ReusePolicy | None = None) -> dict[str, Verdict]:
        return assess(self.nodes, self.facts(policy))

    def run(self, policy: ReusePolicy, *, unfinished: Collection[str] = ()) -> set[str]:
        """Play a run, and return what was executed; what is `unfinished` stores nothing, nor does what takes it."""
        run_id = f"run_{len(self.runs)}"
        rows: dict[str, TaskRunRecord] = {}
        executed = set()
        for node in self.nodes:
            if node.name in unfinished or not all(one in rows for one in node.upstream):
                continue
            task, identity, inputs = node.name, self.identity(node.name), given_to(node, rows)
            standing = find_standing(node, identity, inputs, self.of(task), policy=policy, now_us=0)
            if standing is not None:
                rows[task] = replace(standing, run_id=run_id, state=TaskState.REUSED, origin=execution_of(standing))
            else:
                executed.add(task)
                rows[task] = self._executed(run_id, node, rows)
            self.wholes[run_id, task] = self.whole(node, rows)
        self.runs.append(rows)
        return executed

    def _executed(self, run_id: str, node: Node, rows: Mapping[str, TaskRunRecord]) -> TaskRunRecord:
        inputs, after = given_to(node, rows)
        identity = self.identity(node.name)
        number = int(node.name[1:])
        known = "" if number in self.shape.lossy else f"{identity.code} {identity.arguments} {inputs}"
        return TaskRunRecord(
            run_id=run_id,
            task=node.name,
            position=0,
            state=TaskState.SUCCEEDED,
            code=identity.code,
            arguments=identity.arguments,
            inputs=inputs,
            after=after,
            output=f"{node.name} {known} {run_id if number in self.shape.drifting else ''}",
        )

    def whole(self, node: Node, standing: Mapping[str, TaskRunRecord]) -> Whole:
        identity = self.identity(node.name)
        data = tuple((str(b.parameter), str(standing[str(b.task)].output)) for b in node.bindings)
        order = tuple((name, execution_of(standing[name])) for name in node.control_upstream)
        return str(identity.code), identity.arguments, data, order

    def of(self, task: str, /) -> Iterator[TaskRunRecord]:
        return (run[task] for run in reversed(self.runs) if task in run)

    def source(self, _source_id: str, /) -> None:
        return None

    def failure(self, _task: str, /) -> None:
        return None

    def fresh_by_looking_through_everything(self) -> dict[str, TaskRunRecord]:
        standing: dict[str, TaskRunRecord] = {}
        for node in self.nodes:
            if node.task.cache == "never" or not all(one in standing for one in node.upstream):
                continue
            wanted = self.whole(node, standing)
            for number in reversed(range(len(self.runs))):
                if self.wholes.get((f"run_{number}", node.name)) == wanted:
                    standing[node.name] = self.runs[number][node.name]
                    break
        return standing


changes = st.dictionaries(st.integers(0, MOST_TASKS - 1).map("t{}".format), st.integers(0, 2), max_size=3)
steps = st.tuples(
    changes, changes, st.sampled_from(["none", "fresh"]), st.frozensets(st.integers(0, MOST_TASKS - 1), max_size=2)
)


def play(world: World, history: list[tuple[dict[str, int], dict[str, int], str, frozenset[int]]]) -> None:
    for code, params, mode, unfinished in history:
        world.code |= code
        world.params |= params
        policy = ReusePolicy.fresh() if mode == "fresh" else ReusePolicy.none()
        world.run(policy, unfinished=[f"t{number}" for number in unfinished])


@given(shapes(never=True), st.lists(steps, max_size=5), changes, changes)
def test_a_task_is_fresh_if_and_only_if_some_stored_result_equals_in_all(shape, history, code, params):
    world = World(shape)
    play(world, history)
    world.code |= code
    world.params |= params
    verdicts = world.verdicts()
    assert list(verdicts) == [node.name for node in world.nodes]
    fresh = {name: verdict.precedent for name, verdict in verdicts.items() if verdict.is_fresh}
    assert fresh == world.fresh_by_looking_through_everything()
    for verdict in verdicts.values():
        assert verdict.causes
        assert verdict.causes is verdict.causes
        newest = next(world.of(verdict.task), None)
        assert verdict.is_fresh or verdict.precedent == newest


@given(shapes(steady=True), st.data())
def test_after_a_full_run_the_stale_are_those_that_changed_and_all_after_them(shape, data):
    world = World(shape)
    world.run(ReusePolicy.none())
    names = [node.name for node in world.nodes]
    changed = data.draw(st.frozensets(st.sampled_from(names)))
    for name in changed:
        (world.code if data.draw(st.booleans()) else world.params)[name] = 7
    verdicts = world.verdicts()
    closure, other_results, executed = set(changed), set(changed), set(changed)
    for node in world.nodes:
        if not closure.isdisjoint(node.upstream):
            closure.add(node.name)
        if not other_results.isdisjoint(node.data_upstream):
            other_results.add(node.name)
        if node.name in other_results or not executed.isdisjoint(node.control_upstream):
            executed.add(node.name)
    assert {name for name, verdict in verdicts.items() if not verdict.is_fresh} == closure
    assert world.run(ReusePolicy.fresh()) == executed  # a task that only ran again, as it was, cuts off those after it


@given(shapes(never=True), st.lists(steps, max_size=4), changes, st.data())
def test_a_run_executes_all_that_is_stale_for_certain_and_nothing_that_is_fresh(shape, history, code, data):
    world = World(shape)
    play(world, history)
    world.code |= code
    names = [node.name for node in world.nodes]
    policy = ReusePolicy(forced=data.draw(st.frozensets(st.sampled_from(names), max_size=2)))
    verdicts = world.verdicts(policy)
    executed = world.run(policy)
    assert {name for name, verdict in verdicts.items() if not verdict.is_fresh and verdict.is_certain} <= executed
    assert executed <= {name for name, verdict in verdicts.items() if not verdict.is_fresh}


@given(shapes(), st.lists(steps, max_size=3))
@settings(max_examples=50)
def test_nothing_is_stale_right_after_a_run(shape, history):
    world = World(shape)
    play(world, history)
    world.run(ReusePolicy.fresh())
    assert all(verdict.is_fresh for verdict in world.verdicts().values())
    assert world.run(ReusePolicy.fresh()) == set()


@given(shapes(), st.lists(steps, min_size=1, max_size=3), st.data())
def test_what_is_kept_is_taken_over_and_everything_else_runs(shape, history, data):
    world = World(shape)
    play(world, history)
    names = [node.name for node in world.nodes]
    policy = ReusePolicy.only(data.draw(st.frozensets(st.sampled_from(names))), of=names, kept_from="run_0")
    verdicts = world.verdicts(policy)
    fresh = {name for name, verdict in verdicts.items() if verdict.is_fresh}
    assert fresh == world.runs[0].keys() - policy.forced
    assert all(verdict.is_certain for verdict in verdicts.values())
    assert world.run(policy) == set(names) - fresh
