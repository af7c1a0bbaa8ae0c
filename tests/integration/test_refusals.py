"""What the daemon does not take up: state that is damaged, of a newer version, of other logs; and the ways out it names."""
import re
import time

import pytest
import xxhash
from confluent_kafka import Producer

from harness import kafka, oracle
from harness.daemon import Daemon
from harness.events import Feed
from harness.recount import recount, sides_of
from harness.servers import ROOT, MockCluster
from harness.waiting import Pipeline, await_true

RATINGS = ROOT / "config" / "ratings.example.csv"


def fed(cluster, redis_server, start, events=300, seed=5, **options):
    """An instance that has been fed and stopped."""
    daemon = start(**options)
    kafka.produce(cluster.bootstrap, "articles", Feed(seed, stories=40).events(events))
    pipeline = Pipeline(cluster.bootstrap, redis_server.client())
    pipeline.await_settled([daemon])
    pipeline.close()
    assert daemon.stop() == 0
    return daemon


def refusals(daemon, *patterns):
    """Starts it and waits until partitions are refused for those reasons; it lives on, and is not ready."""
    daemon.log.write_text("")
    daemon.start(wait=False)
    wanted = [f".*partition refused.*{pattern}.*" for pattern in patterns]
    await_true("refused", lambda: all(re.search(pattern, daemon.tail()) for pattern in wanted))
    await_true("not ready", lambda: daemon.get("/readyz")[0] == 503)
    assert daemon.get("/healthz")[0] == 200
    assert daemon.stop() == 0
    return [re.search(pattern, daemon.tail()).group(0) for pattern in wanted]


def refusal(daemon, pattern):
    return refusals(daemon, pattern)[0]


def keys(redis, pattern):
    return sorted(redis.scan_iter(pattern, count=1000))


def flipped(value, at):
    return value[:at] + bytes([value[at] ^ 0x10]) + value[at + 1:]


def sealed_as_newer(value):
    body = bytes([value[0] + 1]) + value[1:-8]
    return body + xxhash.xxh3_64(body).intdigest().to_bytes(8, "little")


def damages(redis, prefix):
    """(what, key that has to be named, how to break it) for one partition."""
    state = max(keys(redis, prefix + b"_state:*"), key=redis.strlen)
    members = state.replace(b"_state:", b"_members:")
    member = sorted(redis.hkeys(members))[0]
    position = prefix + b"_position"
    text, packed, header = redis.get(state), redis.hget(members, member), redis.hget(position, "header")
    outbox = prefix + b"_outbox"
    return (
        ("a byte of a state", state, lambda: redis.set(state, flipped(text, len(text) // 2))),
        ("the first byte of a state", state, lambda: redis.set(state, flipped(text, 0))),
        ("a state is gone", state, lambda: redis.delete(state)),
        ("a state of a newer version", state, lambda: redis.set(state, sealed_as_newer(text))),
        ("a byte of a member", state, lambda: redis.hset(members, member, flipped(packed, 5))),
        ("a member is gone", state, lambda: redis.hdel(members, member)),
        ("a byte of the header", position, lambda: redis.hset(position, "header", flipped(header, 9))),
        ("the header of a newer version", position, lambda: redis.hset(position, "header", sealed_as_newer(header))),
        ("the offset", position, lambda: redis.hincrby(position, "next", -1)),
        ("the header is gone", position, lambda: redis.hdel(position, "header")),
        ("a story is not listed", prefix + b"_live", lambda: redis.srem(prefix + b"_live", state[-32:])),
        ("a mark that is none", outbox, lambda: redis.hset(outbox, state[-32:], "updated 1")),
    )


def test_damage_is_named_and_only_an_operator_starts_over(cluster, redis_server, start, tmp_path):
    daemon = fed(cluster, redis_server, start)
    redis = redis_server.client()
    prefixes = sorted({key[:key.index(b"_state:")] for key in keys(redis, "*:_state:*")})[:3]
    assert len(prefixes) == 3
    ways = [damages(redis, prefix) for prefix in prefixes]
    kept = {key: (redis.dump(key), max(redis.pttl(key), 0)) for prefix in prefixes for key in keys(redis, prefix + b"*")}
    for first in range(0, len(ways[0]), 3):  # another one in each of three partitions
        broken = [of_partition[(first + n) % len(of_partition)] for n, of_partition in enumerate(ways)]
        for _, _, break_it in broken:
            break_it()
        lines = refusals(daemon, *(re.escape(key.decode()) for _, key, _ in broken))
        for (what, _, _), line in zip(broken, lines):
            assert "--rebuild" in line and (("another version" in line) == ("newer" in what)), (what, line)
        for prefix in prefixes:
            redis.delete(*keys(redis, prefix + b"*"))
        for key, (value, ttl_ms) in kept.items():
            redis.restore(key, ttl_ms, value)
    daemon.start()  # and undamaged it is as good as before
    assert daemon.stop() == 0

    # With --rebuild the damaged partition alone is made anew, its sources' counts too.
    ways[0][0][2]()
    daemon.arguments = ["--rebuild"]
    daemon.log.write_text("")
    daemon.start()
    pipeline = Pipeline(cluster.bootstrap, redis)
    pipeline.await_settled([daemon])
    rebuilt = re.findall(r"partition is rebuilt.*partition=(\d)", daemon.log.read_text())
    assert len(rebuilt) == 1 and f":{rebuilt[0]}}}" in prefixes[0].decode(), rebuilt
    expected = oracle.replay_of_features(daemon, tmp_path / "features.dump")
    assert not oracle.differences(expected, kafka.last_by_key(kafka.read_topic(cluster.bootstrap, "coverage")))
    assert not oracle.count_differences(expected, redis, "newswired")
    published = kafka.last_by_key(kafka.read_topic(cluster.bootstrap, "coverage"))
    wrong = recount(redis, "newswired", sides_of(RATINGS), published, int(time.time() * 1000) + 1)[0]
    assert not wrong, wrong[:5]
    pipeline.close()
    assert daemon.stop() == 0


@pytest.mark.slow
def test_an_empty_redis_needs_rebuild_and_then_gets_the_same_stories(cluster, redis_server, start, tmp_path):
    daemon = fed(cluster, redis_server, start)
    redis = redis_server.client()
    redis.flushall()
    assert "--rebuild" in refusal(daemon, "the group has consumed this partition before")
    daemon.arguments = ["--rebuild"]
    daemon.start()
    pipeline = Pipeline(cluster.bootstrap, redis)
    pipeline.await_settled([daemon])
    pipeline.close()
    expected = oracle.replay_of_features(daemon, tmp_path / "features.dump")
    assert not oracle.count_differences(expected, redis, "newswired")
    assert daemon.stop() == 0


def copy_topic(source, target, topic):
    producer = Producer({"bootstrap.servers": target.bootstrap, "log_level": 0})
    for message in kafka.read_topic(source.bootstrap, topic):
        producer.produce(topic, value=message.value(), key=message.key(), partition=message.partition())
    assert producer.flush(30) == 0


@pytest.fixture
def other_cluster():
    other = MockCluster({"articles": 4, "articles.features": 4, "articles.rejected": 1, "coverage": 32,
                         "coverage.insights": 1})
    yield other
    other.stop()


@pytest.mark.slow
def test_topics_that_were_made_anew_are_a_new_generation(cluster, other_cluster, redis_server, start):
    """The same Redis beside a cluster whose topics begin at 0 again."""
    fed(cluster, redis_server, start)
    daemon = Daemon(other_cluster.bootstrap, redis_server.url)
    try:
        assert "new generation" in refusal(daemon, "features topic was made anew")
        copy_topic(cluster, other_cluster, "articles.features")
        assert "new generation" in refusal(daemon, "articles topic was made anew")
        copy_topic(cluster, other_cluster, "articles")
        daemon.start()  # both are there again
        assert daemon.stop() == 0
    finally:
        daemon.remove()


def lose_the_beginning(cluster, topic, partitions):
    """The mock keeps about 5 MiB a partition."""
    producer = Producer({"bootstrap.servers": cluster.bootstrap, "log_level": 0, "message.max.bytes": 2_000_000})
    for partition in range(partitions):
        for _ in range(9):
            producer.produce(topic, value=b"\xff" * 900_000, partition=partition)
            producer.flush(30)


@pytest.mark.slow
def test_a_position_whose_records_are_gone_is_refused(cluster, redis_server, start):
    daemon = fed(cluster, redis_server, start, events=100)
    lose_the_beginning(cluster, "articles.features", 4)
    line = refusal(daemon, "the records between are gone")
    assert re.search(r"the log begins at offset \d+, the stored position is \d+", line)
    # Nor is it a rebuild within the same generation: ids would be given twice.
    redis_server.client().flushall()
    daemon.arguments = ["--rebuild"]
    assert "stories.generation" in refusal(daemon, "the log begins at offset")
    daemon.config.write_text(daemon.config.read_text() + "\nstories: { generation = 2; };\n")
    daemon.start()
    assert daemon.stop() == 0
