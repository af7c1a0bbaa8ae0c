"""ROUGE of bench/words, against cases worked out by hand."""
import math
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "bench" / "words"))
import rouge  # noqa: E402


def near(a, b):
    return math.isclose(a, b, abs_tol=1e-12)


def test_the_same_text_is_1_and_another_0():
    assert rouge.rouge_1("The cat sat.", "the CAT, sat") == rouge.rouge_l("The cat sat.", "the CAT, sat") == 1
    assert rouge.rouge_1("a b", "c d") == rouge.rouge_l("a b", "c d") == rouge.rouge_1("", "a") == 0


def test_rouge_1_counts_words_as_often_as_both_have_them():
    assert near(rouge.rouge_1("the cat sat", "the cat ran off"), 2 * 2 / 7)
    assert near(rouge.rouge_1("the the the", "the"), 2 * 1 / 4)


def test_rouge_l_keeps_the_order():
    assert near(rouge.rouge_l("a b c d", "a c b d"), 3 / 4)
    assert near(rouge.rouge_l("d c b a", "a b c d"), 1 / 4)
    assert near(rouge.rouge_l("police killed the gunman", "police kill the gunman"), 3 / 4)  # Lin 2004, section 3
    assert near(rouge.rouge_l("the gunman kill police", "police kill the gunman"), 2 / 4)
