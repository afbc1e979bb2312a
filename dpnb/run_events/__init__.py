"""What runs say, and how others follow it: events, their way to a broker, and one picture of a run made of them.

::

    driver ──rows and events, one transaction──▶ ledger ──committed──▶ Speaker ──▶ broker ──▶ anyone
                                                   │
                                                   └──▶ RunEvents ──▶ apply ──▶ RunSnapshot ──▶ notebook, terminal, HTTP

The ledger is asked first and told last to nobody: an event is published once it is committed, so that whoever hears of
a task finds its result. Nothing here is waited for by a run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from dpnb.run_events.following import EventReader, RunEvents
    from dpnb.run_events.kinds import (
        ChunkAdded,
        RunEvent,
        RunFinished,
        RunResumed,
        RunStarted,
        TaskChanged,
        TaskProgressed,
        run_pattern,
    )
    from dpnb.run_events.snapshot import RunSnapshot, TaskSnapshot, apply
    from dpnb.run_events.speaker import Speaker

__all__ = [
    "ChunkAdded",
    "EventReader",
    "RunEvent",
    "RunEvents",
    "RunFinished",
    "RunResumed",
    "RunSnapshot",
    "RunStarted",
    "Speaker",
    "TaskChanged",
    "TaskProgressed",
    "TaskSnapshot",
    "apply",
    "run_pattern",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "following": ["EventReader", "RunEvents"],
        "kinds": [
            "ChunkAdded",
            "TaskProgressed",
            "RunEvent",
            "RunFinished",
            "RunResumed",
            "RunStarted",
            "TaskChanged",
            "run_pattern",
        ],
        "snapshot": ["RunSnapshot", "TaskSnapshot", "apply"],
        "speaker": ["Speaker"],
    },
)
