# SPDX-License-Identifier: Apache-2.0
"""Keys of every type, and requests with more names than the device's, checked with openssl."""
import json
import subprocess

import pytest
from peers import PATIENCE, need, run

TOKEN = "pkcs11:token=nobody?module-path=/nowhere.so"


def openssl(*arguments, stdin=None):
    return subprocess.run([need("openssl"), *map(str, arguments)], input=stdin, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout


@pytest.fixture
def password(tmp_path):
    file = tmp_path / "password"
    file.write_text("open sesame\n")
    file.chmod(0o600)
    return file


@pytest.mark.parametrize(
    ("flags", "kind", "bits", "says"),
    [
        ([], "EC", 256, "EC P-256"),
        (["--type", "ec", "--curve", "P-256"], "EC", 256, "EC P-256"),
        (["--curve", "P-384"], "EC", 384, "EC P-384"),
        (["--type", "rsa"], "RSA", 2048, "RSA 2048"),
        (["--type", "rsa", "--bits", "3072"], "RSA", 3072, "RSA 3072"),
        (["--type", "rsa", "--bits", "4096"], "RSA", 4096, "RSA 4096"),
        (["--type", "ed25519"], "ED25519", 256, "Ed25519"),
    ],
)
def test_a_key_is_of_the_type_asked_for_and_signs_a_request(tmp_path, flags, kind, bits, says):
    key = tmp_path / "device.key"
    done = run("key", "create", key, *flags, "--public-out", tmp_path / "device.pub")
    assert done.returncode == 0, done.stderr
    assert says in done.stderr and done.stdout == ""
    assert key.stat().st_mode & 0o777 == 0o600
    described = json.loads(run("key", "inspect", key).stdout)
    assert (described["type"], described["bits"]) == (kind, bits)
    assert (tmp_path / "device.pub").read_text() == openssl("pkey", "-in", key, "-pubout")
    request = run("csr", "create", "--device-id", "press-01", "--key", key).stdout
    assert openssl("req", "-noout", "-subject", "-verify", stdin=request).strip() == "subject=CN = press-01"


def test_an_encrypted_key_has_its_public_half_in_the_clear(tmp_path, password):
    key = tmp_path / "device.key"
    done = run("key", "create", key, "--type", "ed25519", "--encrypt", "--key-password-file", "-", "--public-out", "-", stdin="open sesame\n")
    assert done.returncode == 0, done.stderr
    assert key.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert done.stdout == openssl("pkey", "-in", key, "-passin", f"file:{password}", "-pubout")


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--type", "dsa"], "--type"),
        (["--curve", "P-521"], "--curve"),
        (["--bits", "1024", "--type", "rsa"], "--bits"),
        (["--type", "rsa", "--curve", "P-384"], "--curve is for --type ec"),
        (["--bits", "2048"], "--bits is for --type rsa"),
        (["--encrypt"], "--key-password-file"),
        (["--encrypt", "--key-store", TOKEN, "--key-password-file", "-"], "PIN"),
        (["--key-store", TOKEN, "--type", "rsa"], "a PKCS#11 token makes keys of P-256 only"),
        (["--key-store", TOKEN, "--curve", "P-384"], "a PKCS#11 token makes keys of P-256 only"),
        (["--key-store", "tpm2:", "--type", "ed25519"], "a TPM makes keys of P-256 only"),
    ],
)
def test_a_key_that_cannot_be_made_is_refused_with_the_reason(tmp_path, flags, says):
    done = run("key", "create", tmp_path / "device.key", *flags, stdin="4711\n")
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert not (tmp_path / "device.key").exists()


def test_the_public_half_does_not_take_the_private_ones_place(tmp_path):
    key = tmp_path / "device.key"
    (tmp_path / "sub").mkdir()
    for place in (key, tmp_path / "sub" / ".." / "device.key"):
        done = run("key", "create", key, "--public-out", place)
        assert done.returncode == 2 and "--public-out" in done.stderr
        assert not key.exists()
    assert run("key", "create", key, "--public-out", tmp_path / "none" / "device.pub").returncode != 0


def test_the_help_names_every_store():
    for command in (["key", "create"], ["csr", "create"], ["cert", "enroll"]):
        text = run(*command, "--help").stdout
        assert "file:" in text and "tpm2:" in text and "pkcs11:" in text


def test_a_request_asks_for_more_names(tmp_path):
    flags = ["--san", "dns:press-01.example", "--san", "ip:192.0.2.1", "--san", "IP:2001:db8::1", "--san", "uri:urn:example:press-01", "--org", "Späti & Söhne, GmbH", "--ou", "hall 3"]
    done = run("csr", "create", "--device-id", "press-01", "--key", tmp_path / "device.key", "--create-key", *flags)
    assert done.returncode == 0, done.stderr
    text = openssl("req", "-noout", "-text", "-verify", "-nameopt", "utf8,sep_multiline", stdin=done.stdout)
    assert "DNS:press-01.example, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1, URI:urn:example:press-01" in text
    names = [line.strip() for line in text.splitlines()]
    assert names.index("O=Späti & Söhne, GmbH") < names.index("OU=hall 3") < names.index("CN=press-01")


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--san", "press-01.example"], "'press-01.example' is no alternative name"),
        (["--san", "dns:"], "no alternative name"),
        (["--san", "dns:a b"], "no alternative name"),
        (["--san", "dns:a..b"], "no alternative name"),
        (["--san", "dns:-a"], "no alternative name"),
        (["--san", "dns:a,DNS:b"], "no alternative name"),
        (["--san", "dns:" + "a" * 64], "no alternative name"),
        (["--san", "ip:192.0.2"], "no alternative name"),
        (["--san", "ip:192.0.2.1/24"], "no alternative name"),
        (["--san", "uri:press-01"], "no alternative name"),
        (["--san", "uri:urn:späti"], "no alternative name"),
        (["--san", "email:a@b.example"], "no alternative name"),
        (["--san", "dns:good.example", "--san", "bad"], "'bad' is no alternative name"),
        (["--org", "x" * 65], "organisation"),
        (["--ou", "a\nb"], "organisational unit"),
    ],
)
def test_what_is_no_name_is_refused(tmp_path, flags, says):
    run("key", "create", tmp_path / "device.key", check=True)
    done = run("csr", "create", "--device-id", "press-01", "--key", tmp_path / "device.key", *flags)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    made = run("csr", "create", "--device-id", "press-01", "--key", tmp_path / "new.key", "--create-key", *flags)
    assert (made.returncode, made.stderr) == (2, done.stderr)
    assert not (tmp_path / "new.key").exists()


@pytest.mark.parametrize("device_id", ["", "a b", "x" * 65, "prässe", "a/b", "a#"])
def test_an_id_that_is_none_leaves_no_key(tmp_path, device_id):
    done = run("csr", "create", "--device-id", device_id, "--key", tmp_path / "device.key", "--create-key")
    assert done.returncode == 2 and "device id" in done.stderr
    assert not list(tmp_path.iterdir())
