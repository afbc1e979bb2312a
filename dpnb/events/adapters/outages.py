"""Reading on when a server was away."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import TYPE_CHECKING

from dpnb.errors import BrokerUnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dpnb.events.adapters.inbox import Inbox

SHORTEST_S, LONGEST_S = 0.05, 5.0

_log = logging.getLogger(__name__)


def pauses(shortest_s: float = SHORTEST_S, longest_s: float = LONGEST_S) -> Callable[[int], float]:
    """Return how long to wait after the n-th failure in a row: twice as long each time, up to a bound, with jitter.

    Readers that lost the same server do not come back all in the same moment.
    """

    def pause(failures: int) -> float:
        most = min(longest_s, shortest_s * 2.0 ** min(failures - 1, 32))
        return most * random.uniform(0.5, 1.0)  # noqa: S311 - nothing is kept secret by it

    return pause


_PAUSE = pauses()


async def reading_through(
    serve: Callable[[Callable[[], None]], Awaitable[None]],
    inbox: Inbox,
    *,
    translated: Callable[[Exception], BrokerUnavailableError | None],
    pause: Callable[[int], float] = _PAUSE,
) -> None:
    """Have a reader serve until it is cancelled, again after each outage.

    Parameters
    ----------
    serve
        Reads for ever; calls what it is given whenever the server has answered.
    inbox
        Told of a failure that waiting does not mend.
    translated
        Tells an outage, as dpnb's error, from any other failure.
    pause
        Tells how many seconds to wait after the n-th failure in a row.
    """
    failures = 0

    def has_answered() -> None:
        nonlocal failures
        if failures:
            _log.warning("The server answers again; %r goes on.", inbox)
        failures = 0

    while True:
        try:
            await serve(has_answered)
        except Exception as error:  # noqa: BLE001 - nobody awaits a reader: its consumer is told
            outage = translated(error)
            if outage is None:
                failure = BrokerUnavailableError(repr(inbox), reason=f"reading failed, {error}", hint=_SUBSCRIBE)
                failure.__cause__ = error
                inbox.fail(failure)
                return
            failures += 1
            if failures == 1:
                _log.warning("%s %r waits for it.", str(outage).partition("\n")[0], inbox)
        await asyncio.sleep(pause(max(failures, 1)))


_SUBSCRIBE = "see the cause; subscribe anew when it is mended."
