"""A registry of the test's own, and short ways to register and to plan."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

from dpnb.planner import DAG, DAGBuilder, Node, Planner
from dpnb.registry import TaskRegistry, describe_task
from tests.earlier_runs import Notebook

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def registry() -> TaskRegistry:
    return TaskRegistry()


@pytest.fixture
def define(registry: TaskRegistry) -> Callable[..., None]:
    """Register a task of a name, whose parameters are given as text: ``define("delays", "flights, year=2013")``."""

    def define(name: str, parameters: str = "", **options: Any) -> None:
        scope: dict[str, Any] = {}
        exec(f"def task({parameters}): ...", scope)
        registry.register(describe_task(scope["task"], name=name, **options))

    return define


@pytest.fixture
def planner(registry: TaskRegistry) -> Planner:
    return Planner(DAGBuilder(registry))


@pytest.fixture
def dag_of() -> Callable[..., DAG]:
    """Make a DAG of ``name=upstream``: ``dag_of(a="", b="a", c="a b")``; it may have cycles and gaps."""

    def task() -> None: ...

    assert inspect.isfunction(task)
    definition = describe_task(task)

    def dag_of(edges: dict[str, str] | None = None, **more: str) -> DAG:
        every = {**(edges or {}), **more}
        return DAG(
            Node(name=name, task=definition, upstream=tuple(sorted(upstream.split())), bindings=())
            for name, upstream in every.items()
        )

    return dag_of


@pytest.fixture
def notebook() -> Notebook:
    """Cells that define tasks, and runs that are played."""
    return Notebook()


@pytest.fixture
def flights(notebook: Notebook) -> Notebook:
    """Three tasks in a row, the first with a helper and a parameter, and a run of them."""
    notebook.cell("def load(year): return [year]")
    notebook.define("flights", "year=2013", "load(year)")
    notebook.define("delays", "flights", "flights")
    notebook.define("report", "delays", "delays")
    notebook.run()
    return notebook
