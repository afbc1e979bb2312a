"""The bars of tqdm in a task are the task's progress."""

from __future__ import annotations

import sys
import time

import pytest

from dpnb import Orchestrator, get_planner, task
from dpnb.orchestrator.executable import ProgressMade
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("registry")]


@pytest.fixture(autouse=True)
def _tqdm(require):
    require("tqdm")


def start():
    return Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan())


def heard(run, name: str, enough) -> list[ProgressMade]:
    """Collect what the run says of a task's progress until that is enough."""
    found: list[ProgressMade] = []
    deadline = time.monotonic() + 20
    while not found or not enough(found[-1]):
        assert time.monotonic() < deadline, f"only {found[-3:]}"
        if (made := run.progress.get(name)) is not None and found[-1:] != [made]:
            found.append(made)
        time.sleep(0.005)
    return found


def times_shown(run, made: ProgressMade) -> int:
    shown: str = run._repr_mimebundle_()["text/plain"]
    return shown.count(f"{made.fraction:.0%} · {made.note}")


@pytest.mark.parametrize(
    "module", ["tqdm", "tqdm.std", "tqdm.auto", "tqdm.autonotebook", "tqdm.notebook", "tqdm.asyncio"]
)
def test_a_bar_is_the_task_s_progress_and_leaves_one_line(module, tmp_path):
    gate = tmp_path / "gate"

    @task
    def looping() -> int:
        import importlib
        import threading

        bar = importlib.import_module(module).tqdm(range(40), desc="쪽")
        for number in bar:
            time.sleep(0.02)
            while number == 30 and not gate.exists():
                time.sleep(0.01)
        return threading.active_count()

    run = start()
    made = heard(run, "looping", lambda one: one.fraction >= 0.7)
    assert "쪽: " in made[-1].note
    assert "/40" in made[-1].note
    if module == "tqdm":
        until(lambda: times_shown(run, run.progress["looping"]) == 2)  # in the graph and in the table
    gate.touch()
    assert run.wait(60)["looping"] == 1
    assert run.progress == {}
    log = run.logs("looping")
    assert log.count("40/40") == 1
    assert log.count("\n") == 1
    assert "\r" not in log


def test_of_nested_bars_the_outermost_counts_and_prints_stay_whole():
    @task
    def nested() -> None:
        from tqdm import tqdm, trange

        for number in trange(4, desc="outer", unit="file"):
            for _ in tqdm(range(50), desc="inner", leave=False):
                time.sleep(0.002)
            tqdm.write(f"wrote {number}")
            print("printed", number)

    run = start()
    made = heard(run, "nested", lambda one: one.fraction >= 0.5)
    assert all(one.note.startswith("outer: ") and one.note.endswith("file") for one in made)
    lines = run.wait(60).logs("nested").splitlines()
    assert lines[:8] == [text for number in range(4) for text in (f"wrote {number}", f"printed {number}")]
    assert lines[8].startswith("outer: 100%")
    assert len(lines) == 9


def test_a_bar_without_an_end_tells_how_far_it_came():
    @task
    def endless() -> None:
        from tqdm import tqdm

        for number in tqdm(iter(int, 1), unit="row"):
            time.sleep(0.01)
            if number:
                return

    run = start()
    made = heard(run, "endless", lambda one: int(one.note.split()[0]) > 20)
    assert made[-1].fraction == 0
    assert made[-1].note.endswith(" row")
    run.cancel().wait(60)


def test_a_bar_that_writes_to_the_user_s_own_file_is_left_alone(tmp_path):
    target = tmp_path / "bar.txt"

    @task
    def own_file():
        from tqdm import tqdm

        with target.open("w") as file:
            for _ in tqdm(range(3), file=file, mininterval=0):
                pass
        return target.read_bytes().decode()

    run = start().wait(60)
    assert run["own_file"].count("\r") >= 3
    assert run.logs("own_file") == ""


def test_the_caller_s_own_bars_are_not_touched():
    @task
    def one() -> int:
        return 1

    start().wait(60)
    import tqdm

    assert tqdm.tqdm.display.__module__ == "tqdm.std"
    assert not any(type(finder).__module__.startswith("dpnb.") for finder in sys.meta_path)
