#!/usr/bin/python3
"""What an operator waits for: start, stop, idling, the metrics page. On Apache Kafka and a private Redis.

  bench/service.py            needs a release build, Java and Maven (tests/real_kafka)
"""
import pathlib
import statistics
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "real_kafka")]

from broker import Broker  # noqa: E402
from harness import kafka  # noqa: E402
from harness.daemon import Daemon  # noqa: E402
from harness.events import Feed  # noqa: E402
from harness.servers import RedisServer  # noqa: E402
from harness.waiting import Pipeline  # noqa: E402

REPEATS = 5
IDLE_S = 30


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def timed(call):
    begin = time.monotonic()
    call()
    return time.monotonic() - begin


def say(what, seconds):
    print(f"{what:44} median {statistics.median(seconds) * 1000:7.1f} ms   worst {max(seconds) * 1000:7.1f} ms", flush=True)


def stop_under_load(broker, daemon):
    done = threading.Event()

    def load():
        feed = Feed(5)
        while not done.is_set():
            kafka.produce(broker.bootstrap, "articles", feed.events(500))
    thread = threading.Thread(target=load)
    thread.start()
    time.sleep(2)  # of load
    try:
        return timed(lambda: daemon.stop())
    finally:
        done.set()
        thread.join()


def main():
    broker, redis = Broker().start(), RedisServer()
    make = lambda: Daemon(broker.bootstrap, redis.url, create_topics=True)  # noqa: E731
    try:
        first = make().start()  # makes the topics
        assert first.stop() == 0
        starts, stops = [], []
        for _ in range(REPEATS):
            daemon = make()
            starts.append(timed(daemon.start))
            assert timed(daemon.stop) < 60
        say("start to READY, no stories", starts)
        daemon = make().start()
        time.sleep(3)  # the start is over
        before = cpu_seconds(daemon.process.pid)
        time.sleep(IDLE_S)
        print(f"{'CPU of an idle instance':44} {100 * (cpu_seconds(daemon.process.pid) - before) / IDLE_S:.2f} % of a core")
        kafka.produce(broker.bootstrap, "articles", Feed(7).events(3000))
        Pipeline(broker.bootstrap, redis.client()).await_settled([daemon])
        say("/metrics, after 3,000 events", [timed(lambda: daemon.get("/metrics")) for _ in range(50)])
        say("/v1/stories, after 3,000 events", [timed(lambda: daemon.get("/v1/stories")) for _ in range(50)])
        for _ in range(REPEATS):
            stops.append(stop_under_load(broker, daemon))
            daemon = make().start()
        say("SIGTERM to exit, under load", stops)
        assert daemon.stop() == 0
    finally:
        redis.stop()
        broker.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
