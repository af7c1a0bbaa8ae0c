"""An editor's hand: corrections by events, seen in the topic, in Redis and over HTTP; and replayed exactly."""
import json
import random
import time

import jsonschema
import pytest

from harness import contracts, kafka, oracle
from harness.bad_records import STRUCTURED, article, bad_corrections
from harness.events import Feed
from harness.recount import recount, sides_of
from harness.servers import ROOT
from harness.waiting import Pipeline, await_true

FERRY = ["Ferry with 214 aboard runs aground off Skarvik", "Skarvik ferry aground: 214 passengers wait for help",
         "Passengers of grounded Skarvik ferry brought ashore"]
MINT = ["Monetary Board cuts key rate to 3.75 percent", "Key rate cut to 3.75 percent by Monetary Board",
        "Monetary Board surprises with cut of key rate"]
RANKINGS_AT_MOST_EVERY_S = 10  # docs/redis.md


def events():
    for story, titles in (("ferry", FERRY), ("mint", MINT)):
        for n, title in enumerate(titles):
            yield article(url=f"https://www.paper{n}.example/{story}", title=title, source=f"paper{n}.example",
                          language="en", description=title + ", officials said on Thursday.", body=title + ". " * 3,
                          published_at=f"2025-10-09T1{n}:00:00Z")


class Desk:
    """Feeds articles and corrections, one after the other, and looks at what came of them."""

    def __init__(self, cluster, redis_server, daemon):
        self.daemon, self.redis, self.bootstrap = daemon, redis_server.client(), cluster.bootstrap
        self.pipeline = Pipeline(cluster.bootstrap, self.redis)
        self.check = jsonschema.Draft202012Validator(contracts.schema("correction"))

    def send(self, *values, headers=None):
        kafka.produce(self.bootstrap, "articles", [("desk", value, headers) for value in values])
        self.pipeline.await_settled([self.daemon])

    def correct(self, kind, **data):
        """In structured mode; the schema must allow it."""
        event = {"specversion": "1.0", "id": "1", "source": "/desk", "type": f"newswired.correction.{kind}", "data": data}
        assert not list(self.check.iter_errors(event))
        self.send(event, headers=STRUCTURED)

    def story_of(self, url):
        return self.daemon.get(f"/v1/articles?url={url}")[2]["storyId"]

    def story(self, story):
        status, _, answer = self.daemon.get(f"/v1/stories/{story}")
        assert status == 200, (status, answer)
        return answer

    def published(self):
        return kafka.last_by_key(kafka.read_topic(self.bootstrap, "coverage"))

    def causes(self, story):
        """Of the changes stream of the partition that holds the story."""
        out = []
        for tag in self.redis.smembers("newswired:partitions"):
            for _, fields in self.redis.xrange(f"newswired:{tag.decode()}:changes"):
                if fields[b"story"] == story.encode():
                    out.append(fields[b"cause"].decode())
        return out

    def keys(self, what, story):
        return [key.decode() for key in self.redis.keys(f"newswired:*:{what}:{story}")]


@pytest.fixture
def desk(cluster, redis_server, start):
    desk = Desk(cluster, redis_server, start())
    desk.send(*events())
    yield desk
    desk.pipeline.close()


def check_all(desk, tmp_path):
    """The oracle's summaries, and every contract key counted again from the cards."""
    wrong, _ = recount(desk.redis, "newswired", sides_of(ROOT / "config" / "ratings.example.csv"), desk.published(),
                       int(time.time() * 1000) + 1)
    assert not wrong, "\n".join(wrong[:20])
    expected = oracle.replay_of_features(desk.daemon, tmp_path / "features.dump")
    assert not oracle.differences(expected, desk.published())
    assert not oracle.count_differences(expected, desk.redis, "newswired")


def test_a_merge_before_there_is_a_watermark_leaves_rankings_in_event_time(desk, tmp_path):
    """The merged story has no date left, and the feed is a year old: its time must not become now."""
    desk.send(article(url="https://paper9.example/orchard", title="Apple growers of Elmsby fear late frost",
                      source="paper9.example", language="en", published_at="2025-10-09T13:30:00Z"))
    ferry, mint = desk.story_of("https://paper0.example/ferry"), desk.story_of("https://paper0.example/mint")
    desk.correct("merge", language="en", story=ferry, into=mint)
    swept = time.monotonic() + RANKINGS_AT_MOST_EVERY_S + 1
    while time.monotonic() < swept:  # each change is an occasion to bring the rankings up to date
        desk.correct("rename", language="en", story=ferry, title=f"The Board cuts at {time.monotonic():.3f}")
    check_all(desk, tmp_path)


def test_merge_split_and_rename_reach_topic_redis_and_pages_and_replay_the_same(desk, tmp_path):
    ferry, mint = desk.story_of("https://paper0.example/ferry"), desk.story_of("https://paper0.example/mint")
    assert ferry != mint and desk.story(ferry)["articleCount"] == 3

    desk.correct("rename", language="en", story=mint, title="The Board cuts")
    desk.correct("merge", language="en", story=ferry, into=mint)
    status, headers, _ = desk.daemon.get(f"/v1/stories/{mint}")  # the younger one
    assert status == 301 and headers["location"].endswith(ferry)
    both = desk.story(ferry)
    assert (both["articleCount"], both["title"], both["provenance"]["cause"]) == (6, "The Board cuts", "merge")
    assert desk.published()[mint]["mergedInto"] == ferry
    assert desk.causes(mint)[-1] == desk.causes(ferry)[-1] == "merge"

    # the ferry's three, as a page would send them back: the entries of the summary; and the story by its alias
    leaving = [entry for entry in both["articles"] if "ferry" in entry["url"]]
    desk.correct("split", language="en", story=mint, articles=leaving, title="Skarvik ferry")
    made = desk.story_of("https://paper0.example/ferry")
    new, old = desk.story(made), desk.story(ferry)
    assert (new["articleCount"], new["title"], new["splitFrom"]) == (3, "Skarvik ferry", ferry)
    assert (old["articleCount"], old["title"], old["provenance"]["cause"]) == (3, "The Board cuts", "split")
    assert new["relatedStoryIds"] == [ferry] and made in old["relatedStoryIds"]
    assert desk.causes(made) == ["split"]

    # later articles go where their words belong, and the titles stay
    desk.send(article(url="https://paper9.example/ferry", title="Grounded Skarvik ferry: all 214 passengers safe",
                      source="paper9.example", language="en", published_at="2025-10-09T14:00:00Z"))
    assert desk.story_of("https://paper9.example/ferry") == made
    assert desk.story(made)["title"] == "Skarvik ferry"
    desk.correct("rename", language="en", story=made, title="")
    assert "Skarvik" in desk.story(made)["title"] and desk.story(made)["title"] != "Skarvik ferry"
    check_all(desk, tmp_path)
    assert desk.daemon.stop() == 0


def test_what_is_taken_down_leaves_no_text_and_does_not_come_back(desk, tmp_path):
    ferry, mint = desk.story_of("https://paper0.example/ferry"), desk.story_of("https://paper0.example/mint")
    desk.correct("takedown", articles=["https://www.paper1.example/mint?utm_source=x"])
    assert desk.story(mint)["articleCount"] == 2 and desk.causes(mint)[-1] == "takedown"
    assert desk.daemon.get("/v1/articles?url=https://paper1.example/mint")[0] == 404

    desk.correct("takedown", language="en", story=ferry)
    again = [dict(event, updated_at="2025-10-10T12:00:00Z", title=event["title"] + " again") for event in events()
             if "ferry" in event["url"] or "paper1" in event["url"]]
    desk.send(*again)
    gone = desk.published()[ferry]
    assert (gone["status"], gone["articleCount"], gone["provenance"]["cause"]) == ("closed", 0, "takedown")
    assert "title" not in gone and "lead" not in gone and "Skarvik" not in json.dumps(gone)
    for what in ("coverage", "story"):  # closed, so they are kept; but nothing of the texts is in them
        [key] = desk.keys(what, ferry)
        held = desk.redis.get(key) if what == "coverage" else json.dumps(
            {k.decode(): v.decode() for k, v in desk.redis.hgetall(key).items()}).encode()
        assert b"Skarvik" not in held, held
    assert not desk.keys("articles", ferry) and not desk.keys("_members", ferry) and not desk.keys("insights", ferry)
    for event in again:
        assert desk.daemon.get(f"/v1/articles?url={event['url']}")[0] == 404
    assert desk.story(mint)["articleCount"] == 2
    check_all(desk, tmp_path)
    assert desk.daemon.stop() == 0


def test_corrections_that_cannot_be_carried_out_are_refused_or_logged_and_counted(desk, tmp_path):
    ferry = desk.story_of("https://paper0.example/ferry")
    before = desk.story(ferry)["revision"]
    bad = bad_corrections()
    for what, _, event, *_ in bad:
        if what != "a merge with itself":  # no schema can say that
            assert list(desk.check.iter_errors(event)), f"the schema allows what is refused: {what}"
    desk.send(*(event for _, _, event, *_ in bad), headers=STRUCTURED)
    refused = [dict(m.headers())["error.code"] for m in kafka.read_topic(desk.bootstrap, "articles.rejected")]
    assert refused == [b"bad_correction"] * len(bad)

    nowhere = "0123456789abcdef0123456789abcdef"
    desk.correct("merge", language="en", story=nowhere, into=ferry)
    desk.correct("merge", language="fr", story=nowhere, into=ferry)  # no partition of French holds it
    desk.correct("rename", language="en", story=nowhere, title="T")
    desk.correct("split", language="en", story=ferry, articles=["https://paper0.example/mint"])
    desk.correct("takedown", language="en", story=nowhere)
    assert desk.daemon.metric('newswired_decisions_total{kind="correction_refused"}') == 5
    assert desk.daemon.log.read_text().count("correction not carried out") == 5
    assert desk.story(ferry)["revision"] == before
    check_all(desk, tmp_path)
    assert desk.daemon.stop() == 0


def correction(kind, data):
    return {"specversion": "1.0", "id": "1", "source": "/desk", "type": f"newswired.correction.{kind}", "data": data}


def merge_of_two(stories):
    """Two of one language: nothing stands against it as long as it comes first."""
    language = max(s["language"] for s in stories.values() if
                   sum(t["language"] == s["language"] for t in stories.values()) > 1)
    story, into = [key for key in sorted(stories) if stories[key]["language"] == language][:2]
    return correction("merge", {"language": language, "story": story, "into": into})


def random_correction(rng, stories):
    """Of stories as they were a while ago: some have been merged, taken down or changed since."""
    story, other = rng.sample(sorted(stories), 2)
    kind = rng.choice(["merge", "split", "split", "rename", "takedown"])
    articles = [entry["url"] for entry in stories[story]["articles"]]
    data = {"language": stories[story]["language"], "story": story}
    if kind == "merge":
        data["into"] = other
    elif kind == "split":
        data.update(articles=rng.sample(articles, max(1, len(articles) // 2)), title=f"Split {rng.randint(0, 99)}")
    elif kind == "rename":
        data["title"] = f"Renamed {rng.randint(0, 99)}"
    elif rng.random() < 0.7:
        data = {"articles": rng.sample(articles, 1)}
    return correction(kind, data)


def test_a_sigkill_among_corrections_and_articles_loses_and_doubles_nothing(cluster, redis_server, start, tmp_path):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    rng, feed = random.Random(seed), Feed(seed, stories=12, languages=("en", "de"))
    desk = Desk(cluster, redis_server, start())
    kafka.produce(desk.bootstrap, "articles", feed.events(300))
    desk.pipeline.await_settled([desk.daemon])
    stories = {key: s for key, s in desk.published().items() if s["status"] == "active" and s["articleCount"] > 1}
    assert len(stories) >= 6
    events = list(feed.events(300)) + [("desk", random_correction(rng, stories), STRUCTURED) for _ in range(60)]
    rng.shuffle(events)
    before = desk.pipeline.features_applied()
    kafka.produce(desk.bootstrap, "articles", [("desk", merge_of_two(stories), STRUCTURED), *events])
    await_true("some are applied", lambda: desk.pipeline.features_applied() > before + 50)
    desk.daemon.kill()
    desk.daemon = start()
    desk.pipeline.await_settled([desk.daemon])
    seen = desk.published().values()  # of a story only its last word, so not every kind is seen by its cause
    assert any("splitFrom" in s for s in seen) and any(s["status"] == "merged" for s in seen)
    assert any(s.get("title", "").startswith(("Renamed", "Split")) for s in seen)
    check_all(desk, tmp_path)
    desk.pipeline.close()
    assert desk.daemon.stop() == 0
