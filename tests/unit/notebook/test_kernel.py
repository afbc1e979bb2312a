from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest

from dpnb.notebook import kernel
from dpnb.notebook.kernel import ThisInterpreter, own_kernel


def test_kernel_is_this_interpreter_under_any_name():
    spec = ThisInterpreter().get_kernel_spec("conda-env-whatever")
    assert spec.argv[:3] == [sys.executable, "-m", "ipykernel_launcher"]


@pytest.mark.skipif(os.name != "posix", reason="Unix sockets")
def test_kernel_talks_over_sockets_that_only_this_user_reaches():
    with own_kernel() as manager:
        assert manager.transport == "ipc"
        folder = Path(manager.connection_file).parent
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()


@pytest.fixture
def far_away(tmp_path, monkeypatch):
    """Let temporary files go to a folder whose path is too long for a socket's address."""
    long = tmp_path / ("긴" * 40)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    return long


@pytest.mark.skipif(os.name != "posix", reason="Unix sockets")
def test_path_too_long_for_a_socket_is_left_for_a_shorter_one(far_away):
    with own_kernel() as manager:
        folder = Path(manager.connection_file).parent
        assert manager.transport == "ipc"
        assert far_away not in folder.parents
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()


def test_kernel_talks_over_tcp_where_no_path_is_short_enough(far_away, tmp_path, monkeypatch):
    monkeypatch.setattr(kernel, "SHORT_FOLDERS", (str(tmp_path / "is not there"),))
    with own_kernel() as manager:
        assert manager.transport == "tcp"
        assert far_away in Path(manager.connection_file).parents
