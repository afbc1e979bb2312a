from __future__ import annotations

import pytest

from dpnb import Workspace
from dpnb.errors import LedgerError, WorkspaceError
from dpnb.notebook.store import require_store


def test_folder_is_made_and_left_without_a_trace(tmp_path):
    workspace = Workspace(tmp_path / "깊이" / ".dpnb")
    require_store(workspace)
    assert list(workspace.home.rglob("*")) == [workspace.base_path]


def test_file_in_its_place_is_refused(tmp_path):
    (tmp_path / "home").touch()
    with pytest.raises(WorkspaceError, match=r"home' cannot be used: .+\.\nHint: .*DPNB_HOME"):
        require_store(Workspace(tmp_path / "home"))


def test_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(WorkspaceError):
        require_store(Workspace(tmp_path / "file" / "nope"))


def test_file_that_is_no_ledger_is_refused(tmp_path):
    (tmp_path / "ledger.db").write_text("no ledger at all, but long enough to be taken for one" * 20)
    with pytest.raises(LedgerError):
        require_store(Workspace(tmp_path))
