# SPDX-License-Identifier: Apache-2.0
"""broker run: where it serves, what it refuses, and how it ends."""
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

import pytest
from peers import MUSTER, PATIENCE, Broker, run


def test_the_ready_line_names_what_was_opened(tmp_path):
    ready_file = tmp_path / "ready.json"
    with Broker(tmp_path / "data", "--ready-file", ready_file) as broker:
        ready = json.loads(ready_file.read_text())
        assert ready["listeners"][0]["url"] == broker.mqtts_url
        assert ready["pid"] == broker.process.pid
        assert (tmp_path / "data" / "admin.sock").stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "data" / "ca" / "root.key").stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "data" / "admin.sock").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_well_and_a_temporary_directory_goes(tmp_path, number):
    process = subprocess.Popen([MUSTER, "broker", "run"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={"TMPDIR": str(tmp_path)})
    json.loads(process.stdout.readline())
    assert len(list(tmp_path.iterdir())) == 1
    process.send_signal(number)
    assert process.wait(PATIENCE) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("broker", "run", "--state", tmp_path / "data", "--listen", f"mqtts://127.0.0.1:{port}")
    assert done.returncode == 1
    assert f"127.0.0.1:{port} is in use" in done.stderr


def test_a_second_broker_on_the_same_directory_is_refused(tmp_path):
    with Broker(tmp_path / "data"):
        done = run("broker", "run", "--state", tmp_path / "data")
    assert done.returncode == 1
    assert "in use" in done.stderr or "another" in done.stderr


def test_a_state_directory_that_cannot_be_says_what_to_do(tmp_path):
    file = tmp_path / "file"
    file.touch()
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    for directory, hint in (("/proc/x", "--state DIR"), (file, "--state DIR"), (shared, "chmod 700")):
        done = run("broker", "run", "--state", directory)
        assert done.returncode != 0
        assert str(directory) in done.stderr
        assert hint in done.stderr


def test_an_address_that_others_can_reach_is_refused(tmp_path):
    done = run("broker", "run", "--state", tmp_path / "data", "--listen", "mqtts://0.0.0.0:0", "--est", "https://0.0.0.0:0")
    assert done.returncode == 2
    assert "--allow-public" in done.stderr


@pytest.mark.parametrize("listen", ["mqtts://127.0.0.1", "http://127.0.0.1:0", "127.0.0.1:0", "mqtts://127.0.0.1:70000", "mqtts://:0"])
def test_a_listener_that_cannot_be_is_usage(tmp_path, listen):
    done = run("broker", "run", "--state", tmp_path / "data", "--listen", listen)
    assert done.returncode == 2
    assert listen in done.stderr


@pytest.mark.parametrize("most", ["0", "-1", "1000", "1e9", "2199023255552", "lots"])
def test_a_ceiling_that_cannot_be_is_usage(tmp_path, most):
    done = run("broker", "run", "--state", tmp_path / "data", f"--max-memory={most}")
    assert done.returncode == 2
    assert "--max-memory" in done.stderr
    assert not (tmp_path / "data").exists()


def test_tenants_and_devices_outlive_a_restart(tmp_path):
    with Broker(tmp_path / "data") as broker:
        assert broker.muster("tenant", "create", "acme").returncode == 0
        broker.enroll("acme", "press-01", tmp_path)
    with Broker(tmp_path / "data") as broker:
        listed = json.loads(broker.muster("device", "list", "--tenant", "acme", "-o", "json").stdout)
        assert [(device["id"], device["enrolled"]) for device in listed] == [("press-01", True)]
        done = run("pub", "-h", broker.mqtts_url, "--identity", tmp_path / "press-01", "-t", "t", "-m", "1")
        assert done.returncode == 0, done.stderr


def test_bytes_that_are_not_mqtt_cost_their_own_connection_only(tmp_path):
    with Broker(tmp_path / "data", "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0") as broker:
        broker.muster("tenant", "create", "acme")
        password = broker.application("acme", "dash", tmp_path)
        for bytes_sent in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"\x00" * 64, b"\x10\xff\xff\xff\xff\xff"):
            with socket.create_connection(("127.0.0.1", broker.plain_port), timeout=PATIENCE) as client:
                client.sendall(bytes_sent)
                assert client.recv(64) == b""
        done = run("pub", "-h", f"mqtt://127.0.0.1:{broker.plain_port}", "-u", "acme/dash", "--password-file", password, "-t", "x", "-m", "1")
        assert done.returncode == 0, done.stderr


def spent(process):
    """Processor time of a process, in seconds."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_without_descriptors_it_waits_instead_of_spinning_and_serves_again(tmp_path):
    schemes = ("mqtts", "mqtt", "ws", "wss")
    listen = [argument for scheme in schemes for argument in ("--listen", f"{scheme}://127.0.0.1:0")]
    broker = Broker(tmp_path / "data", *listen, "--admin-http", "http://127.0.0.1:0")
    broker.command = ["sh", "-c", 'ulimit -n 64; exec "$@"', "sh", *broker.command]
    with broker:
        ports = [int(url.split(":")[2].split("/")[0]) for url in (*broker.urls, broker.admin_url, broker.est_url)]
        crowd = [socket.create_connection(("127.0.0.1", port)) for port in ports for _ in range(40)]
        before = spent(broker.process)
        crowd[-1].settimeout(1)
        with contextlib.suppress(OSError):
            crowd[-1].recv(1)
        assert spent(broker.process) - before < 0.5
        for each in crowd:
            each.close()
        deadline = time.monotonic() + PATIENCE
        while broker.muster("tenant", "create", "acme").returncode != 0:
            assert time.monotonic() < deadline
        with socket.create_connection(("127.0.0.1", broker.plain_port), timeout=PATIENCE) as client:
            client.sendall(b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00")
            assert client.recv(1) == b"\x20"
