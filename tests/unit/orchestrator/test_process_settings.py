"""Settings are read, compared, and put back; those that cannot be are named."""

from __future__ import annotations

import subprocess
import sys
import textwrap


def told_by(code: str) -> list[str]:
    """Run code in a process of its own: it turns the process's settings over."""
    head = "import os, sys, warnings, signal\nfrom dpnb.orchestrator.pool.process_settings import ProcessSettings\n"
    made = "calls = []\nsettings = ProcessSettings(on_change=lambda: calls.append(1))\n"
    done = subprocess.run(
        [sys.executable, "-c", head + made + textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_where_nothing_was_changed_nothing_is_done():
    assert told_by("print(settings.restore(), calls)") == ["[] []"]


def test_a_change_is_undone_and_told_once():
    code = """
        path = list(sys.path)
        sys.path.append("/left")
        warnings.simplefilter("error")
        print(settings.restore(), calls, sys.path == path, warnings.filters[0][0] == "error")
        print(settings.restore(), calls)
    """
    assert told_by(code) == ["[] [1] True False", "[] [1]"]


def test_what_a_change_broke_is_not_kept_by_the_next():
    code = """
        sys.path.append("/one")
        settings.restore()
        sys.path.append("/two")
        settings.restore()
        print("/one" in sys.path, "/two" in sys.path)
    """
    assert told_by(code) == ["False False"]


def test_objects_that_cannot_be_compared_do_no_harm():
    code = """
        class Odd(list):
            def __eq__(self, other): raise SystemError
            __hash__ = None
        sys.argv = Odd()
        print(settings.restore(), type(sys.argv).__name__)
    """
    assert told_by(code) == ["[] list"]


def test_what_cannot_be_put_back_is_named():
    code = """
        os.write(1, b"")
        out = sys.stdout
        sys.stderr.close()
        print(settings.restore())
    """
    assert told_by(code) == ["['closed streams']"]
