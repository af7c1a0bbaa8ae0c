"""The oracle: an offline replay of the features topic says what topics and Redis must hold."""
import json

from .daemon import run

# What may differ between a live summary and the oracle's of the same revision: when ratings were loaded.
NOT_COMPARED = ("ratingsLoadedAt",)


def replay_of_features(daemon, path):
    """Dumps the daemon's features topic and replays it: {story id: last summary}."""
    run("dump-features", "-c", daemon.config, path)
    return replay("-c", daemon.config, "--features", path)


def replay(*arguments):
    lines = run("replay", *arguments).stdout.splitlines()
    return {summary["id"]: summary for summary in map(json.loads, lines)}


def comparable(summary):
    summary = json.loads(json.dumps(summary))
    for name in NOT_COMPARED:
        summary.pop(name, None)
        summary.get("provenance", {}).pop(name, None)
    return summary


def differences(expected, actual):
    """A readable list of what is lost, extra or different; empty when they agree."""
    out = [f"lost {k}" for k in sorted(expected.keys() - actual.keys())]
    out += [f"extra {k}" for k in sorted(actual.keys() - expected.keys())]
    for key in sorted(expected.keys() & actual.keys()):
        a, b = comparable(expected[key]), comparable(actual[key])
        out += [f"{key}.{name}: expected {json.dumps(a.get(name))[:300]}, is {json.dumps(b.get(name))[:300]}"
                for name in sorted(a.keys() | b.keys()) if a.get(name) != b.get(name)]
    return out


def count_differences(expected, redis, namespace):
    """Live counts in Redis against the oracle's summaries, over every active story of every partition."""
    held = {}
    for tag in redis.smembers(f"{namespace}:partitions"):
        prefix = f"{namespace}:{tag.decode()}:story:"
        for key in redis.scan_iter(prefix + "*", count=1000):
            held[key.decode()[len(prefix):]] = {k.decode(): v.decode() for k, v in redis.hgetall(key).items()}
    out = []
    for story, summary in expected.items():
        if summary["status"] != "active":
            continue
        sides = summary.get("biasDistribution", {})
        wanted = {"articles": summary["articleCount"], "sources": summary["sourceCount"],
                  "left": sides.get("leftSrcCount", 0), "center": sides.get("cntrSrcCount", 0),
                  "right": sides.get("rightSrcCount", 0), "unrated": summary["unratedSourceCount"],
                  "unique": summary["uniqueCount"], "revision": summary["revision"]}
        fields = held.get(story, {})
        out += [f"{story}.{name}: oracle {value}, Redis {fields.get(name)}"
                for name, value in wanted.items() if fields.get(name) != str(value)]
    active = {s for s, v in expected.items() if v["status"] == "active"}
    out += [f"{story}: live in Redis, unknown to the oracle"
            for story, fields in held.items() if fields.get("status") == "active" and story not in active]
    return out
