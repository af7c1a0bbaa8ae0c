"""A coverage summary, counted again from its own lists of articles and sources by code that is not the daemon's.

The lists say everything (a story page must be drawable from one summary), so every number must follow from them.
"""
import datetime
import json
import math

SIDES = ("left", "center", "right")
FIELDS = {"left": "left", "center": "cntr", "right": "right"}
LABELS = {"farLeft": "left", "left": "left", "leanLeft": "left", "center": "center", "leanRight": "right",
          "right": "right", "farRight": "right"}
HOUR_MS = 3600 * 1000
DAY_MS = 24 * HOUR_MS


def millis(text):
    date = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    delta = date - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return (delta.days * 86400 + delta.seconds) * 1000 + delta.microseconds // 1000


def percents(counts):
    """Largest remainder over count / N * 100 in IEEE double; ties go left, center, right."""
    rated = sum(counts.values())
    exact = {side: counts[side] / rated * 100.0 for side in SIDES}
    whole = {side: int(exact[side]) for side in SIDES}
    by_remainder = sorted(SIDES, key=lambda side: (-(exact[side] - whole[side]), SIDES.index(side)))
    for side in by_remainder[:100 - sum(whole.values())]:
        whole[side] += 1
    return whole


def distribution(labels):
    """biasDistribution of the labels of some sources; None: no distribution."""
    rated = [label for label in labels if label]
    if not rated:
        return None
    counts = {side: sum(1 for label in rated if LABELS[label] == side) for side in SIDES}
    shown = percents(counts)
    most = max(counts.values())
    return {**{f"{FIELDS[s]}SrcCount": counts[s] for s in SIDES}, **{f"{FIELDS[s]}Percent": shown[s] for s in SIDES},
            "detail": {label: rated.count(label) for label in LABELS},
            "headline": [{"side": s, "percent": shown[s]} for s in SIDES if counts[s] == most]}


def wilson(part, total):
    z = 1.959963984540054
    p = part / total
    middle = (p + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return [min(100, max(0, math.floor(100 * at + 0.5))) for at in (middle - half, middle + half)]


def blindspot(shown, policy_version=1):
    """COVERAGE: at least 5 rated, the small side at most 10 %, the opposite one at least 33 %."""
    if shown is None:
        return None
    counts = {side: shown[f"{FIELDS[side]}SrcCount"] for side in SIDES}
    rated = sum(counts.values())
    for small, opposite in (("left", "right"), ("right", "left")):
        if rated >= 5 and counts[small] * 100 <= 10 * rated and counts[opposite] * 100 >= 33 * rated \
                and counts[small] < counts[opposite]:
            return {"blindspotFor": small, "minorPercent": shown[f"{FIELDS[small]}Percent"],
                    "ci95": wilson(counts[small], rated), "policyVersion": policy_version}
    return None


def settled(article):
    """When it certainly had appeared: the end of its day where only the day is known."""
    at = millis(article["publishedAt"])
    return at + DAY_MS - 1 if article.get("publishedAtIsDay") else at


class Judge:
    def __init__(self, summary):
        self.summary, self.wrong = summary, []
        self.articles, self.sources = summary["articles"], summary["sources"]
        self.by_id = {article["id"]: article for article in self.articles}
        self.by_source = {source["source"]: source for source in self.sources}

    def expect(self, what, wanted, actual):
        if wanted != actual:
            self.wrong.append(f"{what}: {str(actual)[:200]} instead of {str(wanted)[:200]}")

    def check(self):
        self.check_sources()
        self.check_articles()
        self.check_words()
        if not self.summary["articlesTruncated"]:
            self.check_by_articles()
        return self.wrong

    def check_sources(self):
        s, sources = self.summary, self.sources
        if s.get("sourcesTruncated"):
            return
        self.expect("sourceCount", len(self.by_source), s["sourceCount"])
        self.expect("articleCount", sum(x["articleCount"] for x in sources), s["articleCount"])
        labels = [x.get("bias") for x in sources]
        self.expect("side of each source", [LABELS.get(b, "unrated") for b in labels], [x["side"] for x in sources])
        self.expect("biasSourceCount", sum(1 for b in labels if b), s["biasSourceCount"])
        self.expect("unratedSourceCount", sum(1 for b in labels if not b), s["unratedSourceCount"])
        self.expect("biasDistribution", distribution(labels), s.get("biasDistribution"))
        self.expect("independentBiasDistribution", distribution([x.get("bias") for x in sources if x["originalCount"]]),
                    s.get("independentBiasDistribution"))
        self.expect("blindspot", blindspot(s.get("biasDistribution")), s.get("blindspot"))
        self.expect("originals of all sources", s["uniqueCount"], sum(x["originalCount"] for x in sources))
        for kind in ("factuality", "ownership"):
            named = [x[kind] for x in sources]
            self.expect(kind, {k: named.count(k) for k in s[kind]}, s[kind])
            self.expect(f"{kind}, sum", len(sources), sum(s[kind].values()))
        countries = [x["country"] for x in sources if "country" in x]
        self.expect("countries", {c: countries.count(c) for c in sorted(set(countries))}, s["countries"])
        order = [(-x["articleCount"], x["source"].encode()) for x in sources]
        self.expect("order of sources", sorted(order), order)

    def check_articles(self):
        s = self.summary
        self.expect("articles are each listed once", len(self.articles), len(self.by_id))
        times = [(-millis(a["publishedAt"]) if "publishedAt" in a else math.inf) for a in self.articles]
        self.expect("order of articles", sorted(times), times)
        for article in self.articles:
            source = self.by_source.get(article["source"], {})
            for name in ("bias", "factuality", "ownership", "country", "city"):
                self.expect(f"{name} of {article['id']}", source.get(name), article.get(name))
        sides = {x["side"] for x in self.sources}
        self.expect("a side without an article", set(), sides - {self.by_source[a["source"]]["side"] for a in self.articles})
        self.expect("uniqueCount and reprintCount", s["articleCount"], s["uniqueCount"] + s["reprintCount"])
        self.expect("reprints in groups", s["reprintCount"], sum(g["articleCount"] - 1 for g in s["reprintGroups"]))
        copies = {a: g["original"] for g in s["reprintGroups"] for a in g["articleIds"] if a != g["original"]}
        if all(len(g["articleIds"]) == g["articleCount"] for g in s["reprintGroups"]):
            self.expect("reprintOf", {a: o for a, o in copies.items() if a in self.by_id},
                        {a["id"]: a["reprintOf"] for a in self.articles if "reprintOf" in a})

    def check_words(self):
        s = self.summary
        for name in ("representativeArticleId", "leadArticleId"):
            if name in s:
                self.expect(f"{name} is listed", True, s[name] in self.by_id)
        self.expect("insights at most five", True, len(s["insights"]) <= 5)
        for insight in s["insights"]:
            article = self.by_id.get(insight["articleId"], {})
            self.expect("source of an insight", article.get("source"), insight["source"])
            self.expect("side of an insight", self.by_source[insight["source"]]["side"], insight["biasSide"])
        texts = [i["text"] for i in s["insights"]] + [s[name] for name in ("lead",) if name in s]
        self.expect("nothing is said twice", len(texts), len(set(texts)))

    def first(self, side=None):
        """Articles that may be the first: equal times go by arrival, which the lists do not tell."""
        dated = [a for a in self.articles if "publishedAt" in a
                 and (side is None or self.by_source[a["source"]]["side"] == side)]
        earliest = min(map(settled, dated), default=None)
        return [a["id"] for a in dated if settled(a) == earliest]

    def check_first(self, what, side, told, lead=None):
        candidates = self.first(side)
        self.expect(f"{what} is there", bool(candidates), told is not None)
        if not candidates or told is None:
            return
        article = self.by_id.get(told["articleId"], {})
        self.expect(f"{what} is one of the earliest", True, told["articleId"] in candidates)
        self.expect(what, (article.get("source"), article.get("publishedAt")), (told["source"], told["at"]))
        if lead is not None:
            vague = article.get("publishedAtIsDay") or self.by_id[lead["articleId"]].get("publishedAtIsDay")
            self.expect(f"lag of {what}", None if vague else millis(told["at"]) - millis(lead["at"]), told.get("lagMs"))

    def check_by_articles(self):
        """What only the whole list of articles tells."""
        s = self.summary
        self.expect("all articles are listed", s["articleCount"], len(self.articles))
        counted = [a["source"] for a in self.articles]
        self.expect("articles of each source", {x["source"]: x["articleCount"] for x in self.sources},
                    {name: counted.count(name) for name in set(counted)})
        times = {a["id"]: millis(a["publishedAt"]) for a in self.articles if "publishedAt" in a}
        for name, of in (("firstPublishedAt", min), ("lastPublishedAt", max)):
            self.expect(name, of(times.values(), default=None), millis(s[name]) if name in s else None)
        self.check_first("firstSource", None, s.get("firstSource"))
        for side in SIDES:
            self.check_first(f"firstBySide.{side}", side, s.get("firstBySide", {}).get(side), s.get("firstSource"))
        for name, hours in (("1h", 1), ("6h", 6), ("24h", 24)):
            recent = [a for a, at in times.items() if at > millis(s["updatedAt"]) - hours * HOUR_MS] if times else []
            self.expect(f"velocity.articles{name}", len(recent), s["velocity"][f"articles{name}"])
            self.expect(f"velocity.sources{name}", len({self.by_id[a]["source"] for a in recent}),
                        s["velocity"][f"sources{name}"])


def summary_mistakes(summary):
    """[what is wrong] of one summary, itself held to the schema before."""
    return [] if summary["status"] == "merged" else Judge(summary).check()


def order_mistakes(messages):
    """Of all records of the topic, in offset order within a partition: what a key's records say of each other."""
    last, wrong = {}, []
    for message in messages:
        key = message.key().decode()
        if message.value() is None:
            last.pop(key, None)
            continue
        summary = json.loads(message.value())
        before = last.get(key)
        if before is not None:
            if summary["revision"] < before["revision"]:
                wrong.append(f"{key}: revision {summary['revision']} after {before['revision']}")
            # a crash between Kafka and Redis sends the last word twice, which is no new one
            if before["status"] == "merged" and (summary["revision"], summary["status"]) != (before["revision"], "merged"):
                wrong.append(f"{key}: told of again after it was merged")
        last[key] = summary
    return wrong
