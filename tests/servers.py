"""Servers for tests: real ones, of their own, on loopback, gone when the session ends."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests.waiting import until


class RedisProcess:
    """A `redis-server` on a Unix socket, so that no port is taken; it can be killed and started again.

    Parameters
    ----------
    folder
        Where its socket and files are.
    is_durable
        Whether it keeps what it was told when it is killed: an append-only file, written with each command.
    """

    def __init__(self, folder: Path, *, is_durable: bool = False) -> None:
        self.folder, self._is_durable = folder, is_durable
        self.socket = folder / "redis.sock"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address as redis-py takes it."""
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        durable = ["--appendonly", "yes", "--appendfsync", "always"] if self._is_durable else ["--appendonly", "no"]
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", str(self.socket), "--save", "", *durable],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
        )
        with redis.Redis.from_url(self.url) as client:
            until(lambda: _answers(client), otherwise=lambda: "redis-server did not start")

    def kill(self) -> None:
        """End it as a crash does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        self.socket.unlink(missing_ok=True)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


@contextmanager
def redis_process(*, is_durable: bool = False) -> Iterator[RedisProcess]:
    """Run a Redis server. Its folder is a short one: the path of a socket has 107 bytes at most."""
    folder = Path(tempfile.mkdtemp(prefix="dpnb-redis-"))
    server = RedisProcess(folder, is_durable=is_durable)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def kafka_cluster() -> Iterator[str]:
    """Run librdkafka's cluster of simulated brokers, within this process; yield their addresses."""
    import confluent_kafka

    owner = confluent_kafka.Producer({"bootstrap.servers": "simulated", "test.mock.num.brokers": 3, "log_level": 0})
    brokers = owner.list_topics(timeout=30).brokers.values()
    yield ",".join(f"{one.host}:{one.port}" for one in brokers)
    owner.flush(1)


@contextmanager
def followers_first() -> Iterator[None]:
    """Have the leader of a Kafka group take its time, so that two members can join in the simulated cluster.

    Its coordinator refuses a member that asks for its share after the leader has dealt them out, as real ones do not;
    both would join and be refused by turns, without end.
    """
    from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor as Dealer

    at_once = Dealer.assign

    def later(*arguments: object) -> object:
        time.sleep(_TURN_S)
        return at_once(*arguments)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Dealer, "assign", later)
        yield


_TURN_S = 0.5
