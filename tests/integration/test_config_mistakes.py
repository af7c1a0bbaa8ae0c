"""Every mistake in a configuration that we know of, with what the operator is told."""
import os
import subprocess

import pytest

from harness.daemon import binary

# In messages @ is the folder of the test. A comment is line 1, the mistake begins in line 2.
SYNTAX = "c.conf:2: syntax error here or just before: a text stands in quotes, a setting is name = value; and a group is " \
         "name: { ... };"
PORT = "the port is a number from 1 to 65535"
NAME = "a name is up to 200 letters, digits, dots, hyphens or underscores"
TOPIC = "a topic name is 1 to 249 letters, digits, dots, hyphens or underscores"
ORIGIN = 'an origin is "*" or http(s)://host without a path'
MISTAKES = [
    # syntax
    ('kafka: { brokers = "a:1"', SYNTAX),
    ('kafka { brokers = "a:1"; };', SYNTAX),
    ('kafka: { brokers = a:1; };', SYNTAX),
    ('kafka: { brokers = "a:1\n', SYNTAX),
    ('roles = [articles];', SYNTAX),
    ('roles = ["articles", 3];', 'c.conf:2: mismatched element type in array'),
    ('log: { level = "info"; };\nlog: { level = "debug"; };', 'c.conf:3: duplicate setting name'),
    ('stories: { batch_ms = 99999999999; };', 'c.conf:2: a number does not fit into 32 bits'),
    ('@include "nothere.conf"\n', 'c.conf:2: cannot open include file'),
    # names
    ('kafak: { brokers = "a:1"; };', 'c.conf:2: kafak: unknown key; did you mean kafka?'),
    ('brokers = "a:1";', 'c.conf:2: brokers: unknown key; did you mean kafka.brokers?'),
    ('kafka: {\n broker = "a:1"; };', 'c.conf:3: kafka.broker: unknown key; did you mean kafka.brokers?'),
    ('redis: { url_ = "x"; };', 'c.conf:2: redis.url_: unknown key; did you mean redis.url?'),
    ('stories: { batch_rcords = 1; };', 'c.conf:2: stories.batch_rcords: unknown key; did you mean stories.batch_records?'),
    ('kafka: { propertis = (); };', 'c.conf:2: kafka.propertis: unknown key; did you mean kafka.properties?'),
    ('log: { levle = "info"; };', 'c.conf:2: log.levle: unknown key; did you mean log.level?'),
    ('log: { colour = "red"; };', 'c.conf:2: log.colour: unknown key'),
    # types
    ('kafka = "a:1";', 'c.conf:2: kafka: wants a group { ... }, not a text'),
    ('roles = "articles";', 'c.conf:2: roles: wants an array of texts, not a text'),
    ('kafka: { brokers = 9092; };', 'c.conf:2: kafka.brokers: wants a text in quotes, not a number'),
    ('kafka: { brokers = ["a:1"]; };', 'c.conf:2: kafka.brokers: wants a text in quotes, not an array'),
    ('kafka: { create_topics = 1; };', 'c.conf:2: kafka.create_topics: wants true or false, not a number'),
    ('kafka: { create_topics = "yes"; };', 'c.conf:2: kafka.create_topics: wants true or false, not a text'),
    ('articles: { workers = "4"; };', 'c.conf:2: articles.workers: wants a whole number, not a text'),
    ('articles: { workers = 1.5; };', 'c.conf:2: articles.workers: wants a whole number, not a number with a fraction'),
    ('articles: { workers = true; };', 'c.conf:2: articles.workers: wants a whole number, not true or false'),
    ('input: { aliases = "body=x"; };', 'c.conf:2: input.aliases: wants an array of texts, not a text'),
    ('redis: { password_file = 1; };', 'c.conf:2: redis.password_file: wants a file name in quotes, not a number'),
    ('ratings: { file = true; };', 'c.conf:2: ratings.file: wants a file name in quotes, not true or false'),
    # ranges
    ('articles: { workers = 0; };', 'c.conf:2: articles.workers: 0 is out of range: 1 to 64'),
    ('articles: { workers = 65; };', 'c.conf:2: articles.workers: 65 is out of range: 1 to 64'),
    ('stories: { idle_expiry_hours = 0; };', 'c.conf:2: stories.idle_expiry_hours: 0 is out of range: 1 to 8760 hours'),
    ('stories: { kept_articles = 5; };', 'c.conf:2: stories.kept_articles: 5 is out of range: 10 to 100000'),
    ('stories: { batch_bytes = 1; };', 'c.conf:2: stories.batch_bytes: 1 is out of range: 4096 to 268435456 bytes'),
    ('publish: { articles_limit = 2; };', 'c.conf:2: publish.articles_limit: 2 is out of range: 3 to 1000'),
    ('publish: { min_interval_ms = -1; };', 'c.conf:2: publish.min_interval_ms: -1 is out of range: 0 to 3600000 milliseconds'),
    ('blindspot: { minor_percent = 50; };', 'c.conf:2: blindspot.minor_percent: 50 is out of range: 0 to 49 %'),
    ('http: { timeout_s = 0; };', 'c.conf:2: http.timeout_s: 0 is out of range: 1 to 300 seconds'),
    ('kafka: { session_timeout_ms = 10; };', 'c.conf:2: kafka.session_timeout_ms: 10 is out of range: 1000 to 1800000 milliseconds'),
    ('kafka: { features_partitions = 0; };', 'c.conf:2: kafka.features_partitions: 0 is out of range: 1 to 10000'),
    ('redis: { wait_replicas = 17; };', 'c.conf:2: redis.wait_replicas: 17 is out of range: 0 to 16'),
    # words and addresses
    ('log: { level = "loud"; };', 'c.conf:2: log.level: "loud" is not one of: error warn notice info debug'),
    ('log: { format = "xml"; };', 'c.conf:2: log.format: "xml" is not one of: auto text json journal'),
    ('roles = ["article"];', 'c.conf:2: roles: "article" is not one of: articles stories summaries'),
    ('kafka: { brokers = ""; };', 'c.conf:2: kafka.brokers: "": may not be empty'),
    ('kafka: { brokers = "host:"; };', f'c.conf:2: kafka.brokers: "host:": {PORT}'),
    ('kafka: { brokers = "host:99999"; };', f'c.conf:2: kafka.brokers: "host:99999": {PORT}'),
    ('kafka: { brokers = "a:1 b:2"; };', 'c.conf:2: kafka.brokers: "a:1 b:2": wants host:port, several separated by commas'),
    ('kafka: { group = ""; };', 'c.conf:2: kafka.group: "": may not be empty'),
    ('kafka: { group = "a b"; };', f'c.conf:2: kafka.group: "a b": {NAME}'),
    ('kafka: { articles_topic = "art icles"; };', f'c.conf:2: kafka.articles_topic: "art icles": {TOPIC}'),
    ('kafka: { features_topic = ".."; };', f'c.conf:2: kafka.features_topic: "..": {TOPIC}'),
    ('redis: { url = "redis://h:0/0"; };', f'c.conf:2: redis.url: "redis://h:0/0": {PORT}'),
    ('redis: { url = "redis://h/x"; };', 'c.conf:2: redis.url: "redis://h/x": after the host only /DATABASE may follow, a number'),
    ('redis: { url = "redis://:hunter2@h/0"; };',
     'c.conf:2: redis.url: "...": no user or password in the address: use redis.username and redis.password_file'),
    ('redis: { url = "unix://"; };', 'c.conf:2: redis.url: "unix://": unix:// wants an absolute path: unix:///run/redis/redis.sock'),
    ('redis: { namespace = ""; };', 'c.conf:2: redis.namespace: "": may not be empty'),
    ('redis: { namespace = "a{b}"; };', f'c.conf:2: redis.namespace: "a{{b}}": {NAME}'),
    ('http: { listen = "8080"; };', 'c.conf:2: http.listen: "8080": write address:port, for example 127.0.0.1:8080'),
    ('http: { listen = "host:8080"; };',
     'c.conf:2: http.listen: "host:8080": the address is a number, localhost, or * for every interface'),
    ('http: { listen = "127.0.0.1:70000"; };', 'c.conf:2: http.listen: "127.0.0.1:70000": the port is a number from 0 to 65535'),
    ('http: { cors_origin = "example.org"; };', f'c.conf:2: http.cors_origin: "example.org": {ORIGIN}'),
    ('http: { cors_origin = "https://example.org/x"; };', f'c.conf:2: http.cors_origin: "https://example.org/x": {ORIGIN}'),
    ('ratings: { url = "x.example/ratings"; };',
     'c.conf:2: ratings.url: "x.example/ratings": an address starts with http:// or https:// and a host'),
    ('embeddings: { url = "http://a.example/v1"; };', 'c.conf: embeddings.url needs embeddings.model'),
    ('embeddings: { languages = ["en", "English"]; };', 'c.conf: embeddings.languages: "English" is no code such as "en"'),
    ('embeddings: { timeout_ms = 5; };', 'c.conf:2: embeddings.timeout_ms: 5 is out of range: 10 to 60000 milliseconds'),
    ('summaries: { url = "ftp://x"; };', 'c.conf:2: summaries.url: "ftp://x": an address starts with http:// or https:// and a host'),
    ('summaries: { url = "http://u:hunter2@x/v1"; };', 'c.conf:2: summaries.url: "...": no user or password in the address'),
    # what does not fit together
    ('roles = [];', 'c.conf: roles: at least one of articles, stories, summaries is needed'),
    ('roles = ["articles", "articles"];', 'c.conf: roles: "articles" is given twice'),
    ('kafka: { coverage_topic = "articles"; };',
     'c.conf: kafka.articles_topic and kafka.coverage_topic are the same topic "articles"'),
    ('kafka: { rejected_topic = "articles.features"; };',
     'c.conf: kafka.features_topic and kafka.rejected_topic are the same topic "articles.features"'),
    ('redis: { username = "u"; };', 'c.conf: redis.username needs redis.password_file'),
    ('blindspot: { minor_percent = 40; major_percent = 30; };',
     'c.conf: blindspot.minor_percent must be below blindspot.major_percent'),
    ('input: { aliases = ["body"]; };', 'c.conf: input.aliases: "body" is not of the form "field=their_name"'),
    ('input: { aliases = ["=x"]; };', 'c.conf: input.aliases: "=x" is not of the form "field=their_name"'),
    ('input: { aliases = ["boddy=x"]; };', 'c.conf: input.aliases: "boddy=x" names no field of an article: id url '),
    ('input: { deny_sources = ["good.example", "co.uk"]; };',
     'c.conf: input.deny_sources: "co.uk" is neither a domain nor a publisher on a platform (bbc.co.uk, quill.substack.com)'),
    ('input: { allow_sources = ["good.example/page"]; };',
     'c.conf: input.allow_sources: "good.example/page" is neither a domain nor a publisher on a platform '
     '(bbc.co.uk, quill.substack.com)'),
    ('summaries: { extra = "[1]"; };', 'c.conf: summaries.extra: wants a JSON object, as {"temperature":0}'),
    ('summaries: { extra = "{\\"stream\\":true}"; };', 'c.conf: summaries.extra: model, messages, stream, response_format, n and '),
    ('roles = ["summaries"];', 'c.conf: the role summaries needs summaries.url and summaries.model'),
    # secrets and files
    ('redis: { password_file = "redis_password"; };',
     'c.conf:2: redis.password_file: "redis_password" is not absolute and $CREDENTIALS_DIRECTORY is not set (systemd sets it '
     'with LoadCredential=)'),
    ('redis: { password_file = "@/nothere"; };', 'c.conf:2: redis.password_file: cannot read @/nothere: No such file or directory'),
    ('redis: { password_file = "@"; };', 'c.conf:2: redis.password_file: cannot read @: Is a directory'),
    ('redis: { password_file = "@/empty"; };', 'c.conf:2: redis.password_file: @/empty is empty'),
    ('redis: { password_file = "@/two_lines"; };', 'c.conf:2: redis.password_file: @/two_lines has more than one line'),
    ('summaries: { key_file = "@/nothere"; };', 'c.conf:2: summaries.key_file: cannot read @/nothere: No such file or directory'),
    ('summaries: { prompt_file = "nothere.txt"; };',
     'c.conf:2: summaries.prompt_file: cannot read @/nothere.txt: No such file or directory'),
    ('ratings: { file = "nothere.csv"; };', 'c.conf:2: ratings.file: cannot read @/nothere.csv: No such file or directory'),
    ('ratings: { file = "@"; };', 'NOT GOOD  ratings: the file cannot be used'),
    ('ratings: { file = "two_lines"; };', 'the first line of the ratings is not a header with the columns domain and bias'),
    # librdkafka's properties
    ('kafka: { properties = "x"; };', 'c.conf:2: kafka.properties: wants a list: ( ("name", "value"), "name=value" ), not a text'),
    ('kafka: { properties = ( 1 ); };', 'c.conf:2: kafka.properties: wants ("name", "value") or "name=value", not a number'),
    ('kafka: { properties = ( ("a") ); };', 'c.conf:2: kafka.properties: wants ("name", "value") or "name=value", not a list'),
    ('kafka: { properties = ( "linger.ms" ); };', 'c.conf:2: kafka.properties: a property is written as "name=value"'),
    ('kafka: { properties = ( ("", "1") ); };', 'c.conf:2: kafka.properties: a property has a name'),
    ('kafka: { properties = ( ("linger.ms", "1"),\n ("linger.ms", "2") ); };', 'c.conf:3: kafka.properties "linger.ms": is given twice'),
    ('kafka: { properties = ( ("sasl.password", "hunter2") ); };',
     'c.conf:2: kafka.properties "sasl.password": secrets are not written here: give a file as "sasl.password_file"'),
    ('kafka: { properties = ( ("sasl.password_file", "@/nothere") ); };',
     'c.conf:2: kafka.properties "sasl.password_file": cannot read @/nothere: No such file or directory'),
    ('kafka: { properties = ( ("group.id", "x") ); };',
     'c.conf:2: kafka.properties: "group.id" is not allowed: set kafka.group instead'),
    ('kafka: { properties = ( ("enable.auto.commit", "true") ); };',
     'c.conf:2: kafka.properties: "enable.auto.commit" is not allowed: a position is committed only behind what was delivered'),
    ('kafka: { properties = ( ("no.such.thing", "x") ); };', 'has no property "no.such.thing"'),
    ('kafka: { properties = ( ("linger.ms", "soon") ); };',
     'c.conf:2: kafka.properties: librdkafka does not take the value of "linger.ms"'),
    ('kafka: { properties = ( ("security.protocol", "sals_ssl") ); };',
     'c.conf:2: kafka.properties: librdkafka does not take the value of "security.protocol"'),
]


def check(folder, text, *arguments):
    (folder / "c.conf").write_text(text)
    environment = {k: v for k, v in os.environ.items() if k != "CREDENTIALS_DIRECTORY"}
    return subprocess.run([binary(), "--check", "-c", folder / "c.conf", *arguments], capture_output=True, text=True,
                          timeout=30, env=environment, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("config")
    (folder / "empty").write_text("")
    (folder / "two_lines").write_text("one\ntwo\n")
    return folder


@pytest.mark.parametrize("text, message", MISTAKES, ids=[text.replace("\n", " ") for text, _ in MISTAKES])
def test_a_mistake_is_named(folder, text, message):
    result = check(folder, "# line 1\n" + text.replace("@/", f"{folder}/").replace('"@"', f'"{folder}"'))
    told = (result.stderr + result.stdout).replace(f"{folder}/c.conf", "c.conf")
    assert result.returncode == 1, told
    assert message.replace("@", str(folder)) in told
    assert "hunter2" not in told, "what may be a secret is never repeated"


def test_the_table_has_no_mistake_twice():
    assert len(MISTAKES) >= 60 and len({text for text, _ in MISTAKES}) == len(MISTAKES)


def test_all_mistakes_are_told_at_once(folder):
    result = check(folder, 'kafka: { brokers = 1;\n group = "a b";\n nosuch = 1; };\nlog: { level = "loud"; };')
    lines = [line.split(":")[1] for line in result.stderr.splitlines()]
    assert (result.returncode, lines) == (1, ["1", "2", "3", "4"])


@pytest.mark.parametrize("text", ["", "# nothing but a comment", 'roles = ["stories"];', 'redis: { url = "unix:///run/r.sock?db=3"; };',
                                  'kafka: { properties = ( ("linger.ms", "7"), "client.rack=r1" ); };',
                                  'input: { aliases = ["body=fulltext"]; };', 'http: { listen = ""; };'])
def test_what_is_right_is_left_alone(folder, text):
    result = check(folder, text)
    assert (result.returncode, result.stderr) == (0, "")


def test_a_file_that_is_not_there_or_no_text(folder):
    result = subprocess.run([binary(), "--check", "-c", folder / "nothere.conf"], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (1, f"{folder}/nothere.conf: cannot be read: No such file or directory\n")
    (folder / "binary.conf").write_bytes(b"log: {\0}")
    result = subprocess.run([binary(), "--check", "-c", folder / "binary.conf"], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (
        1, f"{folder}/binary.conf: cannot be read: it has a NUL character, so it is not a text\n")
