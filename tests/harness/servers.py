"""A private redis-server and librdkafka's mock cluster, each in a process of its own."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import redis

ROOT = pathlib.Path(__file__).resolve().parents[2]


def build_folder():
    """The build whose binaries are tested: NEWSWIRED_BUILD, else build/release."""
    return ROOT / os.environ.get("NEWSWIRED_BUILD", "build/release")


class RedisServer:
    """redis-server on a unix socket in a temporary folder, append-only file on."""

    def __init__(self, appendfsync="everysec"):
        self.appendfsync = appendfsync
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="newswired-redis-"))
        self.socket = self.folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder),
             "--appendonly", "yes", "--appendfsync", self.appendfsync, "--save", "", "--daemonize", "no"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while True:
            try:
                if self.client().ping():
                    return
            except (redis.ConnectionError, redis.BusyLoadingError):
                assert time.monotonic() < deadline and self.process.poll() is None, "redis-server does not answer"
                time.sleep(0.02)

    def client(self, **options):
        return redis.Redis(unix_socket_path=str(self.socket), **options)

    def aof_tail(self):
        """(file, size) of the part of the append-only file that is being written."""
        parts = (self.folder / "appendonlydir").glob("*.incr.aof")
        last = max(parts, key=lambda path: int(path.name.split(".")[-3]))
        return last, last.stat().st_size

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class MockCluster:
    """librdkafka's mock cluster, served to other processes by a small helper of the tests."""

    is_mock = True

    def __init__(self, topics):
        arguments = [f"{name}:{partitions}" for name, partitions in topics.items()]
        self.process = subprocess.Popen([str(build_folder() / "tests" / "mock_cluster"), *arguments],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.bootstrap = self.process.stdout.readline().strip()
        assert self.bootstrap, "the mock cluster did not start"

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()
