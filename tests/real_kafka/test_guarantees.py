"""What readers of a compacted topic end with, what retention and an unclean death leave, and where merges lead."""
import json

from confluent_kafka.admin import AdminClient, ConfigResource

from harness import kafka, oracle
from harness.events import Feed
from harness.waiting import Pipeline, await_true

SEED = 4711
END_TXN = 26  # api key of Kafka's protocol


def pipeline_of(broker, redis_server, start, daemon):
    return Pipeline(broker.bootstrap, redis_server.client(), group=daemon.group, topic=start.topic)


def alter_topic(broker, topic, **settings):
    """These settings and no others: the client of Debian 12 knows no incremental change."""
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic,
                              set_config={name.replace("_", "."): str(value) for name, value in settings.items()})
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    list(admin.alter_configs([resource]).values())[0].result(20)


def last_records(records):
    """What each key's last record says, tombstones left out."""
    last = {m.key(): m.value() for m in records}
    return {key.decode(): json.loads(value) for key, value in last.items() if value is not None}


def test_a_compacted_topic_ends_with_the_oracles_last_summaries(broker, redis_server, start, tmp_path):
    daemon = start()
    pipeline = pipeline_of(broker, redis_server, start, daemon)
    topic = start.topic("coverage")
    feed = Feed(SEED, stories=40)
    for _ in range(4):  # so that stories are published several times
        kafka.produce(broker.bootstrap, start.topic("articles"), feed.events(300))
        pipeline.await_settled([daemon])
    published = kafka.read_topic(broker.bootstrap, topic)
    keys = {m.key() for m in published}
    assert len(published) > 2 * len(keys)
    alter_topic(broker, topic, cleanup_policy="compact", min_compaction_lag_ms=0, min_cleanable_dirty_ratio=0.001,
                segment_ms=1000, max_message_bytes=9_437_184)

    # A segment is rolled, and so can be cleaned, when another record comes after its time.
    def compacted():
        kafka.produce(broker.bootstrap, start.topic("articles"), feed.events(20))
        pipeline.await_settled([daemon])
        left = kafka.read_topic(broker.bootstrap, topic)
        return len(left) < len(published) and {m.key() for m in left} >= keys
    await_true("the broker has compacted the topic", compacted, 90)
    expected = oracle.replay_of_features(daemon, tmp_path / "features.dump")
    left = kafka.read_topic(broker.bootstrap, topic)
    assert not oracle.differences(expected, kafka.last_by_key(left))  # a reader that keeps the highest revision
    assert not oracle.differences(expected, last_records(left))  # and one that keeps the last
    assert daemon.stop() == 0
    pipeline.close()


def low_watermarks(pipeline, topic):
    consumer = pipeline._articles
    return sum(consumer.get_watermark_offsets(p, timeout=10)[0] for p in pipeline._partitions(topic))


def test_records_gone_below_the_position_are_refused_with_the_way_out(broker, redis_server, start):
    daemon = start()
    pipeline = pipeline_of(broker, redis_server, start, daemon)
    articles, features = start.topic("articles"), start.topic("features")
    kafka.produce(broker.bootstrap, articles, Feed(SEED).events(300))
    pipeline.await_settled([daemon])
    ids = set(kafka.last_by_key(kafka.read_topic(broker.bootstrap, start.topic("coverage"))))
    assert daemon.stop() == 0
    # Features that no story consumer has read, and that retention takes away.
    writer = start(roles=("articles",))
    kafka.produce(broker.bootstrap, articles, Feed(SEED + 1).events(300))
    end = pipeline.end(articles)
    await_true("articles read", lambda: pipeline.articles_read() >= end)
    assert writer.stop() == 0
    alter_topic(broker, features, retention_ms=1, message_timestamp_type="LogAppendTime")
    await_true("retention", lambda: low_watermarks(pipeline, features) == pipeline.end(features), 60)
    alter_topic(broker, features, retention_ms=-1, message_timestamp_type="LogAppendTime")

    daemon = start(wait=False)
    await_true("refusal", lambda: "partition refused" in daemon.tail(20000), 60)
    log = daemon.tail(20000)
    assert "the records between are gone" in log and "stories.generation" in log and "--rebuild" in log
    assert daemon.get("/readyz")[0] == 503
    assert daemon.process.poll() is None and daemon.stop() == 0

    # The way out that was named: other ids than those that have been used.
    redis_server.client().flushall()
    daemon = start(wait=False, arguments=["--rebuild"])
    await_true("refusal", lambda: "partition refused" in daemon.tail(20000), 60)
    assert "ids that have been used" in daemon.tail(20000)
    assert daemon.stop() == 0
    daemon = start(arguments=["--rebuild"], extra="stories: { generation = 2; };")
    kafka.produce(broker.bootstrap, articles, Feed(SEED + 2).events(300))
    pipeline.await_settled([daemon])
    found = {key.decode().rsplit(":", 1)[1] for key in redis_server.client().scan_iter("*:story:*", count=1000)}
    assert len(found) > 20 and not found & ids
    assert daemon.stop() == 0
    pipeline.close()


def test_an_unclean_death_within_a_transaction_shows_readers_nothing_of_it(broker, redis_server, start, tmp_path):
    daemon = start(behind_proxy=True)
    pipeline = pipeline_of(broker, redis_server, start, daemon)
    articles, coverage = start.topic("articles"), start.topic("coverage")
    kafka.produce(broker.bootstrap, articles, Feed(SEED).events(200))
    pipeline.await_settled([daemon])
    committed = len(kafka.read_topic(broker.bootstrap, coverage))
    broker.proxy.stall("newswired.coverage", api=END_TXN)  # summaries get through, their commit does not
    held = broker.proxy.held
    kafka.produce(broker.bootstrap, articles, Feed(SEED + 1).events(200))
    await_true("a commit waits", lambda: broker.proxy.held > held)
    daemon.kill()
    broker.proxy.drop_and_go_on()
    uncommitted = kafka.read_topic(broker.bootstrap, coverage, isolation="read_uncommitted")
    assert len(uncommitted) > committed  # they are in the log ...
    daemon = start(behind_proxy=True)
    pipeline.await_settled([daemon])
    seen = kafka.read_topic(broker.bootstrap, coverage)
    everything = kafka.read_topic(broker.bootstrap, coverage, isolation="read_uncommitted")
    assert len(seen) < len(everything)  # ... and were aborted when the next owner took over
    expected = oracle.replay_of_features(daemon, tmp_path / "features.dump")
    assert not oracle.differences(expected, kafka.last_by_key(seen))
    assert not oracle.differences(expected, last_records(seen))
    assert daemon.stop() == 0
    pipeline.close()


# Two stories of one event, told apart at first; then reports bring their words together.
MERGING = ("Ferry Aurora runs aground near Harlow", "Lifeboats rescue stranded passengers from sandbank",
           "Lifeboats rescue passengers: ferry Aurora aground on sandbank near Harlow",
           "Stranded ferry Aurora: lifeboats rescue passengers from sandbank near Harlow")


def test_a_merge_is_followed_by_readers_of_redis_http_and_the_topic(broker, redis_server, start, tmp_path):
    daemon = start(extra="stories: { merge_interval = 1; };")
    pipeline = pipeline_of(broker, redis_server, start, daemon)
    coverage, urls = start.topic("coverage"), []
    for number, title in enumerate(MERGING):
        urls.append(f"https://paper{number}.example/{number}")
        event = {"url": urls[-1], "title": title, "language": "en", "published_at": f"2025-10-09T12:{number:02}:00Z"}
        kafka.produce(broker.bootstrap, start.topic("articles"), [(urls[-1], event)])
        pipeline.await_settled([daemon])
    records = kafka.read_topic(broker.bootstrap, coverage)
    last = kafka.last_by_key(records)
    merged = [s for s in last.values() if s["status"] == "merged"]
    assert len(merged) == 1, [s["status"] for s in last.values()]
    younger, older = merged[0]["id"], merged[0]["mergedInto"]

    # the topic: the younger one was there before, and its last word is where it went
    told = [json.loads(m.value()) for m in records if m.key().decode() == younger]
    assert [s["status"] for s in told][0] == "active" and told[-1]["status"] == "merged"
    assert [s["revision"] for s in told] == sorted({s["revision"] for s in told})
    assert dict([m for m in records if m.key().decode() == younger][-1].headers())["ce_type"] == \
        b"newswired.coverage.merged"
    assert last[older]["status"] == "active" and last[older]["articleCount"] == len(MERGING)
    assert {a["url"] for a in last[older]["articles"]} == set(urls)

    # Redis: an alias in place of the story, every article's link leads on
    redis = redis_server.client(decode_responses=True)
    tag = next(t for t in redis.smembers("newswired:partitions") if redis.exists(f"newswired:{t}:alias:{younger}"))
    prefix = f"newswired:{tag}:"
    assert redis.get(f"{prefix}alias:{younger}") == older
    assert not redis.exists(f"{prefix}story:{younger}") and not redis.exists(f"{prefix}coverage:{younger}")
    assert redis.hget(f"{prefix}story:{older}", "articles") == str(len(MERGING))

    # HTTP: a redirect, and the article is found in the story that lives on
    status, headers, _ = daemon.get(f"/v1/stories/{younger}")
    assert (status, headers["location"]) == (301, f"/v1/stories/{older}")
    assert daemon.get(headers["location"])[2] == last[older]
    assert {daemon.get(f"/v1/articles?url={url}")[2]["storyId"] for url in urls} == {older}

    assert not oracle.differences(oracle.replay_of_features(daemon, tmp_path / "features.dump"), last)
    assert daemon.stop() == 0
    pipeline.close()
