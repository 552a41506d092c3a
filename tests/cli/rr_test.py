# SPDX-License-Identifier: Apache-2.0
"""`muster rr`: a request, and the answers to it."""
import json
import signal
import subprocess

import pytest
from peers import MUSTER, PATIENCE, Mosquitto, PahoClient, run
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from scripted_mqtt import PUBACK, SUBSCRIBE, Scripted, packet

SUBACK, PUBLISH = 9, 3


@pytest.fixture(name="broker", scope="module")
def running_mosquitto(tmp_path_factory):
    with Mosquitto(tmp_path_factory.mktemp("mosquitto")) as mosquitto:
        yield mosquitto


class Responder(PahoClient):
    """Answers each request `times`, after one answer to somebody else's."""

    def __init__(self, broker, times=1):
        super().__init__("responder")
        self.times = times
        self.client.on_message = self.answer
        assert self.connect(broker.port) == 0
        self.subscribe("ask/#")

    def answer(self, client, data, message):
        for number in range(self.times + 1):
            properties = Properties(PacketTypes.PUBLISH)
            properties.CorrelationData = message.properties.CorrelationData if number else b"another's"
            client.publish(message.properties.ResponseTopic, message.payload.upper() + str(number).encode(), 1, properties=properties)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def ask(broker, *flags, **options):
    return run("rr", "-h", f"127.0.0.1:{broker.port}", "-t", "ask/it", "-e", "answer/me", *flags, **options)


def test_an_answer_is_printed(broker):
    with Responder(broker):
        for flags, stdin in ((["-m", "hello"], None), (["-s"], "hello"), (["-f", "-"], "hello")):
            done = ask(broker, *flags, stdin=stdin)
            assert (done.returncode, done.stdout, done.stderr) == (0, "HELLO1\n", "")
        assert ask(broker, "-n", "-v", "-q", "2").stdout == "answer/me 1\n"


def test_answers_are_printed_as_sub_does(broker):
    with Responder(broker, times=2):
        assert ask(broker, "-m", "a", "-C", "2", "-F", "%t=%p").stdout == "answer/me=A1\nanswer/me=A2\n"
        record = json.loads(ask(broker, "-m", "a", "-o", "jsonl", "-D", "publish", "correlation-data", "mine").stdout)
        assert (record["payload"], record["properties"]["correlation_data"]) == ("A1", "mine")


def test_nobody_who_answers_is_a_timeout(broker):
    done = ask(broker, "-m", "1", "-W", "100ms")
    assert (done.returncode, done.stdout) == (9, "")
    assert "ask/it: 0 of 1 answers within 100 ms" in done.stderr


def test_answers_to_somebody_else_are_no_answers(broker):
    with Responder(broker, times=0):
        done = ask(broker, "-m", "1", "-W", "300ms")
        assert done.returncode == 9
        assert "1 messages there are no answers to it" in done.stderr


def test_version_3_has_no_requests():
    done = run("rr", "-h", "127.0.0.1:1", "-t", "a", "-e", "b", "-m", "1", "-V", "3.1.1")
    assert done.returncode == 2
    assert "3.1.1 has no requests" in done.stderr


@pytest.mark.parametrize("flags", [["-t", "a", "-m", "1"], ["-t", "a", "-e", "b"], ["-t", "a", "-e", "b/#", "-m", "1"], ["-t", "+", "-e", "b", "-m", "1"], ["-t", "a", "-e", "", "-m", "1"], ["-t", "a", "-e", "b", "-m", "1", "-C", "0"]])
def test_what_cannot_be_meant_is_refused(flags):
    done = run("rr", "-h", "127.0.0.1:1", *flags)
    assert (done.returncode, done.stdout) == (2, "")


GRANTED = {SUBSCRIBE: lambda body: packet(SUBACK << 4, body[:2] + b"\x00\x01")}


def test_a_request_that_is_refused_is_a_failure():
    def refuse(body):
        return packet(PUBACK << 4, body[2 + body[1] :][:2] + b"\x87\x00")

    with Scripted(GRANTED | {PUBLISH: refuse}) as server:
        done = run("rr", "-h", server.url, "-t", "a", "-e", "b", "-m", "1")
        assert done.returncode == 4
        assert "a: the request was refused: the broker said PUBACK 0x87 (not authorized)" in done.stderr
        assert b"\x08\x00\x01b" in server.body(PUBLISH) and b"\x09\x00\x10" in server.body(PUBLISH)


def test_a_response_topic_that_is_refused_is_a_failure():
    with Scripted({SUBSCRIBE: lambda body: packet(SUBACK << 4, body[:2] + b"\x00\x87")}) as server:
        done = run("rr", "-h", server.url, "-t", "a", "-e", "b", "-m", "1")
        assert done.returncode == 4
        assert "b: the broker said SUBACK 0x87" in done.stderr
    assert PUBLISH not in [first >> 4 for first, _ in server.packets]


def test_that_nobody_has_subscribed_is_said():
    with Scripted(GRANTED | {PUBLISH: lambda body: packet(PUBACK << 4, body[2 + body[1] :][:2] + b"\x10\x00")}) as server:
        done = run("rr", "-h", server.url, "-t", "a", "-e", "b", "-m", "1", "-W", "200ms")
        assert done.returncode == 9
        assert "warning: a: nobody has subscribed to it" in done.stderr


def test_a_signal_ends_the_wait():
    with Scripted() as server:
        process = subprocess.Popen([MUSTER, "rr", "-h", server.url, "-t", "a", "-e", "b", "-m", "1", "-W", "1h"], stderr=subprocess.PIPE)
        server.body(SUBSCRIBE)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 143
        process.stderr.close()
