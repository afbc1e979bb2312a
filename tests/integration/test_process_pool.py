"""The pool with real processes and real signals: a worker that dies costs only its own call.

Also faults 9 and 10: `fork` that fails, and the fork server's end.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import CancelledError, wait
from functools import partial
from pathlib import Path

import cloudpickle
import psutil
import pytest

from dpnb.errors import CallTimedOutError, RemoteCallError, WorkerDiedError
from dpnb.orchestrator.pool import PoolOptions, ProcessPool
from dpnb.orchestrator.pool.worker import is_cancelled, receive_message, send_message
from tests.calls import submit
from tests.processes import is_gone
from tests.waiting import until

pytestmark = pytest.mark.integration


@pytest.fixture(params=["forkserver", "spawn"])
def pool(request):
    made = ProcessPool(2, options=PoolOptions(start_method=request.param, preload=()))
    yield made
    made.kill_workers()


@pytest.fixture
def forked():
    made = ProcessPool(2, options=PoolOptions(preload=()))
    yield made
    made.kill_workers()  # also after a test that failed and left something running


def test_calls_run_in_other_processes_and_closures_travel(pool):
    base = 40
    assert pool.submit(lambda x: base + x, 2).result(30) == 42
    assert pool.submit(os.getpid).result(30) != os.getpid()


def test_map_keeps_order(pool):
    assert list(pool.map(lambda x: x * x, range(50))) == [x * x for x in range(50)]


@pytest.mark.parametrize(
    ("death", "told"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "signal 9 (SIGKILL)"),
        (lambda: os._exit(0), "exit code 0"),
        (lambda: os._exit(3), "exit code 3"),
        (os.abort, "signal 6 (SIGABRT)"),
    ],
    ids=["SIGKILL", "exit 0", "exit 3", "abort"],
)
def test_killed_worker_costs_only_its_own_call(forked, death, told):
    def slow(x):
        time.sleep(0.3)
        return x

    sibling = forked.submit(slow, 1)
    dead = forked.submit(death)
    later = [forked.submit(abs, -x) for x in range(20)]
    with pytest.raises(WorkerDiedError) as caught:
        dead.result(30)
    assert caught.value.how == told
    assert sibling.result(30) == 1
    assert [one.result(30) for one in later] == list(range(20))


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), ValueError("한글")], ids=repr)
def test_whatever_a_call_raises_the_worker_lives(forked, error):
    def fail():
        raise error

    before = forked.submit(os.getpid).result(30)
    caught = forked.submit(fail).exception(30)
    assert type(caught) is type(error)
    assert caught.args == error.args
    assert forked.submit(os.getpid).result(30) == before


def test_an_exception_that_cannot_be_unpickled_arrives_as_text(forked):
    def fail():
        class BrokenError(Exception):
            def __init__(self, one, two):
                super().__init__(one, two, "more")

        raise BrokenError("the reason", 2)

    caught = forked.submit(fail).exception(30)
    assert isinstance(caught, RemoteCallError)
    assert "the reason" in caught.text
    assert "in fail" in caught.traceback
    assert forked.submit(abs, -1).result(30) == 1


class Exiting(Exception):  # noqa: N818 - it is returned as well as raised
    """Travels by reference, and leaves whatever process unpickles it, but for the one that made it."""

    def __reduce__(self):
        return _exit_elsewhere, (os.getpid(),)


def _exit_elsewhere(made_by):
    if os.getpid() != made_by:
        raise SystemExit(3)
    return ValueError("at home")


def _give_exiting():
    return Exiting()


def _raise_exiting():
    raise Exiting


def test_what_exits_while_it_is_unpickled_costs_only_its_call(forked):
    assert isinstance(forked.submit(_give_exiting).exception(30), SystemExit)
    assert isinstance(forked.submit(_raise_exiting).exception(30), RemoteCallError)
    assert forked.submit(abs, -1).result(30) == 1


def test_a_result_that_cannot_be_pickled_fails_only_its_call(forked):
    caught = forked.submit(lambda: (_ for _ in ())).exception(30)
    assert isinstance(caught, TypeError)
    assert forked.submit(abs, -1).result(30) == 1


def test_a_loop_that_blocks_sigterm_is_dead_within_a_second_of_its_deadline(forked):
    def stubborn():
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        sum(iter(int, 1))  # endless, in C

    forked.submit(abs, 1).result(30)
    started = time.monotonic()
    future = submit(forked, stubborn, timeout=0.4)
    assert isinstance(future.exception(30), CallTimedOutError)
    assert time.monotonic() - started < 1.4
    assert forked.submit(abs, -1).result(30) == 1


def test_a_stopped_worker_is_dead_by_its_deadline(forked):
    future = submit(forked, lambda: os.kill(os.getpid(), signal.SIGSTOP), timeout=0.3)
    assert isinstance(future.exception(30), CallTimedOutError)


def test_children_and_daemons_of_a_killed_call_go_with_it(forked, tmp_path):
    def start_family(note):
        child = subprocess.Popen(["sleep", "600"])
        daemon = "import os,time\nif os.fork(): os._exit(0)\nos.setsid()\nif os.fork(): os._exit(0)\n"
        daemon += f"open({str(note)!r},'w').write(str(os.getpid())); time.sleep(600)"
        subprocess.run([sys.executable, "-c", daemon], check=True)
        while not note.exists() or not note.read_text():
            time.sleep(0.01)
        (note.parent / "child").write_text(str(child.pid))
        time.sleep(600)

    future = submit(forked, start_family, tmp_path / "daemon")
    until((tmp_path / "child").exists)
    forked.cancel_call(future)
    assert isinstance(future.exception(30), CancelledError)
    for name in ("child", "daemon"):
        pid = int((tmp_path / name).read_text())
        until(partial(is_gone, pid), seconds=5)


def test_what_a_call_must_clean_up_is_cleaned_up_when_it_is_stopped(forked, tmp_path):
    def careful(note):
        try:
            (note.parent / "begun").touch()
            time.sleep(600)
        finally:
            note.write_text("cleaned up")

    overdue = submit(forked, careful, tmp_path / "overdue", timeout=0.3)
    assert isinstance(overdue.exception(30), CallTimedOutError)
    (tmp_path / "begun").unlink()
    cancelled = submit(forked, careful, tmp_path / "cancelled")
    until((tmp_path / "begun").exists)
    forked.cancel_call(cancelled)
    assert isinstance(cancelled.exception(30), CancelledError)
    assert [(tmp_path / name).read_text() for name in ("overdue", "cancelled")] == ["cleaned up"] * 2


def test_a_cooperative_call_hears_that_its_time_is_up(forked, tmp_path):
    def polite(note):
        while not is_cancelled():
            time.sleep(0.01)
        note.write_text("heard")

    future = submit(forked, polite, tmp_path / "note", timeout=0.2, cooperative=True)
    assert isinstance(future.exception(30), CallTimedOutError)
    assert (tmp_path / "note").read_text() == "heard"


def test_a_running_call_can_be_cancelled_and_a_waiting_one_never_starts(forked):
    running = [forked.submit(time.sleep, 600) for _ in range(2)]
    until(lambda: all(one.running() for one in running))
    waiting = forked.submit(abs, -1)
    forked.cancel_call(waiting)
    for one in running:
        forked.cancel_call(one)
    wait(running, timeout=10)
    assert all(isinstance(one.exception(), CancelledError) for one in running)
    assert waiting.cancelled()
    assert forked.submit(abs, -2).result(30) == 2


def test_output_of_python_c_and_children_is_handed_on_before_the_result(forked):
    printed: list[bytes] = []

    def speak():
        print("python", flush=True)
        os.write(2, "한글".encode())
        subprocess.run(["echo", "child"], check=True)
        sys.stdout.write("no newline")

    submit(forked, speak, on_output=printed.append).result(30)
    assert b"".join(printed).decode() == "python\n한글child\nno newline"


def test_a_call_may_close_every_descriptor_and_costs_only_itself(forked):
    caught = forked.submit(os.closerange, 0, 256).exception(30)
    assert isinstance(caught, WorkerDiedError)
    assert forked.submit(abs, -1).result(30) == 1


def test_junk_on_the_channel_costs_only_the_call_that_wrote_it(forked):
    def junk():
        for descriptor in range(3, 64):
            try:
                os.write(descriptor, b"junk" * 10)
            except OSError:
                continue
        return "looks fine"

    assert isinstance(forked.submit(junk).exception(30), WorkerDiedError)
    assert forked.submit(abs, -1).result(30) == 1


def test_messages_arrive_in_order_and_before_the_result(forked):
    heard: list[int] = []

    def speak():
        for number in range(100):
            send_message(number)

    submit(forked, speak, on_message=heard.append).result(30)
    assert heard == list(range(100))


def test_a_running_call_hears_what_it_is_told_in_order_and_no_other_call_does(forked):
    def listen(count):
        send_message("listening")
        return [receive_message(10) for _ in range(count)] + [receive_message(0)]

    started: list[str] = []
    future = submit(forked, listen, 2, on_message=started.append)
    until(lambda: started)
    for content in ("하나", "둘"):
        forked.tell_call(future, content)
    assert future.result(10) == ["하나", "둘", None]
    forked.tell_call(future, "too late")
    assert submit(forked, listen, 0).result(10) == [None]


def test_telling_a_call_whose_worker_is_dying_does_no_harm(forked):
    def die_when_told() -> None:
        from dpnb.orchestrator.pool.worker import receive_message

        receive_message(10)
        os.kill(os.getpid(), signal.SIGKILL)

    for _ in range(10):
        future = submit(forked, die_when_told)
        until(future.running)
        for _ in range(10_000):
            forked.tell_call(future, bytes(1 << 12))
            if future.done():
                break
        assert isinstance(future.exception(10), WorkerDiedError)


def test_shared_values_travel_once_and_are_there_for_every_call(forked):
    from dpnb.orchestrator.pool.worker import shared

    def call_shared(x):
        return shared(b"key")(x)

    blob = cloudpickle.dumps(lambda x: x + 1)
    results = [submit(forked, call_shared, x, shares={b"key": blob}).result(30) for x in range(10)]
    assert results == list(range(1, 11))


def test_workers_see_the_environment_folder_and_path_of_the_moment(tmp_path, monkeypatch):
    monkeypatch.setenv("DPNB_TEST_WORD", "낱말")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "my_module.py").write_text("answer = 42")

    def look():
        import my_module  # type: ignore[import-not-found]

        return os.environ["DPNB_TEST_WORD"], str(Path.cwd()), my_module.answer

    with ProcessPool(1, options=PoolOptions(preload=())) as pool:
        assert pool.submit(look).result(30) == ("낱말", str(tmp_path), 42)


def test_shutdown_leaves_no_process_and_no_descriptor():
    def count() -> int:
        return psutil.Process().num_fds()

    with ProcessPool(1, options=PoolOptions(preload=())) as first:
        first.submit(abs, 1).result(30)  # starts the fork server, which stays
    before = count()
    with ProcessPool(2, options=PoolOptions(preload=())) as pool:
        wait([pool.submit(time.sleep, 0.05) for _ in range(4)])
        pids = pool.worker_pids
    assert len(pids) == 2
    until(lambda: all(is_gone(pid) for pid in pids), seconds=5)
    assert count() == before


def kill_once_it_has_told(script: Path, code: str) -> list[int]:
    """Run a script that prints two process ids and goes on; kill it then, and return them."""
    script.write_text(textwrap.dedent(code))
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(word) for word in parent.stdout.readline().split()]
        assert len(pids) == 2
        parent.kill()
    return pids


def test_workers_die_within_two_seconds_of_their_killed_parent(tmp_path):
    pids = kill_once_it_has_told(
        tmp_path / "parent.py",
        """
            import os, time
            from dpnb.orchestrator.pool import PoolOptions, ProcessPool
            pool = ProcessPool(2, options=PoolOptions(preload=()))
            pids = [pool.submit(os.getpid).result(), *pool.worker_pids]
            stuck = [pool.submit(time.sleep, 600) for _ in range(2)]
            while not all(future.running() for future in stuck):
                time.sleep(0.01)
            print(*pool.worker_pids, flush=True)
            time.sleep(600)
        """,
    )
    until(lambda: all(is_gone(pid) for pid in pids), seconds=2)


def spawner_pid() -> int:
    from dpnb.orchestrator.pool.spawner_client import get_spawner

    return get_spawner(()).pid


def test_a_killed_fork_server_is_replaced_and_its_calls_are_run_again(forked, tmp_path):
    def once_stuck(note):
        if not note.exists():
            note.touch()
            time.sleep(600)
        return "second time"

    stuck = [forked.submit(once_stuck, tmp_path / str(number)) for number in range(2)]
    waiting = forked.submit(abs, -1)
    until(lambda: len(list(tmp_path.iterdir())) == len(stuck))
    os.kill(spawner_pid(), signal.SIGKILL)
    assert [one.result(30) for one in stuck] == ["second time"] * 2
    assert waiting.result(30) == 1


def test_a_deadline_counts_anew_for_a_call_that_was_lost_with_its_fork_server(forked, tmp_path):
    def lose_the_fork_server_once(note):
        if not note.exists():
            note.touch()
            os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(600)

    lost = submit(forked, lose_the_fork_server_once, tmp_path / "note", timeout=0.5)
    assert isinstance(lost.exception(30), CallTimedOutError)
    assert forked.submit(abs, -1).result(30) == 1


def test_a_call_that_kills_the_fork_server_each_time_is_given_up(forked):
    def kill_fork_server():
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(600)

    assert isinstance(forked.submit(kill_fork_server).exception(30), WorkerDiedError)
    assert forked.submit(abs, -1).result(30) == 1


def _stop_fork_server() -> None:
    os.kill(os.getppid(), signal.SIGSTOP)


def _stop_fork_server_and_hang() -> None:
    _stop_fork_server()
    time.sleep(600)


def _stop_fork_server_and_die() -> None:
    _stop_fork_server()
    os._exit(3)


def test_a_deadline_is_kept_by_a_call_that_stops_the_fork_server(forked):
    bystander = forked.submit(time.sleep, 2)
    until(bystander.running)
    server = spawner_pid()
    started = time.monotonic()
    assert isinstance(submit(forked, _stop_fork_server_and_hang, timeout=0.3).exception(30), CallTimedOutError)
    assert time.monotonic() - started < 3
    assert bystander.result(30) is None
    assert spawner_pid() == server


def test_the_death_of_a_worker_whose_fork_server_is_stopped_is_noticed(forked):
    error = forked.submit(_stop_fork_server_and_die).exception(30)
    assert isinstance(error, WorkerDiedError)
    assert error.how == "exit code 3"


def test_a_pool_is_shut_down_and_another_made_while_the_fork_server_is_stopped():
    for _ in range(2):
        with ProcessPool(1, options=PoolOptions(preload=())) as pool:
            pool.submit(_stop_fork_server).result(30)


def test_a_stopped_fork_server_and_its_workers_die_within_two_seconds_of_their_killed_parent(tmp_path):
    pids = kill_once_it_has_told(
        tmp_path / "parent.py",
        """
            import os, signal, time
            from dpnb.orchestrator.pool import PoolOptions, ProcessPool
            pool = ProcessPool(1, options=PoolOptions(preload=()))
            server = pool.submit(os.getppid).result()
            stuck = pool.submit(time.sleep, 600)
            while not stuck.running():
                time.sleep(0.01)
            os.kill(server, signal.SIGSTOP)
            print(server, *pool.worker_pids, flush=True)
            time.sleep(600)
        """,
    )
    try:
        until(lambda: all(is_gone(pid) for pid in pids), seconds=2)
    finally:
        for pid in pids:
            if not is_gone(pid):
                os.kill(pid, signal.SIGKILL)


def test_killing_the_workers_ends_whatever_runs_at_once(forked):
    running = [forked.submit(time.sleep, 600) for _ in range(2)]
    waiting = forked.submit(abs, -1)
    until(lambda: all(one.running() for one in running))
    started = time.monotonic()
    forked.kill_workers()
    assert time.monotonic() - started < 2
    assert waiting.cancelled()
    assert all(isinstance(one.exception(0), CancelledError) for one in running)
    assert forked.worker_pids == []


def test_a_pool_that_breaks_off_leaves_nobody_waiting(forked):
    stuck = [forked.submit(time.sleep, 600) for _ in range(3)]
    until(lambda: stuck[0].running() and stuck[1].running())
    pids = forked.worker_pids

    def stumble() -> None:
        raise ZeroDivisionError

    forked._manager._timers.after(0, stumble)  # stands for a mistake of ours that nobody knows of yet
    forked._manager._sources.wake()
    assert [type(one.exception(30)) for one in stuck] == [ZeroDivisionError] * 3
    until(lambda: all(is_gone(pid) for pid in pids))
    with pytest.raises(RuntimeError):
        forked.submit(abs, 1)


def test_submit_after_shutdown_is_refused(forked):
    forked.shutdown()
    with pytest.raises(RuntimeError):
        forked.submit(abs, 1)


def test_a_short_deadline_after_a_long_one_is_kept(forked):
    with ProcessPool(1, options=PoolOptions(preload=())) as pool:
        submit(pool, abs, 1, timeout=600).result(30)
        started = time.monotonic()
        assert isinstance(submit(pool, time.sleep, 600, timeout=0.3).exception(30), CallTimedOutError)
        assert time.monotonic() - started < 5
        assert submit(pool, time.sleep, 0.5, timeout=600).result(30) is None


def test_a_call_that_a_stopped_worker_never_reads_is_run_by_another(forked):
    pid = forked.submit(os.getpid).result(30)
    os.kill(pid, signal.SIGSTOP)
    until(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED)  # until then it may still read the call
    assert submit(forked, abs, -1, timeout=3).result(30) == 1


def test_short_calls_behind_one_that_turns_out_long_are_taken_over(forked):
    def wait_if(number):
        time.sleep(600 if number == 300 else 0)
        return number

    futures = [forked.submit(wait_if, number) for number in range(1000)]
    others = [future for number, future in enumerate(futures) if number != 300]
    assert sorted(future.result(60) for future in others) == [number for number in range(1000) if number != 300]
    assert futures[300].running()


def test_each_of_many_short_calls_is_run_once_though_workers_are_killed(forked, tmp_path):
    def note(number):
        with open(tmp_path / "notes", "a") as notes:  # noqa: PTH123 - one write of a short line is atomic
            notes.write(f"{number}\n")
        if number % 100 == 50:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    futures = [forked.submit(note, number) for number in range(1000)]
    wait(futures, timeout=120)
    dead = [number for number, future in enumerate(futures) if isinstance(future.exception(0), WorkerDiedError)]
    assert dead == [number for number in range(1000) if number % 100 == 50]
    assert sorted(map(int, (tmp_path / "notes").read_text().split())) == list(range(1000))


def test_a_future_can_be_cancelled_wherever_its_call_waits(forked):
    def short(number):
        return number

    for _ in range(5):
        futures = [forked.submit(short, number) for number in range(300)]
        cancelled = [future.cancel() for future in futures]
        outcomes = wait(futures, timeout=60)
        assert not outcomes.not_done
        assert [future.cancelled() for future in futures] == cancelled
        kept = [(number, future) for number, future in enumerate(futures) if not cancelled[number]]
        assert all(future.result() == number for number, future in kept)


def test_large_calls_and_results_travel_too(forked):
    blob = os.urandom(3_000_000)
    assert [forked.submit(lambda data, n: (n, len(data)), blob, n) for n in range(6)][-1].result(60) == (5, 3_000_000)
    assert list(forked.map(len, [blob] * 6)) == [3_000_000] * 6


def test_map_in_chunks_keeps_order_and_its_deadline(forked):
    assert list(forked.map(pow, range(100), range(100), chunksize=7)) == [n**n for n in range(100)]
    with pytest.raises(ValueError, match="chunksize"):
        forked.map(abs, [1], chunksize=0)
    with pytest.raises(TimeoutError):
        list(forked.map(time.sleep, [0, 5], timeout=0.2, chunksize=1))


def test_output_of_short_calls_is_that_of_each(forked):
    printed: dict[int, list[bytes]] = {number: [] for number in range(200)}
    futures = [submit(forked, print, f"줄 {number}", on_output=printed[number].append) for number in printed]
    wait(futures, timeout=60)
    assert {number: b"".join(parts).decode() for number, parts in printed.items()} == {
        number: f"줄 {number}\n" for number in printed
    }
