"""Which broker a URL names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.errors import BrokerUnavailableError

if TYPE_CHECKING:
    from dpnb.events.ports import Broker

_KINDS = "'memory:', 'redis://host:6379/0' or 'kafka://host:9092/topic'"


def open_broker(url: str) -> Broker:
    """Return the broker that `url` names; a server is asked only when something is published or consumed.

    Raises
    ------
    BrokerUnavailableError
        There is no such kind of broker, or its client library is not installed.

    Examples
    --------
    >>> open_broker("memory:")
    <InMemoryBroker: 0 published; nobody listens>
    """
    scheme = url.partition(":")[0]
    if scheme == "memory":
        from dpnb.events.adapters.in_memory import InMemoryBroker

        return InMemoryBroker()
    raise BrokerUnavailableError(url, reason=f"{scheme!r} is no kind of broker", hint=f"give {_KINDS}.")
