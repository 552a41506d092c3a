# SPDX-License-Identifier: Apache-2.0
"""ca init and ca show: a CA in a directory, judged by openssl and by GnuTLS, and used for requests, for lists and at a broker."""
import json
import os
import subprocess

import pytest
from peers import PATIENCE, Broker, need, run


def openssl(*arguments):
    return subprocess.run([need("openssl"), *map(str, arguments)], capture_output=True, text=True, check=True, timeout=PATIENCE).stdout


@pytest.fixture
def password(tmp_path):
    file = tmp_path / "ca.password"
    file.write_text("open sesame\n")
    file.chmod(0o600)
    return file


@pytest.fixture
def ca(tmp_path):
    run("ca", "init", tmp_path / "ca", "--name", "Acme", check=True)
    return tmp_path / "ca"


@pytest.mark.parametrize(
    ("flags", "kind", "bits"),
    [([], "EC", 256), (["--curve", "P-384"], "EC", 384), (["--type", "rsa"], "RSA", 2048), (["--type", "ed25519"], "ED25519", 256)],
)
def test_a_root_and_an_issuing_ca_are_made_that_others_find_good(tmp_path, flags, kind, bits):
    ca = tmp_path / "ca"
    done = run("ca", "init", ca, "--name", "Späti & Söhne", *flags)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "not encrypted" in done.stderr
    assert sorted(os.listdir(tmp_path)) == ["ca"]
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in ca.iterdir()} == {"root.pem": "0o644", "root.key": "0o600", "issuing.pem": "0o644", "issuing.key": "0o600"}
    assert openssl("verify", "-x509_strict", "-CAfile", ca / "root.pem", ca / "issuing.pem").endswith("OK\n")
    (tmp_path / "chain.pem").write_text((ca / "issuing.pem").read_text() + (ca / "root.pem").read_text())
    subprocess.run([need("certtool"), "--verify-chain", "--infile", tmp_path / "chain.pem"], check=True, capture_output=True, timeout=PATIENCE)
    root, issuing = json.loads(run("ca", "show", ca).stdout)
    assert (root["subject"], issuing["subject"]) == ("CN=Späti & Söhne root CA", "CN=Späti & Söhne issuing CA")
    assert (root["path_length"], issuing["path_length"]) == (1, 0)
    assert issuing["key_usages"] == ["keyCertSign", "cRLSign"] and issuing["is_ca"]
    assert (issuing["key_type"], issuing["key_bits"]) == (kind, bits)
    assert 1824 * 86_400 < issuing["remaining_s"] < 1826 * 86_400 < root["remaining_s"]
    assert issuing["sha256"] == openssl("x509", "-in", ca / "issuing.pem", "-noout", "-fingerprint", "-sha256").strip().split("=")[1].replace(":", "").lower()


def test_nothing_that_is_there_is_overwritten(tmp_path, ca):
    before = {path: path.read_bytes() for path in ca.iterdir()}
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for place in (ca, tmp_path / "file", tmp_path / "link", tmp_path):
        done = run("ca", "init", place, "--name", "Other")
        assert done.returncode == 6 and "is there already" in done.stderr, place
    assert {path: path.read_bytes() for path in ca.iterdir()} == before
    assert (tmp_path / "file").read_text() == "mine"
    assert sorted(os.listdir(tmp_path)) == ["ca", "file", "link"]
    (tmp_path / "empty").mkdir(mode=0o755)
    assert run("ca", "init", f"{tmp_path}/empty/", "--name", "Other").returncode == 0
    assert (tmp_path / "empty").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("flags", "code", "says"),
    [
        ([], 2, "--name"),
        (["--name", ""], 2, "1 to 53 characters"),
        (["--name", "x" * 54], 2, "1 to 53 characters"),
        (["--name", "a\nb"], 2, "'a\\x0ab' cannot be in a subject"),
        (["--name", "Acme", "--type", "rsa", "--bits", "1024"], 2, "--bits"),
        (["--name", "Acme", "--type", "rsa", "--curve", "P-384"], 2, "--curve is for --type ec"),
        (["--name", "Acme", "--not-after", "10s"], 2, "not a lifetime"),
        (["--name", "Acme", "--key-password-file", "/nonexistent"], 5, "--key-password-file"),
    ],
)
def test_a_ca_that_cannot_be_made_leaves_nothing(tmp_path, flags, code, says):
    done = run("ca", "init", tmp_path / "ca", *flags)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_directory_that_has_no_parent_is_not_found(tmp_path):
    assert run("ca", "init", tmp_path / "none" / "ca", "--name", "Acme").returncode == 5


def test_an_issuing_ca_does_not_outlive_its_root(tmp_path, password):
    done = run("ca", "init", tmp_path / "ca", "--name", "Acme", "--not-after", "30d", "--issuing-not-after", "90d", "--key-password-file", "-", stdin=password.read_text())
    assert done.returncode == 0 and "not encrypted" not in done.stderr
    root, issuing = json.loads(run("ca", "show", tmp_path / "ca").stdout)
    assert root["not_after"] == issuing["not_after"]
    for key in ("root.key", "issuing.key"):
        assert (tmp_path / "ca" / key).read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")


def test_a_ca_is_shown_for_people_and_without_the_root_key_too(ca):
    shown = run("ca", "show", ca, "-o", "table").stdout
    assert "root.key" in shown and "1 level of CAs below it" in shown and "no CA below it" in shown and "keyCertSign, cRLSign" in shown
    (ca / "root.key").unlink()
    assert [one["key_file"] for one in json.loads(run("ca", "show", ca).stdout)] == [None, str(ca / "issuing.key")]
    assert len(json.loads(run("ca", "show", ca / "issuing.pem").stdout)) == 1
    assert run("ca", "show", ca / "none").returncode == 5
    assert run("ca", "show", ca / "issuing.key").returncode == 1


def test_it_signs_requests_and_lists_with_its_password(tmp_path, password):
    ca = tmp_path / "ca"
    run("ca", "init", ca, "--name", "Acme", "--key-password-file", password, check=True)
    hand = ["--ca-cert", ca / "issuing.pem", "--ca-key", ca / "issuing.key"]
    run("csr", "create", "--device-id", "press-01", "--key", tmp_path / "device.key", "--create-key", "--out", tmp_path / "device.csr", check=True)
    sign = ["ca", "sign", *hand, "--csr", tmp_path / "device.csr", "--out", tmp_path / "device.crt"]
    assert run(*sign).returncode == 4
    assert run(*sign, "--ca-key-password-file", password).returncode == 0
    assert run("ca", "show", tmp_path / "device.crt").returncode == 12
    (tmp_path / "fleet.csv").write_text("id\nd-1\nd-2\n")
    done = run("device", "enroll", "-f", tmp_path / "fleet.csv", "--out-dir", tmp_path / "out", *hand, "--ca-key-password-file", password, "--cafile", ca / "root.pem")
    assert done.returncode == 0, done.stderr
    for leaf in (tmp_path / "device.crt", tmp_path / "out" / "d-1" / "device.crt"):
        assert openssl("verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", ca / "root.pem", "-untrusted", ca / "issuing.pem", leaf).endswith("OK\n")
    assert run("cert", "verify", tmp_path / "out" / "d-2" / "chain.pem", "--cafile", ca / "root.pem", "--purpose", "client").returncode == 0


def test_a_broker_lets_in_whom_it_signs(tmp_path, ca):
    hand = ["--ca-cert", ca / "issuing.pem", "--ca-key", ca / "issuing.key"]
    (tmp_path / "fleet.csv").write_text("id\npress-01\n")
    with Broker(tmp_path / "state") as broker:
        assert broker.muster("tenant", "create", "acme").returncode == 0
        challenge = broker.muster("ca", "challenge", "--tenant", "acme", "-o", "table").stdout.strip()
        run("csr", "create", "--device-id", challenge, "--key", tmp_path / "proof.key", "--create-key", "--out", tmp_path / "proof.csr", check=True)
        run("ca", "sign", *hand, "--csr", tmp_path / "proof.csr", "--out", tmp_path / "proof.pem", check=True)
        done = broker.muster("ca", "add", ca / "issuing.pem", "--proof", tmp_path / "proof.pem", "--tenant", "acme", "--auto-register")
        assert done.returncode == 0, done.stderr
        run("device", "enroll", "-f", tmp_path / "fleet.csv", "--out-dir", tmp_path / "out", *hand, "--cafile", broker.ca_file, check=True)
        done = run("pub", "-h", broker.mqtts_url, "--identity", tmp_path / "out" / "press-01", "-t", "telemetry/hello", "-m", "hello")
        assert done.returncode == 0, done.stderr
