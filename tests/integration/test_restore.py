"""A restore that takes longer than the group waits for a poll: membership, the other partitions, what is said meanwhile."""
import re
import time

import pytest

from harness import kafka, oracle
from harness.events import Feed
from harness.proxies import PickyRedis
from harness.waiting import Pipeline, await_true

POLL_MS = 6000  # not below the session timeout, which librdkafka refuses


def one_article_a_story(seed, stories, language):
    feed = Feed(seed, stories=stories, languages=(language,), body_words=20)
    for story in feed.stories[:]:
        feed.stories = [story]
        event = feed.article()
        yield event["url"], event


def partition_of(redis, language):
    """The features partition that holds the stories of a language."""
    for tag in redis.smembers("newswired:partitions"):
        for key in redis.scan_iter(f"newswired:{tag.decode()}:story:*", count=1000):
            if redis.hget(key, "language").decode() == language:
                return int(tag.decode().rstrip("}").rsplit(":", 1)[1])
    raise AssertionError(f"no story in {language}")


def position(redis, partition):
    return int(redis.hget(f"newswired:{{articles.features:{partition}}}:_position", "next"))


@pytest.mark.slow
def test_a_restore_longer_than_the_poll_interval_keeps_the_membership(cluster, redis_server, start, tmp_path):
    redis = redis_server.client()
    pipeline = Pipeline(cluster.bootstrap, redis)
    daemon = start()
    for language, stories in (("en", 1400), ("de", 5)):
        kafka.produce(cluster.bootstrap, "articles", one_article_a_story(3, stories, language))
        pipeline.await_settled([daemon])
    assert daemon.stop() == 0
    slow, quick = partition_of(redis, "en"), partition_of(redis, "de")
    assert slow != quick
    held = redis.scard(f"newswired:{{articles.features:{slow}}}:_live")
    assert held > 1024, "several slices"

    proxy = PickyRedis(redis_server, f"{{articles.features:{slow}}}:_state:".encode())
    proxy.pause = 1.5
    text = daemon.config.read_text().replace(redis_server.url, proxy.url)
    daemon.config.write_text(text.replace("session_timeout_ms = 6000;", "session_timeout_ms = 6000; "
                                          f'properties = ( "max.poll.interval.ms={POLL_MS}" );'))
    daemon.log.write_text("")
    daemon.start(wait=False)
    await_true("the small one is ready", lambda: f"partition ready partition={quick}" in daemon.tail())
    begun, before = time.monotonic(), position(redis, quick)
    kafka.produce(cluster.bootstrap, "articles", one_article_a_story(4, 5, "de"))
    await_true("it goes on", lambda: position(redis, quick) >= before + 5)
    assert f"partition ready partition={slow}" not in daemon.tail(), "the restore was over too soon to tell"
    await_true("progress is said", lambda: re.search(
        rf"partition restoring partition={slow} stories=[1-9]\d* of={held}", daemon.tail()))
    status, _, ready = daemon.get("/readyz")
    assert status == 503 and "restoring" in str(ready)
    assert 0 < min(float(line.rsplit(" ", 1)[1]) for line in daemon.get("/metrics")[2].splitlines()
                   if line.startswith("newswired_restore_ratio{")) < 1
    daemon.await_ready()
    assert time.monotonic() - begun > POLL_MS / 1000
    assert daemon.tail(100_000).count("partitions assigned count=4") == 2, "once a role: nobody was thrown out"
    assert "revoked" not in daemon.tail(100_000) and "MAXPOLL" not in daemon.tail(100_000)

    kafka.produce(cluster.bootstrap, "articles", one_article_a_story(5, 50, "en"))
    pipeline.await_settled([daemon])
    expected = oracle.replay_of_features(daemon, tmp_path / "features.dump")
    assert not oracle.count_differences(expected, redis, "newswired")
    pipeline.close()
    assert daemon.stop() == 0
    proxy.stop()
