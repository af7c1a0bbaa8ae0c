"""Backpressure: Redis slow, Kafka's takers stalled, a burst. Memory stays below memory_limit_mb, the lag is in the
metrics and /metrics answers meanwhile, nothing is lost, and what has piled up is drained at full speed afterwards."""
import dataclasses
import pathlib
import threading
import time

import broker as apache_kafka
import verdict
from harness.daemon import Daemon
from harness.proxies import SlowRedis, StallingKafka
from harness.servers import RedisServer
from harness.waiting import Pipeline, await_true
from world import EXTRA, PARTITIONS, Load

REDIS_DELAY_S = 0.2
MEMORY_LIMIT_MB = 256  # a quarter of the default: it has to bite on a shorter burst
FREE_EVENTS = 10_000  # the yardstick
SLOW_EVENTS = 15_000
STALL_S = 10
LARGE = 20_000  # more features than their queue holds
FULL_SPEED = 1 / 3  # of the yardstick, at least: the machine may be busy otherwise


@dataclasses.dataclass
class Phase:
    name: str
    seconds: float = 0.0  # under pressure
    most_lag: float = 0.0  # records, as /metrics tells it
    most_pending: float = 0.0  # summaries, as /metrics tells it
    slowest_page_s: float = 0.0  # of /metrics
    pages: int = 0
    peak_mb: float = 0.0
    drained_a_second: float = 0.0


class Watch(threading.Thread):
    """Asks for /metrics all the time."""

    def __init__(self, world, phase):
        super().__init__(daemon=True)
        self.world, self.phase = world, phase
        self.failed = None
        self.ending = threading.Event()

    def run(self):
        while not self.ending.wait(0.2):
            try:
                self._look()
            except Exception as error:  # said by check(): a thread's own end would go unseen
                self.failed = error
                return

    def _look(self):
        phase, began = self.phase, time.monotonic()
        page = self.world.daemon.get("/metrics")[2]
        phase.slowest_page_s = max(phase.slowest_page_s, time.monotonic() - began)
        phase.pages += 1
        values = {"newswired_lag_records": 0.0, "newswired_coverage_pending": 0.0, "process_resident_memory_bytes": 0.0}
        for line in page.splitlines():
            name = line.split("{")[0].split(" ")[0]
            if name in values:
                values[name] += float(line.rsplit(" ", 1)[1])
        phase.most_lag = max(phase.most_lag, values["newswired_lag_records"])
        phase.most_pending = max(phase.most_pending, values["newswired_coverage_pending"])
        phase.peak_mb = max(phase.peak_mb, values["process_resident_memory_bytes"] / 2**20)

    def check(self):
        self.ending.set()
        self.join()
        assert self.failed is None, f"/metrics under pressure: {self.failed!r}"
        assert self.phase.pages >= self.phase.seconds and self.phase.slowest_page_s < 5, self.phase


class PressureWorld:
    """One instance behind a proxy to Kafka and one to Redis; tests and load go to the servers themselves."""

    def __init__(self, seed, memory_limit_mb=MEMORY_LIMIT_MB, say=print):
        self.say, self.limit_mb = say, memory_limit_mb
        self.phases, self.free_rate = [], 0.0
        port = apache_kafka.free_port()
        self.kafka = StallingKafka(port)
        self.broker = apache_kafka.Broker(proxy_port=port).start()
        self.kafka.broker_port = self.broker.behind_proxy
        self.redis = RedisServer()
        self.slow_redis = SlowRedis(self.redis)
        self.daemon = Daemon(self.kafka.bootstrap, self.slow_redis.url, create_topics=True, partitions=PARTITIONS,
                             publish_interval_ms=500, extra=f"memory_limit_mb = {memory_limit_mb};\n{EXTRA}")
        self.instances = self.all = [self]  # as the verdict knows them
        self.daemon.start()
        self.pipeline = Pipeline(self.broker.bootstrap, self.redis.client())
        self.load = Load(self.broker.bootstrap, seed)

    def close(self):
        self.slow_redis.delay = 0
        self.kafka.stall(None)
        self.pipeline.close()
        self.daemon.remove()
        self.kafka.stop()
        self.slow_redis.stop()
        self.redis.stop()
        self.broker.stop()

    # ---- measuring ----

    def _drain(self, timeout=180):
        """Events a second through both stages until nothing waits."""
        before, began = self.pipeline.features_applied(), time.monotonic()
        end = self.pipeline.end("articles")
        await_true("articles read", lambda: self.pipeline.articles_read() >= end, timeout)
        end = self.pipeline.end("articles.features")
        await_true("features applied", lambda: self.pipeline.features_applied() >= end, timeout)
        rate = (self.pipeline.features_applied() - before) / (time.monotonic() - began)
        await_true("summaries published", lambda: self.pipeline.unpublished() == 0, timeout)
        return rate

    def warm_up(self):
        self.load.burst(3000)
        self._drain()
        self.load.burst(FREE_EVENTS)
        self.free_rate = self._drain()
        self.say(f"free: {self.free_rate:.0f} events a second")

    def under(self, name, press, release, timeout=180):
        """A phase: press() brings the pressure and returns when it has been seen to work; then it is released."""
        phase = Phase(name)
        watch = Watch(self, phase)
        watch.start()
        began = time.monotonic()
        try:
            press(phase)
        finally:
            release()
        phase.seconds = time.monotonic() - began
        phase.drained_a_second = self._drain(timeout)
        watch.check()
        self.phases.append(phase)
        self.say(str(phase))
        return phase

    def peak_mb(self):
        status = pathlib.Path(f"/proc/{self.daemon.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    # ---- the pressures ----

    def redis_slow(self):
        def press(phase):
            self.slow_redis.delay = REDIS_DELAY_S
            self.load.burst(SLOW_EVENTS)
            before = self.pipeline.features_applied()
            await_true("the lag is in the metrics", lambda: phase.most_lag > SLOW_EVENTS / 10, 30)
            time.sleep(STALL_S)  # what is asked for is that it bears this for a while
            assert self.pipeline.features_applied() > before, "a slow Redis stops the pipeline altogether"

        def release():
            self.slow_redis.delay = 0.0
        return self.under(f"Redis answers {REDIS_DELAY_S * 1000:.0f} ms late", press, release)

    def summaries_stalled(self):
        def press(phase):
            self.kafka.stall("newswired.coverage")
            self.load.burst(FREE_EVENTS)
            await_true("a round waits", lambda: self.kafka.held > 0, 30)
            before = self.pipeline.features_applied()
            await_true("summaries pile up in the metrics", lambda: phase.most_pending > 50, 30)
            await_true("stories go on meanwhile", lambda: self.pipeline.features_applied() > before, 30)
            time.sleep(STALL_S)

        return self.under("Kafka takes no summaries", press, lambda: self.kafka.stall(None))

    def features_stalled(self):
        def press(phase):
            self.kafka.stall("newswired.features")
            self.load.burst(LARGE)
            await_true("reading pauses", lambda: "reading paused" in self.daemon.tail(20000), 60)
            self.load.burst(FREE_EVENTS)
            await_true("the lag is in the metrics", lambda: phase.most_lag >= FREE_EVENTS, 30)
            time.sleep(STALL_S)

        return self.under("Kafka takes no features", press, lambda: self.kafka.stall(None))

    def burst(self, events):
        return self.under(f"a burst of {events:,} events", lambda phase: self.load.burst(events), lambda: None,
                          timeout=60 + events / 300)

    # ---- the judgement ----

    def judge(self):
        judged = verdict.Verdict()
        verdict.check_articles(self, judged)
        verdict.check_summaries(self, judged)
        return judged

    def table(self, peak_mb):
        def drained(phase):
            return f"{phase.drained_a_second:,.0f}" if phase.drained_a_second > 0 else "all applied meanwhile"
        rows = [f"| {p.name} | {p.seconds:.0f} | {p.most_lag:,.0f} | {p.most_pending:,.0f} | {p.peak_mb:.0f} "
                f"| {p.slowest_page_s * 1000:.0f} | {drained(p)} |" for p in self.phases]
        return "\n".join([
            "| | seconds | most lag, records | most summaries waiting | memory, MiB | slowest `/metrics`, ms "
            "| drained afterwards, events/s |", "|---|---|---|---|---|---|---|", *rows, "",
            f"Without pressure {self.free_rate:,.0f} events a second. Peak memory {peak_mb:.0f} MiB, "
            f"`memory_limit_mb` {self.limit_mb}."])


def run(seed, burst, memory_limit_mb=MEMORY_LIMIT_MB, say=print):
    """All pressures, one after the other, then the verdict. Returns (table, verdict); fails by assertions."""
    world = PressureWorld(seed, memory_limit_mb, say)
    try:
        world.warm_up()
        slow, stalled, paused = world.redis_slow(), world.summaries_stalled(), world.features_stalled()
        flood = world.burst(burst)
        peak_mb = world.peak_mb()
        say(f"peak memory {peak_mb:.0f} MiB of {memory_limit_mb}")
        assert peak_mb < memory_limit_mb, f"{peak_mb:.0f} MiB, the limit is {memory_limit_mb}"
        for phase in (slow, paused, flood):  # summaries alone were held back in the other one
            assert phase.drained_a_second > FULL_SPEED * world.free_rate, f"{phase}: {world.free_rate:.0f} when free"
        assert stalled.most_pending > 50
        judged = world.judge()
        assert world.daemon.stop() == 0
        return world.table(peak_mb), judged
    except BaseException:
        print(world.daemon.tail())
        raise
    finally:
        world.close()
