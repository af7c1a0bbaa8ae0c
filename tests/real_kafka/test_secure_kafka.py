"""A broker that wants TLS and a password: everything through kafka.properties, the secret out of a file."""
import broker as apache_kafka
import pytest

from harness import kafka, oracle
from harness.daemon import Daemon, run
from harness.events import Feed
from harness.redis_kinds import make_certificates
from harness.waiting import Pipeline

PASSWORD = "correct-horse-battery"


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    if not apache_kafka.available():
        pytest.skip("Apache Kafka needs java and mvn")
    folder = make_certificates(tmp_path_factory.mktemp("certificates"))
    (folder / "server.pem").write_text((folder / "server.key").read_text() + (folder / "server.crt").read_text())
    (folder / "password").write_text(PASSWORD + "\n")
    broker = apache_kafka.Broker(secure={"pem": folder / "server.pem", "user": "newswired", "password": PASSWORD})
    broker.certificates = folder
    broker.start()
    yield broker
    broker.stop()


def properties(folder, password="password", ca="ca.crt"):
    return (f' properties = ( "security.protocol=SASL_SSL", "sasl.mechanism=PLAIN", "sasl.username=newswired",'
            f' "sasl.password_file={folder}/{password}", "ssl.ca.location={folder}/{ca}" );')


def test_sasl_over_tls_with_the_password_in_a_file(secure, redis_server, tmp_path):
    daemon = Daemon(f"127.0.0.1:{secure.secure_port}", redis_server.url, create_topics=True,
                    kafka_extra=properties(secure.certificates))
    try:
        daemon.start()
        kafka.produce(secure.bootstrap, "articles", Feed(31, stories=40).events(500))
        pipeline = Pipeline(secure.bootstrap, redis_server.client())
        pipeline.await_settled([daemon])
        pipeline.close()
        assert run("--check", "--connect", "-c", daemon.config).returncode == 0
        expected = oracle.replay_of_features(daemon, tmp_path / "features.dump")
        assert len(expected) > 20
        assert not oracle.differences(expected, kafka.last_by_key(kafka.read_topic(secure.bootstrap, "coverage")))
        assert daemon.stop() == 0
        shown = run("--print-config", "-c", daemon.config).stdout
        assert "sasl.password_file" in shown
        assert PASSWORD not in shown + daemon.log.read_text()
    finally:
        daemon.remove()


def test_a_wrong_password_and_an_unknown_authority_are_said(secure, redis_server):
    (secure.certificates / "wrong").write_text("guess")
    for extra, reason in ((properties(secure.certificates, password="wrong"), "Authentication failed"),
                          (properties(secure.certificates, ca="other-ca.crt"), "certificate verify failed")):
        daemon = Daemon(f"127.0.0.1:{secure.secure_port}", redis_server.url, kafka_extra=extra)
        result = run("--check", "--connect", "-c", daemon.config, check=False)
        daemon.remove()
        assert result.returncode == 1 and reason in result.stdout + result.stderr, result.stdout + result.stderr
        assert "guess" not in result.stdout + result.stderr
