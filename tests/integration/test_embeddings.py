"""Sentence vectors end to end: a service gives them, the features topic carries them, a replay sees the same."""
import json

import pytest

from harness import kafka, oracle
from harness.daemon import run
from harness.embeddings import EmbeddingService
from harness.events import Feed
from harness.waiting import Pipeline, await_true

SEED = 20261127
KEY = "sk-test-0123456789"


@pytest.fixture
def service():
    service = EmbeddingService()
    yield service
    service.stop()


@pytest.fixture
def pipeline(cluster, redis_server):
    pipeline = Pipeline(cluster.bootstrap, redis_server.client())
    yield pipeline
    pipeline.close()


def test_a_replay_of_the_features_gives_the_same_stories_with_vectors(pipeline, start, service, tmp_path):
    """With a restart in the middle, and a service that fails from some point on, so that some articles have
    vectors and some have none."""
    key_file = tmp_path / "key"
    key_file.write_text(KEY + "\n")
    extra = f'embeddings: {{ url = "{service.url}"; model = "words"; key_file = "{key_file}"; }};'
    daemon = start(extra=extra)
    kafka.produce(pipeline.bootstrap, "articles", Feed(SEED).events(400))
    pipeline.await_settled([daemon])
    assert daemon.metric("newswired_articles_embedded_total") > 300
    assert daemon.metric("newswired_articles_not_embedded_total") == 0
    assert daemon.stop() == 0

    daemon = start(extra=extra)
    kafka.produce(pipeline.bootstrap, "articles", Feed(SEED + 1).events(300))
    pipeline.await_settled([daemon])
    service.broken = True
    kafka.produce(pipeline.bootstrap, "articles", Feed(SEED + 2).events(300))
    pipeline.await_settled([daemon])
    assert daemon.metric("newswired_articles_not_embedded_total") > 0
    assert daemon.metric("newswired_embedding_failures_total") >= 3
    await_true("the breaker is open", lambda: daemon.metric("newswired_embedding_breaker_state") == 1)
    assert service.keys == {f"Bearer {KEY}"}
    assert KEY not in daemon.log.read_text()

    dump = tmp_path / "features.dump"
    expected = oracle.replay_of_features(daemon, dump)  # asks no service: it would get no vectors now
    published = kafka.last_by_key(kafka.read_topic(pipeline.bootstrap, "coverage"))
    assert not oracle.differences(expected, published)
    assert not oracle.count_differences(expected, pipeline.redis, pipeline.namespace)
    assert daemon.stop() == 0


def test_a_replay_of_events_asks_as_the_article_consumer_does(service, tmp_path):
    events, config, pairs = tmp_path / "events.jsonl", tmp_path / "newswired.conf", tmp_path / "pairs.tsv"
    events.write_text("".join(json.dumps(event) + "\n" for _, event in Feed(SEED).events(200) if event))
    config.write_text(f'embeddings: {{ url = "{service.url}"; model = "words"; batch = 7; }};')

    def replayed(*options):
        result = run("replay", *options, "--pairs", pairs, events)
        header, *rows = (line.split("\t") for line in pairs.read_text().splitlines())
        place = header.index("has_dense")
        return result, {row[place] for row in rows}

    with_vectors, seen = replayed("-c", config)
    assert "1" in seen
    assert "no sentence vector" not in with_vectors.stderr
    assert replayed("-c", config)[0].stdout == with_vectors.stdout
    _, seen = replayed()
    assert seen == {"0"}
    service.broken = True
    without, seen = replayed("-c", config)
    assert seen == {"0"}
    assert "articles got no sentence vector from" in without.stderr
