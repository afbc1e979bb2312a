"""What the application says of itself is true, and no request that can be made of it is a server's error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.result import Ok

from dpnb import InlineExecutor, Orchestrator
from tests.unit.server.conftest import HOST, TOKEN, app, plan, registry, workspace  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb import Workspace
    from dpnb.planner import ExecutionPlan

pytestmark = pytest.mark.integration

HEADERS = {"Authorization": f"Bearer {TOKEN}", "Host": HOST}
EXAMPLES = {GenerationMode.POSITIVE: 3, GenerationMode.NEGATIVE: 2}
# What a schema admits may still name no tag, no point in time, or a key that was used before.
NOT_ASKED = ("positive_data_acceptance",)


@pytest.fixture
def known(workspace: Workspace, plan: Callable[..., ExecutionPlan]) -> dict[str, str]:  # noqa: F811
    """Give names that address something; made-up ones are nearly always unknown."""
    run = Orchestrator(workspace=workspace, executor=InlineExecutor()).start_pipeline(plan(tags="etl"))
    return {"run_id": run.run_id, "task": "항공편", "name": "수집"}


@pytest.mark.parametrize("mode", list(EXAMPLES), ids=lambda mode: mode.value)
def test_every_operation_answers_as_its_schema_says_and_never_with_a_server_error(app, known, mode):  # noqa: F811
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers=HEADERS)
    operations: list[Any] = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    assert len(operations) > 20
    for operation in operations:
        _probe(operation, mode, {} if operation.method == "delete" else known)


def _probe(operation: Any, mode: GenerationMode, known: dict[str, str]) -> None:
    """Make requests of an operation, right ones or wrong ones, if there is anything that can be wrong."""
    has_input = bool(operation.body) or any(True for _ in operation.iter_parameters())
    if mode is GenerationMode.NEGATIVE and not has_input:
        return

    @settings(
        max_examples=EXAMPLES[mode],
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def answers_as_it_says(case: Case[Any]) -> None:
        if mode is GenerationMode.POSITIVE:
            case.path_parameters.update({name: known[name] for name in case.path_parameters if name in known})
        excluded: list[Any] = [CHECKS.get_one(name) for name in NOT_ASKED]
        case.call_and_validate(headers=HEADERS, excluded_checks=excluded)

    answers_as_it_says()
