"""A local embeddings service for the bench: all-MiniLM-L6-v2 behind /v1/embeddings as OpenAI defines it.

  scripts/install-encoder.sh && build/encoder/bin/python bench/encoder [--port 8088] [--int8] [--threads 2]

Vectors are kept in build/encoder-cache by the text's hash, so that each text of a labelled set is encoded once;
--no-cache for measuring what encoding costs. It listens on the loopback interface only, prints its address when
it is ready, and at its end how many texts it encoded and the processor time of one.
"""
import argparse
import hashlib
import http.server
import json
import pathlib
import signal
import sqlite3
import sys
import threading
import time

import numpy

from model import Encoder

BUILD = pathlib.Path(__file__).resolve().parents[2] / "build"
MODEL = "all-MiniLM-L6-v2"
TEXTS_MAX, BODY_MAX = 2048, 16 << 20


class Cache:
    """Vectors by model and text, in one SQLite file. One thread at a time."""

    def __init__(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.base = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.base.execute("PRAGMA journal_mode=WAL")
        self.base.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")

    def find(self, key):
        row = self.base.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
        return None if row is None else numpy.frombuffer(row[0], numpy.float32)

    def keep(self, rows):
        self.base.execute("BEGIN")
        self.base.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        self.base.execute("COMMIT")


class Service:
    def __init__(self, options):
        self.encoder = Encoder(BUILD / "encoder-model", options.int8, options.threads)
        self.cache = None if options.no_cache else Cache(BUILD / "encoder-cache" / "vectors.sqlite")
        self.variant = b"int8" if options.int8 else b"fp32"
        self.lock = threading.Lock()
        self.encoded, self.seconds = 0, 0.0

    def vectors(self, texts):
        with self.lock:
            keys = [hashlib.sha256(self.variant + b"\0" + text.encode()).digest() for text in texts]
            found = [self.cache.find(key) if self.cache else None for key in keys]
            missing = [i for i, vector in enumerate(found) if vector is None]
            if missing:
                started = time.process_time()
                rows = self.encoder.encode([texts[i] for i in missing])
                self.seconds += time.process_time() - started
                self.encoded += len(missing)
                for i, row in zip(missing, rows):
                    found[i] = row
                if self.cache:
                    self.cache.keep([(keys[i], found[i].tobytes()) for i in missing])
            return found


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service = None

    def answer(self, status, value):
        body = json.dumps(value, separators=(",", ":")).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status, message):
        self.close_connection = True
        self.answer(status, {"error": {"message": message, "type": "invalid_request_error"}})

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        if self.path != "/v1/embeddings" or length > BODY_MAX:
            return self.refuse(404 if length <= BODY_MAX else 413, "POST up to 16 MiB to /v1/embeddings")
        try:
            texts = json.loads(self.rfile.read(length))["input"]
        except (ValueError, KeyError, TypeError):
            return self.refuse(400, "the body is no JSON object with an input")
        texts = [texts] if isinstance(texts, str) else texts
        if not isinstance(texts, list) or not 0 < len(texts) <= TEXTS_MAX or not all(
                isinstance(text, str) for text in texts):
            return self.refuse(400, f"input is a text or a list of 1 to {TEXTS_MAX} texts")
        data = [{"object": "embedding", "index": i, "embedding": [round(x, 6) for x in vector.tolist()]}
                for i, vector in enumerate(self.service.vectors(texts))]
        return self.answer(200, {"object": "list", "model": MODEL, "data": data})

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def main():
    parser = argparse.ArgumentParser(prog="encoder", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8088, help="0: any free one")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--int8", action="store_true", help="quantised matrices: faster, slightly other vectors")
    parser.add_argument("--no-cache", action="store_true")
    options = parser.parse_args()
    Handler.service = service = Service(options)
    server = Server(("127.0.0.1", options.port), Handler)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"http://127.0.0.1:{server.server_port}/v1", flush=True)
    server.serve_forever()
    if service.encoded:
        print(f"{service.encoded} texts encoded, {1e3 * service.seconds / service.encoded:.1f} ms of a core each",
              file=sys.stderr)


if __name__ == "__main__":
    main()
