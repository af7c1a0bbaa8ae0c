"""Labelled pairs of a set, from `newswired replay --pairs`."""
import collections
import json
import pathlib
import random
import subprocess
import tempfile

import numpy

import sets

DECISIONS = ("join", "merge")
DENSE = "_dense"  # of a decision where both sides have sentence vectors: weights of its own
LIKELY = 3  # candidates of an article that are learned from: the best ones, where decisions fall
TITLE_ONLY, WITHOUT_BODY, WITHOUT_TIME = 0.4, 0.6, 0.3


def without_parts(event, chance):
    """Headline-only and no-time feeds: 40 % keep only the title, 20 % the lead too, 30 % have no time."""
    event, draw = dict(event), chance.random()
    if draw < WITHOUT_BODY:
        event.pop("body", None)
    if draw < TITLE_ONLY:
        event.pop("description", None)
    if chance.random() < WITHOUT_TIME:
        event.pop("published_at", None)
    return event


def streams(data, name):
    """The set as it is; and among distractors, with parts dropped. [(item, event)] each."""
    chance = random.Random(name)
    yield [(item, item.event) for item in sets.in_order(sets.clean(data, name), 1)]
    yield [(item, without_parts(item.event, chance))
           for item in sets.in_order(sets.with_distractors(data, name, 3), 3)]


def majority(ids, story_of):
    """The label of more than half of the articles, else None."""
    labels = collections.Counter(story_of[i] for i in ids.split(",") if i in story_of)
    label, count = labels.most_common(1)[0] if labels else (None, 0)
    return label if 2 * count > sum(labels.values()) else None


def rows_of(lines, story_of, dont_care, dense):
    """The features' names and {decision: (features, labels)}, of the pairs with sentence vectors or of those without."""
    names = next(lines).rstrip("\n").split("\t")[6:]
    has_dense = names.index("has_dense")
    values, labels = {d: [] for d in DECISIONS}, {d: [] for d in DECISIONS}
    last, count = None, 0
    for line in lines:
        decision, x, _, _, x_members, y_members, numbers = line.rstrip("\n").split("\t", 6)
        if decision == "join":
            last, count = x, count + 1 if x == last else 1
            if count > LIKELY:
                continue
        a, b = majority(x_members, story_of), majority(y_members, story_of)
        if a is None or b is None or (a, b) in dont_care:
            continue
        row = numpy.array(numbers.split("\t"), dtype=numpy.float32)
        if bool(row[has_dense]) != dense:
            continue
        values[decision].append(row)
        labels[decision].append(a == b)
    kind = DENSE if dense else ""
    return names, {d + kind: (numpy.array(values[d]).reshape(-1, len(names)), numpy.array(labels[d], dtype=bool))
                   for d in DECISIONS}


def replay(binary, stream, table, dont_care, settings):
    with tempfile.TemporaryDirectory(prefix="newswired-train-") as folder:
        folder = pathlib.Path(folder)
        events, clusters, compared, config = (folder / n for n in ("events", "clusters", "pairs", "config"))
        events.write_text("".join(json.dumps(e, ensure_ascii=False) + "\n" for _, e in stream), encoding="utf-8")
        config.write_text(f'{settings}\nstories: {{ weights_file = "{table.resolve()}"; }};\n')
        done = subprocess.run([binary, "replay", "-c", config, "--clusters", clusters, "--pairs", compared, events],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0 or "got no sentence vector" in done.stderr:
            raise SystemExit(f"train: {binary} replay ended with {done.returncode}: {done.stderr[-500:]}")
        article_of = {url: article for article, url, _ in
                      (line.split("\t") for line in clusters.read_text(encoding="utf-8").splitlines())}
        story_of = {article_of[item.article.url]: item.article.story
                    for item, _ in stream if item.article.url in article_of}
        with compared.open(encoding="utf-8") as lines:
            return rows_of(lines, story_of, dont_care, settings != "")


def collect(binary, data, name, dont_care, table, settings):
    """{decision: (features, labels, names)} of a set, replayed with that table and further settings."""
    found = [replay(binary, stream, table, dont_care, settings) for stream in streams(data, name)]
    return {d: (numpy.vstack([rows[d][0] for _, rows in found]),
                numpy.concatenate([rows[d][1] for _, rows in found]), found[0][0]) for d in found[0][1]}
