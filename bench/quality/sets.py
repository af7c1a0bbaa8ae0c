"""Labelled sets: a folder with one folder a set, `articles.jsonl.gz` in each (docs/quality.md has the fields)."""
import datetime
import gzip
import json
import pathlib
import random

DAY = 86400.0
SILVER = "silver"  # in the name of a set whose labels were made by a machine: printed, not in the mean


class Article:
    """One labelled article. time: seconds since 1970 or None; day_only: only its day is known."""

    def __init__(self, fields, number):
        self.number, self.story, self.language = number, fields["story"], fields.get("language", "en")
        self.url = fields["url"]
        self.event = {key: fields[key] for key in ("url", "source", "title", "description", "body", "language")
                      if key in fields}
        if self.event.get("language") in ("und", "?"):
            del self.event["language"]
        self.day_only = "published_at" not in fields
        stamp = fields.get("published_at") or fields.get("day")
        self.time = None if stamp is None else parse_time(stamp)

    def text(self):
        return " ".join(self.event.get(key, "") for key in ("title", "description", "body"))

    def at(self, shift):
        """The event, moved in time by so many seconds."""
        event = dict(self.event)
        if self.time is not None:
            moment = datetime.datetime.fromtimestamp(self.time + shift, datetime.timezone.utc)
            event["published_at"] = moment.strftime("%Y-%m-%d" if self.day_only else "%Y-%m-%dT%H:%M:%SZ")
        return event


class Item:
    """An article in a stream: its event, when it is (None: unknown), and whether it is judged."""

    def __init__(self, article, judged=True, shift=0.0, timeless=False):
        self.article, self.judged = article, judged
        self.event = article.at(shift)
        self.time = None if article.time is None else article.time + shift
        if timeless:
            self.time = None
            self.event.pop("published_at", None)


def parse_time(stamp):
    moment = datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    return moment.timestamp()


def read_set(folder):
    """Each URL once: the daemon takes the same URL again for an update."""
    articles, seen = [], set()
    with gzip.open(pathlib.Path(folder) / "articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            article = Article(json.loads(line), number)
            if article.url not in seen:
                seen.add(article.url)
                articles.append(article)
    return articles


def read_suspects(folder):
    """Pairs of labels, both ways, that may be one story after all (suspect_pairs.tsv, where there is one)."""
    path, found = pathlib.Path(folder) / "suspect_pairs.tsv", set()
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            a, b = line.split("\t")[1:3]
            found |= {(a, b), (b, a)}
    return found


def read_sets(folder):
    """Sets by name; folders without labelled articles are passed over."""
    found = {path.parent.name: read_set(path.parent)
             for path in sorted(pathlib.Path(folder).glob("*/articles.jsonl.gz"))}
    if not found:
        raise SystemExit(f"quality: {folder} has no <set>/articles.jsonl.gz")
    return found


def in_order(items, seed):
    """By time; an article of which only the day is known anywhere in its day, an undated one anywhere."""
    chance = random.Random(seed)
    dated = [item.time for item in items if item.time is not None]
    first, last = (min(dated), max(dated)) if dated else (0.0, 1.0)
    keys = []
    for item in items:
        time = item.time
        if time is None:
            time = chance.uniform(first, last)
        elif item.article.day_only:
            time += chance.uniform(0, DAY)
        keys.append((time, chance.random()))
    return [item for _, item in sorted(zip(keys, items), key=lambda pair: pair[0])]


def clean(sets, name):
    return [Item(article) for article in sets[name]]


def _median_time(articles):
    times = sorted(article.time for article in articles if article.time is not None)
    return times[len(times) // 2] if times else None


def _distance(sets, name, other):
    a, b = _median_time(sets[name]), _median_time(sets[other])
    return float("inf") if a is None or b is None else abs(a - b)


def with_distractors(sets, name, seed):
    """As many foreign articles as the set has, in its language, from the sets nearest in time, in whole stories.

    A story that lies outside the set's days is moved as a whole to a random place in them; where the set
    has no times, nobody has any. Stories that share a URL or a title with the set are left out: they may be
    about the same events.
    """
    chance = random.Random(f"{name}/{seed}")
    own = sets[name]
    languages = {article.language for article in own}
    known = {article.url for article in own} | {article.event["title"].casefold() for article in own}
    times = [article.time for article in own if article.time is not None]
    items = [Item(article) for article in own]
    room = len(own)
    for other in sorted((o for o in sets if o != name), key=lambda o: (_distance(sets, name, o), o)):
        stories = {}
        for article in sets[other]:
            stories.setdefault(article.story, []).append(article)
        order = sorted(stories)
        chance.shuffle(order)
        for story in order:
            members = stories[story]
            if (len(members) > room or any(m.language not in languages for m in members)
                    or any(m.url in known or m.event["title"].casefold() in known for m in members)):
                continue
            room -= len(members)
            known.update(m.url for m in members)
            items += _moved(members, times, chance)
    return items


def _moved(members, times, chance):
    if not times:
        return [Item(m, judged=False, timeless=True) for m in members]
    first = min((m.time for m in members if m.time is not None), default=None)
    shift = 0.0
    if first is not None and not min(times) <= first <= max(times):
        shift = (chance.choice(times) - first) // DAY * DAY
    return [Item(m, judged=False, shift=shift) for m in members]
