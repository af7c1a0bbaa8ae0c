"""Every key of docs/redis.md, counted again from the article cards by code that is not the daemon's."""
import random
import re
import time

from harness import kafka
from harness.bad_records import article
from harness.events import SOURCES, START_MS, Feed
from harness.recount import recount, sides_of
from harness.servers import ROOT
from harness.waiting import Pipeline, await_true

DAY_MS = 24 * 3600 * 1000
LABELS = ["left"] + ["lean left"] + ["center"] * 4 + ["lean right", "right", "far right"] * 3


def write_ratings(path):
    rows = [f"{source},{label}" for source, label in zip(SOURCES, LABELS)]
    path.write_text("domain,bias\n" + "\n".join(rows) + "\n")
    return sides_of(path)


def look(cluster, redis, sides):
    published = kafka.last_by_key(kafka.read_topic(cluster.bootstrap, "coverage"))
    return recount(redis, "newswired", sides, published, int(time.time() * 1000) + 1)


def test_every_key_is_what_the_articles_say(cluster, redis_server, start, tmp_path):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    sides = write_ratings(tmp_path / "ratings.csv")
    daemon = start(ratings=tmp_path / "ratings.csv")
    redis = redis_server.client()
    pipeline = Pipeline(cluster.bootstrap, redis)
    kafka.produce(cluster.bootstrap, "articles", Feed(seed, stories=30).events(900))
    pipeline.await_settled([daemon])
    wrong, parts = look(cluster, redis, sides)
    assert not wrong, "\n".join(wrong[:20])
    assert sum(len(part.cards) for part in parts) >= 20
    assert sum(part.totals.get("retractions", 0) for part in parts) > 5 and sum(p.totals.get("updates", 0) for p in parts) > 5
    assert any(part.ranking("blindspots:left") for part in parts), "no story has a blindspot"

    # Days later in event time, in each language (a dozen articles, as one date alone moves no clock): the old
    # stories leave the windows without any change of theirs.
    late = START_MS + 3 * DAY_MS
    kafka.produce(cluster.bootstrap, "articles", [
        (language, article(url=f"https://{source}/late/{language}", source=source, language=language,
                           published_at=late, title=f"Quite another thing in the language {language}"))
        for language in ("en", "de", "fr", "es", "it") for source in SOURCES[:12]])
    pipeline.await_settled([daemon])

    def only_late_ones():
        return all(redis.zcard(part.prefix + "top:24h") ==
                   sum(1 for fields in part.stories.values() if fields["last_published"] == str(late))
                   for part in look(cluster, redis, sides)[1])

    await_true("old stories leave the rankings", only_late_ones, 60)
    wrong, parts = look(cluster, redis, sides)
    assert not wrong, "\n".join(wrong[:20])
    pipeline.close()
    assert daemon.stop() == 0


def test_the_recount_would_notice(cluster, redis_server, start, tmp_path):
    sides = write_ratings(tmp_path / "ratings.csv")
    daemon = start(ratings=tmp_path / "ratings.csv")
    redis = redis_server.client()
    kafka.produce(cluster.bootstrap, "articles", Feed(5, stories=4).events(60))
    pipeline = Pipeline(cluster.bootstrap, redis)
    pipeline.await_settled([daemon])
    pipeline.close()
    assert daemon.stop() == 0
    wrong, parts = look(cluster, redis, sides)
    assert not wrong, "\n".join(wrong)
    part = max(parts, key=lambda p: len(p.cards))
    story, source = sorted(part.cards)[0], part.cards[sorted(part.cards)[0]][0].source
    before = {key: redis.dump(key) for key in redis.scan_iter(part.prefix + "*", count=1000)}
    for break_it in (lambda p: redis.hincrby(f"{p}story:{story}", "left", 1),
                     lambda p: redis.zincrby(f"{p}top:24h", 99, story), lambda p: redis.zrem(f"{p}recent", story),
                     lambda p: redis.zadd(f"{p}blindspots:center", {story: 1}),
                     lambda p: redis.hincrby(f"{p}source:{source}", "stories", 1),
                     lambda p: redis.hset(f"{p}story:{story}", "countries", '{"XX":1}'),
                     lambda p: redis.zincrby(f"{p}sources", 1, source),
                     lambda p: redis.hincrby(f"{p}totals", "articles", -1), lambda p: redis.delete(f"{p}changes"),
                     lambda p: redis.persist(f"{p}article:{part.cards[story][0].article}"),
                     lambda p: redis.expire(f"{p}coverage:{story}", 1000), lambda p: redis.srem(f"{p}_live", story)):
        break_it(part.prefix)
        assert look(cluster, redis, sides)[0], "not noticed"
        for key in set(redis.scan_iter(part.prefix + "*", count=1000)) - set(before):
            redis.delete(key)
        for key, value in before.items():
            link = b":article:" in key or b":alias:" in key
            redis.restore(key, 90 * DAY_MS if link else 0, value, replace=True)
        assert not look(cluster, redis, sides)[0]


def test_the_docs_name_every_key():
    header = (ROOT / "consumers" / "store_keys.h").read_text()
    names = set(re.findall(r'#define STORE_\w+ "([\w:]+)"', header))
    documented = set(re.findall(r"^\| `([\w:]+)(?:<[\w ]+>)?` \|", (ROOT / "docs" / "redis.md").read_text(), re.M))
    assert names == {name for name in documented if not name.startswith("ns:")}
    # Those of the summaries role lie outside any partition.
    role = (ROOT / "consumers" / "analysis_store.c").read_text()
    others = {"ns" + name for name in re.findall(r'#define \w+_SUFFIX "(:_\w+:?)"', role)}
    assert others == {name for name in documented if name.startswith("ns:_")}


def test_the_documented_user_may_run_every_command_of_the_daemon():
    sources = [path.read_text() for folder in ("consumers", "daemon") for path in (ROOT / folder).glob("*.c")]
    used = {name.lower() for text in sources
            for name in re.findall(r'(?:redis_pipe_command\([^,]+, |add_list\(store, |redis\.call\(\\?[\'"])"?([A-Z]+)\b', text)}
    used |= {name.lower() for name in re.findall(r'\{"([A-Z]+)", ', (ROOT / "consumers" / "store_audit.c").read_text())}
    acl = re.search(r"^ACL SETUSER newswired (.*)$", (ROOT / "docs" / "redis.md").read_text(), re.M).group(1)
    allowed = {rule[1:] for rule in acl.split() if rule.startswith("+")}
    assert len(used) > 30
    assert not used - {"sentinel", "config"} - allowed, "the documented user may not"
    assert not allowed - used, "no longer needed"
