"""When it runs: triggers that say what is due, and the scheduler that sees to it.

``ports.py`` states what is promised of a trigger and of who launches runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from dpnb.scheduler.ports import Signal, Trigger

__all__ = ["Signal", "Trigger"]

__getattr__, __dir__ = lazy_exports(__name__, {"ports": ["Signal", "Trigger"]})
