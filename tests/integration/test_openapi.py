"""/openapi.json: right as a document, true of every page, and a fuzzer of such documents breaks nothing."""
import json
import subprocess

import jsonschema
import pytest

from harness import kafka
from harness.events import Feed
from harness.servers import ROOT
from harness.sse import Stream
from harness.waiting import Pipeline, await_true

VENV = ROOT / "build" / "venv" / "bin"
needs_venv = pytest.mark.skipif(not (VENV / "schemathesis").exists(),
                                reason="build/venv is not there: scripts/install-dependencies.sh --tests could not reach PyPI")


@pytest.fixture
def daemon(cluster, redis_server, start):
    daemon = start()
    pipeline = Pipeline(cluster.bootstrap, redis_server.client())
    kafka.produce(cluster.bootstrap, "articles", Feed(41, stories=12).events(300))
    pipeline.await_settled([daemon])
    pipeline.close()
    return daemon


def checker(document, schema):
    """A validator of a schema of the document; its components are where references lead."""
    return jsonschema.Draft202012Validator({**schema, "components": document["components"]})


def schema_of(document, path, status):
    content = document["paths"][path]["get"]["responses"][str(status)]["content"]
    (kind, media), = content.items()
    return kind, media["schema"]


def check(daemon, document, path, url, status=200):
    got, headers, body = daemon.get(url)
    assert got == status, f"{url}: {got} {body}"
    kind, schema = schema_of(document, path, status)
    assert headers["content-type"].split(";")[0] == kind, url
    if "json" in kind:
        wrong = [e.message for e in checker(document, schema).iter_errors(body)]
        assert not wrong, f"{url}: {wrong[:5]}"
    return body


def walk(daemon, document, redis):
    """Every operation with real values, every parameter once well and once badly."""
    stories = check(daemon, document, "/v1/stories", "/v1/stories")["stories"]
    assert len(stories) >= 5
    story = max((check(daemon, document, "/v1/stories/{id}", f"/v1/stories/{s['id']}") for s in stories),
                key=lambda s: s["sourceCount"])
    article = story["articles"][0]
    values = {"/v1/stories/{id}": story["id"], "/v1/stories/{id}/related": story["id"], "/v1/articles/{id}": article["id"],
              "/v1/sources/{domain}": article["source"]}
    required = {("/v1/blindspots", "for"): "left", ("/v1/articles", "url"): article["url"]}
    good = {"country": "GB", "tag": "x", "q": "a", "language": story["language"], "limit": "3",
            "cursor": f"1-0-{story['id']}", "story": story["id"]}
    for path, item in document["paths"].items():
        operation = item["get"]
        url = path
        if "{" in path:
            url = path[:path.index("{")] + values[path] + path[path.index("}") + 1:]
            check(daemon, document, path, path[:path.index("{")] + "0" * 32 + path[path.index("}") + 1:], 404)
        url += "?" + "".join(f"{name}={value}&" for (of, name), value in required.items() if of == path)
        if path != "/v1/stream":
            check(daemon, document, path, url[:-1])
        check(daemon, document, path, url + "nothing=1", 400)
        for parameter in operation["parameters"]:
            if parameter["in"] != "query" or (path, parameter["name"]) in required:
                continue
            schema = parameter["schema"]
            for value in schema.get("enum", [good.get(parameter["name"])]):
                assert value is not None, f"no value for {parameter['name']} of {path}"
                if path != "/v1/stream":
                    check(daemon, document, path, f"{url}{parameter['name']}={value}")
            check(daemon, document, path, f"{url}{parameter['name']}=%ff", 400)
        for parameter in operation["parameters"]:
            if parameter["required"] and parameter["in"] == "query":
                check(daemon, document, path, path, 400)


def test_every_page_answers_as_the_document_says(daemon, cluster, redis_server):
    document = daemon.get("/openapi.json")[2]
    assert document["openapi"] == "3.1.0"
    for path in document["paths"]:
        assert f"`{path.split('?')[0]}" in (ROOT / "docs" / "api.md").read_text(), f"{path} is not in docs/api.md"
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    walk(daemon, document, redis_server.client())

    stream = Stream(daemon.port)
    change = checker(document, {"$ref": "#/components/schemas/StoryChange"})
    kafka.produce(cluster.bootstrap, "articles", Feed(42, stories=3).events(30))
    seen = 0
    for kind, data in stream.events(10):
        assert kind == "story" and not list(change.iter_errors(data))
        seen += 1
        if seen == 3:
            break
    assert seen == 3
    stream.close()


@needs_venv
def test_the_document_is_valid_and_a_fuzzer_finds_no_fault(daemon, tmp_path):
    text = json.dumps(daemon.get("/openapi.json")[2])
    (tmp_path / "openapi.json").write_text(text)
    checked = subprocess.run([VENV / "openapi-spec-validator", tmp_path / "openapi.json"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    # /v1/stream never ends, so the walk above is its test.
    fuzzed = subprocess.run([VENV / "schemathesis", "run", tmp_path / "openapi.json", "--url",
                             f"http://127.0.0.1:{daemon.port}", "--exclude-path", "/v1/stream", "--max-examples", "20",
                             "--no-color"], capture_output=True, text=True, timeout=300, cwd=tmp_path)
    print(fuzzed.stdout[-6000:])  # names the seed
    assert fuzzed.returncode == 0, fuzzed.stdout[-6000:] + fuzzed.stderr[-2000:]
    await_true("still ready", lambda: daemon.get("/readyz")[0] == 200, 10)
    log = daemon.tail(200000)
    assert " 500 " not in log
    assert daemon.metric('newswired_http_requests_total{code="500"}') == 0
