"""Whether the types of a plan fit together: results with the parameters that take them, and run parameters."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from dpnb.errors import PlanError, TypeMismatchWarning
from dpnb.planner.compatibility import TypeJudge
from dpnb.planner.fit import Fit
from dpnb.planner.hint_forms import awaited, yielded
from dpnb.planner.node import Source
from dpnb.planner.param_values import fits_hint
from dpnb.registry import TaskKind, type_text
from dpnb.registry.hints import HintResolver

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dpnb.planner.dag import DAG
    from dpnb.registry import ResolvedHints, TaskMetadata

type TypeMode = Literal["strict", "warn", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Types that do not fit, and what could not be checked."""

    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class SchemaValidator:
    """Compares what upstream tasks return with what downstream parameters are annotated as.

    Control flow carries no value and is not compared; nor is a parameter that keeps its default. Tasks and parameters
    without annotation fit everything, and so do annotations that cannot be resolved, which are noted.

    Parameters
    ----------
    mode
        ``"strict"`` refuses plans whose types do not fit, ``"warn"`` warns of them, ``"off"`` compares nothing.
    """

    def __init__(self, mode: TypeMode = "strict") -> None:
        if mode not in ("strict", "warn", "off"):
            raise ValueError(f"SchemaValidator's mode must be 'strict', 'warn' or 'off', not {mode!r}.")
        self.mode = mode

    def validate(self, dag: DAG, params: Mapping[str, Any] | None = None) -> Findings:
        """Compare all types of a DAG; `params` are the run's parameters.

        Raises
        ------
        PlanError
            In strict mode, with every problem, if there are any. In warn mode they are warned of and returned as notes.
        """
        findings = self.find(dag, params or {})
        if findings.problems and self.mode == "strict":
            raise PlanError(findings.problems)
        return self.settle(findings)

    def settle(self, findings: Findings) -> Findings:
        """Warn of the problems found in warn mode, and make notes of them."""
        if self.mode == "strict" or not findings.problems:
            return findings
        for problem in findings.problems:
            warnings.warn(problem, TypeMismatchWarning, stacklevel=3)
        return Findings(notes=findings.problems + findings.notes)

    def find(
        self, dag: DAG, params: Mapping[str, Any], *, hints: Mapping[str, ResolvedHints] | None = None
    ) -> Findings:
        """Return what does not fit, whatever the mode, except that ``"off"`` finds nothing.

        Parameters
        ----------
        hints
            The resolved hints of every task in the DAG, where they are known already.
        """
        if self.mode == "off":
            return Findings()
        comparison = _Comparison(dag, params, _resolve(dag) if hints is None else hints)
        comparison.compare_results()
        comparison.check_params()
        return comparison.findings()

    def find_params(self, dag: DAG, params: Mapping[str, Any]) -> Findings:
        """Return which run parameters do not fit; results are not looked at."""
        if self.mode == "off":
            return Findings()
        comparison = _Comparison(dag, params, _resolve(dag))
        comparison.check_params()
        return Findings(problems=comparison.findings().problems)


class _Comparison:
    """One pass over a DAG."""

    def __init__(self, dag: DAG, params: Mapping[str, Any], hints: Mapping[str, ResolvedHints]) -> None:
        self._dag, self._params, self._hints = dag, params, hints
        self._judge = TypeJudge()
        self._given: dict[str, tuple[Any, ...]] = {}
        # By identity, which is quicker than hashing a union; the hints are kept alive by `hints` and `_given`.
        self._fitting: set[tuple[int, int]] = set()
        self._problems: list[str] = []
        self._notes: list[str] = []

    def findings(self) -> Findings:
        return Findings(problems=tuple(self._problems), notes=tuple(self._notes))

    def compare_results(self) -> None:
        for node in self._dag.nodes.values():
            hints = self._hints[node.name]
            if hints.unresolved:
                self._notes.extend(_unresolved(node.name, hints))
            for binding in node.bindings:
                upstream = binding.task
                if upstream is None:
                    continue
                given = self._given.get(upstream) or self._produced(upstream)
                expected = hints.parameters[binding.parameter]
                if expected is not given[0] and (id(given[0]), id(expected)) not in self._fitting:
                    self._compare(node.name, binding.parameter, upstream, expected)

    def check_params(self) -> None:
        if not self._params:
            return
        for node in self._dag.nodes.values():
            for binding in node.bindings:
                if binding.source is Source.PARAM:
                    expected = self._hints[node.name].parameters[binding.parameter]
                    self._check_value(node.name, binding.parameter, expected)

    def _produced(self, task: str) -> tuple[Any, ...]:
        node = self._dag.nodes.get(task)
        # A task that is missing is told of by the DAGValidator.
        given = (Any,) if node is None else produced(node.task, self._hints[task].returns)
        self._given[task] = given
        return given

    def _compare(self, task: str, parameter: str, upstream: str, expected: Any) -> None:
        given = self._given[upstream]
        answer = max(self._judge.judge(one, expected) for one in given)
        if answer is Fit.COMPATIBLE:
            self._fitting.add((id(given[0]), id(expected)))
            return
        producer, returns = self._dag.nodes[upstream].task, self._hints[upstream].returns
        if answer is Fit.INCOMPATIBLE:
            self._problems.append(_mismatch(task, parameter, producer, returns, expected))
        elif reason := max(self._judge.reason(one, expected) for one in given):
            self._notes.append(_undecided(task, parameter, upstream, returns, expected, reason))

    def _check_value(self, task: str, parameter: str, expected: Any) -> None:
        value = self._params.get(parameter)
        if fits_hint(value, expected) is Fit.INCOMPATIBLE:
            self._problems.append(
                f"Task {task!r} takes {parameter!r} as {type_text(expected)}, "
                f"but the run parameter is {type_text(type(value))}: {repr(value)[:60]}."
            )


def produced(task: TaskMetadata, returns: Any) -> tuple[Any, ...]:
    """Return the types as which a task's result can be taken; any of them may fit.

    A generator's chunks become a list, or a `Stream` where they are stored one by one, and can be iterated over.
    """
    from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator

    if task.kind is TaskKind.COROUTINE:
        return (awaited(returns),)
    if not task.kind.is_generator:
        return (returns,)
    chunk = yielded(returns)
    if task.stream_output:
        one_by_one = (Iterator[chunk], AsyncIterator[chunk], Generator[chunk], AsyncGenerator[chunk])  # type: ignore[valid-type]
        return (_stream()[chunk], list[chunk], *one_by_one)  # type: ignore[valid-type]
    return (list[chunk], Iterator[chunk])  # type: ignore[valid-type]


def _resolve(dag: DAG) -> dict[str, ResolvedHints]:
    resolver = HintResolver()
    return {name: resolver.resolve(node.task) for name, node in dag.nodes.items()}


@cache
def _stream() -> Any:
    from dpnb.results import Stream

    return Stream


def _unresolved(task: str, hints: ResolvedHints) -> Iterator[str]:
    for hint in hints.unresolved:
        what = "its return annotation" if hint.parameter == "return" else f"the annotation of {hint.parameter!r}"
        yield f"Task {task!r}: {what}, {hint.annotation}, is not checked ({hint.reason})."


def _mismatch(task: str, parameter: str, producer: TaskMetadata, returns: Any, expected: Any) -> str:
    given, wanted = _told_apart(returns, expected)
    verb = "returns"
    if producer.kind.is_generator:
        given, _ = _told_apart(yielded(returns), expected)
        verb = "streams" if producer.stream_output else "yields, as a list,"
    return f"Task {task!r} takes {parameter!r} as {wanted}, but {producer.name!r} {verb} {given}."


def _undecided(task: str, parameter: str, upstream: str, returns: Any, expected: Any, reason: str) -> str:
    given, wanted = _told_apart(returns, expected)
    return f"Task {task!r}: whether {given} of {upstream!r} fits {parameter!r}, {wanted}, cannot be told ({reason})."


def _told_apart(one: Any, other: Any) -> tuple[str, str]:
    """Write two types, with their modules where they would look the same without."""
    first, second = type_text(one), type_text(other)
    if first != second:
        return first, second
    return type_text(one, qualified=True), type_text(other, qualified=True)
