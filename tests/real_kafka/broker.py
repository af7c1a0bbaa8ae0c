#!/usr/bin/env python3
"""Apache Kafka itself, for tests: KRaft, one JVM, a free port, a temporary folder.

As a program: fetches the jars with Maven into build/real_kafka (once), starts a broker, prints its
bootstrap address when it answers, and runs until standard input closes; the folder is removed then.
As a module: class Broker with start, kill (SIGKILL), restart, stop.

Needs Java 17 and Maven; `available()` says whether they are here.
"""
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
JARS = HERE.parent.parent / "build" / "real_kafka" / "jars"

PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}{more_listeners}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}{more_addresses}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT,SECURE:SASL_SSL
log.dirs={folder}/data
num.partitions=4
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
log.cleaner.backoff.ms=1000
log.retention.check.interval.ms=2000
message.max.bytes=9437184
replica.fetch.max.bytes=9437184
socket.request.max.bytes=104857600
"""

SECURE = """
sasl.enabled.mechanisms=PLAIN
listener.name.secure.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_{user}="{password}";
listener.name.secure.ssl.keystore.type=PEM
listener.name.secure.ssl.keystore.location={pem}
"""


def available():
    return shutil.which("java") is not None and shutil.which("mvn") is not None


def fetch_jars():
    """Copies the broker's jars beside the build, once; Maven's own cache makes a second time cheap."""
    stamp = JARS / ".complete"
    if not stamp.exists():
        subprocess.run(["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies",
                        f"-DoutputDirectory={JARS}"], check=True, stdout=sys.stderr)
        stamp.touch()
    return JARS


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Broker:
    """proxy_port: a second listener (behind_proxy is its port) tells its clients to come to that port of a proxy.
    secure: another one with SASL_SSL, port secure_port: {"pem": key and certificate, "user": …, "password": …}."""

    def __init__(self, heap_mb=512, proxy_port=None, secure=None):
        self.heap_mb = heap_mb
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="newswired-kafka-"))
        self.port, self.controller = free_port(), free_port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        self.process = None
        self.config = self.folder / "server.properties"
        self.behind_proxy = free_port() if proxy_port else None
        self.secure_port = free_port() if secure else None
        more = [("PROXIED", self.behind_proxy, proxy_port)] if proxy_port else []
        more += [("SECURE", self.secure_port, self.secure_port)] if secure else []
        self.config.write_text(PROPERTIES.format(
            port=self.port, controller=self.controller, folder=self.folder,
            more_listeners="".join(f",{name}://127.0.0.1:{port}" for name, port, _ in more),
            more_addresses="".join(f",{name}://127.0.0.1:{port}" for name, _, port in more))
            + (SECURE.format(**secure) if secure else ""))
        jars = fetch_jars()
        self.java = ["java", f"-Xmx{heap_mb}m", f"-Xms{heap_mb // 2}m", "-XX:+UseSerialGC",
                     "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", f"{jars}/*"]
        subprocess.run(self.java + ["kafka.tools.StorageTool", "format", "-t", "AAAAAAAAQACAAAAAAAAAAQ",
                                    "-c", str(self.config)], check=True, capture_output=True, cwd=self.folder)

    def start(self, timeout=60):
        self.log = open(self.folder / "broker.log", "ab")
        self.process = subprocess.Popen(self.java + ["kafka.Kafka", str(self.config)], cwd=self.folder,
                                        stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        self._await_answer(timeout)
        return self

    def _await_answer(self, timeout):
        from confluent_kafka.admin import AdminClient
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0,
                             "reconnect.backoff.max.ms": 200, "socket.connection.setup.timeout.ms": 1000})
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                if admin.list_topics(timeout=1).brokers:
                    return
            except Exception:  # not up yet: the next call waits up to a second for an answer
                pass
        tail = (self.folder / "broker.log").read_text(errors="replace")[-3000:]
        raise RuntimeError(f"Apache Kafka did not answer on {self.bootstrap} within {timeout} s:\n{tail}")

    def kill(self):
        """As a power cut would: SIGKILL, nothing flushed by the broker."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def restart(self, timeout=60):
        return self.start(timeout)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    if not available():
        sys.exit("broker.py: needs java and mvn on the PATH")
    broker = Broker()
    try:
        broker.start()
        print(broker.bootstrap, flush=True)
        sys.stdin.read()
    finally:
        broker.stop()


if __name__ == "__main__":
    main()
