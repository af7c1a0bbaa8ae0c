"""Watching a run from outside: how far it has come, and what a reader of counts sees meanwhile."""
import collections
import random
import threading
import time

import redis
from confluent_kafka import Consumer, KafkaException, TopicPartition

from world import PARTITIONS

TAGS = [f"{{articles.features:{p}}}" for p in range(PARTITIONS)]


class Progress(threading.Thread):
    """Samples the position of every features partition and of every articles partition, and the AOF's size."""

    def __init__(self, world):
        super().__init__(daemon=True)
        self.world = world
        self.client = world.redis.client(socket_timeout=2)
        self.features = [0] * PARTITIONS
        self.articles = [0] * PARTITIONS
        self.aof = collections.deque(maxlen=400)  # (time, file, size)
        self.ending = threading.Event()
        self.group = Consumer({"bootstrap.servers": world.broker.bootstrap, "group.id": "nw.articles",
                               "log_level": 0, "reconnect.backoff.max.ms": 200})

    def _read_features(self):
        pipe = self.client.pipeline(transaction=False)
        for tag in TAGS:
            pipe.hget(f"newswired:{tag}:_position", "next")
        try:
            self.features = [int(value or 0) for value in pipe.execute()]
        except (redis.RedisError, OSError):
            pass  # killed: the next look tells

    def _read_articles(self):
        asked = [TopicPartition("articles", p) for p in range(PARTITIONS)]
        try:
            self.articles = [max(p.offset, 0) for p in self.group.committed(asked, timeout=2)]
        except KafkaException:
            pass

    def run(self):
        turn = 0
        while not self.ending.wait(0.02):
            self._read_features()
            try:
                self.aof.append((time.monotonic(), *self.world.redis.aof_tail()))
            except (OSError, ValueError):
                pass  # between two files
            turn += 1
            if turn % 8 == 0:
                self._read_articles()

    def stop(self):
        self.ending.set()
        self.join()
        self.group.close()

    def aof_before(self, seconds):
        """(file, size) as the append-only file was so long ago, or as its newest part began."""
        samples = list(self.aof)
        newest = samples[-1][1]
        of_newest = [s for s in samples if s[1] == newest]
        older = [s for s in of_newest if s[0] <= samples[-1][0] - seconds]
        return (older[-1] if older else of_newest[0])[1:]

    def mark(self, fresh=True):
        if fresh:
            self._read_features()
            self._read_articles()
        return list(self.features), list(self.articles)

    def all_past(self, mark):
        """Every partition of both topics has committed something later than the mark."""
        return (all(now > then for now, then in zip(self.features, mark[0])) and
                all(now > then for now, then in zip(self.articles, mark[1])))


class CountsReader(threading.Thread):
    """A dashboard: reads live counts all the time, in one transaction a story, and adds them up."""

    def __init__(self, world):
        super().__init__(daemon=True)
        self.client = world.redis.client(socket_timeout=2)
        self.random = random.Random(world.seed)
        self.read, self.wrong = 0, []
        self.ending = threading.Event()

    def _look(self):
        prefix = f"newswired:{self.random.choice(TAGS)}:"
        story = self.client.srandmember(prefix + "_live")
        if story is None:
            return
        story = story.decode()
        pipe = self.client.pipeline(transaction=True)
        pipe.hgetall(f"{prefix}story:{story}")
        pipe.hlen(f"{prefix}_members:{story}")
        pipe.sismember(prefix + "_live", story)
        counts, members, live = pipe.execute()
        if not live:  # closed or merged between the two looks
            return
        counts = {k.decode(): int(v) for k, v in counts.items() if v.lstrip(b"-").isdigit()}
        self.read += 1
        sides = sum(counts[side] for side in ("left", "center", "right", "unrated"))
        if counts["articles"] != members or counts["sources"] != sides:
            self.wrong.append(f"{story}: {counts} with {members} members")

    def run(self):
        while not self.ending.wait(0.01):
            try:
                self._look()
            except (redis.RedisError, OSError):
                pass  # killed, or loading

    def stop(self):
        self.ending.set()
        self.join()
