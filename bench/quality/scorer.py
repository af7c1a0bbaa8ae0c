"""Scores of a clustering against gold labels.

Found and gold are lists of labels in the same order, one a judged article. `extra` has the found labels
of articles that are not judged themselves (distractors): they count as foreign in the clusters they are in.
"""
import collections
import math


def _counts(found, gold, extra):
    return (collections.Counter(found) + collections.Counter(extra), collections.Counter(gold),
            collections.Counter(zip(found, gold)))


def _f1(precision, recall):
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0


def b_cubed(found, gold, extra=()):
    """(precision, recall, F1): Bagga & Baldwin 1998. Each article counts the same."""
    clusters, stories, both = _counts(found, gold, extra)
    precision = sum(n * n / clusters[c] for (c, _), n in both.items()) / len(gold)
    recall = sum(n * n / stories[s] for (_, s), n in both.items()) / len(gold)
    return precision, recall, _f1(precision, recall)


def pairwise_f1(found, gold, extra=()):
    """F1 of "these two are in one story" over pairs that have a judged article."""
    clusters, stories, both = _counts(found, gold, extra)
    foreign = collections.Counter(extra)
    right = sum(math.comb(n, 2) for n in both.values())
    said = sum(math.comb(n, 2) - math.comb(foreign[c], 2) for c, n in clusters.items())
    true = sum(math.comb(n, 2) for n in stories.values())
    if said == 0 or true == 0:
        return 1.0 if said == true else 0.0
    return _f1(right / said, right / true)


def story_f1(found, gold, extra=()):
    """Mean over gold stories of the F1 of the cluster that matches it best."""
    clusters, stories, both = _counts(found, gold, extra)
    best = collections.defaultdict(float)
    for (c, s), n in both.items():
        best[s] = max(best[s], 2 * n / (clusters[c] + stories[s]))
    return sum(best.values()) / len(stories)


def scores(found, gold, extra=()):
    precision, recall, f1 = b_cubed(found, gold, extra)
    return {"P": precision, "R": recall, "F1": f1, "pair": pairwise_f1(found, gold, extra),
            "story": story_f1(found, gold, extra), "found": len(set(found)), "true": len(set(gold))}
