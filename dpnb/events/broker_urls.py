"""Which broker a URL names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.errors import BrokerUnavailableError
from dpnb.errors.url_text import without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.events.ports import Broker

_KINDS = "'memory:', 'redis://host:6379/0' or 'kafka://host:9092/topic'"


def open_broker(url: str) -> Broker:
    """Return the broker that `url` names; a server is asked only when something is published or consumed.

    Parameters
    ----------
    url
        ``memory:``, within this process; ``redis://``, ``rediss://`` or ``unix://``, see `dpnb.events.RedisBroker`;
        ``kafka://``, see `dpnb.events.KafkaBroker`.

    Raises
    ------
    BrokerUnavailableError
        There is no such kind of broker, the URL is wrong, or its client library is not installed.

    Examples
    --------
    >>> open_broker("memory:")
    <InMemoryBroker: 0 published; nobody listens>
    """
    scheme = url.partition(":")[0]
    if scheme not in _OPENERS:
        raise BrokerUnavailableError(
            without_secrets(url), reason=f"{scheme!r} is no kind of broker", hint=f"give {_KINDS}."
        )
    opener, library, extra = _OPENERS[scheme]
    try:
        return opener(url)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != library:
            raise
        raise BrokerUnavailableError(
            without_secrets(url), reason=f"{library} is not installed", hint=f"pip install 'dpnb[{extra}]'"
        ) from None


def _in_memory(_: str) -> Broker:
    from dpnb.events.adapters.in_memory import InMemoryBroker

    return InMemoryBroker()


def _redis(url: str) -> Broker:
    from dpnb.events.adapters.redis_broker import RedisBroker

    return RedisBroker(url)


def _kafka(url: str) -> Broker:
    from dpnb.events.adapters.kafka_broker import KafkaBroker

    return KafkaBroker(url)


_OPENERS: dict[str, tuple[Callable[[str], Broker], str, str]] = {  # and what has to be installed, by which extra
    "memory": (_in_memory, "", ""),
    "redis": (_redis, "redis", "redis"),
    "rediss": (_redis, "redis", "redis"),
    "unix": (_redis, "redis", "redis"),
    "kafka": (_kafka, "aiokafka", "kafka"),
}
