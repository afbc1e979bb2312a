"""Code of which it is not certain that it ran equals no other, and says why."""

from __future__ import annotations

import pytest

from dpnb.planner.doubts import doubt_text, doubted, run_in_process, without_doubt
from dpnb.planner.task_identity import UNKNOWN, TaskIdentity
from dpnb.registry.fingerprint import Fingerprint, OutdatedModule

IDENTITY = TaskIdentity(code="7c9e", source="s", arguments="{}")
OUTDATED = Fingerprint(digest="7c9e", parts={}, outdated=(OutdatedModule(name="청소", file="청소.py"),))


def test_code_in_doubt_is_no_plans_code_but_tells_which_it_was_taken_for():
    code = doubted(IDENTITY, ["etl"]).code
    assert code is not None
    assert code != IDENTITY.code == without_doubt(code)


@pytest.mark.parametrize(
    ("modules", "text"),
    [
        (["청소"], "module `청소` was edited while run_1 went on, which may have run either"),
        (["b", "a"], "modules `a`, `b` were edited while run_1 went on, which may have run either"),
    ],
)
def test_it_names_the_modules(modules, text):
    assert doubt_text(doubted(IDENTITY, modules).code or "", "run_1") == text


def test_what_runs_as_it_was_imported_is_told_from_what_workers_run_only_where_a_file_was_edited():
    assert run_in_process(IDENTITY, Fingerprint(digest="7c9e", parts={})) == IDENTITY
    within = run_in_process(IDENTITY, OUTDATED)
    assert within.code != IDENTITY.code == without_doubt(within.code or "")
    assert "within the kernel" in doubt_text(within.code or "", "run_1")


def test_code_that_is_not_known_stays_so():
    assert run_in_process(UNKNOWN, OUTDATED) == UNKNOWN


def test_certain_code_is_in_no_doubt():
    assert (doubt_text("7c9e:chunks", "run_1"), without_doubt("7c9e:chunks")) == ("", "7c9e:chunks")
