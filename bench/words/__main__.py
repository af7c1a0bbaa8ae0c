"""How good the words of a summary are: lead and title against what editors wrote, beside two baselines.

  /usr/bin/python3 bench/words DATA [--newswired BINARY] [--show N]

DATA has one folder a set with articles.jsonl.gz in it, as for bench/quality. References, none of which newswired is given:
  descriptions  of sets with bodies and descriptions: each article's own description (its editor's summary), but for the
                article that the words are from; a story's score is the mean over them. The events go in without
                description.
  headline      of groundnews sets: the story's headline, read off the gold label.
A story counts when newswired finds it (most of its articles are of one gold story) with three articles or more, three references (one headline)
and a lead.
"""
import argparse
import gzip
import json
import pathlib
import random
import re
import statistics
import subprocess
import tempfile

import rouge

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIELDS = ("url", "source", "title", "body", "language")


def read(folder):
    with gzip.open(folder / "articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        return {a["url"]: a for a in map(json.loads, lines)}


def event_of(article):
    event = {k: article[k] for k in FIELDS if article.get(k) not in (None, "?")}
    if stamp := article.get("published_at") or article.get("day"):
        event["published_at"] = stamp
    return event


def summaries_of(binary, articles):
    """(summary, its articles, gold label) of each story of three articles or more."""
    order = sorted(articles.values(), key=lambda a: a.get("published_at") or a.get("day") or "")
    with tempfile.TemporaryDirectory(prefix="newswired-words-") as folder:
        events = pathlib.Path(folder) / "events.jsonl"
        events.write_text("".join(json.dumps(event_of(a), ensure_ascii=False) + "\n" for a in order), encoding="utf-8")
        done = subprocess.run([binary, "replay", events], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"words: {binary} replay ended with {done.returncode}: {done.stderr[-500:]}")
    for line in done.stdout.splitlines():
        summary = json.loads(line)
        members = [articles[a["url"]] for a in summary.get("articles", []) if a["url"] in articles]
        labels = [m["story"] for m in members]
        if len(members) < 3 or summary["status"] == "merged":
            continue
        gold = max(set(labels), key=labels.count)
        if 2 * labels.count(gold) > len(members):
            yield summary, sorted(members, key=order.index), gold


def first_sentence(text):
    return re.split(r"(?<=[.!?])\s+(?=[\"“‘A-Z])", text, maxsplit=1)[0]


def candidates(summary, members):
    """what -> (text, URL of the article it is from)."""
    url_of = {a["id"]: a["url"] for a in summary["articles"]}
    first = next((m for m in members if m.get("body")), members[0])
    longest = max(members, key=lambda m: len(m["title"]))
    lead, lead_url = summary.get("lead", ""), url_of.get(summary.get("leadArticleId"))
    return {"lead": (lead, lead_url),
            "lead, its first sentence": (first_sentence(lead), lead_url),
            "title": (summary.get("title", ""), url_of.get(summary.get("representativeArticleId"))),
            "lead and insights": (" ".join([lead] + [i["text"] for i in summary.get("insights", [])]), lead_url),
            "baseline: first sentence of the first article": (first_sentence(first.get("body", "")), first["url"]),
            "baseline: longest title": (longest["title"], longest["url"])}


def references(name, members, gold):
    """(reference, URL of its article or None) of a story."""
    if name.startswith("groundnews"):
        return [(re.sub(r"-[0-9a-f]{6}$", "", gold).replace("-", " "), None)]
    return [(m["description"], m["url"]) for m in members if m["story"] == gold and m.get("description")]


def measure(name, found):
    scores = {}
    for summary, members, gold in found:
        against = references(name, members, gold)
        if len(against) < (1 if name.startswith("groundnews") else 3) or not summary.get("lead"):
            continue
        for what, (text, own) in candidates(summary, members).items():
            others = [r for r, url in against if url is None or url != own]
            pair = [statistics.fmean(f(text, r) for r in others) for f in (rouge.rouge_1, rouge.rouge_l)]
            scores.setdefault(what, []).append(pair)
    if not scores:
        return
    print(f"\n### {name}: {len(next(iter(scores.values())))} stories\n\n| | ROUGE-1 | ROUGE-L |\n|---|---|---|")
    for what, pairs in scores.items():
        print(f"| {what} | " + " | ".join(f"{statistics.fmean(p[i] for p in pairs):.3f}" for i in (0, 1)) + " |")


def show(found, count, seed):
    """The words of some stories, for reading."""
    for summary, members, gold in random.Random(seed).sample(found, min(count, len(found))):
        print(f"\n{gold} ({len(members)} articles)\nTITLE  {summary.get('title')}\nLEAD   {summary.get('lead')}")
        for insight in summary.get("insights", []):
            print(f"  -    {insight['text']} ({insight['source']}, {insight['biasSide']})")


def main():
    parser = argparse.ArgumentParser(prog="words", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--newswired", type=pathlib.Path, default=ROOT / "build/release/newswired")
    parser.add_argument("--show", type=int, default=0, help="print the words of so many stories of each set")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for folder in sorted(p.parent for p in options.data.glob("*/articles.jsonl.gz")):
        articles = read(folder)
        if not any(a.get("body") for a in articles.values()):
            continue
        found = list(summaries_of(options.newswired, articles))
        measure(folder.name, found)
        if options.show:
            show(found, options.show, options.seed)


if __name__ == "__main__":
    main()
