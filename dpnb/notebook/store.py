"""Whether what comes of a notebook can be kept, asked before any of its cells is executed."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

from dpnb.errors import LedgerReadOnlyError, WorkspaceError

if TYPE_CHECKING:
    from dpnb.workspace import Workspace


def require_store(workspace: Workspace) -> None:
    """Make the workspace's folder, and try whether runs can be kept there.

    Raises
    ------
    WorkspaceError
        The folder cannot be made, or nothing be written to it.
    LedgerError
        Its ledger cannot be used.
    """
    try:
        for folder in (workspace.home, workspace.base_path):
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as probe:
                probe.write(b"dpnb")
    except OSError as error:
        raise WorkspaceError(str(workspace.home), reason=error.strerror or str(error)) from None
    if workspace.has_ledger and workspace.ledger.is_read_only:
        raise LedgerReadOnlyError(str(workspace.home))
