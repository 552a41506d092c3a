# SPDX-License-Identifier: Apache-2.0
"""device list --status: what a device waits for, against a broker whose devices have come that far."""
import json

import pytest
from peers import Broker, run

WRONG_PASSWORDS = 10  # So many block a one-time password.


@pytest.fixture(name="broker", scope="module")
def running_broker(tmp_path_factory):
    with Broker(tmp_path_factory.mktemp("broker") / "state", "--approval-poll", "1s", "--password-cost", "4") as broker:
        broker.muster("tenant", "create", "acme", "--manual-approval", "--device-passwords", check=True)
        broker.muster("tenant", "create", "brief", check=True)
        broker.muster("tenant", "set", "brief", "--certificate-hours", "48", check=True)
        yield broker


def status_of(broker, *words, tenant="acme"):
    done = broker.muster("device", "list", "--tenant", tenant, "-o", "jsonl", *words)
    assert done.returncode == 0, done.stderr
    return {device["id"]: device["status"] for device in map(json.loads, done.stdout.splitlines())}


def ask(broker, device, directory, otp=None):
    """Asks for a certificate once; the exit code."""
    return run("cert", "enroll", "--est-url", f"{broker.est_url}/acme", "--device-id", device, "--otp-file", otp or directory / f"{device}.otp", "--cafile", broker.ca_file,
               "--out-dir", directory / device, "--max-timeout", "1s").returncode  # fmt: skip


def test_each_status_finds_the_devices_that_have_it(broker, tmp_path):
    names = ["accepted", "barred", "denied", "enrolled", "pending", "revoked", "waiting"]
    broker.muster("device", "register", *names, "--tenant", "acme", "--otp-dir", tmp_path, check=True)
    broker.muster("device", "register", "lamp", "--tenant", "acme", "--auth", "password", "--credentials-out", tmp_path / "lamp.csv", check=True)
    for name in ("accepted", "denied", "enrolled", "pending"):
        assert ask(broker, name, tmp_path) != 0
    broker.muster("device", "approve", "accepted", "enrolled", "--tenant", "acme", check=True)
    broker.muster("device", "deny", "denied", "--tenant", "acme", check=True)
    assert ask(broker, "enrolled", tmp_path) == 0
    broker.muster("device", "revoke", "revoked", "--tenant", "acme", "--yes", check=True)
    wrong = tmp_path / "wrong"
    wrong.write_text("not-the-one-it-was-given")
    wrong.chmod(0o600)
    for _ in range(WRONG_PASSWORDS):
        assert ask(broker, "barred", tmp_path, wrong) == 4
    assert status_of(broker) == {"barred": "blocked", "denied": "blocked", "lamp": "accepted", **{name: name for name in names if name not in ("barred", "denied")}}
    assert set(status_of(broker, "--status", "blocked")) == {"barred", "denied"}
    assert set(status_of(broker, "--status", "accepted,pending")) == {"accepted", "lamp", "pending"}
    assert set(status_of(broker, "--status", "waiting", "--status", "enrolled")) == {"waiting", "enrolled"}
    shown = json.loads(broker.muster("device", "show", "denied", "--tenant", "acme", "-o", "json").stdout)
    assert (shown["status"], shown["approval"], shown["has_password"]) == ("blocked", "denied", False)
    # A new one-time password lifts the block.
    broker.muster("device", "register", "barred", "--tenant", "acme", "--otp-file", tmp_path / "anew", check=True)
    assert set(status_of(broker, "--status", "blocked")) == {"denied"}
    assert broker.muster("device", "list", "--tenant", "acme", "--status", "sleeping").returncode == 2


def test_certificates_that_end_soon_are_expiring(broker, tmp_path):
    broker.enroll("brief", "soon", tmp_path)
    broker.muster("tenant", "set", "brief", "--certificate-hours", "1440", check=True)
    broker.enroll("brief", "later", tmp_path)
    assert status_of(broker, "--status", "expiring", tenant="brief") == {"soon": "enrolled"}
    assert status_of(broker, "--status", "expiring", "--expiring-within", "47h", tenant="brief") == {}
    assert status_of(broker, "--status", "expiring", "--expiring-within", "61d", tenant="brief") == {"later": "enrolled", "soon": "enrolled"}
    assert status_of(broker, "--status", "expired", tenant="brief") == {}
    broker.muster("device", "revoke", "soon", "--tenant", "brief", "--yes", check=True)
    assert status_of(broker, "--status", "expiring", tenant="brief") == {}
