# SPDX-License-Identifier: Apache-2.0
"""key, csr and cert, checked with openssl."""
import json
import subprocess

import pytest
from peers import PATIENCE, need, run


def openssl(*arguments, stdin=None):
    return subprocess.run([need("openssl"), *map(str, arguments)], input=stdin, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout


def test_a_key_is_for_its_owner_alone_and_is_not_overwritten(tmp_path):
    key = tmp_path / "device.key"
    assert run("key", "create", key).returncode == 0
    assert key.stat().st_mode & 0o777 == 0o600
    assert "prime256v1" in openssl("pkey", "-in", key, "-noout", "-text")
    before = key.read_text()
    again = run("key", "create", key)
    assert again.returncode == 6
    assert key.read_text() == before
    assert run("key", "create", key, "--force").returncode == 0
    assert key.read_text() != before


def test_a_request_names_the_device_and_is_signed(tmp_path):
    key = tmp_path / "device.key"
    done = run("csr", "create", "--device-id", "press-01", "--key", key, "--create-key")
    assert done.returncode == 0, done.stderr
    assert openssl("req", "-noout", "-subject", "-verify", stdin=done.stdout).strip() == "subject=CN = press-01"


@pytest.mark.parametrize("device", ["", "a/b", "#", "x" * 65, "a\nb", "späti"])
def test_an_id_that_is_no_device_id_is_refused(tmp_path, device):
    key = tmp_path / "device.key"
    run("key", "create", key, check=True)
    done = run("csr", "create", "--device-id", device, "--key", key)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "device id" in done.stderr


def test_a_key_that_others_can_read_is_refused_with_the_mend(tmp_path):
    key = tmp_path / "device.key"
    run("key", "create", key, check=True)
    key.chmod(0o644)
    done = run("csr", "create", "--device-id", "press-01", "--key", key)
    assert done.returncode == 1
    assert f"chmod 600 {key}" in done.stderr


@pytest.mark.parametrize("content", ["", "random bytes", "-----BEGIN CERTIFICATE-----\n", "-----BEGIN PUBLIC KEY-----\n", "-----BEGIN PRIVATE KEY-----\nAAAA\n"])
def test_a_file_that_is_no_key_is_told_from_one(tmp_path, content):
    key = tmp_path / "device.key"
    key.write_text(content)
    key.chmod(0o600)
    done = run("csr", "create", "--device-id", "press-01", "--key", key)
    assert done.returncode == 1
    assert str(key) in done.stderr


def test_a_certificate_is_described_as_openssl_describes_it(tmp_path):
    certificate = tmp_path / "c.pem"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", tmp_path / "k.pem", "-out", certificate, "-subj", "/CN=x1", "-days", "3", "-addext", "subjectAltName=DNS:a.example,IP:127.0.0.1")
    described = json.loads(run("cert", "inspect", certificate, "-o", "json").stdout)[0]
    assert described["common_name"] == "x1"
    assert described["subject_alt_names"] == ["DNS:a.example", "IP:127.0.0.1"]
    fingerprint = openssl("x509", "-in", certificate, "-noout", "-fingerprint", "-sha256").strip().split("=")[1]
    assert described["sha256"] == fingerprint.replace(":", "").lower()
    assert run("cert", "inspect", certificate, "-o", "table").stdout.startswith("Subject     CN=x1")


@pytest.fixture
def factory(tmp_path):
    """A key, a certificate of press-01's and its CA, as a factory hands them over."""
    ca = ["-CA", tmp_path / "ca.pem", "-CAkey", tmp_path / "ca.key"]
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3"]
    openssl("req", "-x509", *curve, "-keyout", tmp_path / "ca.key", "-out", tmp_path / "ca.pem", "-subj", "/CN=factory CA")
    openssl("req", "-x509", *curve, *ca, "-keyout", tmp_path / "device.key", "-out", tmp_path / "chain.pem", "-subj", "/CN=press-01", "-addext", "basicConstraints=critical,CA:FALSE")
    openssl("pkcs12", "-export", "-inkey", tmp_path / "device.key", "-in", tmp_path / "chain.pem", "-certfile", tmp_path / "ca.pem", "-passout", "pass:4711", "-out", tmp_path / "device.p12")
    for name, text in (("password", "4711\n"), ("other.password", "4712\n")):
        (tmp_path / name).write_text(text)
    for name in ("device.key", "device.p12", "password", "other.password"):
        (tmp_path / name).chmod(0o600)
    return tmp_path


def test_pkcs12_becomes_an_identity_directory(factory):
    done = run("cert", "import", "--pkcs12", factory / "device.p12", "--password-file", factory / "password", "--cafile", factory / "ca.pem", "--out-dir", factory / "press-01")
    assert done.returncode == 0, done.stderr
    assert (factory / "press-01" / "device.key").stat().st_mode & 0o777 == 0o600
    assert (factory / "press-01" / "ca.pem").read_text() == (factory / "ca.pem").read_text()
    public = openssl("pkey", "-in", factory / "press-01" / "device.key", "-pubout")
    assert openssl("x509", "-in", factory / "press-01" / "device.crt", "-noout", "-pubkey") == public
    assert "CN=press-01" in done.stderr


def test_pem_files_become_an_identity_directory_and_the_password_comes_from_stdin(factory):
    openssl("pkcs8", "-topk8", "-in", factory / "device.key", "-passout", "pass:4711", "-out", factory / "encrypted.key")
    (factory / "encrypted.key").chmod(0o600)
    arguments = ["cert", "import", "--key", factory / "encrypted.key", "--chain", factory / "chain.pem", "--key-password-file", "-", "--out-dir", factory / "press-01"]
    assert run(*arguments, "--device-id", "press-02", stdin="4711\n").returncode == 1
    assert run(*arguments, "--device-id", "press-01", stdin="4711\n").returncode == 0
    assert (factory / "press-01" / "device.key").read_text() == (factory / "encrypted.key").read_text()


def test_an_import_that_cannot_work_says_why(factory):
    arguments = ["cert", "import", "--out-dir", factory / "press-01"]
    for more in ([], ["--key", factory / "device.key"], ["--key", factory / "device.key", "--chain", factory / "chain.pem", "--pkcs12", factory / "device.p12"]):
        done = run(*arguments, *more)
        assert done.returncode == 2
        assert "give --pkcs12, or --key and --chain" in done.stderr
    done = run(*arguments, "--pkcs12", factory / "device.p12", "--password-file", factory / "other.password")
    assert done.returncode == 4
    assert "the password does not open" in done.stderr
    (factory / "device.p12").chmod(0o644)
    done = run(*arguments, "--pkcs12", factory / "device.p12", "--password-file", factory / "password")
    assert f"chmod 600 {factory / 'device.p12'}" in done.stderr
    assert not (factory / "press-01").exists()


def test_what_is_no_certificate_is_an_error(tmp_path):
    assert run("cert", "inspect", tmp_path / "none.pem").returncode == 5
    (tmp_path / "bad.pem").write_text("no certificate")
    assert run("cert", "inspect", tmp_path / "bad.pem").returncode == 1


@pytest.fixture
def ca(tmp_path):
    """A CA at hand, as flags."""
    key, certificate = tmp_path / "ca.key", tmp_path / "ca.pem"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", certificate, "-subj", "/CN=a CA", "-days", "30", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
    key.chmod(0o600)
    return ["--ca-cert", certificate, "--ca-key", key]


@pytest.mark.parametrize("group", ["csr", "ca"])
def test_a_request_is_signed_for_what_it_is_for(tmp_path, ca, group):
    request = run("csr", "create", "--device-id", "press-01", "--key", tmp_path / "device.key", "--create-key").stdout
    device = run(group, "sign", *ca, "--tenant", "acme", stdin=request)
    assert device.returncode == 0, device.stderr
    text = openssl("x509", "-noout", "-text", stdin=device.stdout)
    assert "TLS Web Client Authentication" in text and "URI:urn:muster:acme:press-01" in text and "CN = press-01" in text
    certificate = tmp_path / "server.crt"
    server = run(group, "sign", *ca, "--profile", "server", "--san", "DNS:broker.example", "--san", "IP:192.0.2.1", "--not-after", "2d", "--out", certificate, stdin=request)
    assert (server.returncode, server.stdout) == (0, "")
    assert openssl("verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "broker.example", "-CAfile", ca[1], certificate).endswith("OK\n")
    assert "does NOT" not in openssl("x509", "-in", certificate, "-noout", "-checkend", "86400")


def test_what_cannot_be_signed_is_told(tmp_path, ca):
    request = run("csr", "create", "--device-id", "press-01", "--key", tmp_path / "device.key", "--create-key").stdout
    assert run("csr", "sign", *ca, stdin="no request").returncode == 1
    assert run("csr", "sign", *ca, "--csr", tmp_path / "none.csr").returncode == 5
    assert run("csr", "sign", *ca[:2], stdin=request).returncode == 2
    assert run("csr", "sign", *ca, "--not-after", "30", stdin=request).returncode == 2
    assert run("csr", "sign", *ca, "--profile", "ca", stdin=request).returncode == 2
    assert run("csr", "sign", *ca, "--san", "DNS:x", stdin=request).returncode == 2
    assert run("csr", "sign", *ca, "--profile", "server", "--san", "x", stdin=request).returncode == 2
    assert run("csr", "sign", "--ca-cert", ca[1], "--ca-key", tmp_path / "device.key", stdin=request).returncode == 6
    weak = tmp_path / "weak.key"
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024", "-out", weak)
    done = run("csr", "sign", *ca, stdin=openssl("req", "-new", "-key", weak, "-subj", "/CN=press-01"))
    assert done.returncode == 12 and "weaker" in done.stderr
