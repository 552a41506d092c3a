# SPDX-License-Identifier: Apache-2.0
"""kill -9 of a loaded broker, ten times: nothing that it acknowledged is lost, and nothing of QoS 2 comes twice."""
import collections
import random
import shutil
import threading

import paho.mqtt.client as paho
from peers import PATIENCE, Broker, PahoClient, free_port

PUBLISHERS = 3
WINDOW = 16
KILLS = 10


class LastingClient(PahoClient):
    """Paho with a session that lasts; it says again what was not acknowledged.

    It comes back when it is told to: if Paho (1.6) finds nobody the first time, it forgets the second time which messages were released.
    """

    def __init__(self, client_id, port):
        super().__init__(client_id, clean=False, session_expiry=1000, reconnect_on_failure=False)
        self.client.username_pw_set("acme/dash", "open sesame")
        self.client.max_inflight_messages_set(WINDOW)
        assert self.connect(port) == 0

    def come_back(self):
        self.wait("disconnect")
        self.client.loop_stop()
        self.client.reconnect()
        self.client.loop_start()
        assert self.wait("connect") == 0


class Publisher:
    """Keeps a window of QoS 1 and QoS 2 messages open, and knows which of them were acknowledged."""

    def __init__(self, number, port, progress):
        self.name, self.progress = f"pub-{number}", progress
        self.lock = threading.Condition()
        self.sent, self.acknowledged, self.pending, self.settled = [], set(), {}, []
        self.stopping = False
        self.client = LastingClient(self.name, port)
        self.client.client.on_publish = lambda client, data, mid: self.settle(mid)
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        while not self.stopping:
            self.publish()

    def publish(self):
        with self.lock:
            assert self.lock.wait_for(lambda: len(self.pending) < WINDOW, PATIENCE)
            number = len(self.sent)
            text = f"{self.name} {number} q{1 + number % 2}"
            self.sent.append(text)
        kept = number % 10 == 0
        # Without the lock: Paho calls back with locks of its own held, and perhaps before this returns.
        said = self.client.client.publish(f"{'kept' if kept else 'data'}/{self.name}", text, 1 + number % 2, retain=kept)
        with self.lock:
            self.pending[said.mid] = text
            self.match()

    def settle(self, mid):
        with self.lock:
            self.settled.append(mid)
            self.match()
        self.progress.count()

    def match(self):
        for mid in [mid for mid in self.settled if mid in self.pending]:
            self.settled.remove(mid)
            self.acknowledged.add(self.pending.pop(mid))
        self.lock.notify()

    def stop(self):
        self.stopping = True
        self.thread.join(PATIENCE)
        with self.lock:
            assert self.lock.wait_for(lambda: not self.pending, PATIENCE)
        self.client.close()


class Progress:
    """How much was acknowledged, by all; somebody waits for more."""

    def __init__(self):
        self.lock, self.total = threading.Condition(), 0

    def count(self):
        with self.lock:
            self.total += 1
            self.lock.notify()

    def wait_for_more(self, count):
        with self.lock:
            target = self.total + count
            assert self.lock.wait_for(lambda: self.total >= target, PATIENCE)


def everything(client):
    """What the client has been sent, in its order, up to the last word."""
    messages = []
    while True:
        message = client.message()
        if message.topic == "data/end":
            return messages
        messages.append(message.payload.decode())


def play(directory, port, kills=KILLS, before_restart=lambda state: None):
    """The load and its kills. Returns what was acknowledged, and what two subscribers and a late one got."""
    state = directory / "state"
    arguments = ["--listen", f"mqtt://127.0.0.1:{port}"]
    progress, draw = Progress(), random.Random(20261121)
    broker = Broker(state, *arguments).__enter__()
    try:
        assert broker.muster("tenant", "create", "acme", "--isolation", "flat").returncode == 0
        broker.application("acme", "dash", directory)
        reader, sleeper = LastingClient("reader", port), LastingClient("sleeper", port)
        assert reader.subscribe("#", 2) == [2]
        assert sleeper.subscribe("#", 2) == [2]
        sleeper.close()
        publishers = [Publisher(number, port, progress) for number in range(PUBLISHERS)]
        for _ in range(kills):
            progress.wait_for_more(draw.randrange(30, 300))
            broker.process.kill()
            broker.process.wait(PATIENCE)
            before_restart(state)
            broker = Broker(state, *arguments).__enter__()
            for client in [reader, *(publisher.client for publisher in publishers)]:
                client.come_back()
        progress.wait_for_more(100)
        for publisher in publishers:
            publisher.stop()
        last = LastingClient("last", port)
        last.publish("data/end", "end", 2)
        last.close()
        sleeper = LastingClient("sleeper", port)
        late = LastingClient("late", port)
        late.subscribe("kept/#")
        kept = {message.topic: message.payload.decode() for message in (late.message() for _ in publishers)}
        seen = [everything(reader), everything(sleeper)]
        for client in (reader, sleeper, late):
            client.close()
        return publishers, seen, kept
    finally:
        broker.process.kill()
        broker.process.wait(PATIENCE)
        broker.process.stdout.close()


def losses(publishers, seen):
    """What was acknowledged and did not come, and what of QoS 2 came more than once, to any of the subscribers."""
    acknowledged = [text for publisher in publishers for text in publisher.acknowledged]
    counts = [collections.Counter(messages) for messages in seen]
    lost = [text for text in acknowledged for count in counts if count[text] == 0]
    repeated = [text for count in counts for text, times in count.items() if times > 1 and text.endswith("q2")]
    return acknowledged, lost, repeated


def test_what_was_acknowledged_survives_ten_kills(tmp_path):
    publishers, seen, kept = play(tmp_path, free_port())
    acknowledged, lost, repeated = losses(publishers, seen)
    assert len(acknowledged) > 30 * KILLS
    assert len(lost) == 0, lost[:10]
    assert len(repeated) == 0, repeated[:10]
    for publisher in publishers:
        # All of it was acknowledged in the end, so that the last one is what is retained.
        last = [text for number, text in enumerate(publisher.sent) if number % 10 == 0][-1]
        assert kept[f"kept/{publisher.name}"] == last
        for messages in seen:
            firsts = list(dict.fromkeys(text for text in messages if text.startswith(publisher.name + " ") and text.endswith("q2")))
            assert firsts == [text for text in publisher.sent if text.endswith("q2") and text in set(firsts)]


def test_a_store_that_lags_behind_is_found_out(tmp_path):
    """The negative control: each time, the broker is given the state that it had at the kill before."""

    def put_back(state):
        older, now = tmp_path / "older", tmp_path / "now"
        shutil.rmtree(now, ignore_errors=True)
        now.mkdir()
        for file in state.glob("sessions.db*"):
            shutil.copy(file, now)
        if older.exists():
            for file in state.glob("sessions.db*"):
                file.unlink()
            for file in older.iterdir():
                shutil.copy(file, state)
            shutil.rmtree(older)
        now.rename(older)

    publishers, seen, _ = play(tmp_path, free_port(), 3, put_back)
    _, lost, _ = losses(publishers, seen)
    assert len(lost) > 0
