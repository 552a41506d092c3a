# SPDX-License-Identifier: Apache-2.0
"""Commands on a disk that is full: a small tmpfs, where one may be mounted. And a file where a directory should be, which stops root, too."""
import pytest
from peers import Broker, run
from small_disk import disk  # noqa: F401 (fixture)

FULL = 1  # docs/reference/exit-codes.md


@pytest.fixture
def ca(tmp_path):
    run("ca", "init", tmp_path / "ca", "--name", "Acme", check=True)
    return ["--ca-cert", tmp_path / "ca" / "issuing.pem", "--ca-key", tmp_path / "ca" / "issuing.key"]


def fails_until_there_is_room(disk, *line):
    """The same line: refused with nothing left behind, then done."""
    disk.fill()
    done = run(*line)
    assert done.returncode == FULL, done.stderr
    assert "No space left on device" in done.stderr and "make room" in done.stderr
    assert disk.names() == []
    disk.make_room()
    done = run(*line)
    assert done.returncode == 0, done.stderr


def test_a_certificate_is_signed_once_there_is_room(disk, tmp_path, ca):
    run("csr", "create", "--device-id", "press-01", "--key", tmp_path / "device.key", "--create-key", "--out", tmp_path / "device.csr", check=True)
    fails_until_there_is_room(disk, "ca", "sign", *ca, "--csr", tmp_path / "device.csr", "--out", disk.path / "device.crt")
    assert run("cert", "verify", disk.path / "device.crt", "--cafile", tmp_path / "ca" / "issuing.pem").returncode == 0


def test_a_ca_is_made_once_there_is_room(disk):
    fails_until_there_is_room(disk, "ca", "init", disk.path / "ca", "--name", "Acme")
    assert disk.names() == ["ca/issuing.key", "ca/issuing.pem", "ca/root.key", "ca/root.pem"]


def test_a_device_enrolls_with_the_same_password_once_there_is_room(disk, tmp_path):
    with Broker(tmp_path / "state") as broker:
        broker.muster("tenant", "create", "acme", check=True)
        otp = tmp_path / "otp"
        broker.muster("device", "register", "press-01", "--tenant", "acme", "--otp-file", otp, check=True)
        identity = disk.path / "press-01"
        fails_until_there_is_room(disk, "cert", "enroll", "--est-url", f"{broker.est_url}/acme", "--device-id", "press-01", "--otp-file", otp, "--cafile", broker.ca_file, "--out-dir", identity)
        assert run("pub", "-h", broker.mqtts_url, "--identity", identity, "-t", "n", "-m", "1").returncode == 0


@pytest.mark.parametrize("left", [0, 12 * 4096])
def test_a_list_goes_on_once_there_is_room(disk, tmp_path, ca, left):
    (tmp_path / "fleet.csv").write_text("id\n" + "".join(f"d-{i}\n" for i in range(20)))
    line = ["device", "enroll", "-f", tmp_path / "fleet.csv", "--out-dir", disk.path / "out", *ca, "--cafile", tmp_path / "ca" / "root.pem"]
    disk.fill(left)
    done = run(*line)
    assert done.returncode == FULL, done.stderr
    assert "No space left on device" in done.stderr
    disk.make_room()
    done = run(*line)
    assert done.returncode == 0, done.stderr
    for i in range(20):
        assert run("cert", "verify", disk.path / "out" / f"d-{i}" / "chain.pem", "--cafile", tmp_path / "ca" / "root.pem").returncode == 0
    assert not [name for name in disk.names() if "tmp" in name]


def test_a_file_where_a_directory_should_be_is_named(tmp_path, ca):
    blocker = tmp_path / "blocker"
    blocker.write_text("mine")
    (tmp_path / "fleet.csv").write_text("id\nd-1\n")
    (tmp_path / "otp").write_text("x\n")
    (tmp_path / "otp").chmod(0o600)
    nobody = ["--est-url", "https://127.0.0.1:1/.well-known/est/acme"]
    for line in (
        ["device", "enroll", "-f", tmp_path / "fleet.csv", "--out-dir", blocker, *ca],
        ["cert", "enroll", *nobody, "--device-id", "press-01", "--otp-file", tmp_path / "otp", "--cafile", tmp_path / "ca" / "root.pem", "--out-dir", blocker],
        ["cert", "renew", *nobody, "--identity", blocker / "press-01"],
        ["ca", "init", blocker / "ca", "--name", "Acme"],
        ["ca", "show", blocker / "ca"],
    ):
        done = run(*line)
        assert done.returncode in (1, 5, 6), done.stderr
        assert str(blocker) in done.stderr and done.stdout == ""
    assert blocker.read_text() == "mine"
