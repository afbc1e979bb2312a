from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest

from dpnb.registry.declared_reads import FileDigests, ReadsState, contents, state_of_reads

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

AN_HOUR = 3_600_000_000_000


class CountingDigests(FileDigests):
    """Digests whose clock stands an hour ahead, so that files written by the test have long been left alone."""

    def __init__(self, ahead_ns: int = AN_HOUR) -> None:
        super().__init__(lambda: time.time_ns() + ahead_ns)
        self.read: list[str] = []

    def _read(self, path: str, shown: str) -> Any:
        self.read.append(shown)
        return super()._read(path, shown)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    (data / "2013" / "may").mkdir(parents=True)
    (data / "a.csv").write_text("one")
    (data / "b.csv").write_text("two")
    (data / "notes.txt").write_text("three")
    (data / "2013" / "c.csv").write_text("four")
    (data / "2013" / "may" / "d.csv").write_text("five")
    return tmp_path


def paths(state: ReadsState) -> list[str]:
    return [file.path for files in state.files.values() for file in files]


def problems(state: ReadsState) -> list[str]:
    return [file.problem for files in state.files.values() for file in files]


def state(patterns: str | Iterable[str], folder: Path, digests: FileDigests | None = None, **known: Any) -> ReadsState:
    named = [patterns] if isinstance(patterns, str) else patterns
    return state_of_reads(named, folder, **known, digests=digests or CountingDigests())


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("data/*.csv", ["data/a.csv", "data/b.csv"]),
        ("data/**/*.csv", ["data/2013/c.csv", "data/2013/may/d.csv", "data/a.csv", "data/b.csv"]),
        ("data/?.csv", ["data/a.csv", "data/b.csv"]),
        ("data/[!a].csv", ["data/b.csv"]),
        ("data/notes.txt", ["data/notes.txt"]),
        ("data/2013", ["data/2013/c.csv", "data/2013/may/d.csv"]),
        ("data/2013/", ["data/2013/c.csv", "data/2013/may/d.csv"]),
        ("*/2013", ["data/2013/c.csv", "data/2013/may/d.csv"]),
        ("data/2013/**", ["data/2013/c.csv", "data/2013/may/d.csv"]),
        ("data/*.parquet", []),
        ("no/such/file", []),
    ],
)
def test_a_pattern_finds_files_and_what_lies_in_folders(folder, pattern, found):
    assert paths(state(pattern, folder)) == found
    assert list(state(pattern, folder).files) == [pattern]


def test_the_working_directory_is_where_patterns_begin(folder, monkeypatch):
    monkeypatch.chdir(folder / "data")
    assert paths(state_of_reads(["*.csv"])) == ["a.csv", "b.csv"]
    assert state_of_reads(["../data/a.csv"]) == state(["../data/a.csv"], folder / "data")


def test_a_file_below_the_folder_is_named_from_there_wherever_the_pattern_began(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    assert paths(state(str(folder / "data" / "*.csv"), folder)) == ["data/a.csv", "data/b.csv"]
    assert paths(state("~/data/a.csv", folder / "data")) == ["a.csv"]
    assert paths(state("~/data/a.csv", folder / "data" / "2013")) == [(folder / "data/a.csv").as_posix()]


def test_a_file_that_was_touched_is_what_it_was(folder):
    before = state("data/*.csv", folder)
    os.utime(folder / "data" / "a.csv", (1, 1))
    assert state("data/*.csv", folder) == before
    (folder / "data" / "a.csv").write_text("eno")
    assert state("data/*.csv", folder) != before


def test_files_that_come_go_or_are_renamed_make_another_state(folder):
    before = state("data/*.csv", folder)
    (folder / "data" / "e.csv").write_text("")
    added = state("data/*.csv", folder)
    (folder / "data" / "e.csv").rename(folder / "data" / "f.csv")
    renamed = state("data/*.csv", folder)
    (folder / "data" / "f.csv").unlink()
    assert len({before.digest, added.digest, renamed.digest}) == 3
    assert state("data/*.csv", folder) == before


def test_the_order_of_patterns_is_nothing_but_the_patterns_are(folder):
    one = state(["data/a.csv", "data/b.csv"], folder)
    assert one == state(["data/b.csv", "data/a.csv", "data/a.csv"], folder)
    assert one.to_json() == state(["data/b.csv", "data/a.csv"], folder).to_json()
    assert one != state(["data/[ab].csv"], folder)


def test_nothing_declared_is_the_empty_state():
    assert state_of_reads([]) == ReadsState() == ReadsState.from_json("")
    assert state_of_reads([]).to_json() == ""


def test_a_file_is_read_once_by_a_process(folder):
    digests = CountingDigests()
    before = state(["data/*.csv", "data/**/*.csv"], folder, digests)
    assert sorted(digests.read) == ["data/2013/c.csv", "data/2013/may/d.csv", "data/a.csv", "data/b.csv"]
    assert state(["data/*.csv", "data/**/*.csv"], folder, digests) == before
    assert len(digests.read) == 4
    (folder / "data" / "a.csv").write_text("changed")
    state("data/*.csv", folder, digests)
    assert digests.read[4:] == ["data/a.csv"]


def test_another_process_takes_what_was_stored(folder):
    stored = state("data/*.csv", folder).to_json()
    digests = CountingDigests()
    known = ReadsState.from_json(stored)
    assert state("data/*.csv", folder, digests, known=known).to_json() == stored
    assert digests.read == []


def test_a_file_that_was_just_written_is_read_again(folder):
    digests = CountingDigests(ahead_ns=0)
    stored = state("data/a.csv", folder, digests).to_json()
    state("data/a.csv", folder, digests, known=ReadsState.from_json(stored))
    assert digests.read == ["data/a.csv", "data/a.csv"]


def test_a_change_in_the_same_tick_is_seen(folder):
    """Two contents of one size and one time: what a look at the clock alone would take for the same."""
    file = folder / "data" / "a.csv"
    digests = CountingDigests(ahead_ns=0)
    before = state("data/a.csv", folder, digests)
    times = (file.stat().st_atime_ns, file.stat().st_mtime_ns)
    file.write_text("eno")
    os.utime(file, ns=times)
    assert state("data/a.csv", folder, digests, known=ReadsState.from_json(before.to_json())) != before


def test_a_content_put_back_with_its_old_time_is_seen(folder):
    """As ``cp -p`` and archives do; the time of the last change of anything tells."""
    file = folder / "data" / "a.csv"
    os.utime(file, (1, 1))
    digests = CountingDigests()
    before = state("data/a.csv", folder, digests)
    file.write_text("eno")
    os.utime(file, (1, 1))
    assert state("data/a.csv", folder, digests, known=before) != before


def test_an_earlier_state_of_other_files_does_not_mislead(folder):
    known = state("data/b.csv", folder)
    renamed = ReadsState.from_json(known.to_json().replace("b.csv", "a.csv"))
    assert state("data/a.csv", folder, known=renamed) == state("data/a.csv", folder)


@pytest.mark.parametrize("text", ["[]", "{}", '{"files":{"a":[["x"]]}}', '{"files":3}', "no json", "null"])
def test_what_is_no_state_is_refused(text):
    with pytest.raises(ValueError, match="state of files|Expecting value"):
        ReadsState.from_json(text)


def test_the_text_is_ascii_and_gives_the_state_back(folder):
    (folder / "data" / "항공편.csv").write_text("삼")
    before = state("data/*.csv", folder)
    text = before.to_json()
    assert text.isascii()
    assert json.loads(text)["digest"] == before.digest
    again = ReadsState.from_json(text)
    assert again == before
    assert again.files == before.files
    assert again.to_json() == text


@pytest.mark.skipif(sys.platform == "darwin", reason="the file system takes both forms for one")
@pytest.mark.parametrize("on_disk", ["NFC", "NFD"])
@pytest.mark.parametrize("typed", ["NFC", "NFD"])
def test_a_name_is_found_in_either_normal_form(folder, on_disk, typed):
    name = unicodedata.normalize(on_disk, "항공편 é.csv")
    (folder / name).write_text("one")
    for pattern in ("항공편 é.csv", "항공편*.csv"):
        assert paths(state(unicodedata.normalize(typed, pattern), folder)) == [name]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are text there")
def test_a_name_that_is_no_text_is_read_all_the_same(folder):
    with open(os.fsencode(folder) + b"/\xff.csv", "wb") as file:  # noqa: PTH123
        file.write(b"one")
    found = state("*.csv", folder)
    assert problems(found) == [""]
    assert ReadsState.from_json(found.to_json()) == found


def test_brackets_may_be_part_of_a_name(folder):
    (folder / "flights [old].csv").write_text("one")
    assert paths(state("flights [old].csv", folder)) == ["flights [old].csv"]


def test_hidden_files_are_found_where_they_are_named(folder):
    (folder / ".dpnb").mkdir()
    (folder / ".dpnb" / "ledger.db").write_text("each run changes it")
    (folder / "data" / ".DS_Store").write_text("so does a look at the folder")
    seen = paths(state([".", "data/*", "**/*"], folder))
    assert "data/a.csv" in seen
    assert not [path for path in seen if "/." in path or path[0] == "."]
    assert paths(state(".dpnb/*", folder)) == paths(state(".dpnb", folder)) == [".dpnb/ledger.db"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_are_followed_and_circles_end(folder):
    (folder / "link.csv").symlink_to(folder / "data" / "a.csv")
    (folder / "data" / "2013" / "up").symlink_to(folder / "data")
    (folder / "self").symlink_to("self")
    before = state(["link.csv", "data", "self"], folder)
    assert paths(before)[0].startswith("data/2013")
    assert len(paths(before)) == 7
    (folder / "data" / "a.csv").write_text("changed")
    assert state("link.csv", folder).digest != state("data/b.csv", folder).digest
    assert state(["link.csv", "data", "self"], folder).files["link.csv"] != before.files["link.csv"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_to_nothing_is_part_of_the_state(folder):
    (folder / "lost.csv").symlink_to("nowhere.csv")
    (folder / "data" / "self").symlink_to("self")
    before = state(["*.csv", "data"], folder)
    assert problems(state("*.csv", folder)) == ["a link to nothing"]
    assert "data/self" in paths(before)
    (folder / "nowhere.csv").write_text("found")
    assert state(["*.csv", "data"], folder) != before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden here")
def test_what_may_not_be_read_is_part_of_the_state(folder):
    (folder / "data" / "a.csv").chmod(0)
    (folder / "data" / "2013").chmod(0)
    try:
        assert problems(state("data/a.csv", folder)) == ["not allowed to be read"]
        assert problems(state("data/2013", folder)) == ["a folder that cannot be listed"]
    finally:
        (folder / "data" / "2013").chmod(0o700)


def test_what_the_system_refuses_to_read_is_part_of_the_state(folder, monkeypatch):
    def refuse(*_: object) -> Any:
        raise PermissionError

    digests = CountingDigests()
    monkeypatch.setattr(digests, "_read", refuse)
    assert problems(state("data/a.csv", folder, digests)) == ["not allowed to be read"]
    assert state("data/a.csv", folder, digests) != state("data/a.csv", folder)


def test_a_file_that_vanishes_while_it_is_looked_at_is_part_of_the_state(folder):
    class Removing(CountingDigests):
        def _read(self, path: str, shown: str) -> Any:
            os.remove(path)  # noqa: PTH107
            return super()._read(path, shown)

    assert problems(state("data/a.csv", folder, Removing())) == ["gone when it was read"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders")
@pytest.mark.timeout(20)
def test_a_pipe_is_not_waited_for(folder):
    os.mkfifo(folder / "pipe.csv")
    assert problems(state("*.csv", folder)) == ["not a regular file"]


def test_a_name_that_no_file_can_have_finds_nothing(folder):
    assert paths(state(["a\0b", "x" * 5000, "*/" * 3000], folder)) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use cannot be removed")
def test_a_working_directory_that_is_gone_finds_nothing(tmp_path):
    (tmp_path / "gone").mkdir()
    program = "import os; os.rmdir(os.getcwd())\nfrom dpnb.registry.declared_reads import state_of_reads\n"
    program += "print(state_of_reads(['*.csv', 'a.csv']).files)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path / "gone",
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "{'*.csv': (), 'a.csv': ()}", done.stderr


@pytest.mark.parametrize(("writings", "readings"), [(1, 2), (2, 3), (1_000, 3)])
def test_a_file_that_changes_while_it_is_read_is_read_again(folder, monkeypatch, writings, readings):
    file = folder / "data" / "a.csv"
    read: list[str] = []

    def interrupted(opened: Any) -> str:
        digest = plain(opened)
        read.append(digest)
        if len(read) <= writings:
            file.write_text("more" * 10 * len(read))
        return digest

    plain = contents._digest
    monkeypatch.setattr(contents, "_digest", interrupted)
    (found,) = state("data/a.csv", folder).files["data/a.csv"]
    monkeypatch.undo()
    assert len(read) == readings
    assert found.is_settled == (readings < 3)
    assert (state("data/a.csv", folder).files["data/a.csv"] == (found,)) == (writings < readings)


def test_a_file_under_a_writers_hands_is_told_unsettled(folder):
    file = folder / "data" / "log.csv"
    file.write_bytes(b"x" * 1_000_000)
    stop = threading.Event()

    def write() -> None:
        with file.open("ab", buffering=0) as out:
            while not stop.is_set():
                out.write(b"more")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        (found,) = state("data/log.csv", folder, CountingDigests()).files["data/log.csv"]
    finally:
        stop.set()
        writer.join()
    assert found.digest
    before = state("data/log.csv", folder)
    assert state("data/log.csv", folder, known=before) == before
