#!/usr/bin/env python3
"""coverage_schema.py SCHEMA SAMPLES_PROGRAM EXAMPLE: holds printed summaries to the schema and to what their numbers promise."""
import copy
import json
import pathlib
import random
import subprocess
import sys

import jsonschema

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.contracts import strict  # noqa: E402

SEED, COUNT = random.randrange(1 << 32), 600
SIDES = {"left": "leftSrcCount", "center": "cntrSrcCount", "right": "rightSrcCount"}


def nulls(value):
    if isinstance(value, dict):
        return any(map(nulls, value.values()))
    return any(map(nulls, value)) if isinstance(value, list) else value is None


def check_distribution(name, d, sources):
    counts = [d[key] for key in SIDES.values()]
    assert sum(counts) == sources > 0, name
    assert d["leftPercent"] + d["cntrPercent"] + d["rightPercent"] == 100, name
    assert sum(d["detail"].values()) == sources, name
    assert [h["side"] for h in d["headline"]] == [s for s, k in SIDES.items() if d[k] == max(counts)], name


def check_numbers(s):
    assert not nulls(s)
    assert s["articleCount"] == s["uniqueCount"] + s["reprintCount"]
    assert s["sourceCount"] == s["biasSourceCount"] + s["unratedSourceCount"]
    assert sum(s["factuality"].values()) == sum(s["ownership"].values()) == s["sourceCount"]
    assert sum(s["countries"].values()) <= s["sourceCount"]
    assert ("biasDistribution" in s) == (s["biasSourceCount"] > 0)
    if "biasDistribution" in s:
        check_distribution("bias", s["biasDistribution"], s["biasSourceCount"])
    if "independentBiasDistribution" in s:
        independent = s["independentBiasDistribution"]
        check_distribution("independent", independent, sum(independent[k] for k in SIDES.values()))
        assert all(independent[k] <= s["biasDistribution"][k] for k in SIDES.values())
    if "blindspot" in s:
        low, high = s["blindspot"]["ci95"]
        assert low <= s["blindspot"]["minorPercent"] <= high
    check_lists(s)


def check_lists(s):
    listed = [a["id"] for a in s["articles"]]
    assert len(listed) == len(set(listed)) <= s["articleCount"]
    assert s["articlesTruncated"] == (len(listed) < s["articleCount"])
    assert len(s["sources"]) == s["sourceCount"] or s["sourcesTruncated"]
    if "sourcesTruncated" not in s:
        assert sum(x["articleCount"] for x in s["sources"]) == s["articleCount"]
        assert sum(x["originalCount"] for x in s["sources"]) == s["uniqueCount"]
    for group in s["reprintGroups"]:
        assert group["articleIds"][0] == group["original"]
        assert len(group["articleIds"]) == len(set(group["articleIds"])) <= group["articleCount"]
    dated = [a["publishedAt"] for a in s["articles"] if "publishedAt" in a and a["publishedAt"].count(".") == 0]
    assert dated == sorted(dated, reverse=True)
    windows = [s["velocity"]["sources" + w] for w in ("1h", "6h", "24h")]
    assert windows == sorted(windows) and windows[-1] <= s["sourceCount"]
    # What is referred to is listed, as long as lists are not cut to almost nothing.
    if len(listed) >= 20:
        shown = {x["articleId"] for x in s["insights"]} | {s[k] for k in ("representativeArticleId", "leadArticleId") if k in s}
        assert shown <= set(listed)


def refuses(validator, sample, change):
    broken = copy.deepcopy(sample)
    change(broken)
    return not validator.is_valid(broken)


def main():
    print(f"seed {SEED}")
    schema = json.load(open(sys.argv[1], encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(strict(schema))
    output = subprocess.run([sys.argv[2], str(SEED), str(COUNT)], check=True, stdout=subprocess.PIPE).stdout
    samples = [json.loads(line) for line in output.decode("utf-8").split("\n")[:-1]]
    assert len(samples) == COUNT
    samples.append(json.load(open(sys.argv[3], encoding="utf-8")))  # the one in the docs
    for sample in samples:
        for error in validator.iter_errors(sample):
            sys.exit(f"{list(error.absolute_path)}: {error.message}\n{json.dumps(sample)[:2000]}")
        if sample["status"] != "merged":
            check_numbers(sample)
    # The validator would notice: each of these must be refused.
    full = max((s for s in samples if "biasDistribution" in s), key=lambda s: (s["status"] == "active", len(s["articles"])))
    full["blindspot"] = {"blindspotFor": "left", "minorPercent": 0, "ci95": [0, 43], "policyVersion": 1}
    validator.validate(full)
    changes = [lambda s: s.update(title=None), lambda s: s.update(unheardOf=1), lambda s: s.pop("articleCount"),
               lambda s: s.update(id="X"), lambda s: s.update(updatedAt="yesterday"), lambda s: s.update(status="merged"),
               lambda s: s["blindspot"].update(ci95=[1]), lambda s: s["biasDistribution"].pop("detail"),
               lambda s: s["articles"][0].update(bias="purple"), lambda s: s["countries"].update(usa=1)]
    for i, change in enumerate(changes):
        assert refuses(validator, full, change), f"change {i} is not noticed"
    print(f"{COUNT} summaries agree with the schema")


main()
