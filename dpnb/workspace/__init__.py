"""The composition root: opens the folder where runs live and wires what works on it.

A workspace is a folder named ``.dpnb``. It is found like ``.git``: the nearest ancestor of the working directory that
holds one; else it is made in the project's root (the nearest ancestor with a project file), else in the working
directory. The environment variable ``DPNB_HOME`` names another. Its ledger is the file ``ledger.db`` in it, its results
lie in the folder ``runs`` in it, tasks run in processes of this machine, and what runs say stays within their process,
unless the settings name a server's database, a storage, an executor or a broker: see `dpnb.workspace.settings`.
"""

from __future__ import annotations

from dpnb.workspace.current import get_planner, get_workspace, prune, runs
from dpnb.workspace.home import FOLDER, PROJECT_MARKS, find_home
from dpnb.workspace.opened import Workspace

__all__ = ["FOLDER", "PROJECT_MARKS", "Workspace", "find_home", "get_planner", "get_workspace", "prune", "runs"]
