"""A cycle of faults against Apache Kafka and Redis; the full suite is `tests/reliability/soak`."""
import time

import report
import verdict
from chaos import CYCLE, Run
from harness.servers import ROOT

WITHIN_S = 420  # the faults; some three minutes on two free cores


def test_nothing_is_lost_or_doubled_whatever_dies(seed):
    started = time.monotonic()
    run = Run(seed, say=lambda text: print(f"{time.monotonic() - started:6.0f} s  {text}"))
    try:
        run.run(within_s=WITHIN_S)
        judged = verdict.judge(run.world, run.reader)
        rejected = verdict.rejected_conditions(run.world)
        text = report.write(run, judged, rejected, time.monotonic() - started)
    except BaseException:
        for instance in run.world.all:
            print(f"--- {instance.name}\n{instance.daemon.tail()}")
        raise
    finally:
        run.world.close()
    (ROOT / "build" / "reliability.md").write_text(text)
    print(text)
    assert judged.good(), judged.text()
    # Did the test bite at all?
    assert run.faults["kill"] >= 60 and run.faults["zombie"] >= 5 and run.faults["broker"] >= 2
    assert run.faults["redis-kill"] + run.faults["redis-power-cut"] >= 5
    assert sum(rejected.values()) > 0, "no condition was ever rejected"
    assert judged.facts["articles"] > 10_000 and judged.facts["counts_read"] > 1000
    assert [count for count, _ in CYCLE] == [1, 2, 4, 1] and run.joined == 3 and run.left == 3
