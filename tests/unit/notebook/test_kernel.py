from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest

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


def test_path_too_long_for_a_socket_falls_back_to_tcp(tmp_path, monkeypatch):
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with own_kernel() as manager:
        assert manager.transport == "tcp"
