"""Triggers that make no sense, and what they could not make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.errors.root import DpnbError, closest

if TYPE_CHECKING:
    from collections.abc import Iterable


class TriggerError(DpnbError):
    """A trigger could not be made, or could not fire."""


class CronExpressionError(TriggerError, ValueError):
    """A cron expression is refused; `field` names which of its fields is wrong, None where it is the whole."""

    def __init__(self, expression: object, *, rule: str, hint: str, field: str | None = None) -> None:
        place = f" in its field {field!r}" if field else ""
        super().__init__(f"The cron expression {expression!r} is refused{place}: {rule}.", hint=hint)
        self.expression, self.field, self.rule = expression, field, rule


class UnknownZoneError(TriggerError, ValueError):
    """A text names no time zone."""

    def __init__(self, zone: object, known: Iterable[str] = ()) -> None:
        near = _nearest_zones(zone, known) if isinstance(zone, str) else []
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else "zones are named as 'Asia/Seoul' or 'UTC'."
        super().__init__(f"{zone!r} is no time zone of the IANA database.", hint=hint)
        self.zone = zone


def _nearest_zones(zone: str, known: Iterable[str]) -> list[str]:
    """Return the names that resemble `zone`, be it written whole (``asia/seoul``) or by its city alone (``seul``)."""
    spelled = zone.strip().replace(" ", "_").casefold()
    whole: dict[str, str] = {}
    cities: dict[str, str] = {}
    for name in sorted(known):
        whole[name.casefold()] = name
        cities.setdefault(name.rpartition("/")[2].casefold(), name)
    exact = [names[spelled] for names in (whole, cities) if spelled in names]
    near = [cities[city] for city in closest(spelled, cities)] if "/" not in spelled else []
    return list(dict.fromkeys([*exact, *near, *(whole[name] for name in closest(spelled, whole))]))[:3]


class TriggerOptionError(TriggerError, ValueError):
    """An option of a trigger makes no sense."""

    def __init__(self, option: str, value: object, *, rule: str, hint: str) -> None:
        super().__init__(f"{option}={value!r} is refused: {rule}.", hint=hint)
        self.option, self.value, self.rule = option, value, rule


class TriggerSpecError(TriggerError, ValueError):
    """No trigger can be made from this specification."""

    def __init__(self, spec: object, *, rule: str, hint: str) -> None:
        super().__init__(f"No trigger can be made from {spec!r}: {rule}.", hint=hint)
        self.spec, self.rule = spec, rule


class TriggerInactiveError(TriggerError):
    """A trigger was called before its start or after its end."""

    def __init__(self, kind: str, *, period: str) -> None:
        super().__init__(
            f"This {kind} trigger takes calls only {period}.",
            hint="make it with another start or end, or call it within them.",
        )
        self.period = period


class EventFactoryError(TriggerError):
    """An `event_factory` raised, or returned something that is no event; what it raised is the cause."""

    def __init__(self, factory: str, *, found: str) -> None:
        super().__init__(
            f"The event_factory {factory} made no event: {found}.",
            hint="it must return an EventBase, as lambda: EventBase('reports.daily') does.",
        )
        self.factory = factory
