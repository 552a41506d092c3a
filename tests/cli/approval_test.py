# SPDX-License-Identifier: Apache-2.0
"""Enrollments that an administrator approves: a device waits, asks again with the same key, and is told yes or no."""
import hashlib
import json
import os
import subprocess

import pytest
from external_ca import openssl
from peers import MUSTER, PATIENCE, Broker, run


@pytest.fixture(name="broker", scope="module")
def running_broker(tmp_path_factory):
    with Broker(tmp_path_factory.mktemp("broker") / "state", "--approval-poll", "1s") as broker:
        assert broker.muster("tenant", "create", "acme", "--manual-approval").returncode == 0
        yield broker


def enrollment(broker, device, directory, *options):
    """The command that enrolls a device which has just been registered."""
    otp = directory / f"{device}.otp"
    if not otp.exists():
        done = broker.muster("device", "register", device, "--tenant", "acme", "--otp-file", otp)
        assert done.returncode == 0, done.stderr
    return ["cert", "enroll", "--est-url", f"{broker.est_url}/acme", "--device-id", device, "--otp-file", otp,
            "--cafile", broker.ca_file, "--out-dir", directory / device, *options]  # fmt: skip


def start_waiting(broker, device, directory):
    """The process of a device that has been told to wait."""
    command = [MUSTER, *map(str, enrollment(broker, device, directory, "--max-timeout", "1m"))]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MUSTER_")}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    line = process.stderr.readline()
    assert line.startswith("Waiting") and "not decided yet" in line, line
    return process


def approvals(broker):
    done = broker.muster("device", "approvals", "--tenant", "acme", "-o", "json")
    assert done.returncode == 0, done.stderr
    return {one["device"]: one for one in json.loads(done.stdout)}


def key_of(identity):
    """As anybody can compute it who has the device at hand."""
    done = subprocess.run(["openssl", "pkey", "-in", identity / "device.key", "-pubout", "-outform", "DER"], capture_output=True, check=True)
    return hashlib.sha256(done.stdout).hexdigest()


def test_a_device_waits_until_it_is_approved(broker, tmp_path):
    device = start_waiting(broker, "press-01", tmp_path)
    seen = approvals(broker)["press-01"]
    assert (seen["approval"], seen["key_sha256"]) == ("waiting", key_of(tmp_path / "press-01"))
    done = broker.muster("device", "approve", "press-01", "--tenant", "acme", "--key-sha256", seen["key_sha256"])
    assert done.returncode == 0, done.stderr
    _, errors = device.communicate(timeout=PATIENCE)
    assert device.returncode == 0, errors
    assert "CN = press-01" in openssl("x509", "-noout", "-subject", "-in", tmp_path / "press-01/device.crt")
    assert "press-01" not in approvals(broker)


def test_a_device_that_is_denied_stops_waiting(broker, tmp_path):
    device = start_waiting(broker, "press-02", tmp_path)
    assert broker.muster("device", "deny", "press-02", "--tenant", "acme").returncode == 0
    _, errors = device.communicate(timeout=PATIENCE)
    assert device.returncode == 4
    assert "an administrator has denied this request" in errors
    assert approvals(broker)["press-02"]["approval"] == "denied"
    assert not (tmp_path / "press-02/device.crt").exists()


def test_who_does_not_wait_may_come_back_with_the_same_key(broker, tmp_path):
    command = enrollment(broker, "press-03", tmp_path)
    waiting = run(*command)
    assert waiting.returncode == 7
    assert "not decided yet" in waiting.stderr
    assert key_of(tmp_path / "press-03") in waiting.stderr
    assert broker.muster("device", "approve", "press-03", "--tenant", "acme").returncode == 0
    done = run(*command)
    assert done.returncode == 0, done.stderr


def test_waiting_has_an_end_that_tells_itself_from_a_refusal(broker, tmp_path):
    done = run(*enrollment(broker, "press-04", tmp_path, "--max-timeout", "1s", "--retry-every", "2s"))
    assert done.returncode == 9
    assert "no certificate within 1 s" in done.stderr
    assert "not decided yet" in done.stderr


def test_another_key_is_not_approved_with_the_first(broker, tmp_path):
    command = enrollment(broker, "press-05", tmp_path)
    assert run(*command).returncode == 7
    first = approvals(broker)["press-05"]["key_sha256"]
    (tmp_path / "press-05/device.key").unlink()
    assert run(*command).returncode == 7
    done = broker.muster("device", "approve", "press-05", "--tenant", "acme", "--key-sha256", first)
    assert done.returncode == 6
    assert "waits with another key" in done.stderr
    assert approvals(broker)["press-05"]["approval"] == "waiting"


def test_mistakes_in_approving_are_told(broker, tmp_path):
    nobody = broker.muster("device", "approve", "press-99", "--tenant", "acme")
    assert nobody.returncode == 5
    assert "muster device approvals" in nobody.stderr
    assert broker.muster("device", "approvals", "--tenant", "nowhere").returncode == 5
    assert broker.muster("device", "deny", "a", "b", "--key-sha256", "00", "--tenant", "acme").returncode == 2
    assert "DEVICE" in broker.muster("device", "approvals", "--tenant", "acme", "-o", "table").stdout


def test_a_tenant_can_change_its_mind(broker, tmp_path):
    assert broker.muster("tenant", "create", "bolt").returncode == 0
    assert broker.muster("tenant", "set", "bolt", "--manual-approval").returncode == 0
    tenants = {one["name"]: one["manual_approval"] for one in json.loads(broker.muster("tenant", "list", "-o", "json").stdout)}
    assert tenants == {"acme": True, "bolt": True}
    assert broker.muster("tenant", "set", "bolt", "--no-manual-approval").returncode == 0
    broker.enroll("bolt", "press-01", tmp_path)
