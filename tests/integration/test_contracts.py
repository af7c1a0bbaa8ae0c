"""The published schemas say what the daemon reads and writes, and would notice when it did otherwise."""
import copy
import json

import jsonschema
import pytest

from harness import contracts, kafka
from harness.bad_records import FIELDS, article
from harness.events import Feed
from harness.judge import summary_mistakes
from harness.servers import ROOT
from harness.waiting import Pipeline

WHOLE = json.loads((ROOT / "tests" / "fixtures" / "events" / "canonical.json").read_text())
# One text for each field whose text matters; every other value the schema allows is tried as it is.
SAMPLES = {"url": "https://www.harbour.example/sample", "canonical_url": "https://www.harbour.example/canonical",
           "published_at": "2025-10-09T12:00:00Z", "updated_at": "2025-10-09T12:30:00Z", "source": "harbour.example"}
BY_TYPE = {"string": "A text", "integer": 4711, "number": 1_760_000_000, "boolean": False, "array": ["One", "Two"]}


def types_of(whole, definition):
    if "$ref" in definition:
        definition = whole["$defs"][definition["$ref"].rsplit("/", 1)[1]]
    if "oneOf" in definition:
        return [kind for choice in definition["oneOf"] for kind in types_of(whole, choice)]
    return definition["type"] if isinstance(definition["type"], list) else [definition["type"]]


def test_the_event_schema_names_every_canonical_field():
    assert set(contracts.schema("event")["properties"]) == set(WHOLE)
    contracts.validator("event").validate(WHOLE)


def test_what_the_event_schema_allows_is_read(cluster, redis_server, start):
    whole = contracts.schema("event")
    check = contracts.validator("event")
    events = [WHOLE]
    for name, definition in whole["properties"].items():
        for kind in types_of(whole, definition):
            value = SAMPLES.get(name, BY_TYPE[kind]) if kind == "string" else BY_TYPE[kind]
            event = article(url=f"https://www.harbour.example/{name}/{kind}")
            event[name] = value
            check.validate(event)
            events.append(event)
    events += [event for _, event in Feed(3).events(100) if event is not None]
    for event in events:
        check.validate(event)
    daemon = start()
    kafka.produce(cluster.bootstrap, "articles", [("k", event) for event in events])
    pipeline = Pipeline(cluster.bootstrap, redis_server.client())
    pipeline.await_settled([daemon])
    pipeline.close()
    assert not kafka.read_topic(cluster.bootstrap, "articles.rejected")


def test_the_event_schema_refuses_what_its_types_and_patterns_can_tell():
    check = jsonschema.Draft202012Validator(contracts.schema("event"))
    told = [what for what, event, code in FIELDS
            if code in ("bad_type", "missing_url", "missing_title") and not check.is_valid(event)]
    assert len(told) >= 20, told
    assert not check.is_valid(article(url="https://ada:secret@harbour.example/a"))
    assert not check.is_valid(article(url="javascript:alert(1)"))


@pytest.mark.parametrize("name", sorted(p.name.split(".")[0] for p in contracts.FOLDER.glob("*.schema.json")))
def test_a_schema_is_one_and_refuses_what_it_does_not_name(name):
    whole = contracts.schema(name)
    jsonschema.Draft202012Validator.check_schema(whole)
    assert whole["$id"] == f"urn:newswired:schema:{name}:1"
    assert not contracts.validator(name).is_valid({"unheardOf": 1})


class Entry:
    """A record of the coverage topic, as confluent-kafka gives it."""

    def __init__(self, key, value, headers):
        self._parts = key, value, headers

    def key(self):
        return self._parts[0]

    def value(self):
        return self._parts[1]

    def headers(self):
        return self._parts[2]

    def partition(self):
        return 0

    offset = partition


def test_the_check_of_every_test_would_notice():
    summary = json.loads((contracts.FOLDER / "coverage.example.json").read_text())

    def mistakes(changed, headers=()):
        head = {"content-type": "application/json", "ce_specversion": "1.0", "ce_type": "newswired.coverage.updated",
                "ce_id": f"{summary['id']}-{summary['revision']}", "revision": str(summary["revision"])}
        head.update(headers)
        record = Entry(summary["id"].encode(), json.dumps(changed).encode(), [(k, v.encode()) for k, v in head.items()])
        return contracts.coverage_mistakes([record])

    assert not mistakes(summary)
    assert mistakes(dict(summary, unheardOf=1)) and mistakes(dict(summary, title=None))
    assert mistakes(summary, {"ce_type": "newswired.coverage.closed"}) and mistakes(summary, {"revision": "1"})
    broken = copy.deepcopy(summary)
    broken["articles"][0]["bias"] = "purple"
    assert mistakes(broken)


def change_numbers(node, path=()):
    """Each number and each short text of the summary, with how to put another one there."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        if isinstance(value, (dict, list)):
            yield from change_numbers(value, (*path, key))
        elif isinstance(value, int) and not isinstance(value, bool):
            yield (*path, key), value + 1


def test_the_judge_would_notice_any_number_that_is_off():
    """Every count of the example is changed by one: all but what the lists do not tell is missed by nobody."""
    summary = json.loads((contracts.FOLDER / "coverage.example.json").read_text())
    assert not summary_mistakes(summary)
    not_told = {"schemaVersion", "revision", "provenance", "policyVersion"}
    tried = 0
    for path, value in change_numbers(summary):
        if not_told & set(path):
            continue
        broken = copy.deepcopy(summary)
        node = broken
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = value
        assert summary_mistakes(broken), path
        tried += 1
    assert tried > 60
    for change in ({"lead": summary["insights"][0]["text"]}, {"representativeArticleId": "0" * 32},
                   {"articles": summary["articles"][1:]}, {"articles": summary["articles"][::-1]},
                   {"sources": summary["sources"][::-1]}, {"firstPublishedAt": "2001-01-01T00:00:00Z"},
                   {"reprintGroups": []}, {"biasDistribution": None}, {"blindspot": {"blindspotFor": "left"}}):
        assert summary_mistakes({**summary, **change}), change
