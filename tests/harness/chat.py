"""A small OpenAI-compatible chat service on a free loopback port: answers as the test tells it to."""
import http.server
import json
import re
import threading


def sentences(text):
    return [s for s in re.split(r"(?<=[.!?])\s+", text) if len(s) >= 8]


def summary_of(request):
    """A good answer: words of the articles it was given, as they stand."""
    given = json.loads(request["messages"][1]["content"])
    articles = given["articles"]
    texts = [s for a in articles for s in sentences(a["text"])]
    insights = (texts + [a["title"] for a in articles] * 3)[:4]
    return {"title": articles[0]["title"], "lead": texts[0] if len(texts[0]) >= 20 else texts[0] + " " + texts[1],
            "insights": insights,
            "sides": {side: next(sentences(a["text"])[0] for a in articles if a["side"] == side)
                      for side in given["sides"]}}


def envelope(content, finish="stop"):
    if not isinstance(content, str):
        content = json.dumps(content, ensure_ascii=False)
    return {"id": "chatcmpl-1", "object": "chat.completion", "model": "test",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish}],
            "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}}


class ChatService:
    """answer(request) -> a dict (the JSON of status 200), or (status, body text, headers); may block on hold."""

    def __init__(self, answer=None):
        self.answer = answer or (lambda request: envelope(summary_of(request)))
        self.requests = []  # as they came: decoded bodies
        self.headers = []
        self.hold = threading.Event()  # for answers that hang: hold.wait()
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                request = json.loads(self.rfile.read(int(self.headers["content-length"])))
                service.headers.append(dict(self.headers))
                service.requests.append(request)
                answer = service.answer(request)
                status, body, headers = answer if isinstance(answer, tuple) else (200, json.dumps(answer), {})
                try:
                    self.send_response(status)
                    for name, value in {"content-type": "application/json", **headers}.items():
                        self.send_header(name, value)
                    data = body.encode()
                    self.send_header("content-length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:
                    pass  # the daemon has gone away meanwhile

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def titles(self):
        """The titles of the articles of each request."""
        return [[a["title"] for a in json.loads(r["messages"][1]["content"])["articles"]] for r in self.requests]

    def stop(self):
        self.hold.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
