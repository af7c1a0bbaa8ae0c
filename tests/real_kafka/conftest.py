import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
sys.path.insert(0, str(HERE))

import broker as apache_kafka  # noqa: E402
from harness.daemon import Daemon  # noqa: E402
from harness.proxies import StallingKafka  # noqa: E402
from harness.servers import RedisServer  # noqa: E402


@pytest.fixture(scope="session")
def broker():
    if not apache_kafka.available():
        pytest.skip("Apache Kafka needs java and mvn")
    port = apache_kafka.free_port()
    proxy = StallingKafka(port)
    broker = apache_kafka.Broker(proxy_port=port).start()
    proxy.broker_port, broker.proxy = broker.behind_proxy, proxy
    yield broker
    broker.stop()
    proxy.stop()


@pytest.fixture
def redis_server():
    server = RedisServer()
    yield server
    server.stop()


@pytest.fixture
def start(broker, redis_server, request):
    """start(**options) -> a ready instance that has made its topics; a test has a set of topics of its own.

    behind_proxy: it reaches the broker through broker.proxy only.
    """
    daemons = []
    name = request.node.name.removeprefix("test_")[:40]
    extra = "".join(f' {key}_topic = "{name}.{key}";' for key in ("articles", "features", "coverage", "rejected",
                                                                   "insights"))

    def start_one(wait=True, behind_proxy=False, **options):
        bootstrap = broker.proxy.bootstrap if behind_proxy else broker.bootstrap
        daemon = Daemon(bootstrap, redis_server.url, group=name, create_topics=True, kafka_extra=extra,
                        **options)
        daemons.append(daemon)
        return daemon.start(wait)

    start_one.topic = lambda key: f"{name}.{key}"
    yield start_one
    if getattr(request.node, "failed", False):
        for number, daemon in enumerate(daemons):
            print(f"--- log of instance {number}\n{daemon.tail()}")
    for daemon in daemons:
        daemon.remove()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    if outcome.get_result().failed:
        item.failed = True
