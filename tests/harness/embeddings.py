"""An embeddings service for tests: /v1/embeddings with vectors made of a text's words, or an error at will."""
import hashlib
import http.server
import json
import threading

DIMENSIONS = 32


def vector(text):
    """Each word adds to two of the numbers, so that texts with the same words point the same way."""
    numbers = [0.01] * DIMENSIONS
    for word in text.casefold().split():
        digest = hashlib.sha256(word.encode()).digest()
        numbers[digest[0] % DIMENSIONS] += 1
        numbers[digest[1] % DIMENSIONS] -= 1
    return numbers


class EmbeddingService:
    """broken: answers 500 from then on."""

    def __init__(self):
        self.broken = False
        self.keys = set()  # of the requests' Authorization headers
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                service.keys.add(self.headers.get("Authorization"))
                data = [{"index": i, "embedding": vector(text)} for i, text in enumerate(asked["input"])]
                body = json.dumps({"object": "list", "data": data}).encode()
                self.send_response(500 if service.broken or self.path != "/v1/embeddings" else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
