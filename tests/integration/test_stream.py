"""/v1/stream of running daemons: nothing is missed, whichever instance a client comes back to."""
import threading

from harness import kafka
from harness.events import Feed
from harness.sse import Stream
from harness.waiting import Pipeline, await_true


class Follower(threading.Thread):
    """Follows the stream with breaks, each time at the next instance; how each story stands by what it was told."""

    def __init__(self, ports):
        super().__init__(daemon=True)
        self.ports, self.stories, self.resets, self.done, self.turns = ports, {}, 0, threading.Event(), 0

    def take(self, stream, seconds):
        for kind, data in stream.events(seconds):
            if kind == "reset":
                self.resets += 1
                continue
            assert kind == "story" and set(data) == {"cause", "story"}
            story = data["story"]
            if story["revision"] >= self.stories.get(story["id"], story)["revision"]:
                self.stories[story["id"]] = story

    def run(self):
        last_id = None
        while not self.done.is_set():
            stream = Stream(self.ports[self.turns % len(self.ports)], last_id=last_id)
            assert stream.status == 200
            self.take(stream, 0.7)
            last_id = stream.last_id
            stream.close()
            self.turns += 1
        stream = Stream(self.ports[0], last_id=last_id)
        self.take(stream, 2)
        stream.close()


def test_a_client_that_comes_and_goes_misses_nothing(cluster, redis_server, start):
    one = start(instance_id="a")
    two = start(instance_id="b")
    follower = Follower([one.port, two.port])
    follower.start()
    await_true("the stream is open", lambda: one.metric("newswired_http_streams") + two.metric("newswired_http_streams"), 20)
    feed = Feed(31, stories=40)
    for turn in range(5):
        kafka.produce(cluster.bootstrap, "articles", feed.events(240))
        await_true("the client has come and gone", lambda: follower.turns > turn, 20)
    redis = redis_server.client()
    pipeline = Pipeline(cluster.bootstrap, redis)
    pipeline.await_settled([one, two])
    follower.done.set()
    follower.join(60)
    pipeline.close()
    assert not follower.is_alive() and follower.turns >= 5
    assert follower.resets == 0
    told = follower.stories
    stories = {}
    cursor = ""
    while True:
        page = one.get(f"/v1/stories?limit=200{cursor}")[2]
        stories.update((s["id"], s) for s in page["stories"])
        if "nextCursor" not in page:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert {s for s, story in told.items() if story["status"] in ("active", "closed")} == set(stories)
    for story, counts in stories.items():
        for name in ("revision", "articleCount", "sourceCount", "biasDistribution", "language"):
            assert told[story][name] == counts[name], name
    for story, last in told.items():
        if last["status"] == "merged":
            assert one.get(f"/v1/stories/{story}")[1]["location"].startswith("/v1/stories/")
    assert one.stop() == 0
