"""What cannot be pickled, or not be unpickled, fault by fault, through real workers.

The paths to what refuses (12) are in ``tests/unit/orchestrator/test_transport.py`` as well.
"""

from __future__ import annotations

import functools
import os
import shutil
import sys
import threading
import types

import numpy as np
import psutil
import pytest

from dpnb import Orchestrator, get_planner, get_run, task
from dpnb.errors import TransportError, UnloadableResultError
from tests.outcomes import states

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("registry")]


def start(**options):
    return Orchestrator(workers=2).start_pipeline(get_planner().create_execution_plan(**options))


def test_an_argument_that_cannot_be_pickled_is_refused_before_anything_starts():
    """Fault 12: with the path to it."""

    @task
    def uses(settings: object = None) -> None: ...

    with pytest.raises(TransportError, match=r"params\['settings'\]\['clients'\]\[1\]\.lock \(lock\)"):
        start(params={"settings": {"clients": [1, types.SimpleNamespace(lock=threading.Lock())]}})


def test_a_function_that_cannot_be_pickled_is_refused_before_anything_starts():
    """Fault 12: with the path from the function to it."""
    held = {"connection": threading.Lock()}

    @task
    def uses() -> int:
        return len(held)

    with pytest.raises(TransportError, match=r"held\['connection'\] \(lock\)"):
        start()


def test_a_cached_helper_of_a_cell_travels_with_an_empty_cache():
    calls = []

    @functools.lru_cache(maxsize=3)
    def square(number: int) -> int:
        calls.append(number)
        return number**2

    @functools.cache
    def 두배(number: int) -> int:
        return 2 * square(number)

    @task
    def use() -> tuple[int, int, int]:
        return 두배(4) + 두배(4), len(calls), square.cache_info().maxsize or 0

    assert 두배(4) == 32
    run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan()).wait(60)
    assert run["use"] == (64, 2, 3)


def test_a_result_that_cannot_be_pickled_fails_its_task_only():
    """Fault 13: with the path to it."""

    @task(fail_safe=True)
    def refusing() -> object:
        return {"rows": [1, threading.Lock()]}

    @task
    def fine() -> int:
        return 1

    run = start().wait(60)
    assert states(run) == {"refusing": "failed", "fine": "succeeded"}
    assert run.failures["error_type"].tolist() == ["UnstorableResultError"]
    assert "result['rows'][1]" in run.failures["error"].iloc[0]


def test_an_exception_that_breaks_unpickling_keeps_type_text_and_traceback():
    """Fault 14: nothing of the user's is unpickled on the way."""

    class PickyError(Exception):
        def __init__(self, one, two):
            super().__init__(f"{one} and {two}")

    @task
    def picky() -> None:
        raise PickyError("하나", "둘")

    failure = start().wait(60).failures.iloc[0]
    assert failure["error_type"] == "PickyError"
    assert failure["error"] == "하나 and 둘"
    assert 'raise PickyError("하나", "둘")' in failure["traceback"]


class Trap:
    """Springs wherever it is unpickled."""

    def __init__(self, how: str) -> None:
        self.how = how

    def __reduce__(self):
        return _spring, (self.how,)


def _spring(how: str) -> None:
    if how == "raise":
        raise ValueError("sprung")
    if how == "exit":
        raise SystemExit(3)
    if how == "interrupt":
        raise KeyboardInterrupt
    os.kill(os.getpid(), 11) if how == "crash" else os._exit(5)


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("raise", "UnloadableResultError"),
        ("exit", "UnloadableResultError"),
        ("interrupt", "KeyboardInterrupt"),
        ("crash", "WorkerDiedError"),
        ("leave", "WorkerDiedError"),
    ],
)
def test_a_result_that_is_a_trap_costs_only_who_takes_it(how, error):
    """Fault 15: the orchestrator never unpickles it; the worker of the task that takes it may die of it, no other."""

    @task
    def trap() -> object:
        return Trap(how)

    @task(fail_safe=True)
    def taker(trap: object) -> int:
        return 1

    @task(dependencies=["trap"])
    def sibling() -> int:
        return 2

    run = start().wait(60)
    assert states(run) == {"trap": "succeeded", "taker": "failed", "sibling": "succeeded"}
    assert run.failures["error_type"].tolist() == [error]
    assert "Trap" in run.results.set_index("task").loc["trap", "type"]  # described without unpickling it
    if error == "UnloadableResultError":
        with pytest.raises(UnloadableResultError):
            get_run(run.run_id)["trap"]


def _local_exception() -> None:
    class LocalError(Exception):
        def __init__(self, reason, action):
            super().__init__(reason)
            self.action = action

    raise LocalError("까닭", lambda: None)


def _cyclic_cause() -> None:
    first, second = ValueError("first"), KeyError("second")
    first.__cause__, second.__cause__ = second, first
    raise first


def _endless_cause() -> None:
    error = ValueError(0)
    for number in range(3000):
        later = ValueError(number)
        later.__cause__ = error
        error = later
    raise error


def _nested_group() -> None:
    error: Exception = ValueError(1)
    for _ in range(500):
        error = ExceptionGroup("group", [error])
    raise error


def _text_that_exits() -> None:
    class SilentError(Exception):
        def __str__(self):
            raise SystemExit(1)

    raise SilentError


def _too_deep() -> list[object]:
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    return value


def _calls_itself() -> None:
    _calls_itself()


@pytest.mark.parametrize(
    ("fail", "error", "told"),
    [
        (_local_exception, "LocalError", "까닭"),
        (_cyclic_cause, "ValueError", "first"),
        (_endless_cause, "ValueError", "2999"),
        (_nested_group, "ExceptionGroup", "group"),
        (_text_that_exits, "SilentError", ""),
        (_too_deep, "UnstorableResultError", "deep"),
        (_calls_itself, "RecursionError", "maximum recursion depth"),
    ],
)
def test_an_exception_is_degraded_and_never_lost(fail, error, told):
    """Fault 16: the attempt fails with what can be told, and its worker lives."""

    @task(fail_safe=True)
    def failing() -> object:
        return fail()

    @task(dependencies=["failing"])
    def after() -> int:
        return os.getpid()

    run = start().wait(60)
    failure = run.failures.iloc[0]
    assert failure["error_type"] == error
    assert told in failure["error"]
    assert "in failing" in failure["traceback"] or error == "UnstorableResultError"
    assert len(failure["traceback"]) < 100_000
    assert run["after"] == run.attempts.set_index("task").loc["failing", "worker_pid"]


def test_a_result_over_two_gibibytes_works(home):
    """Fault 17: through the store, into another task and into this process."""
    size = 2 * 2**30 + 4096
    if psutil.virtual_memory().available < 3 * size or shutil.disk_usage(home.parent).free < 3 * size:
        pytest.skip("not enough memory or disk")

    @task
    def large() -> np.ndarray:
        value = np.zeros(size, dtype=np.uint8)
        value[[0, -1]] = 7, 9
        return value

    @task
    def ends(large: np.ndarray) -> tuple[int, int, int]:
        return len(large), int(large[0]), int(large[-1])

    try:
        run = start().wait(150)
        assert run["ends"] == (size, 7, 9)
        assert run.results.set_index("task").loc["large", "bytes"] > size
        assert int(run["large"][-1]) == 9
    finally:
        shutil.rmtree(home)


def test_a_cell_that_takes_a_huge_global_along_is_warned_of_with_its_size():
    """Fault 18: and it works."""
    table = np.zeros(20 * 2**20, dtype=np.uint8)

    @task
    def looks_up() -> int:
        return len(table)

    with pytest.warns(UserWarning, match="'looks_up' takes 20 MiB with it to every worker, 20 MiB of them in 'table'"):
        run = start()
    assert run.wait(60)["looks_up"] == 20 * 2**20


def test_a_module_that_is_missing_in_the_worker_is_named_with_the_search_paths(tmp_path, monkeypatch):
    """Fault 19: a module that the kernel has by other means than the path."""
    made = types.ModuleType("made_in_memory")
    exec("def double(x): return x * 2", vars(made))
    monkeypatch.setitem(sys.modules, "made_in_memory", made)
    monkeypatch.syspath_prepend(str(tmp_path))
    double = made.double

    @task
    def uses() -> int:
        return int(double(21))

    run = start().wait(60)
    error = run.failures.iloc[0]
    assert error["error_type"] == "MissingModuleError"
    assert "'made_in_memory'" in error["error"]
    assert "like the process that started the run" in error["error"]
    assert repr(str(tmp_path)) in error["error"]


def test_a_class_whose_module_is_missing_where_its_result_is_read_is_named(tmp_path, monkeypatch):
    """Fault 19: the same for a result, in the process that reads it."""
    (tmp_path / "passing_by.py").write_text("class Guest: ...\n")

    @task
    def guest() -> object:
        from passing_by import Guest  # type: ignore[import-not-found]

        return Guest()

    with monkeypatch.context() as here:
        here.syspath_prepend(str(tmp_path))
        run = start().wait(60)
    monkeypatch.delitem(sys.modules, "passing_by")  # which has been imported for the task's fingerprint
    with pytest.raises(UnloadableResultError, match="make importable the module 'passing_by'"):
        run["guest"]
