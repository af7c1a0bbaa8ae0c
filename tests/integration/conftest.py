import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import contracts, kafka  # noqa: E402
from harness.daemon import Daemon  # noqa: E402
from harness.servers import MockCluster, RedisServer  # noqa: E402

# The mock cluster keeps about 5 MiB a partition: room for every summary of a test.
TOPICS = {"articles": 4, "articles.features": 4, "articles.rejected": 1, "coverage": 32, "coverage.insights": 1}


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: left out of the sanitizer run")


@pytest.fixture
def redis_server():
    server = RedisServer()
    yield server
    server.stop()


@pytest.fixture
def cluster():
    cluster = MockCluster(TOPICS)
    yield cluster
    cluster.stop()


@pytest.fixture
def start(cluster, redis_server, request):
    """start(**options) -> a running, ready instance; ended and removed with the test.

    What the instances have written is held to the schemas then, whatever the test was about.
    """
    daemons = []

    def start_one(wait=True, **options):
        daemon = Daemon(cluster.bootstrap, redis_server.url, **options)
        daemons.append(daemon)
        return daemon.start(wait)

    yield start_one
    failed = getattr(request.node, "failed", False)
    for number, daemon in enumerate(daemons):
        if failed:
            print(f"--- log of instance {number}\n{daemon.tail()}")
        daemon.remove()
    wrong = contracts.coverage_mistakes(kafka.read_topic(cluster.bootstrap, "coverage"))
    wrong += contracts.changes_mistakes(redis_server.client())
    assert not wrong, "\n".join(wrong[:20])


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    if outcome.get_result().failed:
        item.failed = True
