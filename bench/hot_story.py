#!/usr/bin/env python3
"""What an article costs when it belongs to a hot story, beside an ordinary one: CPU time of daemon and Redis.

  bench/hot_story.py [articles] [seconds] [build folder]      (default: 10000 60 build/release)

Two runs of the real daemon against librdkafka's mock cluster and a private Redis, at the same pace: stories of a dozen
articles, then one story of all. Publishing is coalesced as by default (once a second a story). CPU time and not the
clock, because the machine is shared; the feeder is another process. What the daemon takes when nothing comes is
measured first and taken off.
"""
import os
import pathlib
import random
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
ARTICLES, SECONDS = (int(sys.argv[i]) if len(sys.argv) > i else default for i, default in ((1, 10000), (2, 60)))
os.environ["NEWSWIRED_BUILD"] = sys.argv[3] if len(sys.argv) > 3 else "build/release"

from harness import kafka  # noqa: E402
from harness.daemon import Daemon  # noqa: E402
from harness.events import START_MS, word  # noqa: E402
from harness.servers import MockCluster, RedisServer  # noqa: E402
from harness.waiting import Pipeline  # noqa: E402

TOPICS = {"articles": 4, "articles.features": 4, "articles.rejected": 1, "coverage": 64, "coverage.insights": 1}
SOURCES, IDLE_S, TICK_S = 400, 5, 0.25


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def redis_pid(server):
    return int(server.client().info("server")["process_id"])


class Story:
    def __init__(self, rng):
        self.words = [word(rng) + word(rng) for _ in range(30)]
        self.names = [(word(rng) + word(rng)).capitalize() for _ in range(3)]


def events(rng, articles_a_story):
    common = [word(rng) for _ in range(400)]
    running = [Story(rng) for _ in range(64 if articles_a_story < ARTICLES else 1)]
    for number in range(ARTICLES):
        at = rng.randrange(len(running))
        story = running[at]
        if articles_a_story < ARTICLES and rng.random() < 1 / articles_a_story:
            running[at] = Story(rng)
        body = " ".join(rng.choice(story.words if rng.random() < 0.3 else common) for _ in range(250))
        source = f"source{rng.randrange(SOURCES)}.example"
        yield str(number), {
            "url": f"https://{source}/{number}", "source": source, "language": "en", "body": body,
            "title": f"{story.names[0]} {' '.join(rng.sample(story.words, 5))} {story.names[1]}",
            "published_at": (START_MS + number * 1000 * SECONDS // ARTICLES) // 1000}


def measure(what, articles_a_story):
    """CPU microseconds an article, of the daemon and of Redis."""
    cluster, server = MockCluster(TOPICS), RedisServer()
    daemon = Daemon(cluster.bootstrap, server.url, publish_interval_ms=1000).start()
    pipeline = Pipeline(cluster.bootstrap, server.client())
    pids = daemon.process.pid, redis_pid(server)
    try:
        before = [cpu_seconds(p) for p in pids]
        time.sleep(IDLE_S)
        idle = [(cpu_seconds(p) - b) / IDLE_S for p, b in zip(pids, before)]
        feed = list(events(random.Random(1), articles_a_story))
        before, start = [cpu_seconds(p) for p in pids], time.monotonic()
        sent = 0
        while sent < ARTICLES:
            due = min(ARTICLES, int((time.monotonic() - start) * ARTICLES / SECONDS) + 1)
            if due > sent:
                kafka.produce(cluster.bootstrap, "articles", feed[sent:due])
                sent = due
            time.sleep(TICK_S)
        pipeline.await_settled([daemon], timeout=300)
        took = time.monotonic() - start
        used = [(cpu_seconds(p) - b - i * took) * 1e6 / ARTICLES for p, b, i in zip(pids, before, idle)]
        stories = daemon.metric("newswired_stories_live")
        summaries = daemon.metric("newswired_coverage_published_total")
        print(f"{what:9} {ARTICLES} articles in {took:5.1f} s, {stories:5.0f} stories, {summaries:6.0f} summaries: "
              f"daemon {used[0]:6.0f} us, Redis {used[1]:5.0f} us an article", flush=True)
        return used
    finally:
        pipeline.close()
        daemon.stop(60)
        daemon.remove()
        server.stop()
        cluster.stop()


def main():
    ordinary, hot = measure("ordinary", 12), measure("hot", ARTICLES)
    print(f"a hot story's article costs {hot[0] / ordinary[0]:.2f} times an ordinary one in the daemon, "
          f"{sum(hot) / sum(ordinary):.2f} times with Redis")


if __name__ == "__main__":
    main()
