"""Ratings from a file and over HTTP: taken while running, every live story counted again."""
import contextlib
import hashlib
import http.server
import signal
import threading

import pytest

from harness import kafka
from harness.daemon import Daemon
from harness.events import SOURCES, Feed
from harness.waiting import Pipeline, await_true

SIDES = {"left": "left", "lean left": "left", "center": "center", "lean right": "right", "right": "right"}
JSON_NAMES = {"lean left": "leanLeft", "lean right": "leanRight"}


def table(shift):
    """Four of five sources, labels moved on by shift."""
    labels = list(SIDES)
    return {source: labels[(i + shift) % len(labels)] for i, source in enumerate(SOURCES) if i % 5}


def as_csv(labels):
    return "domain,bias\r\n" + "".join(f"{domain},{label}\r\n" for domain, label in labels.items())


class RatingsService:
    """An HTTP server that knows ETags; what it was asked is in calls as (If-None-Match, status)."""

    def __init__(self):
        self.text, self.broken, self.calls = "", None, []
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                etag = '"' + hashlib.sha256(service.text.encode()).hexdigest()[:8] + '"'
                asked = self.headers.get("If-None-Match")
                body = service.text.encode()
                status = 304 if asked == etag else 200
                if service.broken is not None:
                    status, body = service.broken
                self.send_response(status)
                self.send_header("ETag", etag)
                self.send_header("Content-Length", "0" if status == 304 else str(len(body)))
                self.end_headers()
                if status != 304:
                    self.wfile.write(body)
                service.calls.append((asked, status))

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/ratings.csv"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def service():
    with contextlib.closing(RatingsService()) as running:
        yield running


def expect_rated_with(labels, summaries):
    """Every number of bias of every live story, from its own list of sources and the table."""
    assert summaries
    for summary in summaries:
        told = {source["source"]: source.get("bias") for source in summary["sources"]}
        assert told == {s: JSON_NAMES.get(labels.get(s), labels.get(s)) for s in told}
        counts = [sum(1 for s in told if s in labels and SIDES[labels[s]] == side) for side in ("left", "center", "right")]
        shown = summary.get("biasDistribution", {})
        assert [shown.get(f"{n}SrcCount", 0) for n in ("left", "cntr", "right")] == counts
        assert summary["biasSourceCount"] == sum(counts)
        assert summary["unratedSourceCount"] == len(told) - sum(counts)
        for article in summary["articles"]:
            assert article.get("bias") == told[article["source"]]


def test_live_stories_are_counted_again(cluster, redis_server, start, service, tmp_path):
    service.text = as_csv(table(0))
    (tmp_path / "key").write_text("k-1")
    daemon = start(ratings="", ratings_extra=f' url = "{service.url}"; refresh_minutes = 0; key_file = "{tmp_path}/key";')
    kafka.produce(cluster.bootstrap, "articles", Feed(21, stories=25).events(400))
    pipeline = Pipeline(cluster.bootstrap, redis_server.client())
    pipeline.await_settled([daemon])

    def held():
        records = kafka.read_topic(cluster.bootstrap, "coverage")
        return records, [s for s in kafka.last_by_key(records).values() if s["status"] == "active"]

    before, live = held()
    expect_rated_with(table(0), live)
    versions = {s["provenance"]["ratingsVersion"] for s in live}
    assert len(versions) == 1

    # The same again costs nothing: 304, no summary.
    daemon.signal(signal.SIGHUP)
    await_true("asked with the ETag", lambda: len(service.calls) == 2 and service.calls[1][1] == 304, 20)

    service.text = as_csv(table(1))
    daemon.signal(signal.SIGHUP)

    def all_again():
        records, now = held()
        return all(s["provenance"]["ratingsVersion"] not in versions for s in now) and (records, now)

    after, again = await_true("every live story again", all_again, 60)
    expect_rated_with(table(1), again)
    assert {s["id"] for s in again} == {s["id"] for s in live}
    revisions = {s["id"]: s["revision"] for s in live}
    for summary in again:
        assert summary["revision"] == revisions[summary["id"]]
        assert summary["provenance"]["cause"] == "ratings"
    assert len(after) == len(before) + len(again)  # once each
    expect_in_redis(redis_server.client(), again)

    # What the service says when it is broken changes nothing.
    for broken in ((500, b"oops"), (200, b"<html>log in</html>"), (200, b"")):
        service.broken = broken
        failures = daemon.metric("newswired_ratings_failures_total")
        daemon.signal(signal.SIGHUP)
        await_true("said", lambda: daemon.metric("newswired_ratings_failures_total") == failures + 1, 20)
    assert daemon.metric("newswired_ratings_sources") == len(table(1))
    assert daemon.get("/readyz")[0] == 200
    pipeline.await_settled([daemon])
    assert len(held()[0]) == len(after)
    pipeline.close()
    assert daemon.stop() == 0


def expect_in_redis(redis, summaries):
    tags = [tag.decode() for tag in redis.smembers("newswired:partitions")]
    sides = {s["id"]: s.get("biasDistribution", {}) for s in summaries}
    seen = 0
    for tag in tags:
        changes = [fields for _, fields in redis.xrange(f"newswired:{tag}:changes")]
        for story, shown in sides.items():
            counts = redis.hmget(f"newswired:{tag}:story:{story}", "left", "center", "right", "unrated")
            if counts[0] is None:
                continue
            seen += 1
            assert [int(c) for c in counts[:3]] == [shown.get(f"{n}SrcCount", 0) for n in ("left", "cntr", "right")]
            assert any(c[b"story"].decode() == story and c[b"cause"] == b"ratings" for c in changes)
    assert seen == len(sides)


def test_a_start_without_the_service(cluster, redis_server, start, service, request, tmp_path):
    service.broken = (503, b"")
    extra = f' url = "{service.url}";'
    daemon = Daemon(cluster.bootstrap, redis_server.url, ratings="", ratings_extra=extra)
    request.addfinalizer(daemon.remove)
    daemon.start(wait=False)
    assert daemon.process.wait(20) == 75
    daemon.notify.close()
    assert "no start without ratings" in daemon.tail()

    (tmp_path / "ratings.csv").write_text(as_csv(table(0)))
    daemon = start(ratings=tmp_path / "ratings.csv", ratings_extra=extra)
    assert daemon.metric("newswired_ratings_sources") == len(table(0))
    assert "ratings.file is used until it does" in daemon.tail()
