"""newswired --check --connect against brokers and a Redis that are not as they should be."""
from confluent_kafka.admin import AdminClient, NewTopic

from harness.daemon import Daemon, run
from harness.waiting import await_true

KINDS = ("articles", "features", "coverage", "rejected")
HOUR_MS = 3_600_000


def make(broker, name, **settings):
    """Topics <name>.<kind> with these settings, and a configuration that names them."""
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    topics = [NewTopic(f"{name}.{kind}", num_partitions=4, replication_factor=1, config=settings.get(kind, {}))
              for kind in KINDS]
    for future in admin.create_topics(topics).values():
        future.result(20)
    await_true("topics are known", lambda: all(
        len(admin.list_topics(t.topic, timeout=5).topics[t.topic].partitions) == 4 for t in topics), 20)
    return "".join(f' {kind}_topic = "{name}.{kind}";' for kind in KINDS)


def checked(broker, redis, topics, **options):
    daemon = Daemon(broker.bootstrap, redis, group="check", kafka_extra=topics, **options)
    try:
        result = run("--check", "--connect", "-c", daemon.config, check=False)
        return result.returncode, result.stdout
    finally:
        daemon.remove()


GOOD = {"articles": {"retention.ms": "-1"},
        "features": {"message.timestamp.type": "LogAppendTime", "retention.ms": "-1", "max.message.bytes": "9437184"},
        "coverage": {"cleanup.policy": "compact", "max.message.bytes": "9437184"},
        "rejected": {"max.message.bytes": "9437184"}}


def test_topics_as_they_should_be(broker, redis_server):
    code, text = checked(broker, redis_server.url, make(broker, "asitshould", **GOOD))
    assert code == 0, text
    for kind in KINDS:
        assert f"good      topic asitshould.{kind}: 4 partitions" in text
    for line in ("good      group check.stories: may be used", "good      transactions as check.*: may be used",
                 "good      redis rights"):
        assert line in text, text
    assert "NOT GOOD" not in text


def test_each_wrong_setting_is_named_with_its_way_out(broker, redis_server):
    wrong = {"articles": {"cleanup.policy": "compact", "retention.ms": str(5 * HOUR_MS)},
             "features": {"cleanup.policy": "compact", "retention.ms": str(24 * HOUR_MS),
                          "retention.bytes": str(64 << 20), "max.message.bytes": "1000"},
             "coverage": {"max.message.bytes": "1000"}, "rejected": {"max.message.bytes": "1000"}}
    code, text = checked(broker, redis_server.url, make(broker, "allwrong", **wrong))
    assert code == 1
    lines = text.splitlines()

    def said(kind, beginning, way_out, level):
        found = [i for i, line in enumerate(lines) if line.startswith(f"{level:9} topic allwrong.{kind}: {beginning}")]
        assert len(found) == 1, f"{kind} {beginning}\n{text}"
        assert way_out in lines[found[0] + 1], text
    said("articles", "is compacted", "cleanup.policy=delete", "warning")
    said("articles", "keeps 5 h of records, live stories can be 168 h old", "retention.ms", "warning")
    said("features", "has message.timestamp.type=CreateTime", "LogAppendTime", "NOT GOOD")
    said("features", "is compacted", "cleanup.policy=delete", "NOT GOOD")
    said("features", "keeps 24 h", "retention.ms", "warning")
    said("features", "is cut at 64 MiB", "retention.bytes=-1", "warning")
    said("features", "takes records of 1000 bytes", "max.message.bytes", "NOT GOOD")
    said("coverage", "is not compacted", "cleanup.policy=compact", "warning")
    said("coverage", "takes records of 1000 bytes", "max.message.bytes", "NOT GOOD")
    said("rejected", "takes records of 1000 bytes", "max.message.bytes", "warning")


def test_partitions_missing_topics_and_redis_are_named(broker, redis_server):
    topics = make(broker, "badredis", **GOOD)
    client = redis_server.client()
    client.config_set("appendonly", "no")
    client.config_set("save", "")
    code, text = checked(broker, redis_server.url, topics.replace("badredis.rejected", "nowhere"), partitions=6)
    assert code == 1
    assert "NOT GOOD  topic badredis.features: has 4 partitions, kafka.features_partitions says 6" in text, text
    assert "NOT GOOD  topic nowhere: missing, and kafka.create_topics is off" in text
    assert "warning   redis persistence: off" in text

    client.config_set("maxmemory-policy", "allkeys-lru")
    code, text = checked(broker, redis_server.url, topics)
    assert code == 1 and "maxmemory-policy is allkeys-lru, it has to be noeviction" in text


def test_a_user_who_may_only_read_is_named(broker, redis_server, tmp_path):
    password = tmp_path / "password"
    password.write_text("secret")
    redis_server.client().acl_setuser("reader", enabled=True, passwords=["+secret"], keys=["*"],
                                      commands=["+@read", "+role", "+info", "+select"])
    daemon = Daemon(broker.bootstrap, redis_server.url, kafka_extra=make(broker, "readonly", **GOOD))
    text = daemon.config.read_text().replace("redis: {", f'redis: {{ username = "reader"; password_file = "{password}";')
    daemon.config.write_text(text)
    result = run("--check", "--connect", "-c", daemon.config, check=False)
    daemon.remove()
    assert result.returncode == 1
    assert "NOT GOOD  redis rights: NOPERM" in result.stdout and "docs/redis.md" in result.stdout
    assert "secret" not in result.stdout + result.stderr


def test_a_broker_that_is_not_there_is_one_finding(redis_server):
    class Nowhere:
        bootstrap = "127.0.0.1:1"
    code, text = checked(Nowhere, redis_server.url, "")
    assert code == 1
    assert text.count("NOT GOOD") == 1 and "are kafka.brokers right" in text
