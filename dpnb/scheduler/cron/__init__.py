"""Cron expressions: what they mean, when they fire, and how to say so.

::

    text ── fields.py ──► sets of numbers ── expression.py ──► local times ── fire_times.py ──► instants
                                 └── words.py ──► a sentence

croniter reads the fields. Walking the calendar is ours, because croniter recomputes with ``relativedelta`` what a
look-up answers, and because local times become instants by Debian cron's rules, which it does not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from dpnb.scheduler.cron.expression import CronExpression, parse_cron
    from dpnb.scheduler.cron.fire_times import next_fire
    from dpnb.scheduler.cron.previews import preview
    from dpnb.scheduler.cron.words import describe

__all__ = ["CronExpression", "describe", "next_fire", "parse_cron", "preview"]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "expression": ["CronExpression", "parse_cron"],
        "fire_times": ["next_fire"],
        "previews": ["preview"],
        "words": ["describe"],
    },
)
