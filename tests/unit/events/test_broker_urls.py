from __future__ import annotations

import pickle
import sys

import pytest

from dpnb.errors import BrokerUnavailableError
from dpnb.errors.url_text import without_secrets
from dpnb.events import InMemoryBroker, KafkaBroker, RedisBroker, open_broker


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("memory:", InMemoryBroker),
        ("redis://localhost/0", RedisBroker),
        ("rediss://localhost:6380/0?ssl_cert_reqs=none", RedisBroker),
        ("unix:///run/redis.sock?db=1&namespace=mine&retained=500", RedisBroker),
        ("kafka://localhost:9092,other:9092/events", KafkaBroker),
    ],
)
def test_a_url_names_its_broker_and_no_server_is_asked(url, kind):
    broker = open_broker(url)
    assert type(broker) is kind
    broker.close()


@pytest.mark.parametrize("library", ["redis", "aiokafka"])
def test_what_has_to_be_installed_is_named(monkeypatch, library):
    for name in [*sys.modules]:
        if name.startswith(("dpnb.events.adapters.redis_", "dpnb.events.adapters.kafka_")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    extra = {"aiokafka": "kafka"}.get(library, library)
    with pytest.raises(BrokerUnavailableError, match=rf"{library} is not installed.*\n.*'dpnb\[{extra}\]'") as caught:
        open_broker(f"{extra}://me:secret@host/topic")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "amqp://me:secret@host/",
        "redis://me:secret@host:port/0",
        "redis://me:secret@host/0?retained=many",
        "redis://me:secret@host/0?no_such_option=1",
        "kafka://me:secret@host:9092/",
        "kafka://me:secret@host:9092/with blanks",
        "kafka://me:secret@host:9092/events?no_such_option=1",
        "kafka:///events",
        "",
    ],
)
def test_a_url_that_is_wrong_is_refused_and_its_password_is_not_shown(url):
    with pytest.raises(BrokerUnavailableError, match="Hint: give") as caught:
        open_broker(url)
    assert "secret" not in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://host", "redis://host"),
        ("redis://:secret@host:1/0", "redis://host:1/0"),
        ("rediss://me:sec@ret@host/0?password=secret", "rediss://me@host/0"),
        ("kafka://me:secret@a:1,b:2/topic", "kafka://me@a:1,b:2/topic"),
        ("unix:///run/redis.sock?password=secret", "unix:///run/redis.sock"),
        ("memory:", "memory:"),
        ("redis://[broken:secret@host", "redis://…"),
    ],
)
def test_what_is_shown_of_a_url_has_no_secrets(url, shown):
    assert without_secrets(url) == shown


def test_a_broker_shows_no_password():
    for url in ("redis://me:secret@host/0", "kafka://me:secret@host:9092/events"):
        broker = open_broker(url)
        assert "secret" not in f"{broker!r}{broker.publisher()!r}"
        broker.close()
