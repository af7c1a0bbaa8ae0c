"""confluent-kafka as an independent client: produce events, read topics to their end."""
import json
import time

from confluent_kafka import Consumer, Producer, TopicPartition


def produce(bootstrap, topic, events, *, pace=None, max_bytes=1_000_000):
    """events: (key, event or None or bytes) pairs, or (key, value, headers). pace(sent) may block."""
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5, "enable.idempotence": False,
                         "message.timeout.ms": 60000, "message.max.bytes": max_bytes, "log_level": 0})
    failed = []

    def delivered(error, _):
        if error is not None:
            failed.append(error)

    sent = 0
    for key, value, *headers in events:
        if value is not None and not isinstance(value, bytes):
            value = json.dumps(value, ensure_ascii=False).encode()
        while True:
            try:
                producer.produce(topic, value=value, key=key, headers=headers[0] if headers else None,
                                 on_delivery=delivered)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
        sent += 1
        if pace is not None and sent % 100 == 0:
            producer.flush(30)
            pace(sent)
    assert producer.flush(60) == 0 and not failed, f"not delivered: {failed[:3]}"
    return sent


def each_record(bootstrap, topic, *, isolation="read_committed", timeout=60):
    """Every record the topic holds now, one by one; in offset order within a partition."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "newswired-tests-reader", "log_level": 0,
                         "enable.auto.commit": False, "auto.offset.reset": "earliest", "fetch.wait.max.ms": 20,
                         "isolation.level": isolation, "enable.partition.eof": True})
    try:
        partitions = consumer.list_topics(topic, timeout=20).topics[topic].partitions
        consumer.assign([TopicPartition(topic, p, 0) for p in partitions])
        open_partitions = set(partitions)
        deadline = time.monotonic() + timeout
        while open_partitions:
            assert time.monotonic() < deadline, f"{topic}: no end within {timeout} s"
            message = consumer.poll(1.0)
            if message is None:
                continue
            if message.error() is not None:
                assert message.error().code() == -191, message.error()  # end of partition
                open_partitions.discard(message.partition())
            else:
                yield message
    finally:
        consumer.close()


def read_topic(bootstrap, topic, **options):
    """Every record the topic holds now, partition by partition in offset order."""
    return sorted(each_record(bootstrap, topic, **options), key=lambda m: (m.partition(), m.offset()))


def last_by_key(records):
    """What a compacted topic ends as: key -> decoded value, tombstones left out; the highest revision wins."""
    last = {}
    for message in records:
        key = message.key().decode()
        if message.value() is None:
            last.pop(key, None)
            continue
        value = json.loads(message.value())
        if key not in last or value["revision"] >= last[key]["revision"]:
            last[key] = value
    return last
