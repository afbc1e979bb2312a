"""Sees one fire through: publishes its event, or has its run launched, and says how that ended."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, NamedTuple

from dpnb.errors import DpnbError, FireTakenError, UnreadyScheduleError
from dpnb.scheduler.ports import LaunchOrder
from dpnb.scheduler.records import FireState, from_us
from dpnb.scheduler.targets import TopicTarget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.events import EventBase, Publisher
    from dpnb.scheduler.ports import Launcher, Signal, Trigger
    from dpnb.scheduler.records import FireRecord, ScheduleRecord

PUBLISH_S = 30.0


class FireEnd(NamedTuple):
    """How a fire has ended; None as its state where that is another scheduler's affair."""

    state: FireState | None
    reason: str = ""


class Starter:
    """Starts what schedules ask for.

    Parameters
    ----------
    publisher
        Says that triggers have fired; None where no schedule of a topic is served.
    launcher
        Runs pipelines and notebooks; None where none are served.
    patience_s
        Seconds that a publisher may take.
    """

    def __init__(
        self, publisher: Publisher | None, launcher: Launcher | None, *, patience_s: float = PUBLISH_S
    ) -> None:
        self._publisher, self.launcher, self._patience_s = publisher, launcher, patience_s

    def doubt(self, schedule: ScheduleRecord) -> str:
        """Say why a schedule cannot be served here; empty where it can."""
        if isinstance(schedule.target, TopicTarget):
            return "" if self._publisher is not None else "there is no publisher"
        return "" if self.launcher is not None else "nothing here starts runs"

    async def publish(
        self, schedule: ScheduleRecord, fire: FireRecord, trigger: Trigger, signal: Signal | None
    ) -> FireEnd:
        """Publish the trigger's event; whatever goes wrong is told by how it ended."""
        assert isinstance(schedule.target, TopicTarget)  # noqa: S101 - `doubt` has been asked
        topic = schedule.target.topic
        try:
            async with asyncio.timeout(self._patience_s):
                event = await asyncio.to_thread(trigger.event_for, topic, from_us(fire.due_us), signal)
                await self._publish(schedule.name, topic, event)
        except TimeoutError:
            return FireEnd(FireState.FAILED, f"the publisher took more than {self._patience_s:g} s")
        except Exception as error:  # noqa: BLE001 - a user's factory or publisher; only this fire is lost
            return FireEnd(FireState.FAILED, _told(error))
        return FireEnd(FireState.SUCCEEDED)

    async def _publish(self, name: str, topic: str, event: EventBase) -> None:
        if self._publisher is None:
            raise UnreadyScheduleError(name, reason="there is no publisher", hint="make the Scheduler with one.")
        await self._publisher.publish(topic, event)

    async def launch(self, schedule: ScheduleRecord, fire: FireRecord, packed: tuple[bytes, str]) -> FireEnd:
        """Have the fire's run launched, and wait for its end. A launch that is cancelled raises `CancelledError`."""
        order = LaunchOrder(
            target=schedule.target,
            packed=packed[0],
            signature=packed[1],
            params=_params_of(fire),
            metadata={"schedule": schedule.name, "fire": fire.fire, "due": from_us(fire.due_us).isoformat()},
            claim=fire.claim,
        )
        if self.launcher is None:
            return FireEnd(FireState.FAILED, "nothing here starts runs")
        try:
            outcome = await self.launcher.launch(order)
        except FireTakenError:
            return FireEnd(None)
        except Exception as error:  # noqa: BLE001 - whatever it is, only this fire is lost
            return FireEnd(FireState.FAILED, _told(error))
        if outcome.cancelled:
            return FireEnd(FireState.CANCELLED, outcome.reason)
        return FireEnd(FireState.SUCCEEDED if outcome.succeeded else FireState.FAILED, outcome.reason)


def _params_of(fire: FireRecord) -> Mapping[str, object]:
    """Return the run parameters that a call or a person has given, as ``{"params": {…}}``."""
    given = fire.data.get("params") if isinstance(fire.data, dict) else None
    return given if isinstance(given, dict) else {}


def _told(error: Exception) -> str:
    message = str(error).partition("\nHint: ")[0]
    return message if isinstance(error, DpnbError) else f"{type(error).__name__}: {message}"


def as_json(data: object) -> object:
    """Return what JSON can carry of a signal's data, the rest as its repr."""
    return json.loads(json.dumps(data, ensure_ascii=False, default=repr))
