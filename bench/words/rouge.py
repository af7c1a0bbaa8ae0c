"""ROUGE-1 and ROUGE-L as F1 over lower-case words, without stemming (C.-Y. Lin, ROUGE, 2004)."""
import collections
import re


def words(text):
    return re.findall(r"\w+", text.casefold())


def f1(shared, candidate, reference):
    return 2 * shared / (candidate + reference) if shared else 0.0


def rouge_1(candidate, reference):
    a, b = words(candidate), words(reference)
    return f1(sum((collections.Counter(a) & collections.Counter(b)).values()), len(a), len(b))


def rouge_l(candidate, reference):
    a, b = words(candidate), words(reference)
    row = [0] * (len(b) + 1)
    for x in a:
        above_left = 0
        for j, y in enumerate(b, 1):
            above_left, row[j] = row[j], above_left + 1 if x == y else max(row[j], row[j - 1])
    return f1(row[-1], len(a), len(b))
