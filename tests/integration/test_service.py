"""What an operator does with the daemon: pages, reload, the checks and tables, exit codes."""
import re
import json
import signal
import socket
import time

from harness import kafka
from harness.bad_records import article
from harness.daemon import Daemon, free_port, run
from harness.events import START_MS, Feed
from harness.waiting import Pipeline, await_true


def fed(cluster, redis_server, start, **options):
    """A daemon with 200 events through it."""
    daemon = start(**options)
    kafka.produce(cluster.bootstrap, "articles", Feed(7, stories=20).events(200))
    pipeline = Pipeline(cluster.bootstrap, redis_server.client())
    pipeline.await_settled([daemon])
    pipeline.close()
    return daemon


def test_pages_show_what_the_topic_says(cluster, redis_server, start):
    daemon = fed(cluster, redis_server, start)
    published = kafka.last_by_key(kafka.read_topic(cluster.bootstrap, "coverage"))
    seen, cursor = {}, ""
    while True:
        status, _, page = daemon.get(f"/v1/stories?limit=7{cursor}")
        assert status == 200
        for story in page["stories"]:
            assert story["id"] not in seen
            seen[story["id"]] = story
        if "nextCursor" not in page:
            break
        cursor = f"&cursor={page['nextCursor']}"
    alive = {k: v for k, v in published.items() if v["status"] != "merged"}
    assert set(seen) == set(alive)
    for story, summary in alive.items():
        page = daemon.get(f"/v1/stories/{story}")[2]
        assert page.pop("lift", None) is not None or not summary["biasSourceCount"]
        assert page == summary
        for name in ("articleCount", "sourceCount", "revision", "language", "title"):
            assert seen[story].get(name) == summary.get(name), name
        article = summary["articles"][0]
        assert daemon.get(f"/v1/articles/{article['id']}")[2]["storyId"] == story
        assert daemon.get(f"/v1/articles?url={article['url']}")[2]["storyId"] == story
    for story, summary in published.items():
        if summary["status"] == "merged":
            status, headers, _ = daemon.get(f"/v1/stories/{story}")
            assert (status, headers["location"]) == (301, f"/v1/stories/{summary['mergedInto']}")
    source = summary["articles"][0]["source"]
    assert daemon.get(f"/v1/sources/{source}")[2]["articleCount"] > 0
    assert daemon.get("/readyz")[0] == 200 and daemon.get("/healthz")[0] == 200
    assert "<title>newswired</title>" in daemon.get("/")[2]
    assert daemon.metric("newswired_role_ready") == 2
    assert daemon.metric("newswired_http_requests_total") > 10


def test_a_reload_takes_what_it_can_and_a_bad_file_changes_nothing(cluster, redis_server, start, tmp_path):
    ratings = tmp_path / "ratings.csv"
    ratings.write_text("domain,bias\na.example,left\n")
    daemon = start(ratings=ratings)
    assert daemon.metric("newswired_ratings_sources") == 1

    ratings.write_text("domain,bias\na.example,left\nb.example,right\n")
    good = daemon.config.read_text()
    daemon.config.write_text(good + 'log: { level = "debug"; };\nstories: { generation = 2; };')
    daemon.signal(signal.SIGHUP)
    await_true("ratings reloaded", lambda: daemon.metric("newswired_ratings_sources") == 2, 10)
    await_true("said", lambda: "needs a restart key=stories.generation" in daemon.tail(), 10)
    assert "setting reloaded key=log.level" in daemon.tail()

    daemon.config.write_text(good + "redis: { };")  # given twice
    daemon.signal(signal.SIGHUP)
    await_true("refused", lambda: "configuration is wrong, nothing is changed" in daemon.tail(), 10)
    assert daemon.get("/readyz")[0] == 200
    assert daemon.stop() == 0


def test_a_shorter_interval_takes_effect_on_reload(cluster, redis_server, start):
    """With an hour between two summaries of a story its second one waits; the reload lets it go."""
    hour = 3_600_000
    daemon = start(publish_interval_ms=hour)

    def event(n):
        return "en", article(url=f"https://paper{n}.example/ferry", source=f"paper{n}.example", language="en",
                             title="Ferry runs aground off Skarvik, all passengers rescued",
                             published_at=START_MS + n)

    def counts():
        published = kafka.last_by_key(kafka.read_topic(cluster.bootstrap, "coverage"))
        return [summary["articleCount"] for summary in published.values()]
    kafka.produce(cluster.bootstrap, "articles", [event(1)])
    await_true("the first summary", lambda: counts() == [1], 20)
    kafka.produce(cluster.bootstrap, "articles", [event(2)])
    await_true("a second summary waits", lambda: daemon.metric("newswired_coverage_pending") == 1, 20)
    assert counts() == [1]
    daemon.config.write_text(daemon.config.read_text().replace(str(hour), "50"))
    daemon.signal(signal.SIGHUP)
    await_true("the second summary", lambda: counts() == [2], 20)
    assert "setting reloaded key=publish.min_interval_ms" in daemon.tail()


def test_the_log_tells_the_settings_without_secrets_and_what_was_done(cluster, redis_server, request):
    daemon = Daemon(cluster.bootstrap, redis_server.url)
    request.addfinalizer(daemon.remove)
    (daemon.folder / "password").write_text("hush-hush")
    redis_server.client().config_set("requirepass", "hush-hush")
    daemon.config.write_text(daemon.config.read_text().replace(
        "redis: {", f'redis: {{ password_file = "{daemon.folder}/password";').replace(
        "kafka: {", 'kafka: { properties = ( ("linger.ms", "7") );'))
    daemon.start()
    kafka.produce(cluster.bootstrap, "articles", Feed(7).events(50))
    await_true("some are read", lambda: daemon.metric("newswired_articles_read_total") == 50, 20)
    assert daemon.stop() == 0
    log = daemon.log.read_text()
    for line in ("setting key=publish.min_interval_ms value=100", "setting key=kafka.properties value=linger.ms",
                 f'setting key=redis.password_file value={daemon.folder}/password', "finished articles_read=50"):
        assert line in log, log
    assert "key=kafka.group" in log and "key=publish.articles_limit" not in log  # what is at its default
    assert "hush-hush" not in log


def test_sigterm_under_load_ends_within_ten_seconds(cluster, start):
    daemon = start()
    kafka.produce(cluster.bootstrap, "articles", Feed(11).events(600))
    begin = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - begin < 10


def test_tables_and_checks_for_the_operator(cluster, redis_server, start):
    daemon = fed(cluster, redis_server, start)
    published = kafka.read_topic(cluster.bootstrap, "coverage")
    story = published[0].key().decode()

    table = run("lag", "-c", daemon.config).stdout
    assert "articles.features: 4 partitions, 0 records behind" in table
    assert len(table.splitlines()) == 6
    assert all(re.match(rf"[0-3] +\S+:{daemon.process.pid} +ready ", line) for line in table.splitlines()[1:5]), table

    told = [json.loads(m.value()) for m in published if m.key().decode() == story]
    history = run("history", story, "--json", "-c", daemon.config).stdout.splitlines()
    assert [json.loads(line) for line in history] == told
    shown = run("history", story, "-c", daemon.config).stdout
    heads = [line for line in shown.splitlines() if "  revision " in line]
    assert [f"revision {s['revision']}  {s['provenance']['cause']}" in head for s, head in zip(told, heads)] == [True] * len(told)
    joined = sum(1 for line in shown.splitlines() if line.startswith("  + "))
    assert joined >= told[-1]["sourceCount"]
    assert f"sources {told[-1]['sourceCount']}" in shown
    assert run("history", "0" * 32, "-c", daemon.config, check=False).returncode == 1
    assert run("history", "nothing", "-c", daemon.config, check=False).returncode == 2

    checked = run("--check", "--connect", "-c", daemon.config)
    assert "NOT GOOD" not in checked.stdout
    assert "topic articles.features: 4 partitions" in checked.stdout


def test_lag_says_who_has_gone_and_what_is_refused(cluster, redis_server, start):
    daemon = fed(cluster, redis_server, start, instance_id="paper-1")
    redis = redis_server.client()
    lines = run("lag", "-c", daemon.config).stdout.splitlines()[1:5]
    assert all(re.match("[0-3] +paper-1 +ready ", line) for line in lines), lines
    daemon.kill()
    partition = "newswired:{articles.features:2}:"
    redis.hincrby(partition + "_status", "at", -60_000)  # a minute goes by
    table = run("lag", "-c", daemon.config).stdout
    assert re.search(r"\n2 +paper-1 +silent .*\n +-> its owner has been silent for 6\d s: is it running", table), table

    redis.hset(partition + "_position", "next", 10**9)  # as if the topic had been made anew
    daemon.start(wait=False)
    await_true("refused", lambda: b"refused" == redis.hget(partition + "_status", "state"), 40)
    table = run("lag", "-c", daemon.config).stdout
    assert re.search(r"\n2 +paper-1 +refused .*\n +-> .*the features topic was made anew", table), table


def test_a_new_generation_takes_over_and_the_old_one_is_retired(cluster, redis_server, start):
    old = fed(cluster, redis_server, start)
    redis = redis_server.client()
    before = set(kafka.last_by_key(kafka.read_topic(cluster.bootstrap, "coverage")))
    second = {"group": "nw2", "kafka_extra": ' features_topic = "articles.features2";',
              "extra": "stories: { generation = 2; };"}
    refused = run("retire", "-c", old.config)
    assert "would remove 0 stories" in refused.stdout  # its own generation is the present one

    new = start(**second)
    old_position = sum(int(redis.hget(f"newswired:{{articles.features:{p}}}:_position", "next") or 0) for p in range(4))
    await_true("all articles again", lambda: old_position == sum(
        int(redis.hget(f"newswired:{{articles.features2:{p}}}:_position", "next") or 0) for p in range(4)), 60)
    await_true("all published", lambda: new.metric("newswired_coverage_pending") == 0, 60)
    busy = run("retire", "--yes", "-c", new.config, check=False)
    assert busy.returncode == 1 and "an instance still works on {articles.features:" in busy.stderr
    assert old.stop() == 0
    for partition in range(4):  # half a minute goes by
        redis.hincrby(f"newswired:{{articles.features:{partition}}}:_status", "at", -30_000)

    planned = run("retire", "-c", new.config).stdout
    assert f"would remove {len(before)} stories on coverage" in planned and "without --yes" in planned
    assert set(k for k, v in kafka.last_by_key(kafka.read_topic(cluster.bootstrap, "coverage")).items() if v) > before
    done = run("retire", "--yes", "-c", new.config).stdout
    assert f"removed {len(before)} stories on coverage" in done
    left = kafka.last_by_key(kafka.read_topic(cluster.bootstrap, "coverage"))
    assert all(not left.get(key) for key in before)
    assert len([v for v in left.values() if v]) == len(before)  # the same articles make the same stories anew
    assert not list(redis.scan_iter("newswired:{articles.features:*", count=1000))
    assert {tag.decode().split(":")[0] for tag in redis.smembers("newswired:partitions")} == {"{articles.features2"}
    assert "removed 0 stories" in run("retire", "--yes", "-c", new.config).stdout
    assert new.stop() == 0


def test_a_start_without_kafka_gives_up_with_75(redis_server, request):
    with socket.socket() as nobody:  # bound, but it does not listen
        nobody.bind(("127.0.0.1", 0))
        brokers = f"127.0.0.1:{nobody.getsockname()[1]}"
        daemon = Daemon(brokers, redis_server.url, kafka_extra=" start_timeout_ms = 2000;")
        request.addfinalizer(daemon.remove)
        daemon.start(wait=False)
        assert daemon.process.wait(20) == 75
        daemon.notify.close()


def test_an_address_in_use_is_said(cluster, redis_server, request):
    daemon = Daemon(cluster.bootstrap, redis_server.url)
    request.addfinalizer(daemon.remove)
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", daemon.port))
        holder.listen()
        daemon.start(wait=False)
        assert daemon.process.wait(20) == 75
        daemon.notify.close()
    assert "http cannot listen" in daemon.tail() and "Address already in use" in daemon.tail()


def test_mistakes_end_with_their_code():
    port = free_port()
    assert run("run", "-c", "/nonexistent/newswired.conf", check=False).returncode == 1
    assert run("walk", check=False).returncode == 2
    assert run("--demo", "--port", str(port), "--rebuild", check=False).returncode == 2
    assert run("--version").stdout.startswith("newswired ")
