"""When it runs: triggers that say what is due, and the scheduler that sees to it.

``ports.py`` states what is promised of a trigger and of who launches runs; ``cron/`` knows cron expressions,
``triggers/`` holds one file for each kind of trigger, ``files/`` finds what is new on disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from dpnb.scheduler.cron.fire_times import next_fire
    from dpnb.scheduler.ports import Signal, Trigger
    from dpnb.scheduler.triggers.api_trigger import ApiTrigger
    from dpnb.scheduler.triggers.cron_trigger import CronTrigger
    from dpnb.scheduler.triggers.event_trigger import EventTrigger
    from dpnb.scheduler.triggers.factories import (
        create_api_trigger,
        create_cron_trigger,
        create_event_trigger,
        create_file_trigger,
        create_interval_trigger,
        create_manual_trigger,
        create_once_trigger,
    )
    from dpnb.scheduler.triggers.file_trigger import FileTrigger
    from dpnb.scheduler.triggers.interval_trigger import IntervalTrigger
    from dpnb.scheduler.triggers.manual_trigger import ManualTrigger
    from dpnb.scheduler.triggers.once_trigger import OnceTrigger
    from dpnb.scheduler.triggers.options import TriggerOptions
    from dpnb.scheduler.triggers.specs import trigger_from

__all__ = [
    "ApiTrigger",
    "CronTrigger",
    "EventTrigger",
    "FileTrigger",
    "IntervalTrigger",
    "ManualTrigger",
    "OnceTrigger",
    "Signal",
    "Trigger",
    "TriggerOptions",
    "create_api_trigger",
    "create_cron_trigger",
    "create_event_trigger",
    "create_file_trigger",
    "create_interval_trigger",
    "create_manual_trigger",
    "create_once_trigger",
    "next_fire",
    "trigger_from",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "cron.fire_times": ["next_fire"],
        "ports": ["Signal", "Trigger"],
        "triggers.api_trigger": ["ApiTrigger"],
        "triggers.cron_trigger": ["CronTrigger"],
        "triggers.event_trigger": ["EventTrigger"],
        "triggers.factories": [
            "create_api_trigger",
            "create_cron_trigger",
            "create_event_trigger",
            "create_file_trigger",
            "create_interval_trigger",
            "create_manual_trigger",
            "create_once_trigger",
        ],
        "triggers.file_trigger": ["FileTrigger"],
        "triggers.interval_trigger": ["IntervalTrigger"],
        "triggers.manual_trigger": ["ManualTrigger"],
        "triggers.once_trigger": ["OnceTrigger"],
        "triggers.options": ["TriggerOptions"],
        "triggers.specs": ["trigger_from"],
    },
)
