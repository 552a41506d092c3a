# SPDX-License-Identifier: Apache-2.0
"""What a running broker tells: the event stream, broker logs, structured logs on stderr, and /metrics."""
import contextlib
import json
import os
import socket
import subprocess

import pytest
from peers import MUSTER, PATIENCE, Broker, PahoClient

BOTH = ("--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0")


@pytest.fixture(name="broker")
def running_broker(tmp_path):
    with Broker(tmp_path / "data", *BOTH, "--admin-http", "http://127.0.0.1:0") as broker:
        broker.muster("tenant", "create", "acme")
        broker.application("acme", "dash", tmp_path)
        yield broker


def client_of(broker, client_id="dash", password="open sesame"):
    client = PahoClient(client_id)
    client.client.username_pw_set("acme/dash", password)
    client.code = client.connect(broker.plain_port)
    return client


@contextlib.contextmanager
def logs(broker, *arguments, count):
    """A running `broker logs` that has begun to read, and ends by itself after `count` events."""
    environment = os.environ | {"MUSTER_ADMIN": broker.admin}
    command = [MUSTER, "broker", "logs", "--after", "0", "-C", str(count), "-o", "jsonl", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def events_of(process):
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    return [json.loads(line) for line in out.splitlines()]


class Stream:
    """The event stream as bytes on a socket, without a client library."""

    def __init__(self, broker, *headers, path="/v1/events"):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(broker.admin.removeprefix("unix:"))
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", *headers]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.file = self.socket.makefile("r")
        self.status = self.file.readline().split()[1]
        self.headers = dict(line.strip().split(": ", 1) for line in iter(self.file.readline, "\n"))

    def event(self):
        fields = {}
        for line in iter(self.file.readline, "\n"):
            name, _, value = line.strip().partition(": ")
            fields[name] = value
        return fields

    def close(self):
        self.file.close()
        self.socket.close()


def test_logs_tells_connects_refusals_and_disconnects_with_their_reasons(broker):
    with logs(broker, count=4) as process:
        client = client_of(broker)
        client_of(broker, "stranger", "wrong").client.loop_stop()
        broker.muster("broker", "kick", "dash", "--tenant", "acme")
        events = events_of(process)
        client.client.loop_stop()
    assert [event["event"] for event in events[:3]] == ["connected", "refused", "disconnected"]
    assert (events[0]["tenant"], events[0]["client_id"], events[0]["role"]) == ("acme", "dash", "application")
    assert (events[1]["client_id"], events[1]["reason_code"]) == ("stranger", 0x86)
    assert (events[2]["reason"], events[2]["by"]) == ("administrative_action", "administrator")
    assert [event["id"] for event in events] == [1, 2, 3, 4]


def test_enrollments_are_told_with_their_serial_number(broker, tmp_path):
    with logs(broker, count=1) as process:
        broker.enroll("acme", "press-01", tmp_path)
        [event] = events_of(process)
    listed = json.loads(broker.muster("device", "list", "--tenant", "acme", "-o", "json").stdout)
    assert (event["event"], event["client_id"]) == ("enrolled", "press-01")
    assert event["certificate_serial"] == listed[0]["certificate_serial"]


def test_faults_are_told_when_they_begin_and_when_they_end(broker):
    def state(event):
        return event["event"], event["fault"], event["fault_id"], event["state"]

    stream = Stream(broker)
    for fault in ('{"kind": "refuse", "tenant": "acme", "client_id": "dash"}', '{"kind": "freeze", "duration_ms": 1}'):
        assert ask(broker, "/v1/faults", "-d", fault)["id"] > 0
    assert ask(broker, "/v1/faults/1", "-X", "DELETE") == {"id": 1}
    told = [json.loads(stream.event()["data"]) for _ in range(4)]
    stream.close()
    assert sorted(map(state, told)) == [
        ("fault", "freeze", 2, "ended"),
        ("fault", "freeze", 2, "injected"),
        ("fault", "refuse", 1, "ended"),
        ("fault", "refuse", 1, "injected"),
    ]
    assert {(event.get("tenant"), event.get("client_id")) for event in told if event["fault"] == "refuse"} == {("acme", "dash")}


@pytest.mark.parametrize("fault", ['{"kind": "outage", "duration_ms": 1}', '{"kind": "restart", "state": "lost"}', '{"kind": "take_over"}'])
def test_what_happens_at_once_is_told_to_have_ended_when_it_is_over(broker, fault):
    stream = Stream(broker)
    ask(broker, "/v1/faults", "-d", fault)
    told = [json.loads(stream.event()["data"]) for _ in range(2)]
    stream.close()
    assert [(event["event"], event["state"]) for event in told] == [("fault", "injected"), ("fault", "ended")]
    client_of(broker).close()  # It serves again.


def test_refused_messages_are_told_together_and_counted(broker):
    client = client_of(broker)
    stream = Stream(broker)
    for _ in range(3):
        client.publish("$SYS/broker", "x", qos=1)
    refused = []
    while sum(event["count"] for event in refused) < 3:
        told = json.loads(stream.event()["data"])
        if told["event"] == "publish_refused":
            refused.append(told)
    stream.close()
    client.close()
    assert {(event["tenant"], event["client_id"], event["reason"]) for event in refused} == {("acme", "dash", "not_authorized")}
    assert metrics_of(broker)['muster_publishes_refused_total{reason="not_authorized"}'] == 3


def test_a_fault_that_is_used_up_is_told_to_have_ended(broker):
    stream = Stream(broker)
    ask(broker, "/v1/faults", "-d", '{"kind": "refuse", "times": 1}')
    client_of(broker).client.loop_stop()
    told = [json.loads(stream.event()["data"]) for _ in range(3)]
    while not any(event.get("state") == "ended" for event in told):
        told.append(json.loads(stream.event()["data"]))
    stream.close()
    assert [event["state"] for event in told if event["event"] == "fault"] == ["injected", "ended"]


def test_logs_can_be_of_one_tenant_and_readable(broker):
    with logs(broker, "--tenant", "acme", "-o", "table", count=1) as process:
        client_of(broker, "stranger", "wrong").client.loop_stop()
        client = client_of(broker)
        out, _ = process.communicate(timeout=PATIENCE)
        client.close()
    assert " connected acme/dash" in out
    assert "stranger" not in out


def test_the_stream_is_server_sent_events_and_can_be_resumed(broker):
    stream = Stream(broker)
    assert (stream.status, stream.headers["Content-Type"]) == ("200", "text/event-stream")
    client_of(broker).close()
    first, second = stream.event(), stream.event()
    stream.close()
    assert (first["event"], second["event"]) == ("connected", "disconnected")
    assert json.loads(first["data"])["id"] == int(first["id"])
    resumed = Stream(broker, f"Last-Event-ID: {first['id']}")
    assert resumed.event()["id"] == second["id"]
    resumed.close()


def test_a_reader_that_takes_nothing_stops_nobody_and_is_told_what_it_missed(broker):
    slow = Stream(broker)
    # Each of these is told as malformed; 4,096 events are kept, and the sockets hold some of what is not read.
    for _ in range(7_000):
        with socket.create_connection(("127.0.0.1", broker.plain_port), timeout=PATIENCE) as client:
            client.sendall(b"\x00")
            assert client.recv(1) == b""
    told, missed = 0, 0
    while told + missed < 7_000:
        event = json.loads(slow.event()["data"])
        missed, told = (missed + event["count"], told) if event["event"] == "gap" else (missed, told + 1)
    slow.close()
    assert missed > 0
    assert told + missed == 7_000


def test_events_over_tcp_need_the_token(broker):
    port = int(broker.admin_url.rsplit(":", 1)[1])
    for path in ("/v1/events", "/metrics"):
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            assert client.recv(64).startswith(b"HTTP/1.1 401")


@pytest.mark.parametrize("form", ["json", "text"])
def test_structured_logs_are_one_line_per_event_on_stderr(tmp_path, form):
    with open(tmp_path / "err", "w+", encoding="utf-8") as err:
        with Broker(tmp_path / "data", *BOTH, "--log-format", form, stderr=err) as broker:
            broker.muster("tenant", "create", "acme")
            broker.application("acme", "dash", tmp_path)
            client_of(broker).close()
        err.seek(0)
        lines = [line for line in err if "dash" in line]
    names = [json.loads(line)["event"] for line in lines] if form == "json" else [line.split()[1] for line in lines]
    assert names[:2] == ["connected", "disconnected"]


def curl(broker, path, *arguments):
    command = ["curl", "-sS", "--unix-socket", broker.admin.removeprefix("unix:"), f"http://localhost{path}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout


def ask(broker, path, *arguments):
    return json.loads(curl(broker, path, *arguments))


def metrics_of(broker):
    lines = [line.rsplit(" ", 1) for line in curl(broker, "/metrics").splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


def test_metrics_count_messages_clients_and_refusals(broker):
    client = client_of(broker)
    client.subscribe("t")
    for _ in range(3):
        client.publish("t", "1")
        client.message()
    client_of(broker, "stranger", "wrong").client.loop_stop()
    metrics = metrics_of(broker)
    assert metrics["muster_messages_in_total"] == 3
    assert metrics["muster_messages_out_total"] == 3
    assert metrics['muster_connections{tenant="acme",role="application"}'] == 1
    assert metrics['muster_connects_refused_total{reason="bad_user_name_or_password"}'] >= 1
    client.close()


def test_packets_and_bytes_are_counted_both_ways_and_under_their_sys_topics(broker):
    # Clean start, client id "p", user "acme/dash"; then a PINGREQ.
    connect = b"\x10\x25\x00\x04MQTT\x04\xc2\x00\x3c\x00\x01p\x00\x09acme/dash\x00\x0bopen sesame"
    with socket.create_connection(("127.0.0.1", broker.plain_port), timeout=PATIENCE) as client:
        client.sendall(connect)
        assert client.recv(4) == b"\x20\x02\x00\x00"
        client.sendall(b"\xc0\x00")
        assert client.recv(2) == b"\xd0\x00"
        metrics = metrics_of(broker)
        topics = ask(broker, "/v1/sys")
    assert metrics['muster_packets_total{direction="in"}'] == 2
    assert metrics['muster_packets_total{direction="out"}'] == 2
    assert metrics['muster_bytes_total{direction="in"}'] == len(connect) + 2
    assert metrics['muster_bytes_total{direction="out"}'] == 6
    sys = {name: topics[f"$SYS/broker/{name}"] for name in ("clients/connected", "messages/received", "messages/sent", "bytes/received", "bytes/sent")}
    assert sys == {"clients/connected": "1", "messages/received": "2", "messages/sent": "2", "bytes/received": str(len(connect) + 2), "bytes/sent": "6"}


def test_what_may_wait_has_a_ceiling_and_is_seen_beside_it(tmp_path):
    with Broker(tmp_path / "data", *BOTH, "--max-memory", "1048576") as broker:
        assert broker.muster("tenant", "create", "acme", "--isolation", "flat").returncode == 0
        broker.application("acme", "dash", tmp_path)
        client = client_of(broker)
        for number in range(15):
            client.publish(f"kept/{number}", "x" * 100_000, retain=True)
        metrics = metrics_of(broker)
        refused = ask(broker, "/v1/status")["counters"]["refused_for_memory"]
        client.close()
    assert metrics["muster_memory_max_bytes"] == 1_048_576
    assert 1_000_000 < metrics["muster_memory_bytes"] < 1_200_000
    assert metrics['muster_publishes_refused_total{reason="quota_exceeded"}'] == refused > 0
    assert refused + metrics['muster_messages_retained{tenant="acme"}'] == 15
