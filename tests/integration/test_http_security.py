"""What a hostile client may try on the HTTP port: nothing is read that is no page, nothing is written, pages go on."""
import contextlib
import socket
import time

import pytest

from harness import kafka
from harness.events import Feed
from harness.sse import Stream
from harness.waiting import Pipeline, await_true

PAGES = ["/", "/dashboard.js", "/healthz", "/readyz", "/metrics", "/v1/stories", "/v1/blindspots?for=left",
         "/v1/articles", "/v1/stream", "/openapi.json"]


@pytest.fixture
def daemon(cluster, redis_server, start):
    daemon = start(http_extra=" timeout_s = 2; max_connections = 64;")
    pipeline = Pipeline(cluster.bootstrap, redis_server.client())
    kafka.produce(cluster.bootstrap, "articles", Feed(51, stories=5).events(60))
    pipeline.await_settled([daemon])
    pipeline.close()
    return daemon


def connect(daemon):
    return contextlib.closing(socket.create_connection(("127.0.0.1", daemon.port), 20))


def raw(daemon, request, limit=1 << 20):
    """All that comes back until the server ends the connection, or nothing more comes for a while."""
    with connect(daemon) as s:
        s.settimeout(4)
        got = b""
        try:
            s.sendall(request)
            while len(got) < limit:
                part = s.recv(65536)
                if not part:
                    break
                got += part
        except OSError:
            pass
        return got


def get(daemon, path, headers=b""):
    return raw(daemon, b"GET " + path + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + headers + b"\r\n")


def status(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else None


def test_no_path_leads_out(daemon):
    paths = [b"/../etc/passwd", b"/../../../../etc/passwd", b"/%2e%2e/%2e%2e/etc/passwd", b"/..%2f..%2fetc%2fpasswd",
             b"/dashboard.css/../../../etc/passwd", b"/dashboard.css%00.html", b"/./healthz", b"//etc/passwd",
             b"/v1/stories/../../metrics", b"/v1/stories/%2e%2e%2f%2e%2e", b"/v1/sources/../../etc/passwd",
             b"/v1/sources/" + b"../" * 200, b"file:///etc/passwd", b"http://127.0.0.1/etc/passwd", b"/\\..\\..\\etc\\passwd",
             b"/%c0%ae%c0%ae/etc/passwd", b"/%ff%fe", b"/" + b"a" * 8000, b"*"]
    for path in paths:
        answer = get(daemon, path)
        assert status(answer) in (None, 400, 404), path
        assert b"root:" not in answer, path
    # A source's name is a key of Redis: it may not become another one.
    for name in (b"x\r\nDEL%20y", b"%0d%0aFLUSHALL%0d%0a", b"*", b"a%20b", b"{articles.features:0}"):
        assert status(get(daemon, b"/v1/sources/" + name)) in (400, 404)
    assert daemon.get("/healthz")[0] == 200


def snapshot(redis):
    """Every key but what the daemon keeps writing by itself."""
    return {key: redis.dump(key) for key in redis.scan_iter("*", count=1000) if not key.endswith(b":_status")}


def test_nothing_can_be_written(daemon, cluster, redis_server):
    redis = redis_server.client()
    topics = ("articles", "articles.features", "articles.rejected", "coverage")

    def ends():
        return [sum(1 for _ in kafka.each_record(cluster.bootstrap, topic)) for topic in topics]

    before, records = snapshot(redis), ends()
    for path in PAGES:
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "LINK", "get"):
            answer = raw(daemon, f"{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
            assert status(answer) in (405, 400, None), (method, path, answer[:100])
            if status(answer) == 405:
                assert b"Allow: GET, HEAD" in answer and b'"status":405' in answer.replace(b" ", b"")
        head = raw(daemon, f"HEAD {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        assert status(head) in (200, 400) and head.endswith(b"\r\n\r\n"), path
        for body in (b"Content-Length: 5\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                     b"Content-Length: 10000000\r\n\r\n" + b"x" * 200_000):
            raw(daemon, f"POST {path} HTTP/1.1\r\nHost: a\r\n".encode() + body)
    assert snapshot(redis) == before
    assert ends() == records
    assert daemon.get("/healthz")[0] == 200


def test_two_lengths_are_not_two_requests(daemon):
    smuggled = b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"
    for lengths in (b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                    b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(smuggled), b"Content-Length: +0\r\n\r\n",
                    b"Transfer-Encoding: xchunked\r\n\r\n"):
        answer = raw(daemon, b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + lengths + smuggled)
        assert b"newswired_http_requests_total" not in answer, lengths
    assert daemon.get("/healthz")[0] == 200


def test_huge_requests_are_refused(daemon):
    for request in (b"GET /v1/stories?q=" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
                    b"GET /v1/stories HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
                    b"GET /v1/stories HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
                    b"GET /v1/stories?" + b"a=1&" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
                    b"A" * 200_000, b"\0" * 100_000, b"GET " * 50_000):
        answer = raw(daemon, request)
        assert status(answer) in (None, 400, 413, 414, 431, 505), request[:40]
    assert status(get(daemon, b"/v1/stories", b"X: y\r\n" * 100)) == 200
    assert daemon.get("/healthz")[0] == 200


def test_who_trickles_or_stays_is_ended_and_others_are_served(daemon):
    """As many slow clients as there are connections: within the time for a request the pages are back."""
    slow = [socket.create_connection(("127.0.0.1", daemon.port), 20) for _ in range(80)]
    start = time.monotonic()
    answered = None
    while answered is None and time.monotonic() - start < 20:
        for s in slow:
            with contextlib.suppress(OSError):
                s.send(b"GET /healthz HTTP/1.1\r\nX-" if time.monotonic() - start < 0.5 else b"a")
        with contextlib.suppress(OSError):
            if daemon.get("/healthz", timeout=1)[0] == 200:
                answered = time.monotonic() - start
    assert answered is not None and answered < 12, answered
    for s in slow:
        s.close()


def test_many_streams_leave_room_for_pages(daemon, cluster):
    streams = []
    try:
        for _ in range(60):
            with contextlib.suppress(OSError):
                streams.append(Stream(daemon.port))
        taken = [s for s in streams if s.status == 200]
        assert len(taken) == 32 and {s.status for s in streams} == {200, 503}  # half of the connections
        for s in streams:
            if s.status != 200:
                s.close()
        times = []
        for _ in range(50):
            begin = time.perf_counter()
            assert daemon.get("/metrics")[0] == 200
            times.append(time.perf_counter() - begin)
        assert min(times) < 0.005, f"{min(times) * 1000:.1f} ms"
        assert daemon.get("/v1/stories")[0] == 200
        # Something comes at least every 15 seconds, so that nobody in between ends the connection.
        assert not list(taken[0].events(17)) and taken[0].comments >= 1
    finally:
        for s in streams:
            with contextlib.suppress(OSError):
                s.close()
    # A client that has gone is noticed when something is sent to it.
    kafka.produce(cluster.bootstrap, "articles", Feed(52, stories=5).events(20))
    await_true("all are gone", lambda: daemon.metric("newswired_http_streams") == 0, 40)
