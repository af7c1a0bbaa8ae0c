"""Backpressure with a burst that fits into CI; a million: `tests/reliability/soak --burst 1000000`."""
import pressure

BURST = 150_000


def test_memory_stays_bounded_and_nothing_is_lost_under_pressure(seed):
    table, judged = pressure.run(seed, BURST)
    print(table)
    assert judged.good(), judged.text()
    assert judged.facts["events"] > BURST and judged.facts["articles"] > BURST / 2
