"""The scorer and the streams of bench/quality, against cases worked out by hand."""
import math
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "bench" / "quality"))
import scorer  # noqa: E402
import sets  # noqa: E402


def near(a, b):
    return math.isclose(a, b, abs_tol=1e-12)


def test_perfect_and_renamed_labels():
    result = scorer.scores([7, 7, 3, 9], ["a", "a", "b", "c"])
    assert (result["P"], result["R"], result["F1"], result["pair"], result["story"]) == (1, 1, 1, 1, 1)
    assert (result["found"], result["true"]) == (3, 3)


def test_one_split_story_and_one_stray():
    # clusters {a a b} {a}; stories a = 3, b = 1
    found, gold = [1, 1, 1, 2], ["a", "a", "b", "a"]
    precision, recall, f1 = scorer.b_cubed(found, gold)
    assert near(precision, (2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)  # 2/3
    assert near(recall, (2 / 3 + 2 / 3 + 1 + 1 / 3) / 4)  # 2/3
    assert near(f1, 2 / 3)
    # said: 3 pairs, of which 1 is right; true: 3
    assert near(scorer.pairwise_f1(found, gold), 1 / 3)
    # a: best of 2*2/(3+3) and 2*1/(1+3); b: 2*1/(3+1)
    assert near(scorer.story_f1(found, gold), (2 / 3 + 1 / 2) / 2)


def test_singletons():
    found, gold = [1, 2, 3, 4], ["a", "a", "a", "b"]
    assert scorer.b_cubed(found, gold)[:2] == (1, (1 / 3 * 3 + 1) / 4)
    assert scorer.pairwise_f1(found, gold) == 0
    assert scorer.pairwise_f1([1, 2], ["a", "b"]) == 1  # no pair to find, and none was said
    assert scorer.pairwise_f1([1, 1], ["a", "b"]) == 0


def test_distractors_cost_precision_only_where_they_are():
    found, gold, extra = [1, 1, 2], ["a", "a", "b"], [1, 1, 5, 5]
    precision, recall, _ = scorer.b_cubed(found, gold, extra)
    assert near(precision, (2 / 4 + 2 / 4 + 1) / 3)
    assert recall == 1
    # cluster 1 holds 6 pairs, one of them of two distractors and not judged: 1 of 5 is right
    assert near(scorer.pairwise_f1(found, gold, extra), 2 * (1 / 5) / (1 / 5 + 1))
    assert near(scorer.story_f1(found, gold, extra), (2 * 2 / (4 + 2) + 1) / 2)


def article(number, story, **fields):
    return sets.Article({"url": f"https://a.example/{number}", "source": "a.example", "title": f"title {number}",
                         "language": "en", "story": story, **fields}, number)


def test_order_is_by_time_and_the_same_for_a_seed():
    articles = [article(1, "x", published_at="2024-05-03T08:00:00Z"), article(2, "x", day="2024-05-02"),
                article(3, "y"), article(4, "y", published_at="2024-05-01T10:00:00Z")]
    orders = []
    for seed in range(20):
        items = sets.in_order([sets.Item(a) for a in articles], seed)
        orders.append([i.article.number for i in items])
        dated = [n for n in orders[-1] if n != 3]
        assert dated == [4, 2, 1]
    assert len({order.index(3) for order in orders}) > 1
    assert orders[0] == [i.article.number for i in sets.in_order([sets.Item(a) for a in articles], 0)]


def test_distractors_are_whole_stories_of_the_language_within_the_days():
    own = [article(n, f"s{n}", published_at=f"2024-05-0{n}T08:00:00Z") for n in (1, 2, 3, 4)]
    other = [article(n, f"t{n // 2}", published_at=f"2020-01-{n}T08:00:00Z") for n in range(10, 20)]
    foreign = [article(n, "u", language="fr") for n in range(30, 33)]
    shared = [article(1, "v"), article(40, "v")]  # has a URL of the set
    items = sets.with_distractors({"a": own, "b": other, "c": foreign, "d": shared}, "a", 1)
    assert [i.article for i in items if i.judged] == own
    extra = [i for i in items if not i.judged]
    assert len(extra) == 4 and {i.article.story[0] for i in extra} == {"t"}
    for story in {i.article.story for i in extra}:
        times = sorted(i.time for i in extra if i.article.story == story)
        assert len(times) == 2 and times[1] - times[0] == sets.DAY
        assert "2024-05-01" <= min(i.event["published_at"] for i in extra if i.article.story == story) < "2024-05-05"


def test_where_a_set_has_no_times_distractors_have_none():
    own, other = [article(1, "s")], [article(2, "t", published_at="2020-01-01T00:00:00Z")]
    items = sets.with_distractors({"a": own, "b": other}, "a", 1)
    assert [i.time for i in items] == [None, None] and "published_at" not in items[1].event
