"""Functions are packed when it is known that they are to run, and identified as what was packed."""

from __future__ import annotations

import pickle
import threading

import pytest

from dpnb import InlineExecutor, Orchestrator, TaskRegistry, Workspace, task
from dpnb.errors import TransportError
from dpnb.orchestrator import functions as module
from dpnb.orchestrator.functions import Functions
from dpnb.orchestrator.reuse import expected_to_be_reused
from dpnb.orchestrator.transport import pack_function
from dpnb.planner import DAGBuilder, ExecutionPlan, Planner
from dpnb.planner.task_identity import UNKNOWN, TaskIdentifier


def plan_of(*tasks, **options) -> ExecutionPlan:
    registry = TaskRegistry()
    for function in tasks:
        task(function, registry=registry)
    return Planner(DAGBuilder(registry), **options).create_execution_plan(reuse="fresh")


def identities_in(plan: ExecutionPlan):
    identifier = TaskIdentifier(plan.params)
    return {name: identifier.identify(node) for name, node in plan.dag.nodes.items()}


def test_what_is_not_expected_to_run_is_packed_when_it_has_to():
    lock = threading.Lock()

    def runs() -> int:
        return 1

    def waits() -> bool:
        return lock.locked()

    functions = Functions(plan_of(runs, waits), later={"waits"})
    assert "runs" in functions
    assert "waits" not in functions
    with pytest.raises(TransportError, match="'waits'"):
        functions.pack("waits")


def test_an_edit_before_it_is_packed_is_in_the_function_and_in_its_identity():
    factor = 1

    def product() -> int:
        return 7 * factor

    plan = plan_of(product)
    functions = Functions(plan, later={"product"})
    before = identities_in(plan)["product"]
    factor = 3
    identity, sources = functions.pack("product")
    assert pickle.loads(functions["product"].blob)() == 21
    assert identity == identities_in(plan)["product"] != before
    assert "factor = 3" in sources[identity.source or ""]


@pytest.mark.parametrize("edits", [1, 2, 1000])
def test_an_edit_while_it_is_packed_never_gives_the_identity_of_something_else(monkeypatch, edits):
    factor = 0

    def product() -> int:
        return 7 * factor

    def pack_and_edit(found):
        nonlocal factor
        packed = pack_function(found)
        factor += factor < edits
        return packed

    monkeypatch.setattr(module, "pack_function", pack_and_edit)
    plan = plan_of(product)
    functions = Functions(plan, later={"product"})
    identity, _ = functions.pack("product")
    if edits < 1000:
        assert pickle.loads(functions["product"].blob)() == 7 * edits
        assert identity == identities_in(plan)["product"]
    else:
        assert identity == UNKNOWN


def test_what_has_changed_since_the_plan_is_expected_to_run_with_all_that_comes_after_it(tmp_path):
    shift = 0

    def first() -> int:
        return 1

    def second(first: int) -> int:
        return first + shift

    def third(second: int) -> int:
        return second

    workspace = Workspace(tmp_path)
    plan = plan_of(first, second, third, history=workspace.history)
    Orchestrator(executor=InlineExecutor(), workspace=workspace).start_pipeline(plan)
    assert expected_to_be_reused(plan, identities_in(plan)) == set()
    plan = plan.assessed()
    assert expected_to_be_reused(plan, identities_in(plan)) == {"first", "second", "third"}
    shift = 1
    assert expected_to_be_reused(plan, identities_in(plan)) == {"first"}
