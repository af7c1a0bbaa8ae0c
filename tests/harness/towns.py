"""Stories in made-up words: one a town, told by outlets of known sides, each in sentences of its own."""
import random

from .events import word

OUTLETS = [("leftish.example", "left"), ("middle.example", "center"), ("rightish.example", "right"),
           ("gazette.example", "center"), ("tribune.example", "lean left"), ("ledger.example", "lean right"),
           ("echo.example", ""), ("post.example", "")]
TOWNS = ["Karabash", "Skarvik", "Lirio", "Arlosa", "Tallgate", "Merritt", "Odalys", "Veldora", "Norrbo", "Quillan"]


def article(town, outlet, number=0, **more):
    """What happened in a town, in made-up words that no other town has; each outlet has sentences of its own."""
    rng = random.Random(town)
    words = [word(rng) + word(rng) for _ in range(30)]
    title = f"{town} {' '.join(words[:6])}"
    rng = random.Random(town + outlet)
    own = [word(rng) + word(rng) for _ in range(12)]
    sentences = [f"The {' '.join(rng.sample(words, 7))} of {town} {' '.join(rng.sample(own, 3))} {rng.randint(1000, 9999)}."
                 for _ in range(5)]
    return {"id": f"{town}-{outlet}-{number}", "url": f"https://www.{outlet}/{town.lower()}/{number}", "source": outlet,
            "title": title, "description": sentences[0], "body": " ".join(sentences), "language": "en",
            "published_at": f"2025-10-09T12:{number:02d}:00Z", **more}


def events_of(town, outlets=5):
    return [(a["url"], a) for a in (article(town, name) for name, _ in OUTLETS[:outlets])]
