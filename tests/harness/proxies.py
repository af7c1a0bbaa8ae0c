"""Proxies in front of real servers: a Redis that answers late, a Kafka that takes no records of some clients."""
import queue
import socket
import struct
import threading
import time

PRODUCE = 0  # api key of Kafka's protocol


def _pump(receive, send, closing):
    """Moves bytes one way until either end is gone."""
    try:
        while data := receive(1 << 20):
            send(data)
    except OSError:
        pass
    closing()


class Proxy:
    """Accepts connections and opens one to the server for each; a thread a direction."""

    def __init__(self, listener, connect):
        self.listener, self.connect = listener, connect
        self.ends = []
        self.closed = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while not self.closed.is_set():
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = self.connect()
            except OSError:
                client.close()
                continue
            self.ends += [client, server]

            def close(ends=(client, server)):
                for end in ends:
                    try:
                        end.shutdown(socket.SHUT_RDWR)
                    except OSError:
                        pass
            for direction in (self.upwards, self.downwards):
                threading.Thread(target=direction, args=(client, server, close), daemon=True).start()

    def upwards(self, client, server, close):
        _pump(client.recv, server.sendall, close)

    def downwards(self, client, server, close):
        _pump(server.recv, client.sendall, close)

    def stop(self):
        self.closed.set()
        for end in [self.listener, *self.ends]:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()


class SlowRedis(Proxy):
    """A unix socket in front of redis-server; every answer comes `delay` seconds later."""

    def __init__(self, server):
        self.delay = 0.0
        path = server.folder / "slow.sock"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen()
        self.url = f"unix://{path}"

        def connect():
            end = socket.socket(socket.AF_UNIX)
            end.connect(str(server.socket))
            return end
        super().__init__(listener, connect)

    def downwards(self, client, server, close):
        line = queue.Queue()  # (when, bytes): the delay is one of time, not of throughput

        def deliver():
            try:
                while (item := line.get()) is not None:
                    time.sleep(max(0.0, item[0] - time.monotonic()))
                    client.sendall(item[1])
            except OSError:
                pass
            close()
        threading.Thread(target=deliver, daemon=True).start()
        _pump(server.recv, lambda data: line.put((time.monotonic() + self.delay, data)), lambda: line.put(None))


class PickyRedis(SlowRedis):
    """Only what asks for keys with `word` in their names waits: `delay` seconds, before it goes up."""

    def __init__(self, server, word):
        self.word = word
        super().__init__(server)

    def upwards(self, client, server, close):
        def send(data):
            if self.word in data:
                time.sleep(self.pause)
            server.sendall(data)
        _pump(client.recv, send, close)


class StallingKafka(Proxy):
    """In front of a listener that a broker has for it; requests of one kind wait here while their clients are
    stalled, and everything else goes through."""

    def __init__(self, port):
        self.bootstrap = f"127.0.0.1:{port}"
        self.broker_port = None  # to be set before the first connection
        self.stalled = None  # (prefix of client ids, api key)
        self.going_on = threading.Condition()
        self.held = 0
        self.waiting = []
        listener = socket.create_server(("127.0.0.1", port))
        super().__init__(listener, lambda: socket.create_connection(("127.0.0.1", self.broker_port)))

    def stall(self, prefix, api=PRODUCE):
        with self.going_on:
            self.stalled = (prefix, api) if prefix else None
            self.going_on.notify_all()

    def drop_and_go_on(self):
        """What waits never reaches the broker: its connections are cut first."""
        with self.going_on:
            for close in self.waiting:
                close()
            self.waiting.clear()
        self.stall(None)

    def _is_stalled(self, client, api):
        return self.stalled is not None and api == self.stalled[1] and client.startswith(self.stalled[0])

    def _hold(self, head, close):
        api, size = struct.unpack(">h6xh", head[:10])  # key, version, correlation, length of client id
        client = head[10:10 + max(size, 0)].decode(errors="replace")
        with self.going_on:
            if not self._is_stalled(client, api):
                return
            self.held += 1
            self.waiting.append(close)
            while self._is_stalled(client, api) and not self.closed.is_set():
                self.going_on.wait(0.5)

    def upwards(self, client, server, close):
        stream = client.makefile("rb", buffering=1 << 18)
        try:
            while len(prefix := stream.read(4)) == 4:
                request = stream.read(struct.unpack(">i", prefix)[0])
                self._hold(request[:300], close)
                server.sendall(prefix + request)
        except OSError:
            pass
        close()
