"""What tests of every room share: a workspace of their own, an empty registry, and honest skips."""

from __future__ import annotations

import gc
import importlib.util
import os
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dpnb.registry import TaskRegistry
    from tests.servers import RedisProcess

pytest_plugins = ["tests.objects", "tests.postgres"]
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}

# Deadlines measure the machine, not the code; `thorough` is for a night's search.
settings.register_profile("quick", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", parent=settings.get_profile("quick"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


SERVERS = ("s3_server", "redis_server", "kafka_hosts", "postgres_server", "lab")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to one process, where several test side by side, what shares a server or a fixture of its module."""
    for item in items:
        if isinstance(item, pytest.Function) and (shared := _shared(item)):
            item.add_marker(pytest.mark.xdist_group(shared))


def pytest_collection_finish() -> None:
    """Spare the collector the thousands of tests and modules that stay: each of its searches would go through them."""
    gc.collect()
    gc.freeze()


def _shared(item: pytest.Function) -> str:
    known = item._fixtureinfo.name2fixturedefs
    if item.path.parent.parts[-2:] == ("tests", "browser"):
        return "browser"  # one at a time: each takes a processor for itself
    servers = [name for name in SERVERS if name in known]
    given = getattr(getattr(item, "callspec", None), "params", {}).values()
    if any(isinstance(one, str) and one == "postgresql" for one in given):
        servers.append("postgres_server")
    if servers:
        return servers[0]
    shares = any(definitions[-1].scope == "module" for definitions in known.values())
    return item.path.as_posix() if shares else ""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test, and every process that it starts, a workspace of its own."""
    folder = tmp_path / ".dpnb"
    monkeypatch.setenv("DPNB_HOME", str(folder))
    monkeypatch.setenv("DPNB_STATE_HOME", str(tmp_path / ".state"))  # the user's secret that signs stores
    return folder


@pytest.fixture
def registry() -> Iterator[TaskRegistry]:
    """Give the default registry, empty before the test and after it."""
    from dpnb.registry import get_registry

    default = get_registry()
    default.clear()
    yield default
    default.clear()


@pytest.fixture(scope="session")
def require() -> Callable[[str], str]:
    """Skip the test where a program or module is missing; in CI nothing may be missing."""

    def check(name: str) -> str:
        found = shutil.which(name)
        if found is None and importlib.util.find_spec(name) is not None:
            found = name
        if found is None:
            (pytest.fail if IN_CI else pytest.skip)(f"{name} is not installed")
        return found

    return check


@pytest.fixture(scope="session")
def redis_server(require: Callable[[str], str]) -> Iterator[RedisProcess]:
    """Give a Redis server that all tests share; each takes a namespace of its own."""
    require("redis-server")
    from tests.servers import redis_process

    with redis_process() as server:
        yield server


@pytest.fixture(scope="session")
def kafka_hosts(require: Callable[[str], str]) -> Iterator[str]:
    """Give the addresses of a Kafka cluster that all tests share; each takes a topic of its own."""
    require("confluent_kafka")
    from tests.servers import kafka_cluster

    with kafka_cluster() as hosts:
        yield hosts
