"""When it runs: triggers that say what is due, and the scheduler that sees to it.

::

    trigger ──next_fire──▶ timetable ──▶ judge ──▶ admission ──▶ store ──▶ starter ──┬──▶ publisher
            ──signals───────────────────────────────▲                                └──▶ launcher

``ports.py`` states what is promised of a trigger and of who launches runs; ``cron/`` knows cron expressions,
``triggers/`` holds one file for each kind of trigger, ``files/`` finds what is new on disk. ``timetable.py``,
``misfires.py``, ``overlaps.py`` and ``admission.py`` decide, without clock or database; ``store.py`` keeps what was
decided, and ``service.py`` carries it out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from dpnb.scheduler.background import BackgroundScheduler
    from dpnb.scheduler.cron.fire_times import next_fire
    from dpnb.scheduler.frames import fires, fires_frame, schedules, schedules_frame
    from dpnb.scheduler.options import ScheduleOptions
    from dpnb.scheduler.ports import Launcher, LaunchOrder, LaunchOutcome, Signal, Trigger
    from dpnb.scheduler.records import FireRecord, FireState, ScheduleRecord
    from dpnb.scheduler.scheduler import Scheduler
    from dpnb.scheduler.store import ScheduleStore
    from dpnb.scheduler.targets import NotebookTarget, PipelineTarget, TopicTarget
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
    "BackgroundScheduler",
    "CronTrigger",
    "EventTrigger",
    "FileTrigger",
    "FireRecord",
    "FireState",
    "IntervalTrigger",
    "LaunchOrder",
    "LaunchOutcome",
    "Launcher",
    "ManualTrigger",
    "NotebookTarget",
    "OnceTrigger",
    "PipelineTarget",
    "ScheduleOptions",
    "ScheduleRecord",
    "ScheduleStore",
    "Scheduler",
    "Signal",
    "TopicTarget",
    "Trigger",
    "TriggerOptions",
    "create_api_trigger",
    "create_cron_trigger",
    "create_event_trigger",
    "create_file_trigger",
    "create_interval_trigger",
    "create_manual_trigger",
    "create_once_trigger",
    "fires",
    "fires_frame",
    "next_fire",
    "schedules",
    "schedules_frame",
    "trigger_from",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "background": ["BackgroundScheduler"],
        "cron.fire_times": ["next_fire"],
        "frames": ["fires", "fires_frame", "schedules", "schedules_frame"],
        "options": ["ScheduleOptions"],
        "ports": ["LaunchOrder", "LaunchOutcome", "Launcher", "Signal", "Trigger"],
        "records": ["FireRecord", "FireState", "ScheduleRecord"],
        "scheduler": ["Scheduler"],
        "store": ["ScheduleStore"],
        "targets": ["NotebookTarget", "PipelineTarget", "TopicTarget"],
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
