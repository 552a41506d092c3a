# SPDX-License-Identifier: Apache-2.0
"""--trace of pub, sub and rr: every packet, and the HTTP before it, with times and never a secret."""
import base64
import re
import socket
import subprocess
import threading

import pytest
from peers import MUSTER, PATIENCE, Broker, held_port, run
from scripted_mqtt import CONNACK, DISCONNECT, PUBACK, PUBLISH, Scripted, packet

LINE = re.compile(r"^\d+\.\d{3} (→|←|=) (.+)$")
PASSWORD = "open sesame 4711"


@pytest.fixture(name="broker", scope="module")
def running_broker(tmp_path_factory):
    directory = tmp_path_factory.mktemp("trace")
    with Broker(directory / "state", "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0", "--listen", "wss://127.0.0.1:0") as broker:
        broker.muster("tenant", "create", "acme", check=True)
        broker.password_file = broker.application("acme", "dash", directory, PASSWORD)
        yield broker


def as_dash(broker, url=None):
    return ["-h", url or broker.mqtts_url, "--cafile", broker.ca_file, "--username", "acme/dash", "--password-file", broker.password_file]


def told(text):
    """The packets of a trace, with its arrows and without its times."""
    lines = text.splitlines()
    assert all(LINE.match(line) for line in lines), text
    times = [float(line.split()[0]) for line in lines]
    assert times == sorted(times)
    return [line.split(" ", 1)[1] for line in lines]


def test_the_packets_of_a_publication_are_told_in_their_order(broker):
    done = run("pub", *as_dash(broker), "--client-id", "me", "-q", "2", "-t", "acme/a b", "-m", "42", "--trace")
    assert done.returncode == 0, done.stderr
    packets = told(done.stderr)
    assert packets[0] == "→ CONNECT id=me clean=1 ka=60 v5 user=acme/dash password=***"
    assert packets[1].startswith("← CONNACK 0x00 session=0 ")
    assert packets[2] == '→ PUBLISH mid=1 topic="acme/a b" qos=2 retain=0 bytes=2'
    assert [line.split(" mid=")[0] for line in packets[3:]] == ["← PUBREC 0x10", "→ PUBREL 0x00", "← PUBCOMP 0x00", "→ DISCONNECT 0x00"]


def test_a_subscription_and_what_it_gets_are_told(broker):
    words = [MUSTER, "sub", *as_dash(broker), "-t", "acme/s", "-q", "1", "-C", "1", "-W", str(int(PATIENCE)), "--trace"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as sub:
        err = ""
        while "SUBACK" not in err:
            line = sub.stderr.readline()
            assert line, err
            err += line
        assert run("pub", *as_dash(broker), "-t", "acme/s", "-m", "seventeen", "-q", "1").returncode == 0
        out, rest = sub.communicate(timeout=PATIENCE)
    packets = told((err + rest).replace("subscribed; Ctrl-C to stop\n", ""))
    assert out == "seventeen\n"
    assert any(line.startswith("→ SUBSCRIBE mid=1 filter=acme/s qos=1") for line in packets)
    assert any(line.startswith("← SUBACK 0x01 mid=1") for line in packets)
    assert any(line.startswith("← PUBLISH mid=1 topic=acme/s qos=1 retain=0 bytes=9") for line in packets)
    assert any(line.startswith("→ PUBACK 0x00 mid=1") for line in packets)
    assert not any("seventeen" in line for line in packets)


def test_a_file_gets_the_trace_of_requests_too(broker, tmp_path):
    file = tmp_path / "trace.txt"
    done = run("rr", *as_dash(broker), "-t", "acme/q", "-e", "acme/r", "-m", "?", "-W", "1", f"--trace={file}")
    assert done.returncode == 9, done.stderr
    packets = told(file.read_text())
    assert any(line.startswith("→ SUBSCRIBE") for line in packets)
    assert any(line.startswith("→ PUBLISH") and "response-topic=acme/r" in line for line in packets)
    assert "→" not in done.stderr
    assert file.stat().st_mode & 0o777 == 0o600


def test_mqtt_311_has_its_return_codes(broker):
    done = run("pub", "-h", f"127.0.0.1:{broker.plain_port}", "-V", "3.1.1", "--client-id", "x", "--username", "acme/dash", "--password-file", "-", "-t", "a", "-m", "b", "--trace", stdin="wrong password\n")
    assert done.returncode == 4
    packets = [line for line in done.stderr.splitlines() if LINE.match(line)]
    assert "→ CONNECT id=x clean=1 ka=60 v3.1.1 user=acme/dash password=***" in packets[0]
    assert re.search(r"← CONNACK 0x0[45] ", packets[1])
    assert "wrong password" not in done.stderr.replace("user name or password", "")


def test_websocket_is_told_too(broker):
    done = run("pub", *as_dash(broker, broker.urls[2]), "-t", "acme/w", "-m", "1", "--trace")
    assert done.returncode == 0, done.stderr
    assert [line.split(" id=")[0] for line in told(done.stderr)[:3]] == ["→ HTTP GET /mqtt", "← HTTP 101 Switching Protocols", "→ CONNECT"]


class RefusingProxy:
    """An HTTP proxy that lets nobody through, and keeps what it was asked."""

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://me@127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        return self

    def serve(self):
        stream, _ = self.listener.accept()
        with stream:
            stream.settimeout(PATIENCE)
            self.asked = b""
            while b"\r\n\r\n" not in self.asked:
                self.asked += stream.recv(4096)
            stream.sendall(b"HTTP/1.1 407 Who?\r\n\r\n")

    def __exit__(self, *exception):
        self.thread.join(PATIENCE)
        self.listener.close()


def test_a_proxy_password_is_hidden(tmp_path):
    secret = tmp_path / "proxy.password"
    secret.write_text("hush hush\n")
    secret.chmod(0o600)
    with RefusingProxy() as proxy:
        done = run("pub", "-h", "mqtts://127.0.0.1:1", "--proxy", proxy.url, "--proxy-password-file", secret, "-t", "a", "-m", "b", "--trace")
    sent = base64.b64encode(b"me:hush hush").decode()
    assert sent.encode() in proxy.asked
    assert done.returncode == 4
    assert "→ HTTP CONNECT 127.0.0.1:1 Proxy-Authorization=***" in done.stderr
    assert "← HTTP 407 Who?" in done.stderr
    assert sent not in done.stderr and "hush" not in done.stderr


def text(value):
    return len(value).to_bytes(2, "big") + value


def test_authentication_data_and_secret_properties_are_hidden_and_harmless():
    properties = b"\x15" + text(b"K") + b"\x16" + text(b"KEYDATA") + b"\x26" + text(b"Api-Token") + text(b"TOKENDATA") + b"\x26" + text(b"n") + text(b"\x1b[2J")
    welcome = packet(CONNACK << 4, bytes([0, 0, len(properties)]) + properties)
    goodbye = packet(DISCONNECT << 4, b"\x8b\x00")
    with Scripted({1: welcome, PUBLISH: goodbye}) as server:
        done = run("pub", "-h", server.url, "-t", "a", "-m", "b", "-q", "1", "--property", "publish", "user-property", "secret", "MINE", "--trace")
    assert done.returncode != 0
    assert "authentication-method=K authentication-data=*** user:Api-Token=*** user:n=\\x1b[2J" in done.stderr
    assert "user:secret=***" in done.stderr
    assert "← DISCONNECT 0x8B" in done.stderr
    assert not any(secret in done.stderr for secret in ("KEYDATA", "TOKENDATA", "MINE", "\x1b"))


@pytest.mark.parametrize("kind", [1, PUBLISH])
def test_a_password_that_the_broker_sends_back_is_hidden(broker, kind):
    properties = b"\x1f" + text(b"not " + PASSWORD.encode()) + b"\x26" + text(b"n") + text(PASSWORD.encode())
    answer = packet(CONNACK << 4, bytes([0, 0x87, len(properties)]) + properties) if kind == 1 else packet(DISCONNECT << 4, bytes([0x87, len(properties)]) + properties)
    with Scripted({kind: answer}) as server:
        done = run("pub", "-h", server.url, "--username", "acme/dash", "--password-file", broker.password_file, "-t", "a", "-m", "b", "-q", "1", "--trace", "-v")
    assert done.returncode == 4, done.stderr
    assert PASSWORD not in done.stderr
    assert "reason-string=*** user:n=***" in done.stderr
    assert "(not shown, for it holds the password)" in done.stderr


def test_no_secret_is_in_the_trace_the_messages_or_the_log(broker, tmp_path):
    log, trace = tmp_path / "log.txt", tmp_path / "trace.txt"
    for flags in (["--trace"], [f"--trace={trace}"]):
        done = run("pub", *as_dash(broker), "-t", "acme/x", "-m", "1", "-v", "--log-file", log, *flags)
        assert done.returncode == 0, done.stderr
        said = done.stdout + done.stderr + log.read_text() + (trace.read_text() if trace.exists() else "")
        assert PASSWORD not in said and base64.b64encode(PASSWORD.encode()).decode() not in said
    assert "password=***" in trace.read_text()


def test_without_it_nothing_is_told(broker):
    assert "CONNECT" not in run("pub", *as_dash(broker), "-t", "acme/x", "-m", "1", "-v").stderr


def test_a_packet_that_answers_nothing_is_told():
    with Scripted({PUBLISH: packet(PUBACK << 4, b"\x00\x07\x00\x00") + packet(PUBACK << 4, b"\x00\x01")}) as server:
        done = run("pub", "-h", server.url, "-t", "a", "-m", "b", "-q", "1", "--trace")
    assert done.returncode == 0, done.stderr
    assert [line for line in told(done.stderr) if "PUBACK" in line] == ["← PUBACK 0x00 mid=7", "← PUBACK 0x00 mid=1"]


def queued(broker, tmp_path, url, *arguments, stdin=None):
    words = ["-h", url, "--cafile", broker.ca_file, "--username", "acme/dash", "--client-id", "me", "-t", "acme/q", "--queue", tmp_path / "queue.db", "--trace"]
    done = run("pub", *words, *arguments, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return [line.split(" ", 1)[1] for line in done.stderr.splitlines() if LINE.match(line)], done.stderr


def test_the_device_of_a_queue_tells_of_its_connection_and_counts_its_messages(broker, tmp_path):
    with held_port() as nobody:
        lines, err = queued(broker, tmp_path, f"mqtts://127.0.0.1:{nobody}", "--password-file", broker.password_file, "-m", "1")
        at = f"at=mqtts://127.0.0.1:{nobody} v5"
        assert lines[0] == f"= connecting {at} client=me"
        assert lines[1].startswith(f'= waiting {at} reason="')
        assert lines[-1] == f"= stopped {at} delivered=0 client=me"
    lines, err = queued(broker, tmp_path, broker.mqtts_url, "--password-file", broker.password_file, "-l", stdin="2\n3\n")
    at = f"at={broker.mqtts_url} v5"
    assert lines == [f"= connecting {at} client=me", f"= connected {at} client=me", f"= draining {at} client=me", f"= stopped {at} delivered=3 client=me"]
    assert PASSWORD not in err
    lines, _ = queued(broker, tmp_path, broker.mqtts_url, "--password-file", broker.password_file, "-m", "4")
    assert lines[-1] == f"= stopped {at} delivered=1 client=me"  # What an earlier run delivered is not counted again.


def test_a_device_of_a_queue_that_is_refused_is_told(broker, tmp_path):
    wrong = tmp_path / "wrong"
    wrong.write_text("hush hush\n")
    wrong.chmod(0o600)
    lines, err = queued(broker, tmp_path, broker.mqtts_url, "--password-file", wrong, "-m", "1")
    assert lines[1].startswith(f'= refused at={broker.mqtts_url} v5 reason="') and "hush" not in err


def test_a_reason_with_the_password_of_a_queue_in_it_is_hidden(tmp_path):
    password, trace = tmp_path / "password", tmp_path / "trace.txt"
    password.write_text("0x87\n")
    password.chmod(0o600)
    with Scripted({1: packet(CONNACK << 4, bytes([0, 0x87, 0]))}) as server:
        run("pub", "-h", server.url, "--username", "a", "--password-file", password, "-t", "a", "-m", "b", "--queue", tmp_path / "queue.db", f"--trace={trace}", check=True)
    assert f'= refused at={server.url} v5 reason="***" client=' in trace.read_text() and "0x87" not in trace.read_text()
