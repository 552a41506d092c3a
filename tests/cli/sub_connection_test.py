# SPDX-License-Identifier: Apache-2.0
"""What `muster sub` and a waiting `muster pub` do while the connection lives, and when it ends."""
import subprocess

import pytest
from peers import MUSTER, PATIENCE, held_port, run
from scripted_mqtt import CONNACK, PUBACK, SUBSCRIBE, WELCOME_V5, Scripted, packet

SUBACK, PINGREQ, DISCONNECT, PUBREC, PUBREL, PUBCOMP = 9, 12, 14, 5, 6, 7


def granted(*more, filters=1):
    """A SUBACK, and what follows it at once."""
    return {SUBSCRIBE: lambda body: packet(SUBACK << 4, body[:2] + b"\x00" + b"\x01" * filters) + b"".join(more)}


def message(payload, topic=b"a", first=0x30, packet_id=b"", properties=b""):
    return packet(first, len(topic).to_bytes(2, "big") + topic + packet_id + bytes([len(properties)]) + properties + payload)


def subscribe(server, *flags):
    return run("sub", "-h", server.url, "-t", "#", *flags)


def test_a_subscription_asks_for_what_the_flags_say():
    with Scripted(granted(filters=2)) as server:
        flags = ["-t", "b/+", "-q", "2", "-R", "-W", "1ms", "-D", "subscribe", "subscription-identifier", "7"]
        assert subscribe(server, *flags).returncode == 0
        properties, filters = b"\x02\x0b\x07", b"\x00\x01#\x22" + b"\x00\x03b/+\x22"  # QoS 2, retain handling 2.
        assert server.body(SUBSCRIBE)[2:] == properties + filters


@pytest.mark.parametrize(
    ("reason", "code", "words"),
    [(0x87, 4, "not authorized"), (0x8E, 6, "session taken over"), (0x98, 12, "administrative action"), (0x97, 12, "quota exceeded")],
)
def test_an_end_that_the_broker_has_a_reason_for_is_the_end(reason, code, words):
    with Scripted(granted(message(b"first"), packet(DISCONNECT << 4, bytes([reason, 0])))) as server:
        done = subscribe(server)
        assert (done.returncode, done.stdout) == (code, "first\n")  # What came before it is printed.
        assert f"127.0.0.1:{server.port}: the broker said DISCONNECT 0x{reason:02X} ({words})" in done.stderr


def test_a_broker_that_shuts_down_is_waited_for_so_often():
    connections = iter([WELCOME_V5, bytes.fromhex("2003008800"), bytes.fromhex("2003008800")])
    with Scripted({1: lambda body: next(connections)} | granted(packet(DISCONNECT << 4, b"\x8b\x00"))) as server:
        done = run("sub", "-h", server.url, "-t", "a", "--retries", "2", "--retry-delay", "1ms")
        assert done.returncode == 7
        assert "warning: the connection is lost" in done.stderr and "0x88 (server unavailable)" in done.stderr


def test_a_connection_that_is_never_made_is_not_waited_for():
    with held_port() as port:
        done = run("sub", "-h", f"127.0.0.1:{port}", "-t", "a")
        assert done.returncode == 7
        assert f"127.0.0.1:{port}: connection refused" in done.stderr


def test_a_broker_that_does_not_answer_a_ping_is_a_timeout():
    with Scripted() as server:
        words = [MUSTER, "pub", "-h", server.url, "-t", "a", "-l", "-k", "1"]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.wait(PATIENCE) == 9
            assert "the broker has not answered for" in process.stderr.read()
        assert server.body(PINGREQ) == b""


def test_a_connection_is_kept_alive_as_the_broker_wants_it():
    said = bytes.fromhex("13 0001")  # Server keep alive: 1 s.
    with Scripted(granted() | {1: packet(CONNACK << 4, bytes([0, 0, len(said)]) + said), PINGREQ: b"\xd0\x00"}) as server:
        assert subscribe(server, "-W", "2900ms").returncode == 0
    assert len([first for first, _ in server.packets if first >> 4 == PINGREQ]) == 2


def test_topic_aliases_stand_for_their_topics():
    first, second = message(b"1", b"a/b", properties=b"\x23\x00\x01"), message(b"2", b"", properties=b"\x23\x00\x01")
    with Scripted(granted(first, second)) as server:
        assert subscribe(server, "-C", "2", "-v", "--topic-alias-maximum", "1").stdout == "a/b 1\na/b 2\n"
    with Scripted(granted(message(b"2", b"", properties=b"\x23\x00\x02"))) as server:
        done = subscribe(server, "-C", "1", "--topic-alias-maximum", "5")
        assert done.returncode == 12
        assert "a topic alias that stands for nothing" in done.stderr


def test_a_message_of_qos_2_is_printed_once():
    once = message(b"1", first=0x34, packet_id=b"\x00\x07")
    again = message(b"1", first=0x3C, packet_id=b"\x00\x07")
    answers = granted(once)
    rounds = iter([again, packet(PUBREL << 4 | 2, b"\x00\x07"), None])
    answers[PUBREC] = lambda body: next(rounds) or b""
    with Scripted(answers) as server:
        assert subscribe(server, "-C", "1", "-q", "2").stdout == "1\n"
    kinds = [first >> 4 for first, _ in server.packets]
    assert kinds == [1, SUBSCRIBE, PUBREC, PUBREC, PUBCOMP, DISCONNECT]


def test_a_message_of_qos_1_is_acknowledged():
    with Scripted(granted(message(b"1", first=0x32, packet_id=b"\x00\x07"))) as server:
        assert subscribe(server, "-C", "1").stdout == "1\n"
        assert server.body(PUBACK) == b"\x00\x07"


@pytest.mark.parametrize("garbage", [b"\x00\x00", b"\x30\xff\xff\xff\xff", b"\x30\x02\x00\x05", b"\x10\x00", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_what_is_no_mqtt_is_said(garbage):
    with Scripted(granted(garbage)) as server:
        done = subscribe(server)
        assert done.returncode == 12
        assert "the broker breaks the rules of MQTT" in done.stderr
