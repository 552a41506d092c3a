# SPDX-License-Identifier: Apache-2.0
"""cert renew and cert needs-renewal, against a real broker and EST server."""
import json
import subprocess

import pytest
from peers import MUSTER, PATIENCE, held_port, run
from renewing import broker, certificate, identity  # noqa: F401 (fixtures)


def renew(broker, identity, *flags):
    return run("cert", "renew", "--identity", identity, "--est-url", f"{broker.est_url}/acme", *flags)


def works(broker, identity):
    return run("pub", "-h", broker.mqtts_url, "--identity", identity, "-t", "n", "-m", "1").returncode == 0


@pytest.mark.parametrize(("expires_in", "code"), [("66%", 1), ("100%", 1), ("100d", 0), ("2400h", 0), ("80d", 1), ("1s", 1)])
def test_whether_a_certificate_is_due_is_the_exit_code(identity, expires_in, code):
    for place in (identity, identity / "device.crt"):
        done = run("cert", "needs-renewal", place, "--expires-in", expires_in)
        assert (done.returncode, done.stdout) == (code, "")
        assert ("has been due since" if code == 0 else "is due at") in done.stderr


@pytest.mark.parametrize("flags", [["/nonexistent/device.crt"], ["/dev/null"], [], ["/dev/null", "--expries-in", "1d"]])
def test_what_cannot_be_told_is_255(flags):
    done = run("cert", "needs-renewal", *flags)
    assert done.returncode == 255
    assert done.stderr.startswith("muster: error: ")


@pytest.mark.parametrize("expires_in", ["", "0%", "101%", "-1d", "30", "30 d", "d", "1y", "99999999999999999999s", "66%%"])
def test_a_time_that_is_none_is_refused(identity, expires_in):
    assert run("cert", "needs-renewal", identity, f"--expires-in={expires_in}").returncode == 255
    done = run("cert", "renew", "--identity", identity, "--est-url", "https://127.0.0.1:1/.well-known/est/acme", f"--expires-in={expires_in}")
    assert done.returncode == 2


def test_a_certificate_that_is_not_due_is_left_alone(broker, identity):
    before = certificate(identity)
    done = renew(broker, identity)
    assert (done.returncode, done.stdout) == (0, "")
    assert "Not renewed" in done.stderr
    assert renew(broker, identity, "--error-unchanged").returncode == 3
    assert certificate(identity) == before


@pytest.mark.parametrize("flags", [[], ["--rekey"]])
def test_a_renewed_certificate_has_been_seen_to_work(broker, identity, flags):
    before = certificate(identity)
    done = renew(broker, identity, "--force", "--host", broker.mqtts_url, *flags)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    after = certificate(identity)
    assert after["serial"] in done.stderr
    assert after["serial"] != before["serial"]
    assert after["common_name"] == before["common_name"]
    assert (after["public_key_sha256"] == before["public_key_sha256"]) == (flags == [])
    assert works(broker, identity)


def test_a_certificate_that_was_not_seen_to_work_is_not_put_in_use(broker, identity):
    before = certificate(identity)
    with held_port() as nobody:
        done = renew(broker, identity, "--force", "--host", f"mqtts://127.0.0.1:{nobody}")
    assert done.returncode == 7
    assert "not put in use" in done.stderr
    assert certificate(identity) == before
    assert works(broker, identity)
    # It is still there, and the server is not asked for another.
    issued = len(json.loads(broker.muster("ca", "log", "--tenant", "acme", "-o", "json", check=True).stdout))
    done = renew(broker, identity, "--force", "--host", broker.mqtts_url)
    assert done.returncode == 0, done.stderr
    assert certificate(identity)["serial"] != before["serial"]
    assert len(json.loads(broker.muster("ca", "log", "--tenant", "acme", "-o", "json", check=True).stdout)) == issued


def test_a_server_that_refuses_leaves_the_identity_as_it_was(broker, identity):
    before = certificate(identity)
    assert broker.muster("device", "revoke", "--yes", before["common_name"], "--tenant", "acme").returncode == 0
    done = renew(broker, identity, "--force")
    assert done.returncode in (4, 8), done.stderr
    assert certificate(identity) == before


def test_the_identity_of_a_running_device_is_not_renewed_beside_it(broker, identity):
    with subprocess.Popen([MUSTER, "sub", "-h", broker.mqtts_url, "--identity", identity, "-t", "x"], stderr=subprocess.PIPE, text=True) as device:
        while "ubscribed" not in (line := device.stderr.readline()):
            assert line, "sub ended"
        done = renew(broker, identity, "--force")
        device.terminate()
        device.stderr.read()
        device.wait(PATIENCE)
    assert done.returncode == 1
    assert "held by another process" in done.stderr


def test_a_command_runs_after_a_renewal_only(broker, identity, tmp_path):
    mark = tmp_path / "mark"
    assert renew(broker, identity, "--exec", f"touch {mark}").returncode == 0
    assert not mark.exists()
    assert renew(broker, identity, "--force", "--exec", f"touch {mark}").returncode == 0
    assert mark.exists()
    done = renew(broker, identity, "--force", "--exec", "exit 7")
    assert done.returncode == 1
    assert "has been renewed, but the command of --exec failed with exit code 7" in done.stderr
