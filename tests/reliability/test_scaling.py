"""1 → 2 → 4 → 1 static members under load, nothing killed: no story differs from that of an undisturbed run."""
import re
import time

import verdict
from chaos import BURST
from harness.waiting import await_true
from watch import Progress
from world import SESSION_MS, World

RATE = 400  # events a second


def stories_assigned(instance):
    return int(re.findall(r"  partitions assigned count=(\d+)", instance.log())[-1])


def test_instances_come_and_go_and_no_story_differs(seed):
    world = World(seed, static=lambda number: True)
    try:
        world.begin()
        progress = Progress(world)
        progress.start()
        world.load.burst(BURST // 4)
        world.load.rate = RATE

        def await_moved_on(change, at_least_s=0.0):
            began, mark = time.monotonic(), progress.mark()
            await_true(f"every partition moves on after {change}", lambda: progress.all_past(mark), 60)
            print(f"{change}: {max(time.monotonic() - began, at_least_s):.1f} s until every partition has moved on")
        await_moved_on("the start")
        for count in (1, 2):
            world.join(count)
            for daemon in world.daemons():
                daemon.await_ready()
            await_moved_on(f"{count} joined")
            assert all(stories_assigned(i) > 0 for i in world.instances), "an instance that joined has nothing to do"
        world.leave(3)
        # A static member does not say good-bye: its partitions move when its session is over.
        await_moved_on("3 left")
        world.load.rate = 0
        world.load.stop()
        world.pipeline.await_settled(world.daemons())
        progress.stop()
        judged = verdict.judge(world)
        print(f"session timeout {SESSION_MS / 1000:.0f} s; {judged.facts}")
    except BaseException:
        for instance in world.all:
            print(f"--- {instance.name}\n{instance.daemon.tail()}")
        raise
    finally:
        world.close()
    assert judged.good(), judged.text()
    assert judged.facts["articles"] > BURST // 4
