# SPDX-License-Identifier: Apache-2.0
"""Tenants, devices, enrollment, pub and sub: the fleet engineer's way, and every wrong turn of it."""
import json
import subprocess

import pytest
from peers import MUSTER, PATIENCE, Broker, free_port, run


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    directory = tmp_path_factory.mktemp("broker")
    with Broker(directory / "data", "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0") as running:
        assert running.muster("tenant", "create", "acme").returncode == 0
        running.password = running.application("acme", "dash", directory)
        yield running


def as_application(broker):
    return ["-h", broker.mqtts_url, "--cafile", broker.ca_file, "-u", "acme/dash", "--password-file", broker.password]


def test_tenants_are_created_once_and_listed(broker):
    assert broker.muster("tenant", "create", "second", "--isolation", "flat").returncode == 0
    again = broker.muster("tenant", "create", "second")
    assert again.returncode == 6
    listed = json.loads(broker.muster("tenant", "list").stdout)
    assert {tenant["name"]: tenant["isolation"] for tenant in listed}["second"] == "flat"
    assert "second" in broker.muster("tenant", "list", "-o", "table").stdout


@pytest.mark.parametrize("name", ["", "Acme", "a b", "-x", "x" * 65, "..", "a/b"])
def test_a_name_that_is_no_tenant_is_refused(broker, name):
    done = broker.muster("tenant", "create", "--", name)
    assert done.returncode == 2, done.stderr


def test_devices_are_registered_from_a_list_with_a_password_file_each(broker, tmp_path):
    done = broker.muster("device", "register", "-", "--tenant", "acme", "--otp-dir", tmp_path / "otp", stdin="a-1\na-2\n")
    assert done.returncode == 0, done.stderr
    for name in ("a-1", "a-2"):
        file = tmp_path / "otp" / f"{name}.otp"
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.read_text().strip() not in done.stdout + done.stderr
    listed = json.loads(broker.muster("device", "list", "--tenant", "acme").stdout)
    assert {"a-1", "a-2"} <= {device["id"] for device in listed}


def test_registering_needs_a_tenant_that_exists_and_a_place_for_the_password(broker, tmp_path):
    assert broker.muster("device", "register", "b-1", "--tenant", "nowhere", "--otp-file", tmp_path / "b").returncode == 5
    assert broker.muster("device", "register", "b-1", "--tenant", "acme").returncode == 2
    assert broker.muster("device", "register", "b/1", "--tenant", "acme", "--otp-dir", tmp_path).returncode == 2
    assert broker.muster("device", "register", "b-1", "b-2", "--tenant", "acme", "--otp-file", tmp_path / "b").returncode == 2
    assert broker.muster("device", "list", "--tenant", "nowhere").returncode == 5


def test_a_device_enrolls_publishes_and_is_seen_by_its_application(broker, tmp_path):
    identity = broker.enroll("acme", "press-01", tmp_path)
    command = [MUSTER, "sub", *map(str, as_application(broker)), "-t", "+/telemetry/#", "-C", "2", "-W", "20s", "-o", "jsonl"]
    receiver = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert "subscribed" in receiver.stderr.readline()
    for payload in ("1", "2"):
        done = run("pub", "-h", broker.mqtts_url, "--identity", identity, "-t", "telemetry/load", "-m", payload)
        assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in receiver.communicate(timeout=PATIENCE)[0].splitlines()]
    assert [(line["topic"], line["payload"]) for line in lines] == [("press-01/telemetry/load", "1"), ("press-01/telemetry/load", "2")]
    assert receiver.returncode == 0


def test_a_one_time_password_works_once_and_a_wrong_one_never(broker, tmp_path):
    otp = tmp_path / "c.otp"
    broker.muster("device", "register", "c-1", "--tenant", "acme", "--otp-file", otp)
    enroll = ["cert", "enroll", "--est-url", f"{broker.est_url}/acme", "--device-id", "c-1", "--cafile", broker.ca_file]
    wrong = tmp_path / "wrong.otp"
    wrong.write_text("wrong\n")
    wrong.chmod(0o600)
    done = run(*enroll, "--otp-file", wrong, "--out-dir", tmp_path / "c-1")
    assert done.returncode == 4
    assert "one-time password" in done.stderr
    assert not (tmp_path / "c-1" / "device.crt").exists()
    assert run(*enroll, "--otp-file", otp, "--out-dir", tmp_path / "c-1").returncode == 0
    again = run(*enroll, "--otp-file", otp, "--out-dir", tmp_path / "c-2")
    assert again.returncode == 4
    secret = otp.read_text().strip()
    assert secret not in again.stderr


def test_a_server_that_another_ca_vouches_for_gets_no_password(broker, tmp_path):
    otp = tmp_path / "d.otp"
    broker.muster("device", "register", "d-1", "--tenant", "acme", "--otp-file", otp)
    other = run("demo", "--readings", "30", "--keep", tmp_path / "other", timeout=60)
    assert other.returncode in (0, 13)
    foreign_ca = tmp_path / "other" / "broker" / "ca" / "root.pem"
    done = run("cert", "enroll", "--est-url", f"{broker.est_url}/acme", "--device-id", "d-1", "--cafile", foreign_ca, "--otp-file", otp, "--out-dir", tmp_path / "d-1")
    assert done.returncode == 8
    assert "certificate" in done.stderr


def test_a_certificate_does_not_give_another_client_id(broker, tmp_path):
    identity = broker.enroll("acme", "press-09", tmp_path)
    done = run("pub", "-h", broker.mqtts_url, "--identity", identity, "-i", "press-01", "-t", "x", "-m", "1")
    assert done.returncode == 4
    assert "0x87" in done.stderr


def test_nobody_listening_is_unreachable_and_a_queue_keeps_the_message(tmp_path):
    where = ["-h", f"mqtt://127.0.0.1:{free_port()}", "-t", "x", "-m", "1"]
    done = run("pub", *where)
    assert done.returncode == 7
    queued = run("pub", *where, "--queue", tmp_path / "queue" / "outbox.db")
    assert queued.returncode == 0
    assert "1 waiting" in queued.stderr


def test_a_queue_tells_once_of_a_message_that_is_set_aside(tmp_path):
    with Broker(tmp_path / "data", "--listen", "mqtts://127.0.0.1:0", "--max-packet-size", "5000") as broker:
        broker.muster("tenant", "create", "acme")
        broker.password = broker.application("acme", "dash", tmp_path)
        pub = ["pub", *as_application(broker), "--queue", tmp_path / "queue" / "outbox.db", "-t", "x", "-m"]
        large = run(*pub, "x" * 6_000)
        assert large.returncode != 0
        assert "1 set aside in" in large.stderr and "5000" in large.stderr
        small = run(*pub, "1")
        assert (small.returncode, small.stderr) == (0, "")


def test_too_few_messages_within_the_wait_is_a_timeout(broker):
    done = run("sub", *as_application(broker), "-t", "nothing/#", "-C", "1", "-W", "200ms")
    assert done.returncode == 9
    assert "0 of 1" in done.stderr


@pytest.mark.parametrize("topic", ["", "a/#", "+/x", "x" * 65_536])
def test_a_topic_that_cannot_be_published_to_is_refused(broker, topic):
    done = run("pub", *as_application(broker), "-t", topic, "-m", "1")
    assert done.returncode in (2, 12), done.stderr
    assert "topic" in done.stderr


def test_a_password_that_others_can_read_is_refused(broker, tmp_path):
    open_file = tmp_path / "open.password"
    open_file.write_text("x\n")
    open_file.chmod(0o644)
    done = run("pub", "-h", broker.mqtts_url, "--cafile", broker.ca_file, "-u", "acme/dash", "--password-file", open_file, "-t", "x", "-m", "1")
    assert done.returncode == 1
    assert "chmod 600" in done.stderr


def test_plain_text_over_a_network_is_refused():
    done = run("pub", "-h", "mqtt://broker.example:1883", "-t", "x", "-m", "1")
    assert done.returncode == 2
    assert "mqtts://" in done.stderr
