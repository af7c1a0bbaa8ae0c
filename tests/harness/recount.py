"""Counts every contract key of a partition again from its article cards, and compares (docs/redis.md)."""
import collections
import csv
import json
from dataclasses import dataclass

HOUR_MS = 3600 * 1000
LINK_TTL_S = 90 * 24 * 3600
WINDOWS = {"1h": HOUR_MS, "6h": 6 * HOUR_MS, "24h": 24 * HOUR_MS}
SIDES = ("left", "center", "right")


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def protobuf(data):
    """Field number -> last value, of a message whose fields are varints and bytes (articles/features.proto)."""
    fields, at = {}, 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            fields[key >> 3], at = varint(data, at)
        else:
            assert key & 7 == 2, f"wire type {key & 7}"
            size, at = varint(data, at)
            fields[key >> 3], at = data[at:at + size], at + size
    return fields


@dataclass
class Card:
    article: str
    source: str
    published_ms: int | None


def card_of(data):
    fields = protobuf(data)
    raw = fields.get(14, 0)
    return Card(fields[1].hex(), fields[5].decode(), (raw >> 1) ^ -(raw & 1) if fields.get(15) else None)


def sides_of(path):
    """domain -> side, of a ratings file that uses the labels themselves."""
    with open(path, newline="") as file:
        labels = {row["domain"]: row["bias"] for row in csv.DictReader(file)}
    return {domain: next((side for side in SIDES if side in label), None) for domain, label in labels.items()}


class Recount:
    """One partition, read from Redis. check() gives the list of what is wrong."""

    def __init__(self, redis, prefix, sides, summaries, now_ms):
        self.redis, self.prefix, self.sides, self.summaries, self.now_ms = redis, prefix, sides, summaries, now_ms
        self.wrong = []
        self.cards = {story: [card_of(card) for card in redis.hgetall(f"{prefix}articles:{story}").values()]
                      for story in self.names("articles:")}
        self.stories = {story: {k.decode(): v.decode() for k, v in redis.hgetall(f"{prefix}story:{story}").items()}
                        for story in self.names("story:")}
        self.active = {story for story, fields in self.stories.items() if fields["status"] == "active"}

    def names(self, kind):
        start = (self.prefix + kind).encode()
        return {key[len(start):].decode() for key in self.redis.scan_iter(
            (self.prefix + kind).replace("{", "\\{").replace("[", "\\[") + "*", count=1000) if key.startswith(start)}

    def expect(self, what, wanted, actual):
        if wanted == actual:
            return
        if isinstance(wanted, dict) and isinstance(actual, dict):  # only what differs
            keys = [key for key in wanted.keys() | actual.keys() if wanted.get(key) != actual.get(key)]
            wanted, actual = ({key: value[key] for key in sorted(keys) if key in value} for value in (wanted, actual))
        if wanted != actual:
            self.wrong.append(f"{self.prefix}{what}: {str(actual)[:300]} instead of {str(wanted)[:300]}")

    def check(self):
        self.expect("story:* that have articles", {s for s, f in self.stories.items() if f["articles"] != "0"},
                    set(self.cards))
        for story in sorted(self.stories):
            self.check_story(story, self.stories[story], self.cards.get(story, []))
        self.expect("_live", self.active, {s.decode() for s in self.redis.smembers(self.prefix + "_live")})
        self.check_rankings()
        self.check_links()
        self.check_sources_and_totals()
        self.check_changes()
        return self.wrong

    def side_counts(self, cards):
        counts = collections.Counter(self.sides.get(source) or "unrated" for source in {c.source for c in cards})
        return {side: counts[side] for side in (*SIDES, "unrated")}

    def blindspot(self, counts):
        """COVERAGE: at least 5 rated, the small side at most 10 %, the opposite one at least 33 %."""
        rated = sum(counts[side] for side in SIDES)
        for small, opposite in (("left", "right"), ("right", "left")):
            if rated >= 5 and counts[small] * 100 <= 10 * rated and counts[opposite] * 100 >= 33 * rated \
                    and counts[small] < counts[opposite]:
                return small
        return ""

    def within(self, cards, window, at_ms):
        return len({c.source for c in cards if c.published_ms is not None and c.published_ms > at_ms - window})

    def check_story(self, story, fields, cards):
        summary = json.loads(self.redis.get(f"{self.prefix}coverage:{story}"))
        self.expect(f"coverage:{story}", self.summaries[story], summary)
        reprints = sum(group["articleCount"] - 1 for group in summary["reprintGroups"])
        dated = [c.published_ms for c in cards if c.published_ms is not None]
        counts = self.side_counts(cards)
        wanted = {"articles": len(cards), "sources": len({c.source for c in cards}), **counts,
                  "unique": len(cards) - reprints, "reprints": reprints, "revision": summary["revision"],
                  "blindspot": self.blindspot(counts), "status": summary["status"], "language": summary["language"],
                  "first_published": min(dated, default=""), "last_published": max(dated, default=""),
                  "title": summary.get("title"), "updated": fields["updated"]}
        for name in ("countries", "tags"):  # as JSON, of the last summary; left out when there are none
            self.expect(f"story:{story} {name}", summary.get(name) or None, json.loads(fields.pop(name, "null")))
        for name, window in WINDOWS.items():
            wanted[f"sources_{name}"] = self.within(cards, window, int(fields["updated"]))
        self.expect(f"story:{story}", {k: str(v) for k, v in wanted.items() if v is not None}, fields)

    def ranking(self, name):
        return {story.decode(): int(score)
                for story, score in self.redis.zrange(self.prefix + name, 0, -1, withscores=True)}

    def check_rankings(self):
        """A top ranking may lag behind event time, but by no more than from a story's last change to now."""
        self.expect("recent", {s: int(f["updated"]) for s, f in self.stories.items()}, self.ranking("recent"))
        for side in SIDES:
            wanted = {s: int(self.stories[s]["updated"]) for s in self.active
                      if self.stories[s]["blindspot"] == side}
            self.expect(f"blindspots:{side}", wanted, self.ranking(f"blindspots:{side}"))
        newest = max((int(f["updated"]) for f in self.stories.values()), default=0)
        for name, window in WINDOWS.items():
            top = self.ranking(f"top:{name}")
            self.expect(f"top:{name} holds others than live ones", set(), set(top) - self.active)
            self.expect(f"top:{name} holds zeroes", [], [s for s, n in top.items() if n <= 0])
            for story in self.active:
                most = self.within(self.cards[story], window, int(self.stories[story]["updated"]))
                least = self.within(self.cards[story], window, newest)
                if not least <= top.get(story, 0) <= most:
                    self.expect(f"top:{name} {story}", f"{least} to {most}", top.get(story, 0))

    def check_links(self):
        places = {card.article: story for story, cards in self.cards.items() for card in cards}
        aliases = {name: self.redis.get(f"{self.prefix}alias:{name}").decode() for name in self.names("alias:")}
        self.aliases = aliases
        self.expect("article:* names", set(places), self.names("article:"))
        for article, story in places.items():
            linked = self.redis.get(f"{self.prefix}article:{article}").decode()
            while linked in aliases:
                linked = aliases[linked]
            self.expect(f"article:{article}", story, linked)
        for story in aliases:
            self.expect(f"alias:{story} is a story still", False, story in self.stories)
            self.expect(f"alias:{story} leads nowhere", True,
                        aliases[story] in self.stories or aliases[story] in aliases)
            self.expect(f"alias:{story}, the summary", aliases[story], self.summaries[story].get("mergedInto"))
        for key in [f"article:{a}" for a in places] + [f"alias:{a}" for a in aliases]:
            if not LINK_TTL_S - 3600 < self.redis.ttl(self.prefix + key) <= LINK_TTL_S:
                self.expect(f"{key}, time to live", LINK_TTL_S, self.redis.ttl(self.prefix + key))
        for kind in ("story:", "coverage:", "articles:", "source:"):
            for name in self.names(kind):
                self.expect(f"{kind}{name}, time to live", -1, self.redis.ttl(self.prefix + kind + name))

    def check_sources_and_totals(self):
        """Exact while no story has been dropped: what is dropped stays counted."""
        articles, stories = collections.Counter(), collections.Counter()
        for cards in self.cards.values():
            articles.update(c.source for c in cards)
            stories.update({c.source for c in cards})
        firsts, seen = 0, {}
        for source in self.names("source:"):
            fields = {k.decode(): int(v) for k, v in self.redis.hgetall(f"{self.prefix}source:{source}").items()}
            self.expect(f"source:{source}.articles", articles[source], fields.get("articles", 0))
            self.expect(f"source:{source}.stories", stories[source], fields.get("stories", 0))
            self.expect(f"source:{source}.firsts at most its stories", True,
                        0 <= fields.get("firsts", 0) <= stories[source])
            self.expect(f"source:{source}.last_seen lies in the last hour", True,
                        self.now_ms - HOUR_MS < fields["last_seen"] <= self.now_ms)
            firsts += fields.get("firsts", 0)
            seen[source] = fields["last_seen"]
        newest = max(seen.values(), default=0)
        self.expect("sources", {s: at for s, at in seen.items() if at >= newest - 7 * 24 * HOUR_MS},
                    self.ranking("sources"))
        self.expect("source:* covers every source", set(), set(articles) - self.names("source:"))
        self.expect("firsts of all sources", len(self.cards), firsts)
        totals = {k.decode(): int(v) for k, v in self.redis.hgetall(self.prefix + "totals").items()}
        self.totals = totals
        self.expect("totals.articles", sum(articles.values()), totals.get("articles", 0))
        self.expect("totals.stories less merges", len(self.cards), totals.get("stories", 0) - totals.get("merges", 0))
        self.expect("totals.merges", len(self.aliases), totals.get("merges", 0))
        self.expect("totals.closed", len(self.stories) - len(self.active), totals.get("closed", 0))

    def check_changes(self):
        last = {}
        for _, fields in self.redis.xrange(self.prefix + "changes"):
            last[fields[b"story"].decode()] = int(fields[b"revision"])
        self.expect("changes, last of each story", {s: int(f["revision"]) for s, f in self.stories.items()},
                    {s: r for s, r in last.items() if s not in self.aliases})
        self.expect("changes of merged stories", set(self.aliases), set(last) - set(self.stories))


def recount(redis, namespace, sides, summaries, now_ms):
    """([what is wrong], [a Recount for each partition])."""
    parts = [Recount(redis, f"{namespace}:{tag.decode()}:", sides, summaries, now_ms)
             for tag in sorted(redis.smembers(f"{namespace}:partitions"))]
    return [line for part in parts for line in part.check()], parts
