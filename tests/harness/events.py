"""Made-up article events: seeded, so that a failing run can be had again."""
import random

SOURCES = [f"{name}.example" for name in (
    "courier", "tribune", "herald", "gazette", "observer", "sentinel", "chronicle", "beacon", "ledger", "mercury",
    "argus", "dispatch", "examiner", "register", "bulletin", "monitor", "standard", "post", "echo", "star")]
SYLLABLES = "ba be bi bo bu da de di do du ka ke ki ko ku la le li lo lu ma me mi mo mu na ne ni no nu ra re ri ro ru " \
            "sa se si so su ta te ti to tu va ve vi vo vu".split()
START_MS = 1_760_000_000_000


def word(rng):
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 4)))


class Feed:
    """Stories with words of their own, told by several sources, updated, reprinted and retracted.

    languages are declared, so that several features partitions take part.
    """

    def __init__(self, seed, stories=200, languages=("en", "de", "fr", "es", "it"), body_words=80):
        self.rng = random.Random(seed)
        self.common = [word(self.rng) for _ in range(400)]
        self.body_words = body_words
        self.stories = [{
            "language": self.rng.choice(languages),
            "words": [word(self.rng) + word(self.rng) for _ in range(14)],
            "names": [(word(self.rng) + word(self.rng)).capitalize() for _ in range(3)],
            "articles": [],
        } for _ in range(stories)]
        self.sequence = 0

    def _text(self, story, words):
        rng = self.rng
        out = []
        for i in range(words):
            out.append(rng.choice(story["words"]) if rng.random() < 0.35 else rng.choice(self.common))
            if i % 12 == 11:
                out[-1] += "."
        out.insert(3, " ".join(story["names"][:2]))
        return " ".join(out).capitalize() + "."

    def article(self):
        """One new article event."""
        rng = self.rng
        story = self.stories[min(int(rng.expovariate(6.0 / len(self.stories))), len(self.stories) - 1)]
        self.sequence += 1
        source = rng.choice(SOURCES)
        event = {
            "id": f"p{self.sequence}", "url": f"https://www.{source}/{story['language']}/{self.sequence}",
            "title": f"{story['names'][0]} {' '.join(rng.sample(story['words'], 5))} {story['names'][1]}",
            "description": self._text(story, 18), "body": self._text(story, self.body_words), "source": source,
            "language": story["language"],
            "published_at": (START_MS + self.sequence * 20_000 - rng.randint(0, 600_000)) // 1000,
        }
        if story["articles"] and rng.random() < 0.1:  # a reprint: somebody else's text, word by word
            event.update({k: rng.choice(story["articles"])[k] for k in ("title", "body")})
        story["articles"].append(event)
        return event

    def events(self, count):
        """(key, event or None) pairs: mostly new articles, 3 % updates, 2 % retractions."""
        live = []
        for _ in range(count):
            chance = self.rng.random()
            if live and chance < 0.03:
                event = dict(self.rng.choice(live), updated_at=(START_MS + self.sequence * 20_000) // 1000 + 7200)
                event["title"] += " " + word(self.rng)
                yield event["url"], event
            elif len(live) > 50 and chance < 0.05:
                event = live.pop(self.rng.randrange(len(live)))
                yield event["url"], None
            else:
                event = self.article()
                live.append(event)
                yield event["url"], event
