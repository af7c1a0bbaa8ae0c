"""The report of a chaos run, as docs/reliability.md."""
import datetime
import os
import platform
import subprocess

PRESSURE = """
## Under pressure

One instance, the same load; a proxy holds back answers of Redis or what some clients produce to Kafka. `/metrics` is asked five times
a second meanwhile.

{table}

Judged as above against {events:,} events and `newswired replay`: {judged}.
"""

KINDS = {
    "kill": "SIGKILL of an instance (one in eight: of all at once)",
    "zombie": "zombie: SIGSTOP past the session timeout, SIGCONT when others own its partitions",
    "redis-kill": "redis-server killed, `appendfsync always` afterwards",
    "redis-power-cut": "redis-server killed and the last second of its append-only file cut off, `everysec` afterwards",
    "broker": "Apache Kafka killed with -9 and restarted",
}

TEXT = """# Reliability, measured

This page was written on {date} by `tests/reliability/soak {arguments}` (seed {seed}); one cycle of the
same is part of `scripts/test.sh`. Real newswired processes read Apache Kafka {kafka} (KRaft,
one broker) and redis-server {redis} (append-only file on) while a load of {rate} events a second runs, and a
plan drawn from the seed kills and freezes things. Instances joined {joined} times and left {left} times
(1 → 2 → 4 → 1); every other instance is a static member of its groups. Machine: {machine}. The run and its judgement took {minutes:.1f} minutes.

## Verdict

| | |
|---|---|
| lost | **{lost}** |
| doubled | **{doubled}** |
| stale (an older summary after a newer one, for good) | **{stale}** |
| wrong (any other difference from the oracle) | **{wrong}** |

Compared, after the last fault:

* {events:,} events of the articles topic against the {articles:,} articles in Redis: each article whose last
  event is no retraction is in exactly one story;
* {stories:,} stories ({merged:,} more were merged into them) against `newswired replay` of the features topic: the summary of
  highest revision in the coverage topic ({summaries:,} records) and the one in Redis, byte for byte (but for the time at which
  ratings were loaded); two records of one revision never differ;
* {keys:,} keys of Redis (state, members, counts, articles, totals, sources, aliases, positions) against an instance that read the same
  features topic undisturbed into an empty Redis, byte for byte;
* {counts_read:,} looks at live counts while the faults happened: articles = members, sources = left + center + right + unrated.

## Faults

| fault | times |
|---|---|
{faults}

{processes} processes were killed in all; {restarts} times an instance ended by itself with 75 (a dependency was away for too long)
and was started again, as systemd would.

## What was turned away

A run in which no condition was ever rejected would not have tested the conditions.

| rejected | times |
|---|---|
{rejected}

## Recovery

From the fault until every partition of both topics has committed something later than at the fault. Session timeout {session} s; `everything`
counts several faults in a row as one, from the last of them.

| fault | recoveries | p50 | p99 | longest |
|---|---|---|---|---|
{recoveries}

An article partition commits once a second, so up to one second of each figure is the resolution of the look. A fault of Kafka or Redis includes their own start and recovery.

## Throughput

Through both stages, one instance with one article worker before and after; feeder, Kafka, Redis and newswired share the machine.

| | events a second |
|---|---|
| before: {burst:,} events waiting | {before:.0f} |
| during the faults ({rate} offered, all pauses included) | {during:.0f} |
| after: {burst:,} events waiting, {stories:,} stories held | {after:.0f} |

At most {behind:,} events were unread when a fault began.
"""


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def recovery_row(name, values):
    return (f"| {name} | {len(values)} | {percentile(values, 0.5):.1f} s | {percentile(values, 0.99):.1f} s "
            f"| {max(values):.1f} s |")


def recovery_rows(recoveries):
    rows = []
    alone = {"takeover": "takeover by the others (includes the session timeout)", **KINDS}
    for kind, text in alone.items():
        values = [r.seconds for r in recoveries if r.faults == [kind]]
        if values:
            rows.append(recovery_row(text.split(" (one in")[0], values))
    rows.append(recovery_row("everything", [r.seconds for r in recoveries]))
    return "\n".join(rows)


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return f"{os.cpu_count()} × {names[0] if names else platform.machine()}, Linux {platform.release().split('-')[0]}"


def write(run, judged, rejected, seconds, arguments=()):
    from chaos import BURST, RATE
    from world import SESSION_MS
    redis = subprocess.run(["redis-server", "--version"], capture_output=True, text=True, check=True).stdout
    return TEXT.format(
        date=datetime.date.today(), arguments=" ".join(arguments), seed=run.seed, kafka=kafka_version(), redis=redis.split("v=")[1].split()[0], rate=RATE, joined=run.joined,
        left=run.left, machine=machine(), minutes=seconds / 60, lost=len(judged.lost),
        doubled=len(judged.doubled), stale=len(judged.stale), wrong=len(judged.wrong), **judged.facts,
        faults="\n".join(f"| {KINDS[kind]} | {count} |" for kind, count in run.faults.items()),
        processes=run.processes_killed, restarts=sum(i.ended_by_itself for i in run.world.all),
        rejected="\n".join(f"| {name} | {count} |" for name, count in rejected.items()),
        session=SESSION_MS / 1000, recoveries=recovery_rows(run.recoveries), burst=BURST,
        before=run.rates["before"].a_second, during=run.rates["during"].a_second,
        after=run.rates["after"].a_second, behind=run.most_behind)


def kafka_version():
    import broker
    return next(broker.JARS.glob("kafka_2.13-*.jar")).stem.rsplit("-", 1)[1]
