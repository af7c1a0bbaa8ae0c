"""The metrics page against its document, Prometheus' own checks, the alert rules and the dashboard."""
import json
import re
import subprocess

from harness import kafka
from harness.events import Feed
from harness.servers import ROOT, build_folder
from harness.waiting import Pipeline, await_true

NAME = re.compile(r"\b(newswired_[a-z0-9_]+|process_[a-z0-9_]+)")
# What Prometheus itself adds for every scrape.
OF_PROMETHEUS = {"up"}


def promtool(*arguments, **options):
    result = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, timeout=60, **options)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


def families(page):
    """name -> type, as the page declares it."""
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", page, re.M))


def exposed(page):
    """Every name that a query may use."""
    names = set()
    for name, kind in families(page).items():
        names |= {name + end for end in ("_bucket", "_sum", "_count")} if kind == "histogram" else {name}
    return names


def samples(page, name):
    """label value (or "") -> value."""
    found = re.findall(rf'^{name}(?:{{\w+="([^"]*)"}})? (\S+)$', page, re.M)
    return {label: float(value) for label, value in found}


def test_the_document_is_what_the_table_says():
    printed = subprocess.run([build_folder() / "packaging" / "print_tables", "metrics"], capture_output=True, text=True,
                             check=True).stdout
    assert (ROOT / "docs" / "metrics.md").read_text() == printed, "print_tables metrics > docs/metrics.md"


def test_the_page_of_a_daemon_at_work(cluster, redis_server, start):
    daemon = start()
    events = list(Feed(11, stories=20).events(300))
    kafka.produce(cluster.bootstrap, "articles", [*events, ("k", b"no event at all")])
    pipeline = Pipeline(cluster.bootstrap, redis_server.client())
    pipeline.await_settled([daemon])
    applied = pipeline.features_applied()
    pipeline.close()
    # librdkafka tells its figures every ten seconds.
    await_true("figures of the Kafka clients", lambda: daemon.metric("newswired_kafka_brokers_up") > 0, 30)
    page = daemon.get("/metrics")[2]

    assert promtool("check", "metrics", input=page) == ""
    documented = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "metrics.md").read_text(), re.M))
    assert set(families(page)) == documented

    def count(name):
        return samples(page, f"newswired_{name}_count")[""]
    assert samples(page, "newswired_articles_read_total") == {"": 301}
    assert sum(samples(page, "newswired_articles_rejected_total").values()) == 1
    assert count("article_processing_seconds") == 301
    assert samples(page, "newswired_features_applied_total") == {"": applied}
    decisions = samples(page, "newswired_decisions_total")
    assert sum(decisions.values()) == applied
    assert decisions["founded"] > 0 and decisions["joined"] > 0 and decisions["retracted"] > 0
    changes = samples(page, "newswired_story_changes_total")
    assert changes["new"] == decisions["founded"] and set(changes) == {"new", "merged", "split", "closed"}
    assert samples(page, "newswired_duplicates_total")[""] > 0
    assert samples(page, "newswired_batch_records_sum") == {"": applied}
    assert count("batch_seconds") == count("batch_records") == count("batch_apply_seconds")
    assert count("batch_commit_seconds") >= count("batch_seconds")
    assert 0 < count("end_to_end_seconds") <= samples(page, "newswired_coverage_published_total")[""]
    assert 0 < samples(page, "newswired_end_to_end_seconds_sum")[""] < 120 * count("end_to_end_seconds")
    assert count("coverage_send_seconds") > 0 and count("coverage_build_seconds") > 0
    assert samples(page, "newswired_redis_commands_total")[""] > count("redis_round_trip_seconds") > 0
    for name in ("partition_ready", "restore_ratio"):
        assert samples(page, f"newswired_{name}") == {str(p): 1 for p in range(4)}
    assert samples(page, "newswired_partition_lag_records") == {str(p): 0 for p in range(4)}
    assert all(size > 1000 for size in samples(page, "newswired_partition_memory_bytes").values())
    assert sum(samples(page, "newswired_stories_live").values()) > 0
    assert set(samples(page, "newswired_kafka_brokers_up")) >= {"articles.0", "features.0", "stories.0"}


def test_a_restore_is_measured(cluster, redis_server, start):
    first = start()
    kafka.produce(cluster.bootstrap, "articles", Feed(12, stories=10).events(100))
    pipeline = Pipeline(cluster.bootstrap, redis_server.client())
    pipeline.await_settled([first])
    pipeline.close()
    live = first.metric("newswired_stories_live")
    assert first.stop() == 0
    second = start()
    page = second.get("/metrics")[2]
    assert samples(page, "newswired_restore_seconds_count") == {"": 4}
    assert samples(page, "newswired_restore_ratio") == {str(p): 1 for p in range(4)}
    await_true("stories are live again", lambda: second.metric("newswired_stories_live") == live)


def test_a_partition_that_goes_takes_its_series_with_it(start):
    first = start()
    second = start()

    def owned(daemon):
        return set(samples(daemon.get("/metrics")[2], "newswired_partition_ready"))
    await_true("the partitions are split", lambda: len(owned(first)) == len(owned(second)) == 2)
    assert owned(first) | owned(second) == {"0", "1", "2", "3"}


def test_alert_rules_fire_when_they_should():
    folder = ROOT / "docs" / "prometheus"
    promtool("check", "rules", "newswired.rules.yml", cwd=folder)
    promtool("test", "rules", "newswired.test.yml", cwd=folder)
    rules = (folder / "newswired.rules.yml").read_text()
    alerts = re.findall(r"- alert: (\w+)", rules)
    fired = re.findall(r"alertname: (\w+)\n +exp_alerts:", (folder / "newswired.test.yml").read_text())
    assert sorted(alerts) == sorted(fired), "every alert has a case in which it fires"


def test_every_query_asks_for_what_the_daemon_shows(start):
    page = start().get("/metrics")[2]
    dashboard = json.loads((ROOT / "docs" / "grafana" / "newswired.json").read_text())
    queries = [t["expr"] for panel in dashboard["panels"] for t in panel.get("targets", [])]
    queries += [v["query"] for v in dashboard["templating"]["list"]]
    queries += re.findall(r"^ +expr: (.*(?:\n {10,}.*)*)", (ROOT / "docs/prometheus/newswired.rules.yml").read_text(), re.M)
    assert len(queries) > 60
    asked = {name for query in queries for name in NAME.findall(query)}
    assert asked - exposed(page) - OF_PROMETHEUS == set()
    # And nothing that is measured stays unseen.
    bases = {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked} | asked
    assert set(families(page)) - bases == set()
