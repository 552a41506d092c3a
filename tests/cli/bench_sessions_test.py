# SPDX-License-Identifier: Apache-2.0
"""What the clients of `muster bench` say beside their names: sessions, wills, properties; and keys with a password."""
import json

import pytest
from bench_runs import bench, result
from external_ca import openssl
from peers import Broker, Mosquitto, PahoClient, run
from scripted_mqtt import PUBACK, PUBLISH, SUBSCRIBE, Scripted, packet

CONNECT = 1


@pytest.fixture(name="mosquitto", scope="module")
def running_mosquitto(tmp_path_factory):
    with Mosquitto(tmp_path_factory.mktemp("mosquitto")) as mosquitto:
        mosquitto.url = f"mqtt://127.0.0.1:{mosquitto.port}"
        yield mosquitto


def test_sessions_are_left_behind_and_taken_up(mosquitto):
    words = ("-h", mosquitto.url, "-c", "1", "-i", "keeper-%i", "-t", "kept/%i", "--no-clean-start", "--session-expiry", "60")
    result(bench("sub", *words, "--duration", "1ms", "--run-id", "r1"))
    sender = PahoClient("sender")
    sender.connect(mosquitto.port)
    sender.publish("kept/0", "while it was away")
    sender.close()
    told = result(bench("sub", *words, "--limit", "1", "--run-id", "r2", "--duration", "500ms"))
    assert told["messages"]["foreign"] == 1
    cleaned = result(bench("sub", "-h", mosquitto.url, "-i", "keeper-%i", "-t", "kept/%i", "--duration", "500ms"))
    assert cleaned["messages"]["foreign"] == 0


def test_what_the_broker_publishes_when_clients_are_cut_off(mosquitto):
    heir = PahoClient("heir")
    heir.connect(mosquitto.port)
    heir.subscribe("wills/#")
    words = ["--will-topic", "wills/%r/%i", "--will-payload", "client %i is gone", "--will-qos", "1", "--will-retain", "--will-delay", "1s"]
    result(bench("conn", "-h", mosquitto.url, "-c", "3", "--run-id", "r7", *words, "-D", "will user-property from bench"))
    got = [heir.message() for _ in range(3)]
    assert sorted((message.topic, message.payload) for message in got) == [(f"wills/r7/{i}", f"client {i} is gone".encode()) for i in range(3)]
    assert {message.qos for message in got} == {1} and got[0].properties.UserProperty == [("from", "bench")]
    heir.close()
    late = PahoClient("late")
    late.connect(mosquitto.port)
    late.subscribe("wills/r7/1")
    assert late.message().retain
    late.close()


def test_properties_go_with_every_packet_of_their_kind():
    acknowledge = {PUBLISH: lambda body: packet(PUBACK << 4, body[2 + int.from_bytes(body[:2], "big") :][:2]), SUBSCRIBE: lambda body: packet(9 << 4, body[:2] + bytes([0, 1]))}
    with Scripted(acknowledge) as server:
        limits = ["--receive-maximum", "7", "--max-packet-size", "4096", "--topic-alias-maximum", "3", "-x", "9"]
        words = ["-D", "connect", "user-property", "a", "b", "-D", "publish content-type text/plain", "-D", "subscribe", "user-property", "c", "d"]
        done = bench("pingpong", "-h", server.url, "-t", "x/%i", "--messages", "2", "-r", "100", "--duration", "1s", *limits, *words)
    assert done.returncode in (0, 9, 10), done  # Nothing comes back: it is what is sent that counts.
    connect = server.body(CONNECT)
    for part in (b"\x21\x00\x07", b"\x27\x00\x00\x10\x00", b"\x22\x00\x03", b"\x11\x00\x00\x00\x09", b"\x26\x00\x01a\x00\x01b"):
        assert part in connect, (part, connect)
    assert b"\x26\x00\x01c\x00\x01d" in server.body(SUBSCRIBE)
    published = [body for first, body in server.packets if first >> 4 == PUBLISH]
    assert len(published) == 2 and all(b"\x03\x00\x0atext/plain" in body for body in published)
    ids = [int.from_bytes(body[5:7], "big") for body in published]  # Behind the topic x/0.
    assert len(set(ids)) == 2 and 0 not in ids


@pytest.mark.parametrize("extra", [[], ["--template"]])
def test_messages_with_properties_arrive(mosquitto, tmp_path, extra):
    file = tmp_path / "template"
    file.write_text("%s and %n")
    words = [*extra, *([file] if extra else []), "-D", "publish", "user-property", "site", "lab", "--topic-alias-maximum", "10"]
    for qos in (0, 1, 2):
        told = result(bench("pingpong", "-h", mosquitto.url, "-c", "2", "--messages", "20", "-r", "400", "-q", qos, *words))
        assert (told["messages"]["received"], told["messages"]["lost"]) == (40, 0)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--will-payload", "x"], "needs --will-topic"),
        (["--will-topic", "a/#"], "the will's topic"),
        (["-V", "3.1.1", "-x", "5"], "MQTT 3.1.1 has no properties"),
        (["-V", "3.1.1", "-D", "publish content-type x"], "MQTT 3.1.1 has no properties"),
        (["-D", "publish topic-alias 3"], "topic alias"),
        (["-D", "disconnect reason-string x"], "no DISCONNECT"),
        (["-D", "publish nonsense x"], "nonsense"),
        (["--receive-maximum", "0"], "--receive-maximum"),
        (["--key-password-file", "/etc/hostname"], "needs a key"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_done(words, says):
    done = run("bench", "pub", "-h", "127.0.0.1:1", *words)
    assert (done.returncode, done.stdout) == (2, "") and says in done.stderr, done


def test_a_key_with_a_password_is_opened(tmp_path):
    secret, wrong = tmp_path / "secret", tmp_path / "wrong"
    for file, text in ((secret, "open sesame\n"), (wrong, "shut\n")):
        file.write_text(text)
        file.chmod(0o600)
    with Broker(tmp_path / "data") as broker:
        broker.muster("tenant", "create", "acme", check=True)
        otp, device = tmp_path / "otp", tmp_path / "press-01"
        broker.muster("device", "register", "press-01", "--tenant", "acme", "--otp-file", otp, check=True)
        enrolled = ["--device-id", "press-01", "--otp-file", otp, "--cafile", broker.ca_file, "--out-dir", device]
        run("cert", "enroll", "--est-url", f"{broker.est_url}/acme", *enrolled, check=True)
        key = tmp_path / "locked.key"
        openssl("pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", device / "device.key", "-out", key, "-passout", f"file:{secret}")
        key.chmod(0o600)
        words = ["-h", broker.mqtts_url, "--cafile", broker.ca_file, "--cert", device / "chain.pem", "--key", key, "-i", "press-01"]
        assert result(bench("conn", *words, "--key-password-file", secret))["connections"]["connected"] == 1
        for password, says in (([], "give --key-password-file FILE"), (["--key-password-file", wrong], "key cannot be read: its password is wrong")):
            done = bench("conn", *words, *password)
            assert done.returncode == 4 and says in done.stderr and "sesame" not in json.dumps(done.stderr)


@pytest.mark.parametrize("kind", ["conn", "pub", "sub", "pingpong", "fanin", "storm"])
def test_every_kind_says_the_same(mosquitto, kind):
    heir = PahoClient(f"heir-{kind}")
    heir.connect(mosquitto.port)
    heir.subscribe(f"left/{kind}/#")
    will = ["--will-topic", f"left/{kind}/%i", "--will-payload", "%i", "--will-qos", "1", "--will-retain", "--will-delay", "1s"]
    limits = ["--receive-maximum", "20", "--max-packet-size", "65536", "--topic-alias-maximum", "5", "--no-clean-start", "--session-expiry", "1", "--property", "connect", "user-property", "a", "b"]
    ends = ["--duration", "200ms"] if kind in ("conn", "sub") else ["--spread", "50ms"] if kind == "storm" else ["--messages", "2"]
    told = result(bench(kind, "-h", mosquitto.url, "-i", f"{kind}-%i", *will, *limits, *ends))
    assert told["errors"] == 0 and told["messages"]["lost"] == 0
    assert heir.message().payload == b"0"
    heir.close()


def test_every_kind_opens_keys_with_their_password(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("open sesame\n")
    secret.chmod(0o600)
    for kind in ("conn", "pub", "sub", "pingpong", "fanin", "storm"):
        done = run("bench", kind, "-h", "mqtt://127.0.0.1:1", "--key-password-file", secret)
        assert done.returncode == 2 and "--key-password-file needs a key" in done.stderr
