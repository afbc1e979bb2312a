"""What the triggers that are called have in common: any thread may call, on HTTP's behalf or a person's."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from dpnb.errors import TriggerInactiveError
from dpnb.events.plain_data import plain
from dpnb.scheduler.ports import Signal
from dpnb.scheduler.triggers.call_line import CallLine
from dpnb.scheduler.triggers.signalled import SignalledTrigger

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CalledTrigger(SignalledTrigger):
    """A trigger that fires when it is called; a call that nobody listens to waits for the first who will."""

    told: ClassVar[str]
    """When it fires, in words."""
    line: CallLine = field(default_factory=CallLine, compare=False)

    def describe(self) -> str:
        """Say in words when it fires."""
        return self._within_period(self.told)

    def signals(self) -> AsyncGenerator[Signal]:
        """Return the calls that wait, and those that come from now on."""
        return self.line.listen()

    def facts(self) -> dict[str, Any]:
        """Return nothing: it has no options of its own."""
        return {}

    def _call(self, data: Any, key: str | None) -> Signal:
        now = datetime.now(UTC)
        if not self.options.covers(now):
            raise TriggerInactiveError(self.kind, period=self.options.period)
        signal = Signal(at=now, data=plain(data, "data"), key=key)
        self.line.put(signal)
        return signal
