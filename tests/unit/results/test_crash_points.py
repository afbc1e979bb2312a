from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from dpnb.results import crash_points

CODE = """
from dpnb.results.crash_points import reach
reach("other")
for number in range(1, 5):
    print(number, flush=True)
    reach("here")
"""


def test_a_point_does_nothing_unless_it_is_armed():
    assert crash_points.reach is crash_points._pass_by
    crash_points.reach("anywhere")


def test_whoever_comes_to_an_armed_point_as_the_nth_dies(tmp_path, monkeypatch):
    monkeypatch.setenv(crash_points.ARMED_BY, f"here,3,{tmp_path / 'count'}")
    first = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert (first.returncode, first.stdout.split()) == (-9, ["1", "2", "3"])
    second = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert (second.returncode, second.stdout.split()) == (0, ["1", "2", "3", "4"])


def test_another_process_can_be_the_one_that_dies(tmp_path, monkeypatch):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as victim:
        monkeypatch.setenv(crash_points.ARMED_BY, f"here,2,{tmp_path / 'count'}")
        monkeypatch.setenv(crash_points.VICTIM, str(victim.pid))
        done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
        assert (done.returncode, victim.wait(10)) == (0, -9)


def test_there_is_no_point_at_which_no_test_has_a_process_die():
    package, tests = Path(crash_points.__file__).parents[1], Path(__file__).parents[2]
    points = {name for file in package.rglob("*.py") for name in re.findall(r'\breach\("(.+?)"\)', file.read_text())}
    matrices = "".join(
        (tests / f"{name}.py").read_text()
        for name in (
            "integration/test_crash_matrix",
            "integration/test_housekeeping",
            "integration/test_object_store",
            "integration/test_schedules_once",
            "unit/results/test_migration",
        )
    )
    assert len(points) > 20
    assert {name for name in points if f'"{name}"' not in matrices} == set()
    assert {name for name in points if name not in (crash_points.__doc__ or "")} == set()
