"""A process knows its id, and its fork knows its own."""

from __future__ import annotations

import os

import pytest

from dpnb.results.own_pid import own_pid


def test_it_is_that_of_this_process():
    assert own_pid() == os.getpid()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system knows no forks")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # forks with threads are harmless to this child
def test_a_fork_has_its_own():
    child = os.fork()
    if not child:
        os._exit(0 if own_pid() == os.getpid() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert own_pid() != child
