"""From labelled pairs to weights: a logistic regression for each decision, on features in their own units.

A part of each weight is what is learned, the rest what it was to start with: on sets that were left out this is
better than either (docs/quality.md), because a few sets say little of many features.
"""
import numpy
from sklearn.linear_model import LogisticRegression

import pairs
import sets

STRENGTH = 1.0
LEARNED, LEARNED_DENSE = 0.7, 0.5  # parts that are learned, without sentence vectors and with
MOST_ROWS = 12000  # of a set
MACHINE_SHARE = 0.2  # of a set labelled by a machine: poor recall, but a day of real headlines
LARGE_STORIES, LARGE_SHARE = 60, 0.5  # a set whose stories are that large (mean) counts half: it rewards over-merging
# What cannot differ within a decision, or must not: the size of x is 1 when an article joins.
NOT_USED = {"join": ("const", "size"),
            "merge": ("const", "source", "source_title", "crowd", "lead", "dense_crowd")}

# A rule, not learned: the sets have few of the headlines that share one everyday word, which is what chains a day.
FIXED = {"one_term": -8.0, "common": -8.0, "series": -8.0}
# Sentence vectors tell by themselves whether the one word was the event.
FIXED_DENSE = FIXED | {"one_term": 0.0, "common": 0.0}


def fit(rows, sizes, start):
    """rows by set and decision; sizes: mean articles a story of the sets to learn from; start: tables by decision.

    Decisions of which there are no rows stay as they are.
    """
    found = {decision: fit_one(decision, rows, sizes) for decision in next(iter(rows.values()))}
    return start | {decision: blend(decision, table, start[decision]) for decision, table in found.items()}


def blend(decision, learned, start):
    part = LEARNED_DENSE if decision.endswith(pairs.DENSE) else LEARNED
    return {feature: part * weight + (1 - part) * start[feature] for feature, weight in learned.items()}


def sample(features, labels, chance):
    if len(labels) <= MOST_ROWS:
        return features, labels
    kept = chance.choice(len(labels), MOST_ROWS, replace=False)
    return features[kept], labels[kept]


def fit_one(decision, rows, sizes):
    chance = numpy.random.RandomState(1)
    fixed = FIXED_DENSE if decision.endswith(pairs.DENSE) else FIXED
    not_used = NOT_USED[decision.removesuffix(pairs.DENSE)]
    every, labels, weights = [], [], []
    for name, size in sizes.items():
        features, same, columns = rows[name][decision]
        if len(same) == 0:  # a language the embeddings service is not asked for
            continue
        features, same = sample(features, same, chance)
        share = MACHINE_SHARE if sets.SILVER in name else LARGE_SHARE if size > LARGE_STORIES else 1.0
        every.append(features)
        labels.append(same)
        weights.append(numpy.full(len(same), share * 10000 / max(1, len(same)) / len(sizes)))
    features, same = numpy.vstack(every).astype(float), numpy.concatenate(labels)
    used = [i for i, column in enumerate(columns)
            if column not in not_used and column not in fixed and features[:, i].min() < features[:, i].max()]
    spread = features[:, used].std(axis=0)
    model = LogisticRegression(C=STRENGTH, solver="newton-cholesky")
    model.fit(features[:, used] / spread, same, sample_weight=numpy.concatenate(weights))
    found = dict.fromkeys(columns, 0.0)
    found.update({columns[i]: w for i, w in zip(used, model.coef_[0] / spread)})
    found.update(fixed)
    found["const"] = float(model.intercept_[0])
    return found
