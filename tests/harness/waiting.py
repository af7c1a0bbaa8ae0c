"""Waiting for what can be observed from outside: topics, group offsets, Redis keys."""
import time

from confluent_kafka import Consumer, TopicPartition


def await_true(what, condition, timeout=60):
    """Polls an observable state with a deadline; says what did not come."""
    deadline = time.monotonic() + timeout
    while True:
        seen = condition()
        if seen:
            return seen
        assert time.monotonic() < deadline, f"{what}: not within {timeout} s"
        time.sleep(0.05)


class Pipeline:
    """How far a pipeline has come, read from Kafka and Redis and not from the daemon's own word."""

    def __init__(self, bootstrap, redis, *, group="nw", namespace="newswired", topic=None):
        self.bootstrap, self.redis, self.group, self.namespace = bootstrap, redis, group, namespace
        self.topic = topic or {"articles": "articles", "features": "articles.features"}.get
        self._articles = Consumer({"bootstrap.servers": bootstrap, "group.id": f"{group}.articles", "log_level": 0})

    def close(self):
        self._articles.close()

    def _partitions(self, topic):
        metadata = self._articles.list_topics(topic, timeout=10)
        return [TopicPartition(topic, p) for p in metadata.topics[topic].partitions]

    def end(self, topic):
        """Records a topic has been given, control records included."""
        return sum(self._articles.get_watermark_offsets(p, timeout=10)[1] for p in self._partitions(topic))

    def articles_read(self):
        """The article consumers' committed group offsets: everything below is in the features topic."""
        committed = self._articles.committed(self._partitions(self.topic("articles")), timeout=10)
        return sum(max(c.offset, 0) for c in committed)

    def _tags(self):
        return [tag.decode() for tag in self.redis.smembers(f"{self.namespace}:partitions")]

    def features_applied(self):
        """The sum of the positions in Redis."""
        return sum(int(self.redis.hget(f"{self.namespace}:{tag}:_position", "next") or 0) for tag in self._tags())

    def unpublished(self):
        return sum(self.redis.hlen(f"{self.namespace}:{tag}:_outbox") for tag in self._tags())

    def await_settled(self, daemons=(), timeout=120):
        """Every event read, every feature record in Redis, every summary acknowledged."""
        def alive():
            for daemon in daemons:
                assert daemon.process.poll() is None, f"ended with {daemon.process.returncode}\n{daemon.tail()}"
            return True
        end = self.end(self.topic("articles"))
        await_true("articles read", lambda: alive() and self.articles_read() >= end, timeout)
        end = self.end(self.topic("features"))
        await_true("features applied", lambda: alive() and self.features_applied() >= end, timeout)
        await_true("summaries published", lambda: alive() and self.unpublished() == 0, timeout)
