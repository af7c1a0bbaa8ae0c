"""Redis as it is run in earnest: over TCP with TLS, behind Sentinel, as a cluster. Loopback, free ports, temporary folders."""
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import redis

from .daemon import free_port
from .waiting import await_true


class TcpRedis:
    """One redis-server on a port of 127.0.0.1; arguments are added to its command line."""

    def __init__(self, *arguments, tls=None, wait=True):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="newswired-redis-"))
        self.port = free_port()
        self.tls = tls
        ports = ["--port", "0", "--tls-port", str(self.port)] if tls else ["--port", str(self.port)]
        self.command = ["redis-server", *ports, "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", "",
                        "--appendonly", "no", "--daemonize", "no", "--repl-diskless-sync-delay", "0", *arguments]
        self.start(wait)

    def start(self, wait=True):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        if wait:
            await_true("redis-server answers", self._answers, 20)

    def _answers(self):
        assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
        try:
            return self.client().ping()
        except (redis.ConnectionError, redis.BusyLoadingError):
            return False

    def client(self, **options):
        return redis.Redis(port=self.port, **(self.tls or {}), **options)

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        if self.process.poll() is None:
            self.signal(signal.SIGKILL)
            self.process.wait()

    def stop(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def replica_of(primary, *arguments):
    replica = TcpRedis("--replicaof", "127.0.0.1", str(primary.port), *arguments)
    await_true("the replica is in step", lambda: replica.client().info("replication")["master_link_status"] == "up")
    return replica


class SentinelSetup:
    """A primary, a replica and three Sentinels that watch them under the name "news"."""

    def __init__(self, password=None):
        self.password = password
        self.primary = TcpRedis()
        self.replica = replica_of(self.primary)
        self.sentinels = []
        for _ in range(3):
            folder = pathlib.Path(tempfile.mkdtemp(prefix="newswired-sentinel-"))
            port = free_port()
            (folder / "sentinel.conf").write_text("\n".join((
                f"port {port}", "bind 127.0.0.1", f"dir {folder}", f"sentinel monitor news 127.0.0.1 {self.primary.port} 2",
                "sentinel down-after-milliseconds news 1000", "sentinel failover-timeout news 5000", f"requirepass {password}" if password else "", "")))
            log = open(folder / "log", "ab")
            process = subprocess.Popen(["redis-server", str(folder / "sentinel.conf"), "--sentinel"], stdout=log, stderr=log,
                                       stdin=subprocess.DEVNULL)
            log.close()
            self.sentinels.append((process, port, folder))
        self.url = "sentinel://" + ",".join(f"127.0.0.1:{port}" for _, port, _ in self.sentinels) + "/news?db=0"
        self._await_or_stop("the Sentinels know each other and the replica", self._all_known)

    def _await_or_stop(self, what, condition):
        """Nothing is left behind by a setup that does not come up."""
        try:
            await_true(what, condition, 30)
        except BaseException:
            self.stop()
            raise

    def sentinel(self, number):
        return redis.Redis(port=self.sentinels[number][1], password=self.password)

    def _all_known(self):
        try:
            states = [self.sentinel(n).sentinel_master("news") for n in range(3)]
        except redis.ConnectionError:
            return False
        return all(s["num-other-sentinels"] == 2 and s["num-slaves"] == 1 for s in states)

    def await_failover(self):
        """Until the replica is a primary that the Sentinels name."""
        await_true("failover", lambda: self.replica.client().role()[0] == b"master" and all(
            self.sentinel(n).sentinel_get_master_addr_by_name("news")[1] == self.replica.port for n in (1, 2)), 60)

    def stop(self):
        for process, _, folder in self.sentinels:
            process.kill()
            process.wait()
            shutil.rmtree(folder, ignore_errors=True)
        self.replica.stop()
        self.primary.stop()


class ClusterSetup:
    """Three primaries, and a replica of each when asked for."""

    SLOTS = 16384

    def __init__(self, replicas=False):
        self.nodes = [self._node() for _ in range(6 if replicas else 3)]
        for n, node in enumerate(self.nodes[:3]):
            first, last = self.SLOTS * n // 3, self.SLOTS * (n + 1) // 3 - 1
            raw(node, "CLUSTER", "ADDSLOTSRANGE", first, last)
            raw(node, "CLUSTER", "SET-CONFIG-EPOCH", n + 1)
        for node in self.nodes[1:]:
            raw(node, "CLUSTER", "MEET", "127.0.0.1", self.nodes[0].port, self.nodes[0].bus)
        await_true("the nodes know each other",
                   lambda: all(len(self._known(node)) == len(self.nodes) for node in self.nodes), 30)
        for n, node in enumerate(self.nodes[3:]):
            raw(node, "CLUSTER", "REPLICATE", self.id_of(self.nodes[n]))
        try:
            await_true("the cluster is whole", self.whole, 30)
        except BaseException:
            self.stop()
            raise
        self.url = "redis://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    @staticmethod
    def _node():
        bus = free_port()
        node = TcpRedis("--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-port", str(bus),
                        "--cluster-node-timeout", "1500", "--cluster-require-full-coverage", "no")
        node.bus = bus
        return node

    @staticmethod
    def _known(node):
        """The nodes it has shaken hands with, itself included."""
        return [line for line in raw(node, "CLUSTER", "NODES").decode().splitlines() if "handshake" not in line]

    def whole(self):
        for node in (node for node in self.nodes if node.process.poll() is None):
            info = raw(node, "CLUSTER", "INFO").decode()
            if "cluster_state:ok" not in info or f"cluster_slots_ok:{self.SLOTS}" not in info:
                return False
            if node.client().role()[0] == b"slave" and node.client().info("replication")["master_link_status"] != "up":
                return False
        return True

    @staticmethod
    def id_of(node):
        return raw(node, "CLUSTER", "MYID").decode()

    def client(self):
        """Of the whole cluster, independent of the code under test."""
        alive = [node for node in self.nodes if node.process.poll() is None]
        return redis.RedisCluster(startup_nodes=[redis.cluster.ClusterNode("127.0.0.1", node.port) for node in alive],
                                  reinitialize_steps=1)

    def slot_of(self, key):
        return raw(self.nodes[0], "CLUSTER", "KEYSLOT", key)

    def owner_of(self, slot):
        for first, last, primary, *_ in self._slots():
            if first <= slot <= last:
                return next(node for node in self.nodes if node.port == primary[1])
        raise AssertionError(f"nobody has slot {slot}")

    def _slots(self):
        return raw(next(node for node in self.nodes if node.process.poll() is None), "CLUSTER", "SLOTS")

    def move_slot(self, slot, target, keys_a_step=20):
        """As redis-cli --cluster reshard does it, in small steps."""
        source = self.owner_of(slot)
        assert source is not target
        ids = self.id_of(source), self.id_of(target)
        raw(target, "CLUSTER", "SETSLOT", slot, "IMPORTING", ids[0])
        raw(source, "CLUSTER", "SETSLOT", slot, "MIGRATING", ids[1])
        moved = 0
        while True:
            keys = raw(source, "CLUSTER", "GETKEYSINSLOT", slot, keys_a_step)
            if not keys:
                break
            moved += len(keys)
            raw(source, "MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "KEYS", *keys)
        for node in (target, source, *[n for n in self.nodes if n not in (target, source)]):
            if node.client().role()[0] == b"master":
                raw(node, "CLUSTER", "SETSLOT", slot, "NODE", ids[1])
        return moved

    def stop(self):
        for node in self.nodes:
            node.stop()


def raw(node, *command):
    """The reply as it came, without redis-py's ideas of it."""
    connection = node.client().connection_pool.get_connection("raw")
    try:
        connection.send_command(*command)
        return connection.read_response()
    finally:
        connection.disconnect()


def make_certificates(folder, server_names="IP:127.0.0.1"):
    """A CA of our own, a server's and a client's certificate, and a CA nobody knows."""
    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, cwd=folder)
    for ca in ("ca", "other-ca"):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", 2, "-subj",
                f"/CN=newswired test {ca}", "-keyout", f"{ca}.key", "-out", f"{ca}.crt")
    for who, names in (("server", server_names), ("client", "DNS:newswired")):
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={who}",
                "-keyout", f"{who}.key", "-out", f"{who}.csr")
        (folder / "names").write_text(f"subjectAltName={names}\n")
        openssl("x509", "-req", "-in", f"{who}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", 2,
                "-extfile", "names", "-out", f"{who}.crt")
    return folder


def tls_redis(certificates, ask_clients=True):
    return TcpRedis("--tls-cert-file", str(certificates / "server.crt"), "--tls-key-file", str(certificates / "server.key"),
                    "--tls-ca-cert-file", str(certificates / "ca.crt"), "--tls-auth-clients", "yes" if ask_clients else "no",
                    tls={"ssl": True, "ssl_ca_certs": str(certificates / "ca.crt"),
                         "ssl_certfile": str(certificates / "client.crt"), "ssl_keyfile": str(certificates / "client.key"),
                         "host": "127.0.0.1"})
