"""What a chaos run lives in: Apache Kafka, redis-server, instances of newswired, and a load that never stops."""
import json
import random
import signal
import threading
import time

from confluent_kafka import Producer

import broker as apache_kafka
from harness.daemon import Daemon
from harness.events import Feed
from harness.servers import RedisServer
from harness.waiting import Pipeline

PARTITIONS = 4
SESSION_MS = 3000
LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "pl")  # all features partitions get some
FEED_EVENTS = 3000  # then new stories begin; the old ones close by and by
EXIT_DEPENDENCY = 75  # what a service manager answers with another start

# Closed stories stay: a story that is dropped has no counts left that could be compared.
EXTRA = """stories: { closed_retention_hours = 8760; idle_expiry_hours = 48; batch_ms = 100; };"""


def endless_events(seed):
    """(key, event) pairs for ever; no URL twice but for updates and retractions."""
    sequence = 0
    for number in range(1_000_000):
        feed = Feed(seed * 1000 + number, stories=120, languages=LANGUAGES, body_words=40)
        feed.sequence = sequence
        yield from feed.events(FEED_EVENTS)
        sequence = feed.sequence


class Load(threading.Thread):
    """Writes events at a rate until told to end. The input is what the topic holds, not what was meant."""

    def __init__(self, bootstrap, seed):
        super().__init__(daemon=True)
        self.producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 5,
                                  "message.timeout.ms": 300_000, "log_level": 0,
                                  "reconnect.backoff.max.ms": 500})
        self.events = endless_events(seed)
        self.rate = 0  # events a second
        self.sent, self.failed = 0, []
        self.ending = threading.Event()
        self.lock = threading.Lock()

    def _send_one(self):
        key, event = next(self.events)
        value = None if event is None else json.dumps(event, ensure_ascii=False).encode()
        while True:
            try:
                self.producer.produce("articles", value, key, on_delivery=self._delivered)
                break
            except BufferError:
                self.producer.poll(0.1)
        self.producer.poll(0)
        self.sent += 1

    def _delivered(self, error, _):
        if error is not None:
            self.failed.append(str(error))

    def burst(self, count):
        """As fast as the broker takes them."""
        with self.lock:
            for _ in range(count):
                self._send_one()
            assert self.producer.flush(120) == 0

    def run(self):
        owed, last = 0.0, time.monotonic()
        while not self.ending.wait(0.01):
            now = time.monotonic()
            owed += self.rate * (now - last)
            last = now
            with self.lock:
                while owed >= 1:
                    self._send_one()
                    owed -= 1
                self.producer.poll(0)

    def stop(self):
        self.ending.set()
        if self.is_alive():
            self.join()
        assert self.producer.flush(120) == 0 and not self.failed, f"input not written: {self.failed[:3]}"


class Instance:
    """One newswired, killed and started at will."""

    def __init__(self, world, number):
        self.name = f"i{number}"
        self.daemon = Daemon(world.broker.bootstrap, world.redis.url, create_topics=True,
                             instance_id=self.name if world.static(number) else "",
                             partitions=PARTITIONS, session_timeout_ms=SESSION_MS, publish_interval_ms=500,
                             port=0, extra=EXTRA)
        self.ended_by_itself = 0

    def start(self):
        self.daemon.start(wait=False)

    def running(self):
        process = self.daemon.process
        return process is not None and process.poll() is None

    def kill(self):
        self.daemon.kill()

    def freeze(self):
        self.daemon.signal(signal.SIGSTOP)

    def thaw(self):
        self.daemon.signal(signal.SIGCONT)

    def leave(self):
        code = self.daemon.stop(30)
        assert code == 0, f"{self.name} ended with {code} on SIGTERM\n{self.daemon.tail()}"

    def look_after(self):
        """As a service manager would: start again what gave up because something it needs was away."""
        code = self.daemon.process.poll()
        if code is None:
            return
        assert code == EXIT_DEPENDENCY, f"{self.name} ended by itself with {code}\n{self.daemon.tail()}"
        self.ended_by_itself += 1
        self.daemon.notify.close()
        self.start()

    def log(self):
        return self.daemon.log.read_text(errors="replace")


class World:
    def __init__(self, seed, static=lambda number: number % 2 == 0):
        """static: which instances are static members of their groups."""
        self.seed, self.static = seed, static
        self.random = random.Random(seed)
        self.broker = apache_kafka.Broker().start()
        self.redis = RedisServer()
        self.instances = []  # those that are meant to run
        self.all = []
        self.load = None
        self.pipeline = None

    def begin(self):
        """The first instance makes the topics; then the load can start."""
        self.join(1)
        self.instances[0].daemon.await_ready()
        self.pipeline = Pipeline(self.broker.bootstrap, self.redis.client())
        self.load = Load(self.broker.bootstrap, self.seed)
        self.load.start()

    def join(self, count):
        for _ in range(count):
            spare = [i for i in self.all if i not in self.instances]
            instance = spare[0] if spare else Instance(self, len(self.all))
            if not spare:
                self.all.append(instance)
            self.instances.append(instance)
            instance.start()

    def leave(self, count):
        for _ in range(count):
            self.instances.pop().leave()

    def look_after(self):
        for instance in self.instances:
            instance.look_after()

    def daemons(self):
        return [i.daemon for i in self.instances]

    def close(self):
        if self.load is not None and self.load.is_alive():
            self.load.ending.set()
            self.load.join()
        if self.pipeline is not None:
            self.pipeline.close()
        for instance in self.all:
            if instance.running():
                instance.thaw()
            instance.daemon.remove()
        self.redis.stop()
        self.broker.stop()
