# SPDX-License-Identifier: Apache-2.0
"""What `muster pub` publishes, and what it says when the broker will not have it."""
import subprocess
import time

import pytest
from peers import MUSTER, PATIENCE, Mosquitto, held_port, need, run
from scripted_mqtt import CONNACK, PUBACK, WELCOME_V311, Scripted, packet

PUBREC, PUBREL, PUBCOMP, DISCONNECT, PUBLISH = 5, 6, 7, 14, 3
ALL = ["-t", "x"]


def packet_id(body):
    return body[2 + int.from_bytes(body[:2], "big") :][:2]


def acknowledging(reason=None, kind=PUBACK):
    return {PUBLISH: lambda body: packet(kind << 4, packet_id(body) + (bytes([reason, 0]) if reason is not None else b""))}


@pytest.fixture(name="broker", scope="module")
def running_mosquitto(tmp_path_factory):
    with Mosquitto(tmp_path_factory.mktemp("mosquitto"), "max_inflight_messages 0") as mosquitto:
        yield mosquitto


class Receiver:
    """mosquitto_sub that has subscribed."""

    def __init__(self, broker, count, *flags):
        words = [need("stdbuf"), "-o0", need("mosquitto_sub"), "-p", str(broker.port), "-V", "mqttv5", "-q", "2", "-t", "x", "-C", str(count), "-W", "20", "-d", "-F", "%q%r[%x]", *flags]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        while "SUBACK" not in self.process.stdout.readline():
            assert self.process.poll() is None

    def line(self):
        while (line := self.process.stdout.readline()).startswith(("Client", "Subscribed")):
            pass
        return line.strip()

    def lines(self):
        out = self.process.stdout.read()  # Not communicate(), which forgets what readline() has buffered. -W is its end.
        self.process.wait(timeout=PATIENCE)
        return [line for line in out.splitlines() if not line.startswith(("Client", "Subscribed"))]


def publish(broker, *flags, **options):
    return run("pub", "-h", f"127.0.0.1:{broker.port}", *ALL, *flags, **options)


def hexadecimal(*payloads):
    return [f"10[{payload.encode().hex()}]" for payload in payloads]


@pytest.mark.parametrize(
    ("flags", "stdin", "payloads"),
    [
        (["-m", "hi"], None, ["hi"]),
        (["-m", ""], None, [""]),
        (["--message=-x"], None, ["-x"]),
        (["-n"], None, [""]),
        (["-s"], "a\nb\n", ["a\nb\n"]),
        (["-f", "-"], "a\nb\n", ["a\nb\n"]),
        (["-l"], "a\n\nb", ["a", "", "b"]),
        (["-l"], "", []),
        (["-m", "hi", "--repeat", "3"], None, ["hi"] * 3),
        (["-l", "--receive-maximum", "1"], "".join(f"{i}\n" for i in range(500)), [str(i) for i in range(500)]),
    ],
)
def test_what_is_said_is_published(broker, flags, stdin, payloads):
    receiver = Receiver(broker, max(1, len(payloads)))
    done = publish(broker, *flags, stdin=stdin)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    if not payloads:
        publish(broker, "-m", "end", check=True)
    assert receiver.lines() == hexadecimal(*(payloads or ["end"]))


def test_a_file_is_one_payload_of_bytes(broker, tmp_path):
    file = tmp_path / "payload"
    file.write_bytes(bytes(range(256)))
    receiver = Receiver(broker, 1)
    assert publish(broker, "-f", file).returncode == 0
    assert receiver.lines() == [f"10[{bytes(range(256)).hex()}]"]


def test_a_file_that_is_none_is_said(broker, tmp_path):
    assert publish(broker, "-f", tmp_path / "none").returncode == 5
    done = publish(broker, "-f", tmp_path)
    assert done.returncode == 2
    assert "is a directory" in done.stderr


@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_qos_and_retain_are_as_the_flags_say(broker, qos, version):
    receiver = Receiver(broker, 1, "--retain-as-published")
    assert publish(broker, "-m", "1", "-q", qos, "-r", "-V", version).returncode == 0
    assert receiver.lines() == [f"{qos}1[31]"]
    assert publish(broker, "-n", "-r").returncode == 0


def test_a_line_is_published_as_it_comes(broker):
    receiver = Receiver(broker, 2)
    words = [MUSTER, "pub", "-h", f"127.0.0.1:{broker.port}", *ALL, "-l"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, text=True) as process:
        for payload in ("first", "second"):
            process.stdin.write(payload + "\n")
            process.stdin.flush()
            assert receiver.line() == hexadecimal(payload)[0]
        process.stdin.close()
        assert process.wait(PATIENCE) == 0


def test_messages_are_repeated_at_their_pace(broker):
    receiver = Receiver(broker, 3)
    begin = time.monotonic()
    assert publish(broker, "-m", "1", "--repeat", "3", "--repeat-delay", "50ms").returncode == 0
    assert time.monotonic() - begin >= 0.1
    assert receiver.lines() == hexadecimal("1", "1", "1")


def test_properties_travel_with_the_message():
    flags = ["-D", "PUBLISH", "content-type", "text/plain", "-D", "publish", "user-property", "a b", "c", "-D", "publish message-expiry-interval 9", "-D", "disconnect session-expiry-interval 0"]
    with Scripted(acknowledging()) as server:
        done = run("pub", "-h", server.url, *ALL, "-m", "1", *flags, env={"MUSTER_USERNAME": "me"})
        assert done.returncode == 0, done.stderr
        body = server.body(PUBLISH)
    assert server.packets[-1] == (DISCONNECT << 4, bytes.fromhex("00 05 11 00000000"))
    assert b"\x03\x00\x0atext/plain" in body and b"\x26\x00\x03a b\x00\x01c" in body and bytes.fromhex("02 00000009") in body


@pytest.mark.parametrize(
    ("reason", "code", "words"),
    [
        (0x80, 12, "unspecified error"),
        (0x83, 12, "implementation specific error"),
        (0x87, 4, "not authorized"),
        (0x90, 12, "topic name invalid"),
        (0x97, 12, "quota exceeded"),
        (0x99, 12, "payload format invalid"),
    ],
)
def test_an_acknowledgement_that_refuses_is_a_failure(reason, code, words):
    for qos, kind, name in ((1, PUBACK, "PUBACK"), (2, PUBREC, "PUBREC")):
        with Scripted(acknowledging(reason, kind)) as server:
            done = run("pub", "-h", server.url, *ALL, "-m", "1", "-q", qos)
            assert done.returncode == code
            assert f"x: the message refused: the broker said {name} 0x{reason:02X} ({words})" in done.stderr


def test_what_follows_a_refusal_is_published_and_counted():
    with Scripted({PUBLISH: lambda body: packet(PUBACK << 4, packet_id(body) + (b"\x87\x00" if body.endswith(b"2") else b""))}) as server:
        done = run("pub", "-h", server.url, *ALL, "-l", stdin="1\n2\n3\n")
        assert done.returncode == 4
        assert "x: 1 of 3 messages refused" in done.stderr
    assert len([first for first, _ in server.packets if first >> 4 == PUBLISH]) == 3


def test_that_nobody_has_subscribed_is_told_to_who_asks():
    with Scripted(acknowledging(0x10)) as server:
        assert run("pub", "-h", server.url, *ALL, "-m", "1").stderr == ""
        done = run("pub", "-h", server.url, *ALL, "-m", "1", "--verbose")
        assert done.returncode == 0
        assert "nobody has subscribed" in done.stderr


@pytest.mark.parametrize(("properties", "flags", "says"), [("24 01", ["-q", "2"], "QoS 1 at most"), ("25 00", ["-r"], "does not retain"), ("27 0000001e", ["-m", "x" * 40], "packets of 30"), ("", ["-D", "publish topic-alias 1"], "topic aliases up to 0")])
def test_what_the_broker_has_said_it_does_not_take_is_not_sent(properties, flags, says):
    said = bytes.fromhex(properties)
    with Scripted(acknowledging() | {1: packet(CONNACK << 4, bytes([0, 0, len(said)]) + said)}) as server:
        done = run("pub", "-h", server.url, *ALL, "-m", "1", *flags)
        assert done.returncode == 12
        assert says in done.stderr
    assert PUBLISH not in [first >> 4 for first, _ in server.packets]


def test_a_broker_that_takes_one_at_a_time_gets_one_at_a_time():
    said = bytes.fromhex("21 0001")
    with Scripted(acknowledging() | {1: packet(CONNACK << 4, bytes([0, 0, len(said)]) + said)}) as server:
        assert run("pub", "-h", server.url, *ALL, "-l", stdin="1\n2\n3\n").returncode == 0
    assert [body[-1:] for first, body in server.packets if first >> 4 == PUBLISH] == [b"1", b"2", b"3"]


@pytest.mark.parametrize(("answer", "code", "says"), [(packet(DISCONNECT << 4, b"\x8e\x00"), 6, "0x8E (session taken over)"), (packet(DISCONNECT << 4, b"\x8b\x00"), 7, "0x8B (server shutting down)"), (b"\xff\xff", 12, "breaks the rules of MQTT")])
def test_a_connection_that_ends_before_the_acknowledgement_is_a_failure(answer, code, says):
    with Scripted({PUBLISH: answer}) as server:
        done = run("pub", "-h", server.url, *ALL, "-m", "1")
        assert done.returncode == code
        assert says in done.stderr and f"127.0.0.1:{server.port}" in done.stderr


def test_the_handshake_of_qos_2_is_done_to_its_end():
    answers = acknowledging(kind=PUBREC) | {PUBREL: lambda body: packet(PUBCOMP << 4, body[:2]), 1: WELCOME_V311}
    with Scripted(answers) as server:
        assert run("pub", "-h", server.url, *ALL, "-m", "1", "-q", "2", "-V", "3.1.1").returncode == 0
    assert [first >> 4 for first, _ in server.packets] == [1, PUBLISH, PUBREL, DISCONNECT]


@pytest.mark.parametrize(("topic", "says"), [("", "topic is empty"), ("a/+", "wildcard at byte 3"), ("#", "wildcard"), ("x" * 65_536, "65536 bytes"), ("a\udcff", "byte 2 begins no UTF-8 character")])
def test_a_topic_that_is_none_is_refused_before_anything_is_done(topic, says):
    done = run("pub", "-h", "127.0.0.1:1", "-m", "1", "-t", topic)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_a_topic_with_a_nul_is_too(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text('context = "x"\n[contexts.x]\ntopic = "a\\u0000b"\n')
    done = run("pub", "-h", "127.0.0.1:1", "-m", "1", "--config", config)
    assert done.returncode == 2
    assert "byte 2 is NUL" in done.stderr


@pytest.mark.parametrize("flags", [["-l", "--repeat", "2"], ["-m", "1", "-n"], ["-q", "3", "-n"], ["-s", "--password-file", "-", "-u", "me"], ["-n", "--queue", "q.db", "-D", "publish content-type x"], ["-n", "--queue", "q.db", "--cert", "c", "--key", "k"], ["-n", "--repeat", "0"]])
def test_what_cannot_be_meant_is_refused(flags, tmp_path):
    done = run("pub", "-h", "127.0.0.1:1", *ALL, *(str(tmp_path / word) if word == "q.db" else word for word in flags), stdin="")
    assert (done.returncode, done.stdout) == (2, "")
    assert not (tmp_path / "q.db").exists()


def test_a_queue_says_what_it_has_stored(tmp_path):
    with held_port() as port:
        queue = tmp_path / "queue" / "outbox.db"
        words = ["-h", f"127.0.0.1:{port}", "--queue", queue]
        for count in (1, 3):
            done = run("pub", *ALL, *words, "-l", stdin="1\n" * (1 if count == 1 else 2))
            assert done.returncode == 0, done.stderr
            assert f"stored: {count} waiting in {queue}" in done.stderr
