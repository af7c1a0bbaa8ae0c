"""Records no producer should send: (what it is, key, value, headers, the error.code it must get).

Each row is another kind of mistake; a value that is not bytes is sent as JSON.
"""
import json

# The configuration these are sent under.
RULES = 'input: { allow_sources = ["harbour.example"]; deny_sources = ["spam.example"]; };'
STRUCTURED = [("content-type", b"application/cloudevents+json; charset=utf-8")]


def article(**fields):
    """A good article with some fields replaced; one set to ... is left out."""
    whole = {"url": "https://www.harbour.example/a", "title": "Ferry link agreed", "source": "harbour.example",
             "published_at": "2025-10-09T12:00:00Z"}
    return {k: v for k, v in {**whole, **fields}.items() if v is not ...}


def envelope(**fields):
    whole = {"specversion": "1.0", "type": "org.example.article.created", "source": "/desk", "id": "1",
             "data": article()}
    return {k: v for k, v in {**whole, **fields}.items() if v is not ...}


def raw(text):
    return text if isinstance(text, bytes) else text.encode()


GOOD = json.dumps(article())

NOT_JSON = {
    "plain text": "Ferry link agreed",
    "XML": "<article><title>Ferry</title></article>",
    "CSV": "url,title\nhttps://a.example/1,Ferry\n",
    "YAML": "url: https://a.example/1\ntitle: Ferry\n",
    "cut in the middle of a string": GOOD[:30],
    "cut before the last brace": GOOD[:-1],
    "cut behind a colon": '{"url":',
    "single quotes": "{'url': 'https://a.example/1'}",
    "a trailing comma": '{"url": "https://a.example/1",}',
    "keys without quotes": '{url: "https://a.example/1"}',
    "a comment": '{"url": "https://a.example/1" /* here */}',
    "two objects in one record": GOOD + GOOD,
    "lines of JSON in one record": GOOD + "\n" + GOOD,
    "text behind the object": GOOD + " end",
    "NaN": '{"url": "https://a.example/1", "published_at": NaN}',
    "a number with leading zeros": '{"published_at": 007}',
    "a number past any range": '{"published_at": 1e999999}',
    "an unknown escape": r'{"title": "\q"}',
    "a half escape": r'{"title": "\u12"}',
    "a raw newline in a string": '{"title": "a\nb"}',
    "white space only": " \n\t ",
    "a bare string": '"https://a.example/1"',
    "a bare number": "42",
    "a bare null": "null",
    "a bare true": "true",
    "brackets that do not match": '{"a": [}',
    "Avro's magic byte": b"\x00\x00\x00\x00\x07abc",
    "gzip": b"\x1f\x8b\x08\x00abcdef",
    "UTF-16": '{"url": 1}'.encode("utf-16"),
    "Latin-1": '{"title": "caf\xe9"}'.encode("latin-1"),
    "an overlong encoding": b'{"title": "\xc0\xaf"}',
    "half a surrogate pair as bytes": b'{"title": "\xed\xa0\x80"}',
    "half a surrogate pair as an escape": r'{"title": "\ud800"}',
    "a code point past the last": b'{"title": "\xf4\x90\x80\x80"}',
    "a cut UTF-8 sequence": b'{"title": "\xe2\x82"}',
    "a NUL byte in a string": b'{"title": "a\x00b"}',
    "a NUL byte behind the object": GOOD.encode() + b"\x00",
    "an escaped NUL": r'{"title": "a\u0000b"}',
    "an escaped NUL in a key": r'{"ti\u0000tle": "a"}',
}
# What of the above is no matter of grammar.
OTHER_THAN_NOT_JSON = {
    "Avro's magic byte": "bad_utf8", "gzip": "bad_utf8", "UTF-16": "bad_utf8", "Latin-1": "bad_utf8", "an overlong encoding": "bad_utf8",
    "half a surrogate pair as bytes": "bad_utf8",
    "a code point past the last": "bad_utf8", "a cut UTF-8 sequence": "bad_utf8",
    "a NUL byte in a string": "bad_utf8", "a NUL byte behind the object": "bad_utf8", "an escaped NUL": "bad_utf8",
    "an escaped NUL in a key": "bad_utf8",
}

SHAPES = [
    ("an empty value", b"", "empty"),
    ("an empty list", [], "empty"),
    ("an empty articles list", {"articles": []}, "empty"),
    ("an empty result page", {"articles": {"results": []}}, "empty"),
    ("an empty feed", {"version": "https://jsonfeed.org/version/1.1", "items": []}, "empty"),
    ("more than a million values", b"[" + b"1," * 1_000_001 + b"1]", "too_large"),
    ("more than ten thousand articles", [0] * 10_001, "bad_type"),
    ("arrays 65 deep", "[" * 65 + "]" * 65, "too_deep"),
    ("objects 65 deep", '{"a":' * 65 + "1" + "}" * 65, "too_deep"),
    ("arrays 100,000 deep, never closed", "[" * 100_000, "too_deep"),
    ("the same key twice", '{"url": "https://a.example/1", "url": "https://a.example/2"}', "duplicate_key"),
    ("the same key twice by an escape", r'{"url": "https://a.example/1", "\u0075rl": ""}', "duplicate_key"),
    ("the same key twice inside", '{"url": "https://a.example/1", "source": {"id": 1, "id": 2}}', "duplicate_key"),
    ("a list of numbers", [1, 2], "bad_type"),
    ("a list of lists", [[article()]], "bad_type"),
    ("a list with a null", [None], "bad_type"),
]

FIELDS = [
    ("an empty object", {}, "missing_url"),
    ("an object of nothing known", {"hello": "world"}, "missing_url"),
    ("no url", article(url=...), "missing_url"),
    ("url null", article(url=None), "missing_url"),
    ("url empty", article(url=""), "missing_url"),
    ("url an empty list", article(url=[]), "missing_url"),
    ("url an empty object", article(url={}), "missing_url"),
    ("url a number", article(url=7), "bad_type"),
    ("url a truth value", article(url=True), "bad_type"),
    ("url a path", article(url="/a"), "bad_url"),
    ("url without scheme", article(url="www.harbour.example/a"), "bad_url"),
    ("url without protocol", article(url="//www.harbour.example/a"), "bad_url"),
    ("url javascript:", article(url="javascript:alert(1)"), "bad_url"),
    ("url data:", article(url="data:text/html,hi"), "bad_url"),
    ("url file:", article(url="file:///etc/passwd"), "bad_url"),
    ("url ftp:", article(url="ftp://ftp.harbour.example/a"), "bad_url"),
    ("url mailto:", article(url="mailto:desk@harbour.example"), "bad_url"),
    ("url with user and password", article(url="https://ada:secret@harbour.example/a"), "bad_url"),
    ("url with a user", article(url="https://ada@harbour.example/a"), "bad_url"),
    ("url with an IPv4 address", article(url="https://192.0.2.1/a"), "bad_url"),
    ("url with an IPv6 address", article(url="https://[2001:db8::1]/a"), "bad_url"),
    ("url with one number for an address", article(url="https://3232235777/a"), "bad_url"),
    ("url localhost", article(url="http://localhost/a"), "bad_url"),
    ("url with a bare host", article(url="http://intranet/a"), "bad_url"),
    ("url without host", article(url="https:///a"), "bad_url"),
    ("url with a space in its host", article(url="https://har bour.example/a"), "bad_url"),
    ("url with a label too long", article(url=f"https://{'a' * 64}.example/a"), "bad_url"),
    ("url with a host too long", article(url=f"https://{'a.' * 130}example/a"), "bad_url"),
    ("url with an empty label", article(url="https://harbour..example/a"), "bad_url"),
    ("url with port 99999", article(url="https://harbour.example:99999/a"), "bad_url"),
    ("url with a word for a port", article(url="https://harbour.example:news/a"), "bad_url"),
    ("url with a newline", article(url="https://harbour.example/a\nb"), "bad_url"),
    ("url with a tab", article(url="https://harbour.example/a\tb"), "bad_url"),
    ("url with an override of direction in its host", article(url="https://har\u202ebour.example/a"), "bad_url"),
    ("url of 5,000 bytes", article(url="https://harbour.example/" + "a" * 5000), "bad_url"),
    ("no title", article(title=...), "missing_title"),
    ("title null", article(title=None), "missing_title"),
    ("title empty", article(title=""), "missing_title"),
    ("title white space", article(title=" \u00a0\u2003\t"), "missing_title"),
    ("title nothing but tags", article(title="<b></b><script>x()</script>"), "missing_title"),
    ("title nothing but invisible characters", article(title="\u200b\u202e\ufeff\u2060"), "missing_title"),
    ("title an empty list", article(title=[]), "missing_title"),
    ("title an empty object", article(title={}), "missing_title"),
    ("title a number", article(title=4), "bad_type"),
    ("title a list of words", article(title=["not", "a", "text"]), "bad_type"),
    ("title a truth value", article(title=False), "bad_type"),
    ("description a number", article(description=12), "bad_type"),
    ("body a truth value", article(body=True), "bad_type"),
    ("body a number", article(body=3.5), "bad_type"),
    ("a source on the list of denied ones", article(url="https://spam.example/a", source=...), "source_denied"),
    ("a good source at a denied host", article(url="https://www.spam.example/a"), "source_denied"),
    ("a source that is not on the list of allowed ones", article(source="elsewhere.example"), "source_not_allowed"),
    ("a host that is a public suffix", article(url="https://co.uk/a", source=...), "missing_source"),
    ("published_at a word", article(published_at="yesterday"), "bad_time"),
    ("published_at month 13", article(published_at="2025-13-09T12:00:00Z"), "bad_time"),
    ("published_at February 30", article(published_at="2025-02-30"), "bad_time"),
    ("published_at hour 25", article(published_at="2025-10-09T25:00:00Z"), "bad_time"),
    ("published_at year 10000", article(published_at="10000-01-01T00:00:00Z"), "bad_time"),
    ("published_at a huge number", article(published_at=1e300), "bad_time"),
    ("published_at text behind", article(published_at="2025-10-09T12:00:00Z, London"), "bad_time"),
    ("published_at a list", article(published_at=["2025-10-09", "2025-10-10"]), "bad_type"),
    ("published_at an object", article(published_at={"$date": 1}), "bad_type"),
    ("published_at a truth value", article(published_at=True), "bad_type"),
    ("updated_at a word", article(updated_at="later"), "bad_time"),
    ("updated_at an object", article(updated_at={}), "bad_type"),
    ("two times that are none", article(published_at="soon", updated_at="later"), "bad_time"),
    ("a canceled item that names nothing", {"pubstatus": "canceled"}, "missing_url"),
    ("a canceled item with a short id alone", {"pubstatus": "canceled", "id": "4711"}, "missing_source"),
]

# (what, key, value, headers, code): what only a record as a whole can get wrong.
ENVELOPES = [
    ("specversion 2.0", None, envelope(specversion="2.0"), STRUCTURED, "bad_cloudevent"),
    ("specversion a number", None, envelope(specversion=1.0), STRUCTURED, "bad_cloudevent"),
    ("no specversion", None, envelope(specversion=...), STRUCTURED, "bad_cloudevent"),
    ("type a number", None, envelope(type=7), STRUCTURED, "bad_cloudevent"),
    ("type empty", None, envelope(type=""), STRUCTURED, "bad_cloudevent"),
    ("no type", None, envelope(type=...), STRUCTURED, "bad_cloudevent"),
    ("time a word", None, envelope(time="noon"), STRUCTURED, "bad_cloudevent"),
    ("time a number", None, envelope(time=1760000000), STRUCTURED, "bad_cloudevent"),
    ("no data", None, envelope(data=...), STRUCTURED, "bad_cloudevent"),
    ("data null", None, envelope(data=None), STRUCTURED, "bad_cloudevent"),
    ("data a text", None, envelope(data=GOOD), STRUCTURED, "bad_cloudevent"),
    ("data_base64", None, envelope(data=..., data_base64="e30="), STRUCTURED, "bad_cloudevent"),
    ("a bare article under an envelope's content type", None, article(), STRUCTURED, "bad_cloudevent"),
    ("an empty list as data", None, envelope(data=[]), STRUCTURED, "empty"),
    ("an envelope in an envelope", None, envelope(data=envelope()), STRUCTURED, "missing_url"),
    ("ce_time a word", None, article(), [("ce_type", b"a.created"), ("ce_time", b"noon")], "bad_cloudevent"),
    ("a retraction of nothing", None, envelope(type="article.retracted", data={}), STRUCTURED, "missing_url"),
    ("a retraction by short id", None, envelope(type="article.deleted", data={"id": "17"}), STRUCTURED,
     "missing_source"),
    ("a retraction by bad subject", None, envelope(type="article.deleted", data=..., subject="17"), STRUCTURED,
     "missing_url"),
    ("a null without key", None, None, None, "empty"),
    ("a null with a short id as key", b"4711", None, None, "missing_url"),
    ("a null with a bad URL as key", b"https://localhost/a", None, None, "bad_url"),
    ("a null with a key of no text", b"\xff\xfe", None, None, "bad_utf8"),
    ("a null with a key of 5,000 bytes", b"k" * 5000, None, None, "bad_utf8"),
]

STORY, OTHER = "000102030405060708090a0b0c0d0e0f", "f00102030405060708090a0b0c0d0e0f"


def correction(kind, **data):
    return {"specversion": "1.0", "id": "1", "source": "/desk", "type": f"newswired.correction.{kind}",
            "data": {"language": "en", "story": STORY, **data}}


def bad_corrections():
    rows = [
        ("a correction of no known kind", correction("publish")),
        ("a correction that is a list", dict(correction("merge"), data=[])),
        ("a merge with itself", correction("merge", into=STORY)),
        ("a merge without the other story", correction("merge")),
        ("a merge with a name for a story", correction("merge", into="the ferry")),
        ("a merge without language", correction("merge", into=OTHER, language=None)),
        ("a split without articles", correction("split")),
        ("a split by a short id", correction("split", articles=[OTHER, "4711"])),
        ("a split of 1,001 articles", correction("split", articles=[OTHER] * 1001)),
        ("a rename without title", correction("rename")),
        ("a rename to a number", correction("rename", title=7)),
        ("a takedown of a story and of articles", correction("takedown", articles=[OTHER])),
        ("a takedown of nothing", dict(correction("takedown"), data={})),
    ]
    return [(what, None, event, STRUCTURED, "bad_correction") for what, event in rows]


def forged_corrections():
    """As a page on the web could hold them, where a crawler passes on what it found."""
    takedown = dict(correction("takedown"), data={"articles": ["https://rival.example/1"]})
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [takedown]}
    return [("a correction without a header", None, takedown, None, "bad_correction"),
            ("a correction among a feed's items", None, feed, None, "bad_correction"),
            ("a correction in a list", None, [takedown], None, "bad_correction")]


def bad_records():
    rows = [(what, None, raw(value), None, OTHER_THAN_NOT_JSON.get(what, "not_json"))
            for what, value in NOT_JSON.items()]
    rows += [(what, None, raw(value) if isinstance(value, (str, bytes)) else value, None, code)
             for what, value, code in SHAPES + FIELDS]
    return rows + ENVELOPES + bad_corrections() + forged_corrections()
