import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness.daemon import free_port  # noqa: E402
from harness.servers import MockCluster, build_folder  # noqa: E402
from lab import PASSWORD, Lab  # noqa: E402

TOPICS = {"articles": 4, "articles.features": 4, "articles.rejected": 1, "coverage": 4, "coverage.insights": 1}


@pytest.fixture(scope="session")
def lab():
    """A systemd of its own in which newswired is installed as `cmake --install` does it."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    lab = Lab()
    try:
        lab.run("cmake", "--install", str(build_folder()))
        lab.run("systemd-sysusers")
        lab.run("systemd-tmpfiles", "--create", "newswired.conf")
        lab.run("systemctl", "daemon-reload")
        yield lab
    finally:
        lab.halt()


@pytest.fixture
def cluster():
    cluster = MockCluster(TOPICS)
    yield cluster
    cluster.stop()


class TcpRedis:
    """redis-server on loopback with a password: units have a /tmp of their own."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="newswired-redis-")
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder, "--save", "",
             "--appendonly", "yes", "--requirepass", PASSWORD],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def redis_server():
    server = TcpRedis()
    yield server
    server.stop()
