"""Code of which it is not certain that it ran equals no other, and says why."""

from __future__ import annotations

import pytest

from dpnb.planner.doubts import changed_here, doubt_text, doubted, is_doubted, run_in_process, without_doubt
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


@pytest.mark.parametrize(
    ("names", "said", "ending"),
    [
        (["설정.값"], "`설정.값` was changed in the process that started run_1", "imported it from its file"),
        (["mm.f", "mm.C"], "`mm.C`, `mm.f` were changed in the process", "imported them from their files"),
    ],
)
def test_code_of_which_workers_had_another_part_says_so(names, said, ending):
    code = changed_here(IDENTITY, names).code or ""
    assert code != IDENTITY.code == without_doubt(code)
    text = doubt_text(code, "run_1")
    assert (text.startswith(said), text.endswith(ending)) == (True, True)


def test_only_what_something_was_added_to_is_doubted():
    assert [is_doubted(one) for one in (IDENTITY, UNKNOWN)] == [False, False]
    assert [is_doubted(one) for one in (changed_here(IDENTITY, ["a.b"]), doubted(IDENTITY, ["a"]))] == [True, True]
