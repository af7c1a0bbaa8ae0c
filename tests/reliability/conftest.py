import os
import pathlib
import random
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "real_kafka")]

import broker as apache_kafka  # noqa: E402


@pytest.fixture(autouse=True)
def needs_apache_kafka():
    if not apache_kafka.available():
        pytest.skip("Apache Kafka needs java and mvn")


@pytest.fixture
def seed():
    """A new one each time; NEWSWIRED_SEED has a plan again."""
    seed = int(os.environ.get("NEWSWIRED_SEED", random.SystemRandom().randrange(1 << 31)))
    print(f"NEWSWIRED_SEED={seed}")
    return seed
