"""The insights topic on Apache Kafka: what a former owner had under way cannot come behind what the next one tells."""
import json
import signal

from harness import contracts, kafka
from harness.chat import ChatService
from harness.towns import OUTLETS, article, events_of
from harness.waiting import Pipeline, await_true


def test_a_frozen_owners_answer_is_fenced(broker, redis_server, start, tmp_path):
    ratings = tmp_path / "ratings.csv"
    ratings.write_text("domain,bias\n" + "".join(f"{name},{bias}\n" for name, bias in OUTLETS if bias))
    chat = ChatService()
    service = {"ratings": ratings, "extra": f'summaries: {{ url = "{chat.url}"; model = "m"; }};'}
    stories = start(roles=("articles", "stories"), **service)
    pipeline = Pipeline(broker.bootstrap, redis_server.client(), group=stories.group, topic=start.topic)

    def told():
        return [json.loads(m.value()) for m in kafka.read_topic(broker.bootstrap, start.topic("insights"))]

    def feed(events):
        kafka.produce(broker.bootstrap, start.topic("articles"), events)
        pipeline.await_settled([stories])
    try:
        broker.proxy.stall("newswired.insights")
        held = broker.proxy.held
        frozen = start(roles=("summaries",), behind_proxy=True, **service)
        feed(events_of("Karabash", 4))
        await_true("its answer is stored and waits on the way to Kafka", lambda: broker.proxy.held > held)
        frozen.signal(signal.SIGSTOP)
        following = start(roles=("summaries",), **service)  # ready when the group has given the frozen one up
        feed([("k", article("Karabash", "post.example"))])
        first = await_true("the stored answer is sent again", told)
        feed([("k", article("Karabash", name)) for name in ("tribune.example", "ledger.example", "echo.example")])
        await_true("a later one", lambda: told()[-1]["revision"] > first[0]["revision"])
        broker.proxy.stall(None)  # what it had sent reaches the broker now
        frozen.signal(signal.SIGCONT)
        await_true("the broker refuses it", lambda: any(sign in frozen.tail(20000) for sign in (
            "Current transaction failed", "another owner publishes this partition")))
        assert following.process.poll() is None and frozen.process.poll() is None
        revisions = [m["revision"] for m in told()]
        assert revisions == sorted(revisions)
        assert not contracts.insights_mistakes(kafka.read_topic(broker.bootstrap, start.topic("insights")))
        assert frozen.stop() == 0 and following.stop() == 0 and stories.stop() == 0
        revisions = [m["revision"] for m in told()]
        assert revisions == sorted(revisions)
    finally:
        broker.proxy.stall(None)
        pipeline.close()
        chat.stop()
