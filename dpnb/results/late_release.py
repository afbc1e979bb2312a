"""Lets a run go once the ledger's server is back, where it was away when the run ended here.

Until then the run is said to be going, by a process that lives; with its lease let go, whoever looks next closes it as
interrupted.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from dpnb.errors import LedgerError, LedgerUnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_S = 2.0


def release_later(release: Callable[[], object]) -> None:
    """Call `release` again and again, in a thread that ends with the process, until the server has answered."""
    threading.Thread(target=_until_answered, args=(release,), name="dpnb-late-release", daemon=True).start()


def _until_answered(release: Callable[[], object]) -> None:
    pause = threading.Event()
    while True:
        pause.wait(LOOK_S)
        try:
            release()
        except LedgerUnreachableError:
            continue
        except LedgerError:
            return
        return
