"""What will run, in which order, and why."""

from __future__ import annotations

from dpnb.planner.analysis import CriticalPath, DAGAnalyzer
from dpnb.planner.builder import DAGBuilder
from dpnb.planner.cause import Cause, CauseKind
from dpnb.planner.dag import DAG, Edge
from dpnb.planner.explanation import Explanation
from dpnb.planner.forecast import Forecast
from dpnb.planner.history import EarlierRuns, RunHistory
from dpnb.planner.node import Binding, Node, Source, WhenMissing
from dpnb.planner.outline import OutlineTask, PlanOutline
from dpnb.planner.plan import ExecutionPlan
from dpnb.planner.plan_summary import PlanSummary
from dpnb.planner.planner import Planner
from dpnb.planner.reuse import ReusePolicy
from dpnb.planner.schema_validator import SchemaValidator
from dpnb.planner.selection import Selection
from dpnb.planner.validation import DAGValidator
from dpnb.planner.verdict import Verdict

__all__ = [
    "DAG",
    "Binding",
    "Cause",
    "CauseKind",
    "CriticalPath",
    "DAGAnalyzer",
    "DAGBuilder",
    "DAGValidator",
    "EarlierRuns",
    "Edge",
    "ExecutionPlan",
    "Explanation",
    "Forecast",
    "Node",
    "OutlineTask",
    "PlanOutline",
    "PlanSummary",
    "Planner",
    "ReusePolicy",
    "RunHistory",
    "SchemaValidator",
    "Selection",
    "Source",
    "Verdict",
    "WhenMissing",
]
