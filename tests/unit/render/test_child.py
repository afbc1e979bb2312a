from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dpnb.render.child import ask


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_answer_is_what_the_program_writes() -> None:
    assert ask(python("import sys; print(sys.stdin.read().upper())"), "a 한글", 10) == "A 한글\n"


def test_missing_program_is_an_os_error() -> None:
    with pytest.raises(OSError, match="no-such-program"):
        ask(["/no-such-program"], "", 1)


def test_failing_program_is_an_error() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        ask(python("raise SystemExit(3)"), "", 10)


def test_program_that_reads_nothing_is_no_trouble() -> None:
    assert ask(python("print('ok')"), "x" * 1_000_000, 10) == "ok\n"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc")
def test_program_past_its_deadline_is_killed_with_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    code = (
        "import os, subprocess, sys, time;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}'); time.sleep(60)"
    )
    started = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        ask(python(code), "", 1.5)
    assert time.monotonic() - started < 10
    for pid in map(int, pids.read_text().split()):
        ends = time.monotonic() + 5
        while is_running(pid) and time.monotonic() < ends:
            os.sched_yield()
        assert not is_running(pid)


def test_program_that_never_stops_talking_is_cut_short() -> None:
    started = time.monotonic()
    with pytest.raises(subprocess.SubprocessError):
        ask(python("while True: print('a' * 10_000)"), "", 30)
    assert time.monotonic() - started < 20
