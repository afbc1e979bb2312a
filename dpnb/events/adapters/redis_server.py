"""The connections to one Redis server, what is kept there under which key, and what its errors mean.

All events of a namespace are entries of one stream. Redis cannot choose among keys by a pattern, so with a stream per
topic a subscription to ``run.*.finished`` would have to learn of each new topic and could not tell in which order their
events came. One stream has one order, one bound on what is retained, and a group has one place in it; what a pattern
does not choose is left out by the reader, or for groups within the server. The braces make both keys one slot of a
cluster.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ConstantBackoff, NoBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from dpnb.errors import BrokerUnavailableError
from dpnb.errors.url_text import without_secrets

BLOCK_S = 5.0
"""How long a reader lets the server wait for news before it asks again, which is how it notices that it is gone."""

_AGAIN_S = 0.05

_PASSING = ("NOGROUP", "MISCONF", "NOREPLICAS", "MASTERDOWN", "CLUSTERDOWN", "BUSY ")
"""What a server says that was emptied, cannot save, has lost its others, or is busy with a script: it will pass."""


class RedisServer:
    """A Redis server, its database and namespace, as `dpnb.events.RedisBroker` was told of it."""

    def __init__(self, url: str, *, namespace: str, timeout: float, reclaim_after: float) -> None:
        self.name = without_secrets(url)
        self.stream, self.ids = f"{{{namespace}}}:events", f"{{{namespace}}}:ids"
        self.reclaim_ms = max(1, int(reclaim_after * 1000))
        shared: dict[str, Any] = {
            "decode_responses": True,
            "encoding_errors": "replace",  # what others wrote is left out, and must not end the reading
            "socket_connect_timeout": timeout,
            "protocol": 2,
        }
        # That the server closed an idle connection is found out by using it; the second time it is a new one.
        once_more = Retry(ConstantBackoff(_AGAIN_S), 1)
        self.asking: Redis = Redis.from_url(url, socket_timeout=timeout, retry=once_more, **shared)
        self.reading: AsyncRedis = AsyncRedis.from_url(
            url, socket_timeout=BLOCK_S + timeout, retry=AsyncRetry(NoBackoff(), 0), **shared
        )
        pool = self.asking.connection_pool
        pool.connection_class(**pool.connection_kwargs)  # says now what is wrong with the URL's options
        self._scripts: dict[str, Any] = {}

    def script(self, text: str) -> Any:
        """Return a script as a function of `keys` and `args`, to be awaited."""
        if text not in self._scripts:
            self._scripts[text] = self.reading.register_script(text)
        return self._scripts[text]

    def latest(self) -> str:
        """Return the id of the latest entry; in this thread."""
        try:
            return str(self.asking.xinfo_stream(self.stream)["last-generated-id"])
        except ResponseError as error:
            if "no such key" in str(error):
                return "0-0"
            raise

    def outage(self, error: Exception) -> BrokerUnavailableError | None:
        """Return what a failure of the server, or of the way to it, is for users; None if waiting does not mend it."""
        is_outage = isinstance(
            error, (RedisConnectionError, RedisTimeoutError, BusyLoadingError, OutOfMemoryError, ReadOnlyError, OSError)
        )
        is_outage = is_outage or (isinstance(error, ResponseError) and str(error).startswith(_PASSING))
        return self.unavailable(error) if is_outage else None

    def unavailable(self, error: Exception) -> BrokerUnavailableError:
        """Return any error of the server as dpnb's."""
        is_refused = isinstance(error, (AuthenticationError, ResponseError))
        hint = _ADMISSION if is_refused else _REACH
        return BrokerUnavailableError(self.name, reason=str(error).rstrip(".") or type(error).__name__, hint=hint)


FAILURES = (RedisError, OSError)
_REACH = "see that the server runs and can be reached from here; what was published meanwhile may be published again."
_ADMISSION = "see that the URL's user and password are right, may write, and that the namespace is dpnb's own."


def split_options(url: str) -> tuple[str, dict[str, str]]:
    """Return a URL without those parameters of its query that are dpnb's own, and these."""
    address, _, query = url.partition("?")
    every = parse_qsl(query, keep_blank_values=True)
    rest = urlencode([(name, value) for name, value in every if name not in _OURS])
    return f"{address}?{rest}" if rest else address, {name: value for name, value in every if name in _OURS}


_OURS = ("namespace", "retained")
