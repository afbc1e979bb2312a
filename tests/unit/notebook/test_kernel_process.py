from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import replace

from dpnb.notebook.kernel_process import KernelProcess
from dpnb.results import RunRecord, RunStatus
from dpnb.results.processes import process_started


def run_of_this_process() -> RunRecord:
    pid = os.getpid()
    started = process_started(pid)
    return RunRecord(
        run_id="run",
        dag_id="dag",
        status=RunStatus.RUNNING,
        started_us=0,
        host=socket.gethostname(),
        pid=pid,
        pid_started=started,
    )


def test_run_belongs_to_the_process_that_drove_it():
    assert KernelProcess.of(os.getpid()).drove(run_of_this_process())


def test_process_id_alone_proves_nothing():
    this, run = KernelProcess.of(os.getpid()), run_of_this_process()
    assert not this.drove(replace(run, pid_started=run.pid_started - 3600))
    assert not this.drove(replace(run, host="elsewhere"))
    assert not this.drove(replace(run, pid=run.pid + 1))


def test_process_that_is_gone_has_no_runs():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    gone = KernelProcess.of(ended.pid)
    assert not gone.drove(replace(run_of_this_process(), pid=ended.pid, pid_started=0.0))
