"""Bad records land in articles.rejected with their reason; the good ones around them go through."""
import collections
import json
import random
import re
import signal
import urllib.parse

from harness import kafka
from harness.bad_records import RULES, article, bad_records
from harness.servers import ROOT
from harness.waiting import Pipeline, await_true


def headers_of(message):
    out = collections.defaultdict(list)
    for name, value in message.headers() or ():
        out[name].append(None if value is None else value.decode())
    return out


def reject_codes():
    """Every code of the table, but the one no small record can get (tests/unit/test_article_pipeline.c has it)."""
    table = (ROOT / "articles" / "reject_code.h").read_text()
    return set(re.findall(r'X\(REJECT_\w+, "(\w+)"', table)) - {"features_too_large"}


def sent_bytes(value):
    return json.dumps(value, ensure_ascii=False).encode() if not isinstance(value, (bytes, type(None))) else value


def test_every_kind_of_bad_record_is_refused_with_its_code_and_harms_no_other(cluster, redis_server, start):
    bad = bad_records()
    assert len({what for what, *_ in bad}) == len(bad) >= 130
    assert {code for *_, code in bad} == reject_codes()
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    random.Random(seed).shuffle(bad)
    events, good = [], {}
    for number, (what, key, value, headers, _) in enumerate(bad):
        url = f"https://www.harbour.example/good/{number}"
        good[url] = what
        events.append((url, article(url=url, title=f"Good neighbour {number}")))
        events.append((key, value, [("case", what.encode()), *(headers or [])]))
    daemon = start(extra=RULES)
    kafka.produce(cluster.bootstrap, "articles", events, max_bytes=9 << 20)
    pipeline = Pipeline(cluster.bootstrap, redis_server.client())
    pipeline.await_settled([daemon])
    pipeline.close()

    refused = {}
    for message in kafka.read_topic(cluster.bootstrap, "articles.rejected"):
        headers = headers_of(message)
        assert headers["case"][0] not in refused, f"{headers['case']} refused twice"
        refused[headers["case"][0]] = (message, headers)
    wrong = []
    for what, key, value, _, code in bad:
        if what not in refused:
            wrong.append(f"{what}: not refused")
            continue
        message, headers = refused.pop(what)
        if set(headers["error.code"]) != {code}:
            wrong.append(f"{what}: {headers['error.code'][:3]} {headers['error.reason'][:1]} instead of {code}")
        assert (message.key(), message.value()) == (key, sent_bytes(value)), f"{what}: not kept whole"
        assert all(headers["error.reason"]) and headers["source.topic"] == ["articles"]
        assert headers["source.offset"][0].isdigit() and headers["source.partition"][0] in "0123"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", headers["rejected.at"][0])
    assert not wrong, "\n".join(wrong)
    assert not refused, f"refused too: {sorted(refused)}"

    for url, what in good.items():
        assert daemon.get(f"/v1/articles?url={url}")[0] == 200, f"lost beside '{what}'"
    assert daemon.metric("newswired_articles_rejected_total") >= len(bad)
    assert daemon.stop() == 0


def test_bad_articles_in_one_record_leave_their_neighbours_alone(cluster, redis_server, start):
    record = {"articles": [article(url="https://harbour.example/1"), {"title": "no url"}, 7,
                           article(url="https://harbour.example/2"), article(url="ftp://harbour.example/3")]}
    daemon = start()
    kafka.produce(cluster.bootstrap, "articles", [("page", record)])
    pipeline = Pipeline(cluster.bootstrap, redis_server.client())
    pipeline.await_settled([daemon])
    pipeline.close()
    [message] = kafka.read_topic(cluster.bootstrap, "articles.rejected")
    headers = headers_of(message)
    assert headers["error.code"] == ["missing_url", "bad_type", "bad_url"]
    assert headers["error.index"] == ["1", "2", "4"] and headers["error.count"] == ["3"]
    assert json.loads(message.value()) == record
    assert [daemon.get(f"/v1/articles?url=https://harbour.example/{n}")[0] for n in (1, 2)] == [200, 200]
    assert daemon.stop() == 0


def test_what_is_odd_but_readable_is_repaired(cluster, redis_server, start):
    """The repairs docs/input.md promises: nothing here is refused."""
    odd = {
        "a list with one title": (article(title=["First"]), {"title": "First"}),
        "an override of direction": (article(title="ab\u202etxt.exe"), {"title": "abtxt.exe"}),
        "a hundred thousand authors": (article(author=["Ada Quill"] * 1000 + [str(n) for n in range(100_000)]), {}),
        "an HTML bomb": (article(body="<div>" * 200_000), {}),
        "an IDN host": (article(url="https://b\u00fccher.example/odd"), {"url": "https://b\u00fccher.example/odd"}),
        "a punycode host": (article(url="https://xn--bcher-kva.example/puny"), {}),
        "year 0": (article(published_at="0000-01-01T00:00:00Z"), {}),
        "year 9999": (article(published_at="9999-12-31T23:59:59Z"), {}),
        "a byte order mark": (b"\xef\xbb\xbf" + json.dumps(article(url="https://bom.example/a",
                                                                  source=...)).encode(), {"source": "bom.example"}),
        "fields of no matter with wrong types": (article(author=7, tags={"a": []}, country=9, section=[3],
                                                         image_url=False, paywalled="maybe", language=3), {}),
    }
    urls = {}
    for number, (what, (event, _)) in enumerate(odd.items()):
        urls[what] = json.loads(event.decode("utf-8-sig"))["url"] if isinstance(event, bytes) else event["url"]
        if urls[what] == article()["url"]:
            urls[what] = event["url"] = f"https://harbour.example/odd/{number}"
    daemon = start()
    pipeline = Pipeline(cluster.bootstrap, redis_server.client())
    for what, (event, _) in odd.items():  # one after the other: the mock cluster keeps 5 MiB a partition
        kafka.produce(cluster.bootstrap, "articles", [("one key", event)], max_bytes=5 << 20)
        pipeline.await_settled([daemon])
    pipeline.close()
    assert not kafka.read_topic(cluster.bootstrap, "articles.rejected")
    for what, (_, wanted) in odd.items():
        status, _, answer = daemon.get("/v1/articles?url=" + urllib.parse.quote(urls[what], safe=""))
        assert status == 200, what
        for name, value in wanted.items():
            assert answer[name] == value, f"{what}: {name} is {answer[name]!r}"
    assert daemon.stop() == 0


def test_a_reload_changes_which_sources_are_taken_from_then_on(cluster, redis_server, start):
    daemon = start(extra='input: { deny_sources = ["spam.example"]; };')
    pipeline = Pipeline(cluster.bootstrap, redis_server.client())

    def send(number):
        kafka.produce(cluster.bootstrap, "articles", [("k", article(url=f"https://www.{site}.example/{number}", source=...))
                                                      for site in ("spam", "harbour")])
        pipeline.await_settled([daemon])
        return [daemon.get(f"/v1/articles?url=https://{site}.example/{number}")[0] for site in ("spam", "harbour")]

    assert send(1) == [404, 200]
    text = daemon.config.read_text()
    for rules, key, wanted in [('allow_sources = ["spam.example"];', "input.allow_sources", [200, 404]),
                               ("", "input.allow_sources", [200, 200])]:
        daemon.config.write_text(text.replace('deny_sources = ["spam.example"];', rules))
        before = daemon.log.read_text().count("setting reloaded key=" + key)
        daemon.signal(signal.SIGHUP)
        await_true("the reload", lambda: daemon.log.read_text().count("setting reloaded key=" + key) > before)
        await_true("its end", lambda: daemon.log.read_text().count(" reloaded changed=") > before)
        assert send(2 + before) == wanted
    pipeline.close()
    assert [json.loads(m.value())["url"] for m in kafka.read_topic(cluster.bootstrap, "articles.rejected")] == [
        "https://www.spam.example/1", "https://www.harbour.example/2"]
    assert daemon.stop() == 0
