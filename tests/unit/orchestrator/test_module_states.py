"""What a run's driver makes of it when workers have imported something else than this process has."""

from __future__ import annotations

import pickle
import warnings

import pytest

from dpnb.errors import ModuleStateWarning
from dpnb.orchestrator.module_states import ModuleStates
from dpnb.planner.doubts import changed_here, doubted
from dpnb.planner.task_identity import UNKNOWN, TaskIdentity
from dpnb.registry.fingerprint.imported_state import ImportedState

HERE = ImportedState(digests={"constant 설정:값": "1", "helper mm:f": "1"}, digest="d")
IDENTITY = TaskIdentity(code="7c9e", imported=HERE)
OTHER = (("constant 설정:값", "2"), ("helper mm:f", "1"))


def test_workers_are_asked_only_about_what_lies_in_modules():
    states = ModuleStates("run_1", is_inline=False)
    assert [states.expected(one) for one in (IDENTITY, TaskIdentity(code="7c9e"))] == ["d", ""]
    assert ModuleStates("run_1", is_inline=True).expected(IDENTITY) == ""


def test_what_differs_puts_the_result_in_doubt_and_is_warned_of_once_a_run():
    states = ModuleStates("run_1", is_inline=False)
    for name in ("나", "가"):
        assert states.identity(name, IDENTITY, OTHER) == changed_here(IDENTITY, ["설정.값"])
    with pytest.warns(ModuleStateWarning, match=r"'run_1', `설정\.값` was not .* What '가', '나' gave") as said:
        states.warn()
    assert len(said) == 1


def test_nothing_is_doubted_where_nothing_differs_or_the_reason_is_known():
    states = ModuleStates("run_1", is_inline=False)
    edited = doubted(IDENTITY, ["설정"])
    given = [(IDENTITY, None), (IDENTITY, tuple(HERE.digests.items())), (edited, OTHER), (UNKNOWN, OTHER)]
    assert [states.identity("t", identity, differing) for identity, differing in given] == [one for one, _ in given]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        states.warn()


def test_a_worker_that_could_not_look_leaves_all_names_in_doubt():
    states = ModuleStates("run_1", is_inline=False)
    assert states.identity("t", IDENTITY, ()) == changed_here(IDENTITY, ["mm.f", "설정.값"])


def test_a_run_whose_warnings_are_errors_ends_as_it_has():
    states = ModuleStates("run_1", is_inline=False)
    states.identity("t", IDENTITY, OTHER)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        states.warn()


def test_the_warning_names_a_few_tasks_and_survives_pickling():
    warned = ModuleStateWarning("run_1", ["a", "b", "c", "d", "e"], ["m.x", "m.y"])
    assert "`m.x`, `m.y` were not in workers what they are" in str(warned)
    assert "What 'a', 'b', 'c' and 2 more gave" in str(warned)
    again = pickle.loads(pickle.dumps(warned))
    assert (str(again), again.names) == (str(warned), ("m.x", "m.y"))
