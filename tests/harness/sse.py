"""A client of /v1/stream: reads server-sent events over a plain socket, keeps the last id."""
import json
import socket
import time


class Stream:
    def __init__(self, port, query="", last_id=None, timeout=20):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        headers = f"Last-Event-ID: {last_id}\r\n" if last_id else ""
        # HTTP/1.0: the body as it is, without chunks.
        self.socket.sendall(f"GET /v1/stream{query} HTTP/1.0\r\nHost: localhost\r\n{headers}\r\n".encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        while self.file.readline().strip():
            pass
        self.last_id, self.comments = last_id, 0

    def events(self, seconds):
        """(kind, data) of each event that comes within this time; ends early when the server ends the stream."""
        deadline = time.monotonic() + seconds
        kind, data = "message", []
        while (left := deadline - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                line = self.file.readline()
            except (TimeoutError, socket.timeout):
                return
            if not line:
                return
            line = line.decode().rstrip("\n")
            if not line:
                if data:
                    yield kind, json.loads("\n".join(data))
                kind, data = "message", []
            elif line.startswith(":"):
                self.comments += 1
            elif line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: "):
                data.append(line[6:])
            elif line.startswith("id: "):
                self.last_id = line[4:]

    def close(self):
        self.file.close()
        self.socket.close()
