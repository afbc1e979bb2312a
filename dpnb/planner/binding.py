"""Where each argument of a task comes from.

The rules, in this order::

    1. inputs={"param": "task"}                             the decorator says so
    2. a parameter named like a task in `dependencies`,     or, where these were not given, like any registered task
    3. a run parameter, or the parameter's default
    4. one dependency and one required parameter left over  they are bound to each other
    5. otherwise the plan is refused

A parameter that asks for the attempt's `TaskContext` gets it, unless `inputs` says otherwise. A task never takes its
own result by rule 2. An excluded task gives nothing: what it would give falls through to rule 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.planner.node import Binding, Node, Source, WhenMissing
from dpnb.planner.suggestions import near
from dpnb.registry.hints import HintResolver, admits_none, is_context

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from dpnb.registry import ResolvedHints, TaskMetadata, TaskParameter


class Binder:
    """Binds the tasks of one plan; collects the problems found and the hints resolved on the way."""

    def __init__(self, *, known: Collection[str], excluded: Collection[str], params: Mapping[str, Any]) -> None:
        self.problems: list[str] = []
        self.hints: dict[str, ResolvedHints] = {}
        self._known, self._excluded, self._params = known, excluded, params
        self._resolver = HintResolver()
        self._shared: dict[tuple[str, Source], Binding] = {}
        self._is_context = _remembering(is_context)
        self._admits_none = _remembering(admits_none)

    def bind(self, task: TaskMetadata) -> Node:
        """Return the task's node; `problems` grows by what no rule can bind."""
        hints = self.hints[task.name] = self._resolver.resolve(task)
        dependencies = self._dependencies(task)
        by_name = hints.parameters
        bindings = {p.name: self._bind_parameter(task, p, by_name[p.name]) for p in task.schema.parameters}
        found = tuple([binding for binding in bindings.values() if binding is not None])
        if len(found) < len(bindings):
            self._bind_left_over(task, hints, dependencies, bindings)
            found = tuple([binding for binding in bindings.values() if binding is not None])
        upstream = {binding.task for binding in found if binding.task is not None}.union(dependencies)
        return Node(name=task.name, task=task, upstream=tuple(sorted(upstream)), bindings=found)

    def _bind_parameter(self, task: TaskMetadata, parameter: TaskParameter, hint: Any) -> Binding | None:
        """Apply rules 1 to 3."""
        name = parameter.name
        upstream = task.inputs.get(name)
        if upstream is None and not self._is_context(hint):
            upstream = self._by_name(task, name)
        if upstream is not None and upstream not in self._excluded:
            return self._from_task(parameter, upstream, hint)
        return self._from_elsewhere(parameter, hint)

    def _dependencies(self, task: TaskMetadata) -> tuple[str, ...]:
        given = task.dependencies
        if not given or not self._excluded:
            return given or ()
        return tuple(name for name in given if name not in self._excluded)

    def _by_name(self, task: TaskMetadata, name: str) -> str | None:
        """Apply rule 2."""
        if task.dependencies is None:
            return name if name in self._known and name != task.name else None
        return name if name in task.dependencies else None

    def _from_elsewhere(self, parameter: TaskParameter, hint: Any) -> Binding | None:
        """Apply rule 3."""
        if self._is_context(hint):
            source = Source.CONTEXT
        elif parameter.name in self._params:
            source = Source.PARAM
        elif not parameter.required:
            source = Source.DEFAULT
        else:
            return None
        key = (parameter.name, source)
        if key not in self._shared:
            self._shared[key] = Binding(parameter=parameter.name, source=source)
        return self._shared[key]

    def _from_task(self, parameter: TaskParameter, upstream: str, hint: Any) -> Binding:
        when_missing = WhenMissing.DEFAULT
        if parameter.required:
            when_missing = WhenMissing.NONE if self._admits_none(hint) else WhenMissing.SKIP
        return Binding(parameter=parameter.name, source=Source.TASK, task=upstream, when_missing=when_missing)

    def _bind_left_over(
        self,
        task: TaskMetadata,
        hints: ResolvedHints,
        dependencies: tuple[str, ...],
        bindings: dict[str, Binding | None],
    ) -> None:
        """Apply rules 4 and 5."""
        empty = [p for p in task.schema.parameters if bindings[p.name] is None]
        taken = {binding.task for binding in bindings.values() if binding is not None}
        unused = [name for name in dependencies if name not in taken]
        if len(empty) == 1 and len(unused) == 1:
            parameter = empty[0]
            bindings[parameter.name] = self._from_task(parameter, unused[0], hints.parameters[parameter.name])
            return
        lost = None if unused else self._lost(task, [parameter.name for parameter in empty])
        self.problems.extend(self._refusal(task, parameter.name, unused, lost) for parameter in empty)

    def _lost(self, task: TaskMetadata, empty: list[str]) -> str | None:
        """Return the excluded task that rule 4 would have bound, were it not excluded."""
        by_name = {task.inputs.get(parameter.name, parameter.name) for parameter in task.schema.parameters}
        left_over = [name for name in empty if task.inputs.get(name, name) not in self._excluded]
        lost = [name for name in task.dependencies or () if name in self._excluded and name not in by_name]
        return lost[0] if len(left_over) == len(lost) == 1 else None

    def _refusal(self, task: TaskMetadata, parameter: str, unused: list[str], lost: str | None) -> str:
        missing = f"Task {task.name!r}: nothing gives its parameter {parameter!r}"
        remedy = f"give it as a run parameter, params={{{parameter!r}: …}}"
        wanted = task.inputs.get(parameter, parameter)
        if wanted in self._excluded:
            return f"{missing}, because task {wanted!r} is excluded; {remedy}, or exclude {task.name!r} too."
        if lost is not None:
            return f"{missing}: task {lost!r}, which would, is excluded; {remedy}, or exclude {task.name!r} too."
        if wanted == task.name:
            return f"{missing}, and a task cannot take its own result; {remedy}."
        if task.dependencies is not None and parameter in self._known:
            return f"{missing}, since its dependencies do not list the task {parameter!r}; add it there, or {remedy}."
        if unused:
            listed = " or ".join(map(repr, unused))
            return f"{missing}; {remedy}, or say which task does: inputs={{{parameter!r}: …}} with {listed}."
        return f"{missing}{self._suggestion(task, parameter)}; {remedy}."

    def _suggestion(self, task: TaskMetadata, parameter: str) -> str:
        tasks = near(parameter, self._known, earlier=len(self.problems))
        close = [f"task {name!r}" for name in tasks if name != task.name]
        close += [f"run parameter {name!r}" for name in near(parameter, self._params, earlier=len(self.problems))]
        return f" (close to it: {', '.join(close)})" if close else ""


def _remembering(tells: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Return a predicate that answers each hint once; hints are few, parameters many.

    It goes by identity, which is quicker than hashing a union. The binder's `hints` keep them all alive.
    """
    known: dict[int, bool] = {}

    def answer(hint: Any) -> bool:
        told = known.get(id(hint))
        if told is None:
            told = known[id(hint)] = tells(hint)
        return told

    return answer
