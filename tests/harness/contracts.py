"""Holds what a test has produced to the JSON Schemas of docs/schemas, by a validator that is not ours."""
import copy
import json

import jsonschema

from .judge import order_mistakes, summary_mistakes
from .servers import ROOT

FOLDER = ROOT / "docs" / "schemas"
KINDS = {"active": "updated", "merged": "merged", "closed": "closed"}


def schema(name):
    return json.loads((FOLDER / f"{name}.schema.json").read_text())


def strict(whole):
    """The schema, refusing also what it does not name: readers skip unknown fields, we may not write any."""
    whole = copy.deepcopy(whole)

    def close(node):
        if isinstance(node, dict):
            if "properties" in node and node.get("type") == "object":
                node.setdefault("additionalProperties", False)
            for child in node.values():
                close(child)
        elif isinstance(node, list):
            for child in node:
                close(child)

    close(whole)
    return whole


def validator(name):
    return jsonschema.Draft202012Validator(strict(schema(name)))


def mistakes(check, value):
    return [f"{list(e.absolute_path)}: {e.message[:300]}" for e in check.iter_errors(value)]


def coverage_mistakes(messages):
    """Of every record of the coverage topic, values and headers; each kind of mistake once."""
    check, wrong = validator("coverage"), {}
    for message in messages:
        if message.value() is None:
            continue
        summary = json.loads(message.value())
        headers = {name: value.decode() for name, value in message.headers() or ()}
        found = mistakes(check, summary) or summary_mistakes(summary)
        if message.key().decode() != summary.get("id"):
            found.append("the key is not the story's id")
        wanted = {"content-type": "application/json", "ce_specversion": "1.0",
                  "ce_type": f"newswired.coverage.{KINDS.get(summary.get('status'))}",
                  "ce_id": f"{summary.get('id')}-{summary.get('revision')}", "revision": str(summary.get("revision"))}
        found += [f"header {name} is {headers.get(name)}, not {value}"
                  for name, value in wanted.items() if headers.get(name) != value]
        for mistake in found:
            wrong.setdefault(mistake, f"coverage, partition {message.partition()} offset {message.offset()}")
    return [f"{where}: {mistake}" for mistake, where in wrong.items()] + order_mistakes(messages)


def insights_mistakes(messages):
    """Of every record of the insights topic, values and headers."""
    check, wrong = validator("insights"), []
    for message in messages:
        headers = {name: value.decode() for name, value in message.headers() or ()}
        if message.value() is None:
            wrong += [] if headers.get("revision", "").isdigit() else ["a tombstone without revision"]
            continue
        value = json.loads(message.value())
        wrong += mistakes(check, value)
        wanted = {"content-type": "application/json", "ce_specversion": "1.0", "ce_type": "newswired.insights.updated",
                  "ce_id": f"{value.get('id')}-{value.get('revision')}", "revision": str(value.get("revision"))}
        wrong += [f"header {name} is {headers.get(name)}, not {value}"
                  for name, value in wanted.items() if headers.get(name) != value]
        if message.key().decode() != value.get("id"):
            wrong.append("the key is not the story's id")
    return wrong


def changes_mistakes(redis, namespace="newswired"):
    """Of every entry of every partition's stream of changes."""
    check, wrong = validator("changes"), []
    for tag in redis.smembers(f"{namespace}:partitions"):
        for entry, fields in redis.xrange(f"{namespace}:{tag.decode()}:changes"):
            fields = {k.decode(): v.decode() for k, v in fields.items()}
            wrong += [f"changes of {tag}, {entry}: {mistake}" for mistake in mistakes(check, fields)]
    return wrong
