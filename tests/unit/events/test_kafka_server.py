"""A client of a Kafka cluster is started to the end or let go of, whatever comes meanwhile."""

from __future__ import annotations

import asyncio

import pytest

pytest.importorskip("aiokafka")

from dpnb.events.adapters.kafka_server import start


class Client:
    """Asks over a connection that is open until it is answered, as aiokafka's clients do."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asks, self.answer = asyncio.Event(), asyncio.Event()
        self.has_open_connection = self.is_stopped = False
        self._error = error

    async def start(self) -> None:
        self.has_open_connection = True
        self.asks.set()
        await self.answer.wait()
        self.has_open_connection = False
        if self._error is not None:
            raise self._error

    async def stop(self) -> None:
        self.is_stopped = True


async def test_who_is_cancelled_while_a_client_starts_leaves_no_connection_open():
    client = Client()
    starting = asyncio.create_task(start(client))
    await client.asks.wait()
    starting.cancel()
    asyncio.get_running_loop().call_soon(client.answer.set)
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert client.is_stopped
    assert not client.has_open_connection


async def test_a_client_that_cannot_be_started_is_let_go_of():
    client = Client(OSError("없음"))
    client.answer.set()
    with pytest.raises(OSError, match="없음"):
        await start(client)
    assert client.is_stopped
