"""Files that are written to between two looks leave open what was read of them; all others are what they were."""

from __future__ import annotations

import pytest

from dpnb.registry.declared_reads import FileState, ReadsState, reads_meanwhile, state_of_reads

PATTERN = "자료/*.csv"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "자료").mkdir()
    for name in ("a", "b"):
        (tmp_path / f"자료/{name}.csv").write_text("1")
    return tmp_path / "자료"


def problems(text):
    return {file.path: file.problem for file in ReadsState.from_json(text).files[PATTERN]}


def test_what_nobody_writes_to_is_what_it_was_to_the_letter(folder):
    before = state_of_reads([PATTERN]).to_json()
    assert reads_meanwhile([PATTERN], before) == before


def test_a_file_that_is_written_again_as_it_was_is_what_it_was(folder):
    before = state_of_reads([PATTERN]).to_json()
    (folder / "a.csv").write_text("1")
    assert reads_meanwhile([PATTERN], before) == before


def test_files_that_are_written_to_or_come_or_go_are_in_doubt_and_no_others(folder):
    before = state_of_reads([PATTERN]).to_json()
    (folder / "b.csv").write_text("2")
    (folder / "c.csv").write_text("3")
    found = problems(reads_meanwhile([PATTERN], before))
    doubt = "written to while the task ran"
    assert found == {"자료/a.csv": "", "자료/b.csv": doubt, "자료/c.csv": doubt}
    (folder / "a.csv").unlink()
    assert problems(reads_meanwhile([PATTERN], before))["자료/a.csv"] == doubt


def test_what_could_not_be_looked_at_says_so_still(folder):
    before = ReadsState.of({PATTERN: [FileState(path=PATTERN, problem="not to be looked at")]}).to_json()
    assert problems(reads_meanwhile([PATTERN], before))[PATTERN] == "not to be looked at"
