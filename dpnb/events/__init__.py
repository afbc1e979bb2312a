"""Who is told: events under topics, brought from publishers to consumers.

``ports.py`` states what is promised, ``adapters/`` holds the brokers and queues, ``topics.py`` the patterns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from dpnb.events.adapters.in_memory import InMemoryBroker, InMemoryConsumer, InMemoryPublisher
    from dpnb.events.adapters.kafka_broker import KafkaBroker
    from dpnb.events.adapters.memory_queue import InMemoryQueue
    from dpnb.events.adapters.multiprocess_queue import MultiprocessQueue
    from dpnb.events.adapters.redis_broker import RedisBroker
    from dpnb.events.broker_urls import open_broker
    from dpnb.events.event import EventBase
    from dpnb.events.ports import Broker, Consumer, Overflow, Publisher, Queue, Subscription
    from dpnb.events.topic_trie import TopicTrie
    from dpnb.events.topics import TopicPattern, check_topic, segment_name, topic_segment

__all__ = [
    "Broker",
    "Consumer",
    "EventBase",
    "InMemoryBroker",
    "InMemoryConsumer",
    "InMemoryPublisher",
    "InMemoryQueue",
    "KafkaBroker",
    "MultiprocessQueue",
    "Overflow",
    "Publisher",
    "Queue",
    "RedisBroker",
    "Subscription",
    "TopicPattern",
    "TopicTrie",
    "check_topic",
    "open_broker",
    "segment_name",
    "topic_segment",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "adapters.in_memory": ["InMemoryBroker", "InMemoryConsumer", "InMemoryPublisher"],
        "adapters.kafka_broker": ["KafkaBroker"],
        "adapters.memory_queue": ["InMemoryQueue"],
        "adapters.multiprocess_queue": ["MultiprocessQueue"],
        "adapters.redis_broker": ["RedisBroker"],
        "broker_urls": ["open_broker"],
        "event": ["EventBase"],
        "ports": ["Broker", "Consumer", "Overflow", "Publisher", "Queue", "Subscription"],
        "topic_trie": ["TopicTrie"],
        "topics": ["TopicPattern", "check_topic", "segment_name", "topic_segment"],
    },
)
