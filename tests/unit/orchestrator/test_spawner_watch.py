from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from dpnb.orchestrator.pool import linux
from dpnb.orchestrator.pool.spawner import Verb
from dpnb.orchestrator.pool.spawner_watch import SpawnerWatch
from tests.waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell that a process is stopped")

ONCE = "import os, signal; os.kill(os.getpid(), signal.SIGSTOP); print('on', flush=True); signal.pause()"
AGAIN = """
import os, signal
signal.signal(signal.SIGCONT, lambda *_: os.kill(os.getpid(), signal.SIGSTOP))
os.kill(os.getpid(), signal.SIGSTOP)
while True: signal.pause()
"""
ANSWER = (Verb.ENDED, 1)


@pytest.fixture
def serve():
    """Give a function that starts a server that stops itself, and watches it."""
    watches: list[SpawnerWatch] = []
    processes: list[subprocess.Popen[bytes]] = []

    def start(code: str) -> tuple[subprocess.Popen[bytes], SpawnerWatch]:
        processes.append(subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE))
        until(lambda: linux.is_stopped(processes[-1].pid))
        watches.append(SpawnerWatch(processes[-1]))
        return processes[-1], watches[-1]

    yield start
    for watch, process in zip(watches, processes, strict=True):
        watch.close()
        process.kill()
        process.communicate()


def test_a_server_that_is_stopped_once_goes_on(serve):
    process, watch = serve(ONCE)
    watch.expect(ANSWER)
    assert process.stdout.readline() == b"on\n"
    watch.settle(ANSWER)
    assert process.poll() is None


def test_a_server_that_is_stopped_again_before_it_answers_is_killed(serve):
    process, watch = serve(AGAIN)
    watch.expect(ANSWER)
    assert process.wait(10) == -signal.SIGKILL


def test_a_stopped_server_that_owes_nothing_is_left_alone(serve):
    process, watch = serve(ONCE)
    watch.expect(ANSWER)
    watch.settle(ANSWER)
    time.sleep(0.8)
    assert linux.is_stopped(process.pid)
