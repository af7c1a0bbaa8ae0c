"""What only Apache Kafka can show: append times, transactions, topic settings, a deep backlog."""
import json
import pathlib

from confluent_kafka.admin import AdminClient, ConfigResource

from harness import kafka, oracle
from harness.events import Feed
from harness.waiting import Pipeline, await_true

SEED = 811


def pipeline_of(broker, redis_server, start, daemon):
    return Pipeline(broker.bootstrap, redis_server.client(), group=daemon.group, topic=start.topic)


def check_against_oracle(pipeline, start, daemon, tmp_path):
    expected = oracle.replay_of_features(daemon, tmp_path / "features.dump")
    published = kafka.last_by_key(kafka.read_topic(pipeline.bootstrap, start.topic("coverage")))
    assert not oracle.differences(expected, published)
    assert not oracle.count_differences(expected, pipeline.redis, pipeline.namespace)
    return expected


def test_end_to_end_with_a_kill_ends_as_the_oracle_says(broker, redis_server, start, tmp_path):
    daemon = start()
    pipeline = pipeline_of(broker, redis_server, start, daemon)
    kafka.produce(broker.bootstrap, start.topic("articles"), Feed(SEED).events(2000))
    await_true("some are committed", lambda: pipeline.features_applied() > 300)
    daemon.kill()
    kafka.produce(broker.bootstrap, start.topic("articles"), Feed(SEED + 1).events(1000))
    daemon = start()
    pipeline.await_settled([daemon])
    expected = check_against_oracle(pipeline, start, daemon, tmp_path)
    assert len(expected) > 50
    assert daemon.stop() == 0
    pipeline.close()


def test_topics_are_made_with_the_settings_the_protocol_needs(broker, start):
    start()
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    wanted = {"features": {"message.timestamp.type": "LogAppendTime"}, "coverage": {"cleanup.policy": "compact"},
              "insights": {"cleanup.policy": "compact"}}
    for key, settings in wanted.items():
        resource = ConfigResource(ConfigResource.Type.TOPIC, start.topic(key))
        held = list(admin.describe_configs([resource]).values())[0].result(20)
        assert {name: held[name].value for name in settings} == settings


def test_memory_stays_bounded_before_a_backlog_of_a_million_records(broker, start):
    """The daemon starts before a million unread records; its peak memory is read while it works on them."""
    daemon = start()
    assert daemon.stop() == 0
    event = {"title": "Backlog", "source": "courier.example", "language": "en"}

    def events():
        for n in range(1_000_000):
            event["url"] = f"https://courier.example/{n % 5000}"
            yield None, json.dumps(event).encode()
    kafka.produce(broker.bootstrap, start.topic("articles"), events())
    daemon = start()
    await_true("a part of the backlog is read", lambda: daemon.metric("newswired_articles_read_total") > 100_000, 180)
    status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()
    peak_mb = int(status.split("VmHWM:")[1].split()[0]) / 1024
    print(f"peak memory {peak_mb:.0f} MiB before a backlog of a million records")
    assert peak_mb < 1024
    assert daemon.stop() == 0
