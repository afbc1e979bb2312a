"""What the server starts under a name: plans of this process's tasks, and notebooks."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from dpnb.errors import PipelineNameError, PlanError
from dpnb.planner import DAGBuilder, ExecutionPlan, Planner, ReusePolicy, Selection
from dpnb.server.json_values import JsonObject, Text
from dpnb.server.parameters import VARIES, Parameters, model_of, parameters_of, strictly

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.planner.builder import Draft
    from dpnb.workspace import Workspace

type Pipelines = Mapping[str, ExecutionPlan | Selection | str | Path]
type Reuse = Literal["fresh"] | None

_NAME = re.compile(r"[^\x00-\x1f\x7f/{}%?#]{1,100}")


class RunRequest(BaseModel):
    """How a pipeline is to run; each pipeline's own request has its own `params`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    params: Any = None
    reuse: Reuse = Field(default=None, description="Whether results of earlier runs that still stand are taken over.")
    metadata: JsonObject = Field(default={}, description="Anything to remember of the run.")

    def given(self) -> dict[str, Any]:
        """Return the run parameters that were named."""
        return self.params.given() if isinstance(self.params, Parameters) else {}


@dataclass(frozen=True, kw_only=True)
class PlanPipeline:
    """A plan of tasks that this process has registered."""

    name: str
    plan: ExecutionPlan
    kind: Literal["plan"] = "plan"

    @property
    def tasks(self) -> list[str]:
        """The names of its tasks, in an order in which they can run."""
        return self.plan.execution_order

    @cached_property
    def parameters(self) -> type[Parameters]:
        """What its tasks take."""
        return parameters_of(self.plan.dag.nodes.values(), self.plan.params, title=self.name)

    def planned(self, params: Mapping[str, Any], reuse: Reuse) -> ExecutionPlan:
        """Return the plan of one run. Raises `PlanError`."""
        plan = self.plan if reuse is None else replace(self.plan, reuse=ReusePolicy.fresh())
        return plan.with_params(params) if params else plan.assessed()


@dataclass(frozen=True, kw_only=True)
class SelectionPipeline:
    """Tasks that are planned anew for every run; unlike a plan, it may leave run parameters to be given."""

    name: str
    selection: Selection
    workspace: Workspace
    kind: Literal["plan"] = "plan"

    @cached_property
    def draft(self) -> Draft:
        """The tasks as they are when it is offered; what they lack is a run parameter. Raises `PlanError`."""
        builder = DAGBuilder(self.workspace.registry)
        bare = builder.draft(self.selection, {}).dag.nodes.values()
        lacking = {
            parameter.name: None
            for node in bare
            for parameter in node.task.schema.parameters
            if parameter.name not in {binding.parameter for binding in node.bindings}
        }
        draft = builder.draft(self.selection, lacking)
        if draft.problems:
            raise PlanError(draft.problems)
        return draft

    @property
    def tasks(self) -> list[str]:
        """The names of its tasks."""
        return sorted(self.draft.dag.nodes)

    @cached_property
    def parameters(self) -> type[Parameters]:
        """What its tasks take."""
        return parameters_of(self.draft.dag.nodes.values(), {}, title=self.name)

    def planned(self, params: Mapping[str, Any], reuse: Reuse) -> ExecutionPlan:
        """Return the plan of one run. Raises `PlanError`."""
        return _planned(self.selection, self.workspace, params, reuse)


@dataclass(frozen=True, kw_only=True)
class NotebookPipeline:
    """A notebook, which is executed in a kernel of its own for every run."""

    name: str
    path: Path
    kind: Literal["notebook"] = "notebook"

    @property
    def tasks(self) -> list[str]:
        """Not known before its cells are executed."""
        return []

    @cached_property
    def parameters(self) -> type[Parameters]:
        """What its cell of parameters assigns; its tasks may take more."""
        from dpnb.notebook.parameters import Code, assigned_defaults
        from dpnb.notebook.preparation import read_notebook

        defaults = assigned_defaults(read_notebook(self.path).cells)
        hints = {n: (Any, VARIES) if isinstance(v, Code) else (_hint_of(v), v) for n, v in defaults.items()}
        return model_of(hints, title=self.name, base=NotebookParameters)


class NotebookParameters(Parameters):
    """Parameters of a notebook: those of its cell are known, others are its tasks'."""

    model_config = ConfigDict(extra="allow")

    @model_validator(mode="after")
    def _are_names(self) -> NotebookParameters:
        """Refuse what is no variable's name, for the parameters become a cell."""
        from dpnb.notebook.parameters import is_variable

        for name in self.model_extra or {}:
            if not is_variable(name):
                raise ValueError(f"{name!r} cannot be the name of a variable")
        return self


type Pipeline = PlanPipeline | SelectionPipeline | NotebookPipeline


def pipelines_of(offered: Pipelines, workspace: Workspace) -> dict[str, Pipeline]:
    """Return what is offered, checked.

    Raises
    ------
    PipelineNameError
        A name cannot be part of an address.
    FileNotFoundError, NotebookFormatError
        There is no such notebook, or it is none.
    PlanError
        Tasks that are selected cannot be planned.
    """
    found: dict[str, Pipeline] = {}
    for name, offer in offered.items():
        _check_name(name)
        if isinstance(offer, ExecutionPlan):
            found[name] = PlanPipeline(name=name, plan=offer)
        elif isinstance(offer, Selection):
            found[name] = SelectionPipeline(name=name, selection=offer, workspace=workspace)
        else:
            path = Path(offer).absolute()
            if not path.is_file():
                raise FileNotFoundError(f"pipeline {name!r}: there is no notebook {str(path)!r}")
            found[name] = NotebookPipeline(name=name, path=path)
        found[name].parameters  # noqa: B018 - a notebook that cannot be read is refused here, not at its first request
    return found


def request_model(pipeline: Pipeline) -> type[RunRequest]:
    """Return the model of a request to run a pipeline; without a field that is required it may be left out."""
    model = pipeline.parameters
    needed = any(field.is_required() for field in model.model_fields.values())
    params: Any = (strictly(model), ...) if needed else (strictly(model), Field(default_factory=model))
    request: type[RunRequest] = create_model("RunRequest", __base__=RunRequest, params=params)
    return request


class SelectionRequest(RunRequest):
    """A run of tasks that the server's process has registered: those of these tags or names, and what they need."""

    tags: list[Text] | None = Field(default=None, description="Tasks with any of these tags.")
    targets: list[Text] | None = Field(
        default=None, description="Tasks of these names, or whose names fit these globs."
    )
    exclude: list[Text] = Field(default=[], description="Names or globs of tasks that stay out.")
    params: JsonObject = Field(default={}, description="Run parameters by name.")

    @model_validator(mode="after")
    def _selects(self) -> SelectionRequest:
        if not (self.tags or self.targets):
            raise ValueError("tags or targets must select something")
        return self

    def given(self) -> dict[str, Any]:
        """Return the run parameters, as they came."""
        return dict(self.params)


def plan_selection(request: SelectionRequest, workspace: Workspace) -> ExecutionPlan:
    """Plan the tasks that are asked for, as they are registered now.

    Raises
    ------
    pydantic.ValidationError
        A parameter is not of the type that a task asks for.
    PlanError
        The tasks cannot be planned, or a parameter is missing or taken by none.
    """
    asked = Selection.of(tags=request.tags, targets=request.targets, exclude=request.exclude or None)
    draft = DAGBuilder(workspace.registry).draft(asked, request.params)
    if draft.problems:
        raise PlanError(draft.problems)
    model = parameters_of(draft.dag.nodes.values(), {}, title="the selected tasks")
    body: Any = create_model("Body", params=(strictly(model), ...)).model_validate({"params": request.params})
    return _planned(asked, workspace, body.params.given(), request.reuse)


def _planned(selection: Selection, workspace: Workspace, params: Mapping[str, Any], reuse: Reuse) -> ExecutionPlan:
    planner = Planner(DAGBuilder(workspace.registry), history=workspace.history)
    return planner.create_execution_plan(
        tags=selection.tags,
        targets=selection.targets,
        exclude=selection.exclude or None,
        params=params,
        reuse=reuse,
    )


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise PipelineNameError(name, "it is no part of an address")
    if name in (".", "..") or name != name.strip():
        raise PipelineNameError(name, "clients change such a name in an address")


def _hint_of(value: Any) -> Any:
    """Return what a literal tells of the values that may stand in its place."""
    if isinstance(value, list):
        return list[Any]
    if isinstance(value, dict):
        return dict[str, Any]
    return type(value) if isinstance(value, bool | int | float | str) else Any
