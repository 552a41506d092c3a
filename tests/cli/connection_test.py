# SPDX-License-Identifier: Apache-2.0
"""How pub and sub connect: hosts, versions, sessions, wills, and what they say when it does not work."""
import socket

import pytest
from peers import PATIENCE, Broker, Mosquitto, held_port, run
from scripted_mqtt import CONNACK, PUBACK, WELCOME_V311, Scripted, packet

ACCEPT = {3: lambda body: packet(PUBACK << 4, body[2 + body[1] :][:2])}


def publish(*arguments, **options):
    return run("pub", "-t", "x", "-m", "1", *arguments, **options)


@pytest.fixture(name="mosquitto", scope="module")
def running_mosquitto(tmp_path_factory):
    with Mosquitto(tmp_path_factory.mktemp("mosquitto")) as mosquitto:
        yield mosquitto


def test_a_refused_connection_names_place_and_cause():
    with held_port() as port:
        done = publish("-h", f"mqtt://127.0.0.1:{port}")
        assert (done.returncode, done.stdout) == (7, "")
        assert f"127.0.0.1:{port}: connection refused" in done.stderr


def test_a_name_that_nobody_has_is_unreachable():
    done = publish("-h", "nobody.invalid", "--allow-plaintext")
    assert done.returncode == 7
    assert "nobody.invalid:1883: " in done.stderr


def test_a_server_that_does_not_answer_is_a_timeout():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = publish("-h", f"127.0.0.1:{listener.getsockname()[1]}", "--connect-timeout", "200ms")
        assert done.returncode == 9
        assert "CONNACK" in done.stderr


def test_a_server_that_does_not_speak_mqtt_is_named_as_such():
    with Scripted({1: b"HTTP/1.1 400 Bad Request\r\n\r\n"}) as server:
        done = publish("-h", server.url)
        assert done.returncode == 7
        assert "not MQTT" in done.stderr


@pytest.mark.parametrize(
    ("reason", "code", "words"),
    [
        (0x80, 12, "0x80 (unspecified error)"),
        (0x84, 12, "-V 3.1.1"),
        (0x85, 12, "0x85 (client identifier not valid)"),
        (0x86, 4, "0x86 (bad user name or password)"),
        (0x87, 4, "0x87 (not authorized)"),
        (0x88, 7, "0x88 (server unavailable)"),
        (0x89, 7, "0x89 (server busy)"),
        (0x8A, 4, "0x8A (banned)"),
        (0x8C, 4, "0x8C (bad authentication method)"),
        (0x95, 12, "0x95 (packet too large)"),
        (0x97, 12, "0x97 (quota exceeded)"),
        (0x9F, 7, "0x9F (connection rate exceeded)"),
    ],
)
def test_a_refusal_ends_with_its_code_and_its_words(reason, code, words):
    with Scripted({1: packet(CONNACK << 4, bytes([0, reason, 0]))}) as server:
        done = publish("-h", server.url)
        assert done.returncode == code
        assert words in done.stderr and f"127.0.0.1:{server.port}" in done.stderr


@pytest.mark.parametrize(("number", "code", "words"), [(1, 12, "-V 3.1.1"), (2, 12, "identifier"), (3, 7, "unavailable"), (4, 4, "password"), (5, 4, "not authorized")])
def test_a_refusal_of_version_3_does_too(number, code, words):
    with Scripted({1: bytes([0x20, 2, 0, number])}) as server:
        for version in ("3.1.1", "5"):  # A broker that does not know 5 answers in the words of 3.1.1.
            done = publish("-h", server.url, "-V", version)
            assert done.returncode == code
            assert words in done.stderr and f"return code {number}" in done.stderr


def test_what_the_broker_says_of_it_is_printed():
    text = b"ask the operator"
    properties = bytes([0x1F, 0, len(text)]) + text
    with Scripted({1: packet(CONNACK << 4, bytes([0, 0x87, len(properties)]) + properties)}) as server:
        assert "ask the operator" in publish("-h", server.url).stderr


@pytest.mark.parametrize("where", [["-h", "127.0.0.1", "-p", "PORT"], ["-h", "127.0.0.1:PORT"], ["-h", "localhost", "-p", "PORT"], ["-h", "mqtt://127.0.0.1", "-p", "PORT"]])
@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_host_can_be_written_in_several_ways(mosquitto, where, version):
    done = publish(*(word.replace("PORT", str(mosquitto.port)) for word in where), "-V", version)
    assert done.returncode == 0, done.stderr


def test_the_next_host_is_tried(mosquitto):
    with held_port() as port:
        for where in (["-h", f"127.0.0.1:{port},127.0.0.1:{mosquitto.port}"], ["-h", f"127.0.0.1:{port}", "-h", f"127.0.0.1:{mosquitto.port}"]):
            done = publish(*where)
            assert done.returncode == 0, done.stderr
        done = publish("-h", f"127.0.0.1:{port},localhost:{port}")
        assert done.returncode == 7
        assert f"127.0.0.1:{port}" in done.stderr and f"localhost:{port}" in done.stderr


def test_a_connection_that_fails_is_tried_again_if_asked():
    with held_port() as port:
        done = publish("-h", f"127.0.0.1:{port}", "--retries", "2", "--retry-delay", "1ms")
        assert done.returncode == 7
        assert done.stderr.count("once more in 1 ms") == 2


def test_other_machines_are_spoken_to_in_the_open_only_if_it_is_said():
    done = publish("-h", "broker.invalid")
    assert done.returncode == 2
    assert "--allow-plaintext" in done.stderr and "mqtts://broker.invalid" in done.stderr
    assert publish("-h", "broker.invalid", "--allow-plaintext").returncode == 7


def test_the_connect_says_what_the_flags_say():
    flags = ["-i", "me", "-u", "user", "-k", "7", "-x", "9", "--receive-maximum", "5", "--max-packet-size", "2000", "--topic-alias-maximum", "3"]
    will = ["--will-topic", "gone", "--will-payload", "away", "--will-qos", "1", "--will-retain", "--will-delay", "4s"]
    with Scripted(ACCEPT) as server:
        done = publish("-h", server.url, *flags, *will, "-D", "connect", "user-property", "a b", "c", "-D", "will content-type text/plain")
        assert done.returncode == 0, done.stderr
        body = server.body(1)
    assert body[:10] == b"\x00\x04MQTT\x05" + bytes([0x80 | 0x20 | 0x08 | 0x04 | 0x02]) + b"\x00\x07"
    for expected in ("11 00000009", "21 0005", "27 000007d0", "22 0003", "18 00000004"):
        assert bytes.fromhex(expected) in body
    for text in (b"\x26\x00\x03a b\x00\x01c", b"\x03\x00\x0atext/plain", b"\x00\x04gone\x00\x04away\x00\x04user", b"\x00\x02me"):
        assert text in body


def test_a_session_is_taken_up_and_left_behind():
    with Scripted(ACCEPT) as server:
        assert publish("-h", server.url, "-c", "-i", "me").returncode == 0
        body = server.body(1)
    assert body[7] == 0 and bytes.fromhex("11 ffffffff") in body


def test_version_3_is_spoken():
    with Scripted(ACCEPT | {1: WELCOME_V311, 3: bytes.fromhex("40020001")}) as server:
        done = publish("-h", server.url, "-V", "3.1.1", "-i", "me", "-k", "0")
        assert done.returncode == 0, done.stderr
        assert server.body(1) == b"\x00\x04MQTT\x04\x02\x00\x00\x00\x02me"


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["-c"], "--client-id"),
        (["-V", "3.1.1", "-x", "5"], "3.1.1"),
        (["-V", "3.1.1", "-D", "publish content-type x"], "3.1.1"),
        (["-V", "4"], "--mqtt-version"),
        (["--will-payload", "x"], "--will-topic"),
        (["--will-topic", "a/#"], "wildcard"),
        (["--cert", "c.pem"], "--key"),
        (["--identity", "a", "--cert", "c", "--key", "k"], "exclude"),
        (["--password-file", "p"], "--username"),
        (["-P", "-u", "me"], "no terminal"),
        (["-k", "65536"], "--keep-alive"),
        (["-D", "publish nothing x"], "no property 'nothing'"),
        (["-D", "connect content-type x"], "does not stand in connect"),
        (["-D", "nowhere content-type x"], "none of connect"),
        (["-D", "publish topic-alias 0"], "topic alias"),
        (["-D", "publish message-expiry-interval soon"], "'soon'"),
        (["-D", "publish", "user-property", "a"], "a name and a value"),
        (["--proxy", "socks://x"], "http://HOST:PORT"),
        (["--proxy", "http://me:secret@x"], "--proxy-password-file"),
        (["-h", "mqtt://u@h"], "user name or password"),
        (["-h", "ftp://127.0.0.1"], "does not begin with"),
        (["-p", "0"], "--port"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_done(flags, says):
    done = publish("-h", "127.0.0.1:1", *flags)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_a_password_comes_from_a_file_or_standard_input(tmp_path):
    with Broker(tmp_path / "state", "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0") as broker:
        broker.muster("tenant", "create", "acme", check=True)
        file = broker.application("acme", "dash", tmp_path)
        where = ["-h", f"127.0.0.1:{broker.plain_port}", "-u", "acme/dash", "--password-file"]
        assert publish(*where, file).returncode == 0
        assert publish(*where, "-", stdin="open sesame\n").returncode == 0
        done = publish(*where, "-", stdin="wrong\n")
        assert done.returncode == 4
        assert "0x86" in done.stderr or "0x87" in done.stderr
        done = run("pub", "-t", "x", "-f", "-", *where, "-", stdin="x", timeout=PATIENCE)
        assert done.returncode == 2
