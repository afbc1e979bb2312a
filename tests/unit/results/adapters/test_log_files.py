from __future__ import annotations

import pytest

from dpnb.results import FileAttemptLogs, FilesystemIOManager

NAMES = ("run", "extract", 1)


@pytest.fixture
def logs(tmp_path) -> FileAttemptLogs:
    return FileAttemptLogs(tmp_path, limit_bytes=1_000)


def test_what_was_printed_is_read_in_order(logs):
    logs.append(*NAMES, b"one\n")
    logs.append(*NAMES, "둘\n".encode())
    assert logs.read(*NAMES) == "one\n둘\n"


def test_a_log_can_be_read_by_another_process_while_it_is_written(logs, tmp_path):
    logs.append(*NAMES, b"begun, not ended")
    assert FileAttemptLogs(tmp_path).read(*NAMES) == "begun, not ended"


def test_logs_lie_where_the_design_says(logs, tmp_path):
    logs.append("run", "extract", 2, b"x")
    assert (tmp_path / "run" / "extract" / "attempt_2.log").read_bytes() == b"x"


def test_attempts_and_tasks_are_kept_apart(logs):
    logs.append("run", "a", 1, b"first")
    logs.append("run", "a", 2, b"second")
    logs.append("run", "A", 1, b"other")
    assert [logs.read("run", "a", 1), logs.read("run", "a", 2), logs.read("run", "A", 1)] == [
        "first",
        "second",
        "other",
    ]


def test_nothing_printed_is_an_empty_log_and_closing_it_is_safe(logs, tmp_path):
    logs.append(*NAMES, b"")
    logs.close(*NAMES)
    assert logs.read(*NAMES) == ""
    assert list(tmp_path.iterdir()) == []


def test_invalid_utf_8_is_replaced(logs):
    logs.append(*NAMES, b"caf\xe9 \xff ok\n")
    assert logs.read(*NAMES) == "caf\ufffd \ufffd ok\n"


def test_a_character_cut_between_two_writes_is_whole_again(logs):
    for byte in "한글\n".encode():
        logs.append(*NAMES, bytes([byte]))
    assert logs.read(*NAMES) == "한글\n"


@pytest.mark.parametrize("piece", [1, 7, 100, 999, 5_000, 50_000])
def test_a_flood_keeps_head_and_tail_and_counts_what_is_missing(logs, tmp_path, piece):
    text = b"".join(b"line %06d\n" % number for number in range(2_000))
    for start in range(0, len(text), piece):
        logs.append(*NAMES, text[start : start + piece])
    stored = (tmp_path / "run" / "extract" / "attempt_1.log").read_bytes()
    assert len(stored) <= 1_100
    head, tail = stored.split(b"[", 1)[0].rstrip(b"\n"), stored.split(b"here]\n", 1)[1]
    assert text.startswith(head)
    assert text.endswith(tail)
    missing = int(stored.split(b"[", 1)[1].split()[0])
    gap = len(b"\n[%20d bytes left out here]\n" % 0)
    assert missing == len(text) - (len(stored) - gap)
    assert len(head) >= 450
    assert len(tail) >= 250


def test_the_gap_is_counted_on_after_a_new_process_goes_on(logs, tmp_path):
    logs.append(*NAMES, b"a" * 3_000)
    again = FileAttemptLogs(tmp_path, limit_bytes=1_000)
    again.append(*NAMES, b"b" * 3_000)
    text = again.read(*NAMES)
    missing = int(text.split("[", 1)[1].split()[0])
    assert missing + text.count("a") - text.count("[a") + text.count("b") >= 5_990
    assert text.startswith("a")
    assert text.endswith("b")


def test_a_line_overwritten_by_carriage_returns_is_overwritten_in_the_file(logs):
    for percent in range(101):
        logs.append(*NAMES, b"\r%3d %%" % percent)
    logs.append(*NAMES, b"\ndone\n")
    assert logs.read(*NAMES).strip() == "100 %\ndone"


def test_a_flood_of_carriage_returns_stays_one_line(logs):
    logs.append(*NAMES, b"before\n")
    for _ in range(200):
        logs.append(*NAMES, b"progress\r" * 500)
    assert logs.read(*NAMES) == "before\nprogress\r"


def test_a_progress_bar_cut_anywhere_shows_its_last_state(tmp_path):
    text = b"start\n" + b"".join(b"\r%d of 50" % number for number in range(51)) + b"\nend\n"
    for piece in (1, 2, 3, 5, 8, 13):
        logs = FileAttemptLogs(tmp_path / str(piece))
        for start in range(0, len(text), piece):
            logs.append(*NAMES, text[start : start + piece])
        assert logs.read(*NAMES).replace("\r", "") == "start\n50 of 50\nend\n"


def test_windows_line_ends_stay(logs):
    logs.append(*NAMES, b"one\r\ntwo\r\n")
    assert logs.read(*NAMES) == "one\r\ntwo\r\n"


def test_a_line_without_end_is_bounded_in_memory(logs):
    for _ in range(100):
        logs.append(*NAMES, b"x" * 500)
    (state,) = logs._open.values()
    assert len(state.line) <= 8 * 1024


def test_closing_forgets_the_attempt_and_keeps_its_log(logs):
    logs.append(*NAMES, b"kept")
    logs.close(*NAMES)
    assert logs._open == {}
    assert logs.read(*NAMES) == "kept"


def test_a_planted_symlink_is_not_followed(logs, tmp_path):
    (tmp_path / "secret").write_text("private")
    logs.append(*NAMES, b"x")
    path = tmp_path / "run" / "extract" / "attempt_1.log"
    path.unlink()
    path.symlink_to(tmp_path / "secret")
    assert logs.read(*NAMES) == ""
    with pytest.raises(OSError, match="symbolic"):
        logs.append(*NAMES, b"overwritten")
    assert (tmp_path / "secret").read_text() == "private"


def test_a_run_cleared_meanwhile_starts_its_log_anew(logs, tmp_path):
    logs.append(*NAMES, b"before\n")
    FilesystemIOManager(tmp_path).clear_run("run")
    logs.append(*NAMES, b"after\n")
    assert logs.read(*NAMES) == "after\n"


def test_one_endless_line_costs_time_in_proportion_to_its_length(tmp_path):
    logs = FileAttemptLogs(tmp_path)
    for _ in range(200):
        logs.append("run", "task", 1, b"y" * 65_536)
    assert logs.read("run", "task", 1).startswith("y" * 1000)


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        (b"10 %\r20 %\r100 %\n", "100 %\n"),
        (b"a\r\nb\r\n", "a\r\nb\r\n"),
        (b"first\nover\r\rwritten", "first\nwritten"),
        (b"ends so\r", "ends so\r"),
    ],
)
def test_a_line_is_kept_as_a_terminal_shows_it_in_the_end(tmp_path, printed, shown):
    whole, bytewise = FileAttemptLogs(tmp_path / "whole"), FileAttemptLogs(tmp_path / "bytewise")
    whole.append("run", "task", 1, printed)
    for number in range(len(printed)):
        bytewise.append("run", "task", 1, printed[number : number + 1])
    assert whole.read("run", "task", 1) == bytewise.read("run", "task", 1) == shown
