"""newswired as a process: configuration, readiness by sd_notify, signals, HTTP."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

from .servers import ROOT, build_folder

CONFIG = """
roles = [{roles}];
kafka: {{
  brokers = "{brokers}"; group = "{group}"; instance_id = "{instance_id}"; create_topics = {create_topics};
  articles_partitions = {partitions}; features_partitions = {partitions};
  session_timeout_ms = {session_timeout_ms};{kafka_extra}
}};
redis: {{ url = "{redis}"; namespace = "{namespace}";{redis_extra} }};
publish: {{ min_interval_ms = {publish_interval_ms}; }};
ratings: {{ file = "{ratings}";{ratings_extra} }};
http: {{ listen = "127.0.0.1:{port}";{http_extra} }};
{extra}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Notifications:
    """The service manager's end of sd_notify. It reads all the time, as systemd does: the socket holds ten
    messages, and whoever sends the eleventh waits."""

    def __init__(self, path):
        self.ready = threading.Event()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        with self.socket:
            while (message := self.socket.recv(4096)) != b"":
                if b"READY=1" in message.split(b"\n"):
                    self.ready.set()

    def close(self):
        """An empty message ends the reader."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
                end.connect(self.socket.getsockname())
                end.send(b"")
        except OSError:
            pass  # closed before


class Daemon:
    """One instance. The log is kept in its folder and shown when something fails."""

    def __init__(self, brokers, redis_url, *, roles=("articles", "stories"), group="nw", instance_id="",
                 namespace="newswired", ratings=ROOT / "config" / "ratings.example.csv", publish_interval_ms=100,
                 partitions=4, session_timeout_ms=6000, create_topics=False, kafka_extra="", redis_extra="",
                 ratings_extra="", http_extra="", port=None, extra="", arguments=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="newswired-test-"))
        self.port = free_port() if port is None else port  # 0: any, when nobody has to ask it
        self.config = self.folder / "newswired.conf"
        self.config.write_text(CONFIG.format(
            roles=", ".join(f'"{r}"' for r in roles), brokers=brokers, group=group, instance_id=instance_id,
            redis=redis_url, namespace=namespace, ratings=ratings, publish_interval_ms=publish_interval_ms,
            partitions=partitions, session_timeout_ms=session_timeout_ms,
            create_topics="true" if create_topics else "false", port=self.port, kafka_extra=kafka_extra,
            redis_extra=redis_extra,
            ratings_extra=ratings_extra, http_extra=http_extra,
            extra=extra))
        self.namespace = namespace
        self.group = group
        self.arguments = list(arguments)
        self.log = self.folder / "newswired.log"
        self.process = None

    def start(self, wait=True, timeout=60):
        path = self.folder / "notify.sock"
        path.unlink(missing_ok=True)
        self.notify = Notifications(path)
        environment = dict(os.environ, NOTIFY_SOCKET=str(path))
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(binary()), "run", "-c", str(self.config), *self.arguments],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        if wait:
            self.await_ready(timeout)
        return self

    def await_ready(self, timeout=60):
        """Blocks until the daemon itself says READY=1 to its service manager."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.notify.ready.wait(0.5):
                return self
            assert self.process.poll() is None, f"exited with {self.process.returncode}\n{self.tail()}"
        raise AssertionError(f"not ready within {timeout} s\n{self.tail()}")

    def tail(self, size=6000):
        return self.log.read_text(errors="replace")[-size:]

    def get(self, path, timeout=10):
        """(status, headers, decoded body) of a page; redirects are not followed."""
        class NoRedirect(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_):
                return None
        opener = urllib.request.build_opener(NoRedirect)
        try:
            answer = opener.open(f"http://127.0.0.1:{self.port}{path}", timeout=timeout)
        except urllib.error.HTTPError as error:
            answer = error
        text = answer.read().decode()
        is_json = "json" in answer.headers.get("content-type", "")
        return answer.status, answer.headers, json.loads(text) if is_json else text

    def metric(self, name):
        """The sum over the labels of a metric of /metrics."""
        total = 0.0
        for line in self.get("/metrics")[2].splitlines():
            if line.startswith(name) and line[len(name)] in " {":
                total += float(line.rsplit(" ", 1)[1])
        return total

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()
        self.notify.close()

    def stop(self, timeout=15):
        """SIGTERM; the exit code."""
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout)
        finally:
            self.notify.close()

    def remove(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def binary():
    return build_folder() / "newswired"


def run(*arguments, check=True, timeout=120, **options):
    """A newswired command that ends by itself."""
    result = subprocess.run([str(binary()), *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                            stdin=subprocess.DEVNULL, **options)
    assert not check or result.returncode == 0, f"{arguments}: {result.returncode}\n{result.stderr[-4000:]}"
    return result
