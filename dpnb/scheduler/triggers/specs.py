"""Makes a trigger from its specification: what `spec` said in another process, perhaps by way of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.errors import TriggerSpecError, closest
from dpnb.scheduler.triggers import factories

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dpnb.events import Consumer
    from dpnb.scheduler.triggers.options import OptionedTrigger

_PERIOD = frozenset({"start", "end"})
_OPTIONS = _PERIOD | {"jitter"}
_NAMES = {  # what a kind needs, and what it may have besides
    "cron": (frozenset({"expression", "zone"}), _OPTIONS),
    "interval": (frozenset({"every"}), _OPTIONS | {"anchor"}),
    "once": (frozenset({"at"}), frozenset({"zone", "jitter"})),
    "event": (frozenset({"source_topic"}), _PERIOD | {"group"}),
    "file": (frozenset({"pattern"}), _PERIOD | {"debounce", "each"}),
    "api": (frozenset[str](), _PERIOD),
    "manual": (frozenset[str](), _PERIOD),
}


def trigger_from(spec: Mapping[str, Any], *, consumer: Consumer | None = None) -> OptionedTrigger:
    """Return the trigger that a specification is of.

    Parameters
    ----------
    spec
        What the trigger's `spec` returned.
    consumer
        Hears the events of an event trigger, which cannot be carried.

    Raises
    ------
    TriggerSpecError
        It is of no trigger, or of an event trigger and there is no `consumer`.
    TriggerError, TopicError
        One of its facts makes no sense.

    Examples
    --------
    >>> trigger_from({"kind": "cron", "expression": "@daily", "zone": "Asia/Seoul"})
    <cron trigger: at 00:00, every day (Asia/Seoul)>
    """
    facts = _checked(spec)
    kind, name = facts.pop("kind"), facts.pop("name", "")
    if kind == "event":
        if consumer is None:
            raise TriggerSpecError(
                spec,
                rule="it hears events, and nothing says whose",
                hint="give the consumer: trigger_from(spec, consumer=…).",
            )
        facts["consumer"] = consumer
    if kind == "cron":
        facts["cron_expression"] = facts.pop("expression")
    make: Callable[..., OptionedTrigger] = getattr(factories, f"create_{kind}_trigger")
    trigger = make(**facts)
    return trigger.named(name) if name else trigger


def _checked(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a specification whose names are right."""
    facts = dict(spec)
    kind = facts.get("kind")
    if not isinstance(kind, str) or kind not in _NAMES:
        near = closest(str(kind), _NAMES) or list(_NAMES)
        raise TriggerSpecError(spec, rule=f"there is no kind {kind!r}", hint=f"kinds are {', '.join(map(repr, near))}.")
    needed, others = _NAMES[kind]
    missing = sorted(needed - facts.keys())
    unknown = sorted(facts.keys() - needed - others - {"kind", "name"})
    if missing or unknown:
        wrong = f"it lacks {missing[0]!r}" if missing else f"it has {unknown[0]!r}, which {kind} triggers have not"
        allowed = ", ".join(map(repr, sorted(needed | others)))
        raise TriggerSpecError(spec, rule=wrong, hint=f"a {kind} trigger has {allowed}.")
    return facts
