"""A chaos run: faults from a seeded plan while the load runs, then the verdict.

A cycle is a plan of 60 SIGKILLs, 5 zombies, 5 kills of Redis (3 of which lose the last second of the
append-only file, as a power cut would) and 2 of the broker, spread over 1, 2, 4 and again 1 instances.
After most faults the run waits until every partition has moved on; one in four comes sooner.
"""
import dataclasses
import random
import time

from harness.waiting import await_true
from watch import CountsReader, Progress
from world import SESSION_MS, World

RATE = 300  # events a second during the faults
BURST = 12_000  # events at once, before and after them
RECOVERY_DEADLINE_S = 90
WARM_EVENTS = 3000

# instances in each phase of a cycle, and its faults
CYCLE = (
    (1, {"kill": 12, "redis-power-cut": 1}),
    (2, {"kill": 17, "zombie": 2, "redis-kill": 1, "broker": 1}),
    (4, {"kill": 20, "zombie": 3, "redis-kill": 1, "redis-power-cut": 1, "broker": 1}),
    (1, {"kill": 11, "redis-power-cut": 1}),
)


@dataclasses.dataclass
class Recovery:
    faults: list  # kinds, in order
    seconds: float  # from the last of them until every partition had committed something later


@dataclasses.dataclass
class Rate:
    events: int
    seconds: float

    @property
    def a_second(self):
        return self.events / self.seconds


class Run:
    def __init__(self, seed, say=print):
        self.seed, self.say = seed, say
        self.plan = random.Random(seed)
        self.faults = {"kill": 0, "zombie": 0, "redis-kill": 0, "redis-power-cut": 0, "broker": 0}
        self.processes_killed = 0
        self.joined = self.left = 0
        self.recoveries = []
        self.rates = {}  # before, during, after
        self.most_behind = 0
        self.open = []  # faults whose recovery nobody has waited for yet
        self.world = World(seed)

    # ---- the faults ----

    def kill(self):
        """SIGKILL to one instance or, one time in eight, to all at once; now and then with a pause that
        lets the group notice."""
        world = self.world
        victims = world.instances if self.plan.random() < 0.125 else [self.plan.choice(world.instances)]
        pause = self.plan.random() < 0.15
        for victim in victims:
            victim.kill()
        self.processes_killed += len(victims)
        mark, at = self.progress.mark(), time.monotonic()
        if pause and len(victims) < len(world.instances):  # the others have to take over
            self._await_moved_on(mark, at, "takeover", except_for=victims)
        for victim in victims:
            victim.start()
        return mark, at

    def zombie(self):
        """Frozen until the others have taken over all it had, then let go on with what it held."""
        victim = self.plan.choice(self.world.instances)
        victim.freeze()
        mark, at = self.progress.mark(), time.monotonic()
        self._await_moved_on(mark, at, "takeover", except_for=[victim], at_least=SESSION_MS / 1000)
        mark, at = self.progress.mark(), time.monotonic()
        victim.thaw()
        return mark, at

    def redis_kill(self, power_cut=False):
        redis = self.world.redis
        path, size = self.progress.aof_before(1.0)
        mark, at = self.progress.mark(), time.monotonic()
        redis.kill()
        if power_cut:
            with open(path, "r+b") as file:
                file.truncate(size)
        redis.appendfsync = "everysec" if power_cut else "always"
        redis.start()
        return mark, at

    def broker(self):
        broker = self.world.broker
        mark, at = self.progress.mark(), time.monotonic()
        broker.kill()
        broker.restart()
        return mark, at

    # ---- recovering ----

    def _await_moved_on(self, mark, at, kind, except_for=(), at_least=0.0):
        def moved_on():
            for instance in self.world.instances:
                if instance not in except_for:
                    instance.look_after()
            return self.progress.all_past(mark)
        try:
            await_true(f"every partition moves on after {kind}", moved_on, RECOVERY_DEADLINE_S)
        except AssertionError as error:
            tails = "\n".join(f"--- {i.name}\n{i.daemon.tail(3000)}" for i in self.world.instances)
            raise AssertionError(f"{error}: {self.progress.mark()} after {mark}\n{tails}") from None
        if kind == "takeover":
            self.recoveries.append(Recovery([kind], max(time.monotonic() - at, at_least)))

    def strike(self, kind):
        assert time.monotonic() < self.deadline, f"the plan was not through in time: {self.faults}"
        self._note_backlog()
        mark, at = {
            "kill": self.kill, "zombie": self.zombie, "broker": self.broker, "redis-kill": self.redis_kill,
            "redis-power-cut": lambda: self.redis_kill(power_cut=True)}[kind]()
        self.faults[kind] += 1
        self.open.append(kind)
        if self.plan.random() < 0.25:
            time.sleep(self.plan.random() * 1.5)  # the moment of the next fault is part of the plan
            return
        self._await_moved_on(mark, at, " + ".join(self.open))
        self.recoveries.append(Recovery(self.open, time.monotonic() - at))
        self.open = []
        time.sleep(self.plan.random() * 0.5)

    def _note_backlog(self):
        self.most_behind = max(self.most_behind, self.world.load.sent - sum(self.progress.articles))

    # ---- the run ----

    def scale_to(self, count):
        world, now = self.world, len(self.world.instances)
        if count > now:
            world.join(count - now)
            self.joined += count - now
        elif count < now:
            world.leave(now - count)
            self.left += now - count

    def measure_burst(self, name):
        """Events a second through both stages when a burst waits."""
        world = self.world
        world.load.rate = 0
        world.pipeline.await_settled(world.daemons(), 120)
        features = sum(self.progress.features)
        started = time.monotonic()
        world.load.burst(BURST)
        end = world.pipeline.end("articles")
        await_true("burst read", lambda: sum(self.progress.articles) >= end, 120)
        end = world.pipeline.end("articles.features")
        await_true("burst applied", lambda: sum(self.progress.features) >= end, 120)
        self.rates[name] = Rate(sum(self.progress.features) - features, time.monotonic() - started)
        self.say(f"{name}: {self.rates[name].a_second:.0f} events a second")

    def cycle(self, until=None):
        for instances, faults in CYCLE:
            self.scale_to(instances)
            kinds = [kind for kind, count in faults.items() for _ in range(count)]
            self.plan.shuffle(kinds)
            for kind in kinds:
                if until is not None and time.monotonic() >= until:
                    return
                self.strike(kind)
            self.say(f"{instances} instances: {self.faults}")

    def run(self, minutes=None, within_s=float("inf")):
        """One cycle, or as many as begin within so many minutes. It fails when it takes longer than within_s."""
        world = self.world
        self.deadline = time.monotonic() + within_s
        world.begin()
        self.progress, self.reader = Progress(world), CountsReader(world)
        self.progress.start()
        world.load.burst(WARM_EVENTS)
        world.pipeline.await_settled(world.daemons(), 120)
        self.measure_burst("before")
        self.reader.start()
        started, features = time.monotonic(), sum(self.progress.features)
        world.load.rate = RATE
        nothing = self.progress.mark()
        self._await_moved_on(nothing, started, "the load's start")
        until = None if minutes is None else started + 60 * minutes
        self.cycle(until)
        while until is not None and time.monotonic() < until:
            self.cycle(until)
        self.scale_to(1)
        world.load.rate = 0
        self.rates["during"] = Rate(sum(self.progress.features) - features, time.monotonic() - started)
        self.settle()
        self.measure_burst("after")
        self.reader.stop()
        world.load.stop()
        self.settle()
        self.progress.stop()

    def settle(self):
        def settled():
            self.world.look_after()
            try:
                self.world.pipeline.await_settled(timeout=5)
                return True
            except AssertionError:
                return False
        await_true("all is read, applied and published", settled, 180)
