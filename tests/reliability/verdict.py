"""The oracle: what topics and Redis hold after a run, against three that cannot have been disturbed.

1. The input: the articles topic itself. The articles live in Redis must be exactly those of the last event
   of each URL, each in one story.
2. `newswired replay` of the features topic: every summary in the coverage topic and in Redis, byte for byte.
3. An undisturbed instance that reads the features topic into an empty Redis: every key, byte for byte.
"""
import collections
import hashlib
import json
import re
import tempfile

from harness import kafka, oracle
from harness.daemon import Daemon, run
from harness.servers import RedisServer
from harness.waiting import Pipeline, await_true
from world import EXTRA, PARTITIONS

# When ratings were loaded is the one part of a summary that is no function of the input.
LOADED_AT = re.compile(rb',?"ratingsLoadedAt":"[^"]*"')

# Keys that tell of the run and not of the stories: who owned, what was announced when, and rankings,
# which a running instance sweeps by its own clock (PROTOCOL.md 7).
OF_THE_RUN = re.compile(r"\}:(_owner|_status|changes|top:.*|blindspots:.*)$")


def same_bytes(summary):
    return LOADED_AT.sub(b"", summary)


def wire_fields(data):
    """(number, value) of each field of a protobuf message; ints and bytes, nothing interpreted."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
    while at < len(data):
        tag = varint()
        kind = tag & 7
        if kind == 0:
            yield tag >> 3, varint()
            continue
        size = varint() if kind == 2 else {1: 8, 5: 4}[kind]
        yield tag >> 3, data[at:at + size]
        at += size


class Verdict:
    def __init__(self):
        self.lost, self.doubled, self.stale, self.wrong = [], [], [], []
        self.facts = {}

    def good(self):
        return not (self.lost or self.doubled or self.stale or self.wrong)

    def text(self):
        lines = []
        for name in ("lost", "doubled", "stale", "wrong"):
            found = getattr(self, name)
            lines.append(f"{name} {len(found)}")
            lines += [f"  {item}" for item in found[:8]]
        return "\n".join(lines)


# ---- 1. the input ----

def canonical(url):
    return url.replace("https://www.", "https://")


def live_urls(bootstrap):
    live, events = set(), 0
    for message in kafka.each_record(bootstrap, "articles", timeout=600):
        events += 1
        url = canonical(message.key().decode())
        if message.value() is None:
            live.discard(url)
        else:
            live.add(url)
    return live, events


def check_articles(world, verdict):
    """Cards in Redis name the URL of each member of each story."""
    expected, events = live_urls(world.broker.bootstrap)
    client, found = world.redis.client(), collections.Counter()
    for key in client.scan_iter("newswired:*:articles:*", count=1000):
        for card in client.hvals(key):
            url = next(value for number, value in wire_fields(card) if number == 2)
            found[canonical(url.decode())] += 1
    verdict.facts.update(events=events, articles=len(expected))
    verdict.lost += [f"article {url}" for url in sorted(expected - found.keys())]
    verdict.doubled += [f"article {url} is in {n} stories" for url, n in sorted(found.items()) if n > 1]
    verdict.doubled += [f"article {url} was retracted" for url in sorted(found.keys() - expected)]


# ---- 2. replay ----

def replay(world, folder):
    dump = f"{folder}/features.dump"
    config = world.instances[0].daemon.config
    run("dump-features", "-c", config, dump, timeout=600)
    lines = run("replay", "-c", config, "--features", dump, timeout=600).stdout.splitlines()
    return {json.loads(line)["id"]: line.encode() for line in lines}


def read_coverage(bootstrap, verdict):
    """What a reader that keeps the highest revision ends with, and what a compacted topic keeps."""
    highest, last, contents = {}, {}, {}
    records = 0
    for message in kafka.each_record(bootstrap, "coverage", timeout=300):
        records += 1
        key, value = message.key().decode(), message.value()
        revision = int(dict(message.headers())["revision"])
        digest = hashlib.sha1(same_bytes(value)).digest()
        if contents.setdefault((key, revision), digest) != digest:
            verdict.wrong.append(f"summary {key} was published twice as revision {revision}, differently")
        last[key] = revision
        if key not in highest or revision >= highest[key][0]:
            highest[key] = (revision, value)
    verdict.stale += [f"summary {key}: the last one in the topic has revision {revision}, before it came "
                      f"{highest[key][0]}" for key, revision in last.items() if revision < highest[key][0]]
    verdict.facts["summaries"] = records
    return {key: value for key, (_, value) in highest.items()}


def compare(verdict, what, expected, actual):
    verdict.lost += [f"{what} {key}" for key in sorted(expected.keys() - actual.keys())]
    verdict.wrong += [f"{what} {key} is unknown to the oracle" for key in sorted(actual.keys() - expected.keys())]
    for key in sorted(expected.keys() & actual.keys()):
        if same_bytes(expected[key]) != same_bytes(actual[key]):
            a, b = json.loads(expected[key]), json.loads(actual[key])
            verdict.wrong += [f"{what} {d}" for d in oracle.differences({key: a}, {key: b})] or [
                f"{what} {key} differs in its bytes"]


def check_summaries(world, verdict):
    with tempfile.TemporaryDirectory(prefix="newswired-oracle-") as folder:
        expected = replay(world, folder)
    compare(verdict, "summary in the topic", expected, read_coverage(world.broker.bootstrap, verdict))
    client, stored = world.redis.client(), {}
    for key in client.scan_iter("newswired:*:coverage:*", count=1000):
        stored[key.decode().rsplit(":", 1)[1]] = client.get(key)
    # A merged story has no key of its own but an alias.
    held = {key: line for key, line in expected.items() if json.loads(line)["status"] != "merged"}
    compare(verdict, "summary in Redis", held, stored)
    counted = oracle.count_differences({k: json.loads(v) for k, v in expected.items()}, client, "newswired")
    verdict.wrong += [f"count {line}" for line in counted]
    verdict.facts.update(stories=len(held), merged=len(expected) - len(held))


# ---- 3. an undisturbed run ----

def contents(client):
    """Every key that tells of stories, with its value in a form that can be compared."""
    readers = {b"string": client.get, b"hash": client.hgetall, b"set": client.smembers,
               b"zset": lambda key: dict(client.zrange(key, 0, -1, withscores=True))}
    out = {}
    for key in client.scan_iter("newswired:*", count=1000):
        name = key.decode()
        if OF_THE_RUN.search(name):
            continue
        value = readers[client.type(key)](key)
        if name.endswith(":_position"):
            value.pop(b"transactions", None)  # how many it took is of the run as well
        out[name] = same_bytes(value) if isinstance(value, bytes) else value
    return out


def undisturbed(world):
    """The contents of the Redis of one instance that has read the same features topic, start to end."""
    redis = RedisServer()
    daemon = Daemon(world.broker.bootstrap, redis.url, roles=("stories",), group="undisturbed", port=0,
                    partitions=PARTITIONS, create_topics=True, publish_interval_ms=500,
                    kafka_extra=' coverage_topic = "coverage.undisturbed";', extra=EXTRA)
    pipeline = Pipeline(world.broker.bootstrap, redis.client())
    try:
        daemon.start()
        end = pipeline.end("articles.features")
        await_true("read by the undisturbed instance", lambda: pipeline.features_applied() >= end, 300)
        await_true("published by the undisturbed instance", lambda: pipeline.unpublished() == 0, 120)
        assert daemon.stop() == 0
        return contents(redis.client())
    finally:
        pipeline.close()
        daemon.remove()
        redis.stop()


def check_keys(world, verdict):
    expected, actual = undisturbed(world), contents(world.redis.client())
    verdict.facts["keys"] = len(expected)
    verdict.lost += [f"key {key}" for key in sorted(expected.keys() - actual.keys())]
    verdict.wrong += [f"key {key} is unknown to an undisturbed run" for key in sorted(actual.keys() - expected.keys())]
    verdict.wrong += [f"key {key} differs from an undisturbed run: {str(actual[key])[:300]} instead of "
                      f"{str(expected[key])[:300]}"
                      for key in sorted(expected.keys() & actual.keys()) if expected[key] != actual[key]]


# ---- what the logs say was turned away ----

REJECTED = {
    "token: another owner has taken the partition": "another owner has taken the partition",
    "position: Redis went back in time": "went back in time",
    "position: another one was stored": re.compile(r"the stored position is \d+, not \d+(?!.*went back)"),
    "transaction: changed between WATCH and EXEC": "changed during the transaction",
    "transactional producer: fenced": "another owner publishes this partition",
}


def rejected_conditions(world):
    counts = dict.fromkeys(REJECTED, 0)
    for instance in world.all:
        for line in instance.log().splitlines():
            if "given up and loaded again" not in line:
                continue
            for name, pattern in REJECTED.items():
                hit = pattern in line if isinstance(pattern, str) else pattern.search(line)
                if hit:
                    counts[name] += 1
                    break
    return counts


def judge(world, reader=None):
    verdict = Verdict()
    check_articles(world, verdict)
    check_summaries(world, verdict)
    check_keys(world, verdict)
    if reader is not None:
        verdict.facts["counts_read"] = reader.read
        verdict.wrong += [f"live count {line}" for line in reader.wrong]
    return verdict
