# SPDX-License-Identifier: Apache-2.0
"""Keys, requests and chains looked at, compared with what openssl says."""
import json
import subprocess

import pytest
from peers import PATIENCE, need, run


def openssl(*arguments, stdin=None):
    return subprocess.run([need("openssl"), *map(str, arguments)], input=stdin, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    """A CA, and by it the certificates of a device and of a server."""
    directory = tmp_path_factory.mktemp("pki")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", directory / "ca.key", "-out", directory / "ca.pem", "-subj", "/CN=a CA", "-days", "3650", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    (directory / "ca.key").chmod(0o600)
    run("csr", "create", "--device-id", "press-01", "--key", directory / "device.key", "--create-key", "--out", directory / "device.csr", check=True)
    sign = ["csr", "sign", "--csr", directory / "device.csr", "--ca-cert", directory / "ca.pem", "--ca-key", directory / "ca.key"]
    run(*sign, "--out", directory / "device.crt", check=True)
    run(*sign, "--profile", "server", "--san", "DNS:broker.example", "--san", "IP:192.0.2.1", "--out", directory / "server.crt", check=True)
    return directory


def test_a_key_is_described_and_its_public_half_printed(pki):
    done = run("key", "inspect", pki / "device.key")
    described = json.loads(done.stdout)
    assert (described["type"], described["bits"], described["security_bits"]) == ("EC", 256, 128)
    assert json.loads(run("cert", "inspect", pki / "device.crt").stdout)[0]["public_key_sha256"] == described["public_key_sha256"]
    assert "PRIVATE" not in done.stdout
    assert run("key", "public", pki / "device.key").stdout == openssl("pkey", "-in", pki / "device.key", "-pubout")
    assert run("key", "inspect", pki / "device.key", "-o", "table").stdout.startswith("Key         EC, 256 bits")


def test_an_encrypted_key_needs_its_password(pki, tmp_path):
    password = tmp_path / "password"
    password.write_text("open sesame\n")
    password.chmod(0o600)
    openssl("pkcs8", "-topk8", "-in", pki / "device.key", "-passout", f"file:{password}", "-out", tmp_path / "encrypted.key")
    (tmp_path / "encrypted.key").chmod(0o600)
    assert run("key", "public", tmp_path / "encrypted.key").returncode == 4
    done = run("key", "public", tmp_path / "encrypted.key", "--key-password-file", password)
    assert done.stdout == openssl("pkey", "-in", pki / "device.key", "-pubout")


def test_a_request_is_described_and_a_changed_one_shows(pki, tmp_path):
    described = json.loads(run("csr", "inspect", pki / "device.csr").stdout)
    assert (described["subject"], described["signature_ok"]) == ("CN=press-01", True)
    der = bytearray(subprocess.run([need("openssl"), "req", "-in", pki / "device.csr", "-outform", "DER"], capture_output=True, check=True, timeout=PATIENCE).stdout)
    der[der.index(b"press-01")] = ord("X")
    (tmp_path / "changed.der").write_bytes(der)
    openssl("req", "-inform", "DER", "-in", tmp_path / "changed.der", "-out", tmp_path / "changed.csr")
    assert json.loads(run("csr", "inspect", tmp_path / "changed.csr").stdout)["signature_ok"] is False
    assert run("csr", "inspect", pki / "device.crt").returncode == 1


def test_a_fingerprint_is_what_openssl_prints(pki):
    printed = openssl("x509", "-in", pki / "ca.pem", "-noout", "-fingerprint", "-sha256").strip().split("=")[1].replace(":", "").lower()
    assert run("cert", "fingerprint", pki / "ca.pem").stdout == printed + "\n"


@pytest.mark.parametrize(
    ("file", "flags", "code", "says"),
    [
        ("device.crt", [], 0, ""),
        ("device.crt", ["--purpose", "client"], 0, ""),
        ("device.crt", ["--purpose", "server"], 13, "purpose"),
        ("server.crt", ["--purpose", "server", "--host", "broker.example"], 0, ""),
        ("server.crt", ["--host", "192.0.2.1"], 0, ""),
        ("server.crt", ["--host", "192.0.2.2"], 13, "IP address"),
        ("server.crt", ["--host", "other.example"], 13, "ostname"),
        ("device.crt", ["--at", "2020-01-01T00:00:00Z"], 13, "not yet valid"),
        ("device.crt", ["--at", "2040-01-01T00:00:00Z"], 13, "expired"),
        ("device.crt", ["--at", "tomorrow"], 2, "is not a time"),
        ("device.crt", ["--purpose", "ca"], 2, ""),
        ("none.crt", [], 5, "none.crt"),
        ("device.key", [], 1, "no PEM certificate"),
    ],
)
def test_a_chain_is_judged(pki, file, flags, code, says):
    done = run("cert", "verify", pki / file, "--cafile", pki / "ca.pem", *flags)
    assert done.returncode == code, done.stderr
    assert says in done.stderr


def test_a_chain_that_ends_elsewhere_names_its_link(pki):
    done = run("cert", "verify", pki / "device.crt", "--cafile", pki / "server.crt", "-o", "json")
    verdict = json.loads(done.stdout)
    assert (done.returncode, verdict["ok"], verdict["depth"], verdict["subject"]) == (13, False, 0, "CN=press-01")


def test_a_revoked_certificate_is_not_good(pki, tmp_path):
    (tmp_path / "index.txt").write_text("")
    (tmp_path / "ca.conf").write_text(f"[ca]\ndefault_ca=a\n[a]\ndatabase={tmp_path}/index.txt\ndefault_md=sha256\ndefault_crl_days=1\n")
    ca = ["ca", "-config", tmp_path / "ca.conf", "-cert", pki / "ca.pem", "-keyfile", pki / "ca.key"]
    openssl(*ca, "-gencrl", "-out", tmp_path / "crl.pem")
    verify = ["cert", "verify", pki / "device.crt", "--cafile", pki / "ca.pem", "--crl", tmp_path / "crl.pem"]
    assert run(*verify).returncode == 0
    openssl(*ca, "-revoke", pki / "device.crt")
    openssl(*ca, "-gencrl", "-out", tmp_path / "crl.pem")
    done = run(*verify)
    assert done.returncode == 13 and "revoked" in done.stderr


def test_a_brokers_url_is_no_name_of_a_certificate(pki, tmp_path):
    config = tmp_path / "config.toml"
    config.write_text(f'context = "lab"\n[contexts.lab]\nhost = "mqtts://192.0.2.7:8883"\ncafile = "{pki}/ca.pem"\nidentity = "{tmp_path}"\n')
    done = run("cert", "verify", pki / "device.crt", env={"MUSTER_CONFIG": str(config)})
    assert done.returncode == 0, done.stderr
    done = run("cert", "verify", pki / "device.crt", "--cafile", pki / "ca.pem", env={"MUSTER_HOST": "mqtts://192.0.2.7:8883"})
    assert done.returncode == 0, done.stderr
    done = run("cert", "verify", pki / "device.crt", "--host", "192.0.2.7", env={"MUSTER_CONFIG": str(config)})
    assert done.returncode == 13, done.stderr


def test_a_context_judges_servers_and_no_files(pki, tmp_path):
    config = tmp_path / "config.toml"
    config.write_text(f'context = "lab"\n[contexts.lab]\ncafile = "{pki}/ca.pem"\nidentity = "{tmp_path}"\n')
    done = run("cert", "inspect", pki / "device.crt", env={"MUSTER_CONFIG": str(config)})
    assert done.returncode == 0, done.stderr
    for flags in ([], ["--identity", tmp_path]):
        done = run("cert", "inspect", "https://127.0.0.1:1", *flags, env={"MUSTER_CONFIG": str(config)})
        assert "--cafile and --identity" not in done.stderr
        assert done.returncode == 7, done.stderr
