"""Within a Redis server, patterns choose what they choose here."""

from __future__ import annotations

import redis
from hypothesis import given
from hypothesis import strategies as st

from dpnb.events import TopicPattern
from dpnb.events.adapters.redis_scripts import MATCHES

NAMES = st.sampled_from(["a", "b", "항공편"])
TOPICS = st.lists(NAMES, min_size=1, max_size=7).map(".".join)
PATTERNS = st.lists(NAMES | st.sampled_from(["*", "**", "**"]), min_size=1, max_size=7).map(".".join)

ASK = f"{MATCHES} return matches(KEYS[1], ARGV) and 1 or 0"


@given(pattern=PATTERNS, topics=st.lists(TOPICS, min_size=1, max_size=30))
def test_a_pattern_chooses_the_same_topics(redis_server, pattern, topics):
    chosen = TopicPattern(pattern)
    with redis.Redis.from_url(redis_server.url) as client:
        asking = client.pipeline(transaction=False)
        for topic in topics:
            asking.eval(ASK, 1, topic, *chosen.segments)
        assert asking.execute() == [chosen.matches(topic) for topic in topics]
