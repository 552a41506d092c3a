# SPDX-License-Identifier: Apache-2.0
"""`muster bench` over WebSocket, traced, and with payloads from a template."""
import json
import re

import pytest
from bench_runs import bench, result
from peers import Broker, Mosquitto, PahoClient, run
from scripted_mqtt import Scripted

CLIENTS = 2
PASSWORD = "open sesame 4711"
SCHEMES = ("mqtts", "mqtt", "ws", "wss")


@pytest.fixture(name="broker", scope="module")
def running_broker(tmp_path_factory):
    directory = tmp_path_factory.mktemp("broker")
    with Broker(directory / "data", *(word for scheme in SCHEMES for word in ("--listen", f"{scheme}://127.0.0.1:0"))) as broker:
        broker.muster("tenant", "create", "acme", check=True)
        broker.places = dict(zip(SCHEMES, (url.removesuffix("/mqtt") for url in broker.urls)))
        broker.fleet = directory / "fleet"
        broker.fleet.mkdir()
        for number in range(CLIENTS):
            broker.enroll("acme", f"press-{number}", broker.fleet)
        broker.as_dash = ("-u", "acme/dash", "--password-file", broker.application("acme", "dash", directory, PASSWORD))
        yield broker


@pytest.fixture(name="mosquitto", scope="module")
def running_mosquitto(tmp_path_factory):
    with Mosquitto(tmp_path_factory.mktemp("mosquitto")) as mosquitto:
        mosquitto.url = f"mqtt://127.0.0.1:{mosquitto.port}"
        yield mosquitto


def ca_of(broker, scheme):
    return ("--cafile", broker.ca_file) if scheme == "wss" else ()


@pytest.mark.parametrize("scheme", ["ws", "wss"])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_load_goes_over_websocket(broker, scheme, qos):
    words = ("-h", broker.places[scheme], *ca_of(broker, scheme), *broker.as_dash, "-c", 3, "-q", qos)
    for kind in ("pub", "pingpong"):
        told = result(bench(kind, *words, "--messages", 20, "-r", 600))
        assert (told["messages"]["sent"], told["messages"]["lost"], told["errors"]) == (60, 0, 0), kind
        assert (told["websocket"], told["tls"]) == (True, scheme == "wss")
    told = result(bench("sub", *words, "--messages", 10, "-r", 100, "--ws-path", "/mqtt"))
    assert (told["messages"]["sent"], told["messages"]["received"], told["messages"]["lost"]) == (10, 30, 0)
    told = result(bench("pingpong", *words, "--messages", 3, "--payload-size", 100_000))
    assert (told["messages"]["received"], told["messages"]["lost"]) == (9, 0)  # Frames with lengths of eight bytes.


def test_devices_come_back_over_websocket_after_a_storm(broker):
    words = ("-h", broker.places["wss"] + "/mqtt", "--credentials", broker.fleet, "-c", CLIENTS)
    told = result(bench("storm", *words, "--spread", "100ms", "--resume", "--assert", "recovered.all<60s"))
    assert told["storm"]["recovered"] == told["connections"]["resumed"] == CLIENTS
    assert result(bench("pingpong", *words, "--messages", 10, "-r", 100))["messages"]["lost"] == 0
    assert result(bench("fanin", *words, "--messages", 5, "--filter", "+/bench/+", "--peer-username", "acme/dash", "--peer-password-file", broker.as_dash[3]))["messages"]["lost"] == 0


@pytest.mark.parametrize("words", [["--ws-path", "/nothing"], ["--ws-path", "nothing"]])
def test_a_path_that_is_no_websocket_is_said(broker, words):
    done = bench("conn", "-h", broker.places["ws"], *broker.as_dash, *words)
    assert done.returncode == 12 and "no WebSocket at /nothing" in done.stderr and "404" in done.stderr
    assert bench("conn", "-h", broker.places["ws"], *broker.as_dash, "--ws-path", "mqtt").returncode == 0


def test_what_answers_and_is_no_websocket_is_unreachable(broker):
    assert bench("conn", "-h", broker.places["mqtt"].replace("mqtt://", "ws://")).returncode == 7
    for answer in (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b"HTTP/9.9 x\r\n\r\n", b"x" * 20_000):
        with Scripted(greet=lambda stream, answer=answer: stream.sendall(answer)) as server:
            done = bench("conn", "-h", server.url.replace("mqtt://", "ws://"), "--connect-timeout", "10s")
            assert done.returncode == 7 and "the answer is not HTTP" in done.stderr, done
    accept = b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: wrong\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
    with Scripted(greet=lambda stream: stream.sendall(accept)) as server:
        done = bench("conn", "-h", server.url.replace("mqtt://", "ws://"))
        assert done.returncode == 12 and "does not speak MQTT" in done.stderr


def packets_of(text):
    """The lines of a trace by client, without times and payloads' sizes."""
    packets = {}
    for line in text.splitlines():
        found = re.fullmatch(r"\d+\.\d{3} (→|←) (.+) client=(\S+)", line)
        assert found, line
        packets.setdefault(found[3], []).append(f"{found[1]} {found[2]}")
    return packets


@pytest.mark.parametrize("scheme", ["mqtt", "ws"])
def test_every_packet_is_told_with_whose_it_is(broker, scheme, tmp_path):
    file = tmp_path / "trace.txt"
    result(bench("pingpong", "-h", broker.places[scheme], *broker.as_dash, "-c", 2, "--messages", 1, "-q", 1, "-i", "tool-%i", f"--trace={file}"))
    assert PASSWORD not in file.read_text()
    told = packets_of(file.read_text())
    assert sorted(told) == ["tool-0", "tool-1"]
    for client, lines in told.items():
        if scheme == "ws":
            assert lines[:2] == ["→ HTTP GET /mqtt", "← HTTP 101 Switching Protocols"]
            lines = lines[2:]
        assert lines[0] == f"→ CONNECT id={client} clean=1 ka=60 v5 user=acme/dash password=***"
        assert lines[1].startswith("← CONNACK 0x00 session=0")
        number = client[-1]
        assert lines[2] == f"→ SUBSCRIBE mid=1 filter=bench/{number} qos=1"
        assert lines[3].startswith("← SUBACK 0x01 mid=1")
        assert lines[4] == f"→ PUBLISH mid=1 topic=bench/{number} qos=1 retain=0 bytes=64"
        rest = [re.sub(r" .*", "", line[2:]) for line in lines[5:]]
        assert sorted(rest) == ["PUBACK", "PUBACK", "PUBLISH"], lines


def test_a_refused_password_is_not_told_back(broker, tmp_path):
    wrong = tmp_path / "wrong"
    wrong.write_text("swordfish\n")
    wrong.chmod(0o600)
    done = run("bench", "conn", "-h", broker.places["mqtt"], "-u", "acme/dash", "--password-file", wrong, "--trace")
    assert done.returncode == 4
    assert "→ CONNECT" in done.stderr and "← CONNACK 0x8" in done.stderr and "swordfish" not in done.stderr


def template(directory, text):
    file = directory / "template"
    file.write_text(text)
    return file


def test_a_template_is_filled_in_for_each_message(mosquitto, tmp_path):
    text = '{"device":"%c","i":%i,"n":%n,"t":%t,"run":"%r","temperature":2%d.%d,"tag":"%x%x%x%x","load":"5%%"}'
    words = ("-h", mosquitto.url, "-c", 2, "--messages", 5, "-t", "filled/%i", "--run-id", "r7", "-i", "press-%i", "--template", template(tmp_path, text))
    reader = PahoClient("reader")
    assert reader.connect(mosquitto.port) == 0
    reader.subscribe("filled/#")
    runs = []
    for _ in range(2):
        told = result(bench("pub", *words, "-r", 100))
        runs.append([json.loads(reader.message().payload) for _ in range(10)])
        assert told["messages"]["acknowledged"] == 10
        assert told["payload_bytes"] == len(json.dumps(runs[-1][0], separators=(",", ":")))
    reader.close()
    for got in runs:
        assert sorted((one["device"], one["i"], one["n"], one["run"], one["load"]) for one in got) == [(f"press-{i}", i, n, "r7", "5%") for i in range(2) for n in range(5)]
        assert all(1.7e12 < one["t"] < 1e13 and 20 <= one["temperature"] < 30 and re.fullmatch("[0-9a-f]{4}", one["tag"]) for one in got)
        assert len({one["tag"] for one in got}) > 5
    tags = [{(one["i"], one["n"]): one["tag"] for one in got} for got in runs]
    assert tags[0] == tags[1]  # The same run id, the same numbers.


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_receiver_finds_its_messages_by_their_stamp(mosquitto, tmp_path, version):
    file = template(tmp_path, '{"n":%n,"stamp":"%s"}')
    for qos in (0, 1, 2):
        for kind in ("pingpong", "fanin", "sub"):  # One publisher and three subscribers, in the last.
            told = result(bench(kind, "-h", mosquitto.url, "-c", 3, "--messages", 10, "-r", 300, "-q", qos, "-V", version, "--template", file))
            assert (told["messages"]["received"], told["messages"]["lost"], told["messages"]["foreign"]) == (30, 0, 0)
            assert told["latency_ms"]["count"] == 30


@pytest.mark.parametrize("kind, text, words, says", [
    ("pub", "50%", [], "byte 3 stands for nothing"),
    ("pub", "%z", [], "stands for nothing"),
    ("pub", "", [], "is empty"),
    ("pub", "x", ["--payload-size", "64"], "exclude each other"),
    ("pub", "x", ["--payload-file", "/etc/hostname"], "exclude each other"),
    ("pingpong", "%n", [], "has no %s"),
    ("fanin", "%%s", [], "has no %s"),
])
def test_a_wrong_template_is_told_before_anything_is_done(tmp_path, kind, text, words, says):
    done = run("bench", kind, "-h", "127.0.0.1", "--template", template(tmp_path, text), *words)
    assert done.returncode == 2, done
    assert says in done.stderr and done.stdout == ""


def test_a_template_that_is_not_there_is_not_found():
    done = run("bench", "pub", "-h", "127.0.0.1", "--template", "/nowhere/template")
    assert done.returncode == 5 and "--template" in done.stderr
