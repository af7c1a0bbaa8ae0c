"""The daemon as its users run it: real binary, real Redis, a Kafka of librdkafka's mock cluster.

The mock keeps about 5 MiB a partition, so the feeder waits for the daemon now and then.
"""
import pytest

from harness import kafka, oracle
from harness.events import Feed
from harness.waiting import Pipeline, await_true

SEED = 20261123


@pytest.fixture
def pipeline(cluster, redis_server):
    pipeline = Pipeline(cluster.bootstrap, redis_server.client())
    yield pipeline
    pipeline.close()


def feed(pipeline, count, seed=SEED):
    """Feeds count made-up events, never more than about 1,500 ahead of the daemon."""
    begun = pipeline.end("articles")

    def pace(sent):
        if sent > 1500:
            await_true("the daemon keeps up", lambda: pipeline.articles_read() >= begun + sent - 1500, 120)
    kafka.produce(pipeline.bootstrap, "articles", Feed(seed).events(count), pace=pace)


def check_against_oracle(pipeline, daemon, tmp_path):
    expected = oracle.replay_of_features(daemon, tmp_path / "features.dump")
    published = kafka.last_by_key(kafka.read_topic(pipeline.bootstrap, "coverage"))
    assert not oracle.differences(expected, published)
    assert not oracle.count_differences(expected, pipeline.redis, pipeline.namespace)
    return expected


@pytest.mark.slow
def test_five_thousand_events_end_as_the_oracle_says(pipeline, start, tmp_path):
    daemon = start()
    feed(pipeline, 5000)
    pipeline.await_settled([daemon])
    expected = check_against_oracle(pipeline, daemon, tmp_path)
    assert sum(s.get("articleCount", 0) for s in expected.values()) > 4000
    assert daemon.stop() == 0


@pytest.mark.slow
def test_three_instances_give_the_stories_of_one(pipeline, start, tmp_path):
    daemons = [start(wait=False, instance_id=f"i{n}") for n in range(3)]
    for daemon in daemons:
        daemon.await_ready()
    feed(pipeline, 3000)
    pipeline.await_settled(daemons)
    check_against_oracle(pipeline, daemons[0], tmp_path)
    assert [daemon.stop() for daemon in daemons] == [0, 0, 0]


def test_a_sigkill_in_the_middle_loses_and_doubles_nothing(pipeline, start, tmp_path):
    daemon = start()
    feed(pipeline, 600)
    await_true("some are committed", lambda: pipeline.features_applied() > 100)
    daemon.kill()
    feed(pipeline, 600, SEED + 1)
    daemon = start()
    pipeline.await_settled([daemon])
    check_against_oracle(pipeline, daemon, tmp_path)
    assert daemon.stop() == 0


def test_a_clean_restart_goes_on_where_it_stopped(pipeline, start, tmp_path):
    daemon = start()
    feed(pipeline, 300)
    pipeline.await_settled([daemon])
    assert daemon.stop() == 0
    daemon = start()
    feed(pipeline, 300, SEED + 2)
    pipeline.await_settled([daemon])
    check_against_oracle(pipeline, daemon, tmp_path)


def test_a_redis_that_went_back_in_time_is_brought_up_to_date(pipeline, start, redis_server, tmp_path):
    """As after a power cut: the append-only file ends earlier than what the daemon was told is written."""
    daemon = start()
    feed(pipeline, 300)
    pipeline.await_settled([daemon])
    path, size = redis_server.aof_tail()
    feed(pipeline, 300, SEED + 3)
    pipeline.await_settled([daemon])
    redis_server.kill()
    await_true("the daemon has noticed", lambda: "redis is not available" in daemon.tail())
    with open(path, "r+b") as file:
        file.truncate(size)
    redis_server.start()
    assert pipeline.features_applied() < pipeline.end("articles.features")
    feed(pipeline, 100, SEED + 4)
    pipeline.await_settled([daemon])
    check_against_oracle(pipeline, daemon, tmp_path)
    assert daemon.stop() == 0
