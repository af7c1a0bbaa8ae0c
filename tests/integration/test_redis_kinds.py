"""Redis with users, TLS, replicas, Sentinel and as a cluster: real servers, and the oracle after what each of them does."""
import re
import signal

import pytest
import redis as redis_py

from harness import kafka, oracle
from harness.daemon import Daemon, run
from harness.events import Feed
from harness.redis_kinds import (ClusterSetup, SentinelSetup, TcpRedis, make_certificates, replica_of, tls_redis)
from harness.servers import ROOT
from harness.waiting import Pipeline, await_true

SEED = 4711


class World:
    """The instances of a test, its servers, and where its records go."""

    def __init__(self, cluster):
        self.cluster, self.daemons, self.servers, self.fed = cluster, [], [], 0

    def keep(self, server):
        self.servers.append(server)
        return server

    def start(self, url, wait=True, **options):
        daemon = Daemon(self.cluster.bootstrap, url, **options)
        self.daemons.append(daemon)
        return daemon.start(wait)

    def feed(self, count):
        self.fed += 1
        kafka.produce(self.cluster.bootstrap, "articles", Feed(SEED + self.fed, stories=60).events(count))

    def settle(self, client, tmp_path):
        """All is through, and every summary and count is the oracle's."""
        running = [d for d in self.daemons if d.process.poll() is None]
        pipeline = Pipeline(self.cluster.bootstrap, client)
        try:
            pipeline.await_settled(running)
        finally:
            pipeline.close()
        expected = oracle.replay_of_features(running[0], tmp_path / "features.dump")
        published = kafka.last_by_key(kafka.read_topic(self.cluster.bootstrap, "coverage"))
        assert not oracle.differences(expected, published)
        assert not oracle.count_differences(expected, client, "newswired")
        return expected

    def applied(self, client):
        pipeline = Pipeline(self.cluster.bootstrap, client)
        try:
            return pipeline.features_applied()
        finally:
            pipeline.close()


@pytest.fixture
def world(cluster, request):
    world = World(cluster)
    yield world
    for number, daemon in enumerate(world.daemons):
        if getattr(request.node, "failed", False):
            print(f"--- log of instance {number}\n{daemon.tail()}")
        daemon.remove()
    for server in world.servers:
        server.stop()


def check(daemon):
    """newswired --check --connect: (exit code, the line about Redis)."""
    result = run("--check", "--connect", "-c", daemon.config, check=False)
    return result.returncode, next((line for line in result.stdout.splitlines() if " redis" in line), result.stdout + result.stderr)


# ---- users ----

def documented_acl(name):
    text = (ROOT / "docs" / "redis.md").read_text()
    return re.search(rf"^ACL SETUSER {name} (.*)$", text, re.M).group(1).split()


def test_the_documented_user_can_do_all_that_is_needed_and_the_reader_cannot_write(world, tmp_path):
    server = world.keep(TcpRedis())
    for name in ("newswired", "dashboard"):
        rules = [">secret" if rule.startswith(">") else rule for rule in documented_acl(name)]
        server.client().execute_command("ACL", "SETUSER", name, *rules)
    server.client().execute_command("ACL", "SETUSER", "judge", "on", ">secret", "~*", "+@all")
    server.client().execute_command("ACL", "SETUSER", "default", "off")
    judge = server.client(username="judge", password="secret")
    (tmp_path / "password").write_text("secret\n")
    login = f' username = "newswired"; password_file = "{tmp_path}/password";'
    daemon = world.start(f"redis://127.0.0.1:{server.port}", redis_extra=login)
    world.feed(900)
    expected = world.settle(judge, tmp_path)
    result = run("--check", "--connect", "-c", daemon.config, check=False)
    assert result.returncode == 0, result.stdout
    assert daemon.get(f"/v1/stories/{next(iter(expected))}")[0] in (200, 301)
    assert daemon.get("/v1/stories?window=24h&limit=5")[0] == 200
    assert "NOPERM" not in daemon.log.read_text()
    assert daemon.stop() == 0

    reader = server.client(username="dashboard", password="secret")
    tag = reader.smembers("newswired:partitions").pop().decode()
    assert reader.zrevrange(f"newswired:{tag}:recent", 0, 1) is not None
    for command in (("SET", f"newswired:{tag}:x", "1"), ("DEL", f"newswired:{tag}:recent"), ("FLUSHALL",)):
        with pytest.raises(redis_py.exceptions.NoPermissionError):
            reader.execute_command(*command)

    (tmp_path / "password").write_text("wrong\n")
    code, line = check(daemon)
    assert code == 1 and "WRONGPASS" in line and "wrong\n" not in line


# ---- TLS ----

def test_tls_with_a_ca_of_our_own_and_a_client_certificate(world, tmp_path):
    certificates = make_certificates(tmp_path)
    server = world.keep(tls_redis(certificates))
    tls = (f' tls_ca_file = "{tmp_path}/ca.crt"; tls_certificate_file = "{tmp_path}/client.crt";'
           f' tls_key_file = "{tmp_path}/client.key";')
    daemon = world.start(f"rediss://127.0.0.1:{server.port}", redis_extra=tls)
    world.feed(700)
    expected = world.settle(server.client(), tmp_path)
    assert daemon.get(f"/v1/stories/{next(iter(expected))}")[0] in (200, 301)
    assert check(daemon)[0] == 0
    assert daemon.stop() == 0


def test_tls_refuses_whom_it_cannot_trust(world, tmp_path):
    certificates = make_certificates(tmp_path, server_names="DNS:redis.internal")
    server = world.keep(tls_redis(certificates, ask_clients=False))
    ca = f' tls_ca_file = "{tmp_path}/ca.crt";'

    def line_for(extra, scheme="rediss"):
        daemon = Daemon(world.cluster.bootstrap, f"{scheme}://127.0.0.1:{server.port}", redis_extra=extra)
        try:
            code, line = check(daemon)
            return code == 0, line
        finally:
            daemon.remove()

    assert line_for(ca + ' tls_server_name = "redis.internal";')[0]
    for extra, reason in ((ca, "IP address mismatch"), (ca + ' tls_server_name = "other.internal";', "ostname mismatch"),
                          (f' tls_ca_file = "{tmp_path}/other-ca.crt"; tls_server_name = "redis.internal";', "certificate"),
                          (' tls_server_name = "redis.internal";', "certificate"),
                          (f' tls_ca_file = "{tmp_path}/none.crt";', "tls_ca_file"),
                          (ca + f' tls_certificate_file = "{tmp_path}/client.crt";', "tls_key_file")):
        good, line = line_for(extra)
        assert not good and reason in line, (extra, line)
    good, line = line_for("", scheme="redis")  # plain text to a TLS port
    assert not good, line
    plain = world.keep(TcpRedis())
    daemon = Daemon(world.cluster.bootstrap, f"rediss://127.0.0.1:{plain.port}", redis_extra=ca)
    code, line = check(daemon)
    daemon.remove()
    assert code == 1 and "TLS" in line, line


# ---- replicas ----

def test_a_batch_counts_only_when_the_replica_has_it(world, tmp_path):
    """wait_replicas = 1 and a replica that is frozen: nothing is published that could be lost with the primary."""
    primary = world.keep(TcpRedis())
    replica = world.keep(replica_of(primary))
    daemon = world.start(f"redis://127.0.0.1:{primary.port}", redis_extra=" wait_replicas = 1; command_timeout_ms = 1000;")
    world.feed(200)
    world.settle(primary.client(), tmp_path)
    published = len(kafka.read_topic(world.cluster.bootstrap, "coverage"))
    replica.signal(signal.SIGSTOP)
    world.feed(300)
    await_true("it is said", lambda: "of 1 replicas have the batch" in daemon.tail())
    await_true("degraded", lambda: daemon.get("/readyz")[0] == 503)
    assert len(kafka.read_topic(world.cluster.bootstrap, "coverage")) == published
    replica.signal(signal.SIGCONT)
    world.settle(primary.client(), tmp_path)
    assert len(kafka.read_topic(world.cluster.bootstrap, "coverage")) > published
    await_true("well again", lambda: daemon.get("/readyz")[0] == 200)
    await_true("the replica has it all", lambda: replica.client().dbsize() == primary.client().dbsize())
    assert daemon.stop() == 0


# ---- what a server may refuse for a while ----

@pytest.mark.slow
def test_out_of_memory_and_read_only_pause_and_pass(world, tmp_path):
    server = world.keep(TcpRedis())
    client = server.client()
    daemon = world.start(f"redis://127.0.0.1:{server.port}")
    world.feed(200)
    world.settle(client, tmp_path)
    for break_it, mend_it, said in (
            (lambda: client.config_set("maxmemory", 1), lambda: client.config_set("maxmemory", 0), "OOM"),
            (lambda: client.config_set("min-replicas-to-write", 1), lambda: client.config_set("min-replicas-to-write", 0),
             "NOREPLICAS"),
            (lambda: client.slaveof("127.0.0.1", 1), lambda: client.slaveof(), "READONLY|replica")):
        position = world.applied(client)
        break_it()
        world.feed(150)
        await_true(said, lambda: re.search(said, daemon.tail(3000)))
        await_true("degraded", lambda: daemon.get("/readyz")[0] == 503)
        assert daemon.get("/healthz")[0] == 200 and world.applied(client) == position
        mend_it()
        world.settle(client, tmp_path)
        await_true("well again", lambda: daemon.get("/readyz")[0] == 200)
    assert daemon.stop() == 0


def test_a_server_that_evicts_is_refused_whenever_it_is_connected_to(world, tmp_path):
    server = world.keep(TcpRedis())
    daemon = world.start(f"redis://127.0.0.1:{server.port}")
    world.feed(100)
    world.settle(server.client(), tmp_path)
    server.client().config_set("maxmemory-policy", "allkeys-lru")
    server.client().client_kill_filter(_type="normal")
    await_true("refused", lambda: re.search("partition refused.*noeviction", daemon.tail()))
    await_true("not ready", lambda: daemon.get("/readyz")[0] == 503)
    assert daemon.stop() == 0
    code, line = check(daemon)
    assert code == 1 and "noeviction" in line
    daemon.start(wait=False)
    assert daemon.process.wait(20) == 75
    daemon.notify.close()


# ---- Sentinel ----

@pytest.mark.slow
def test_a_failover_by_sentinel_that_loses_the_tail_is_replayed(world, tmp_path):
    setup = world.keep(SentinelSetup())
    daemon = world.start(setup.url)
    world.feed(400)
    world.settle(setup.primary.client(), tmp_path)
    await_true("the replica has it all", lambda: setup.replica.client().dbsize() == setup.primary.client().dbsize())
    setup.replica.client().slaveof("127.0.0.1", 1)  # from here on it gets nothing; Sentinel mends that only after a while
    replicated = world.applied(setup.replica.client())
    world.feed(400)
    world.settle(setup.primary.client(), tmp_path)
    assert world.applied(setup.primary.client()) > replicated == world.applied(setup.replica.client())
    setup.primary.kill()
    setup.sentinels[0][0].kill()  # the first one of the list: the next is asked
    setup.await_failover()
    world.feed(200)
    world.settle(setup.replica.client(), tmp_path)
    assert "went back in time" in daemon.log.read_text() or "another owner has taken" in daemon.log.read_text()
    assert daemon.stop() == 0
    # The old primary comes back as what it was, and the Sentinels do not name it.
    setup.primary.start()
    daemon.start()
    world.feed(100)
    world.settle(setup.replica.client(), tmp_path)
    assert daemon.stop() == 0


def test_sentinels_with_a_password_and_without_the_name(world, tmp_path):
    setup = world.keep(SentinelSetup(password="watch"))
    (tmp_path / "password").write_text("watch")
    secret = f' sentinel_password_file = "{tmp_path}/password";'
    for extra, url, reason in (("", setup.url, "NOAUTH"), (secret, setup.url.replace("news", "olds"), 'named "olds"'),
                               (secret, setup.url, None)):
        daemon = Daemon(world.cluster.bootstrap, url, redis_extra=extra)
        code, line = check(daemon)
        daemon.remove()
        assert (code == 0) == (reason is None) and (reason or "good") in line, line


# ---- a cluster ----

def partition_slot(setup, partition):
    return setup.slot_of(f"newswired:{{articles.features:{partition}}}:_owner")


def test_a_cluster_whose_slots_move_under_load(world, tmp_path):
    setup = world.keep(ClusterSetup())
    owners = {setup.owner_of(partition_slot(setup, p)).port for p in range(4)}
    assert len(owners) > 1, "the partitions' keys have to be on several nodes"
    daemon = world.start(setup.url.split(",")[0])
    world.feed(300)
    world.settle(setup.client(), tmp_path)
    for partition in range(4):
        slot = partition_slot(setup, partition)
        world.feed(200)
        target = next(n for n in setup.nodes if n is not setup.owner_of(slot))
        setup.move_slot(slot, target, keys_a_step=10)
        world.feed(100)
    expected = world.settle(setup.client(), tmp_path)
    assert re.search("MOVED|ASK|TRYAGAIN", daemon.log.read_text())
    check_readers(world, daemon, expected)
    assert daemon.stop() == 0
    daemon.start()
    world.feed(100)
    world.settle(setup.client(), tmp_path)
    assert daemon.stop() == 0


def check_readers(world, daemon, expected):
    """Pages, the lag table and the check, which read keys of several nodes."""
    active = {k: v for k, v in expected.items() if v["status"] == "active"}
    page = daemon.get("/v1/stories?limit=100")[2]
    seen = {story["id"] for story in page["stories"]}
    while "nextCursor" in page:
        page = daemon.get(f"/v1/stories?limit=100&cursor={page['nextCursor']}")[2]
        seen |= {story["id"] for story in page["stories"]}
    assert seen >= set(active)
    for story, summary in list(active.items())[:20]:
        assert daemon.get(f"/v1/stories/{story}")[2]["revision"] == summary["revision"]
    table = run("lag", "-c", daemon.config).stdout
    assert table.endswith("4 partitions, 0 records behind\n"), table
    assert check(daemon)[0] == 0
    assert daemon.get("/readyz")[0] == 200


@pytest.mark.slow
def test_a_cluster_that_loses_a_node(world, tmp_path):
    setup = world.keep(ClusterSetup(replicas=True))
    daemon = world.start(setup.url)
    world.feed(300)
    world.settle(setup.client(), tmp_path)
    victim = setup.owner_of(partition_slot(setup, 0))
    world.feed(200)
    victim.kill()
    await_true("failover", lambda: setup.owner_of(partition_slot(setup, 0)) is not victim, 60)
    world.feed(200)
    expected = world.settle(setup.client(), tmp_path)
    check_readers(world, daemon, expected)
    assert daemon.stop() == 0
