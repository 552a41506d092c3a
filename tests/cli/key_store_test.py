# SPDX-License-Identifier: Apache-2.0
"""Keys that are encrypted, and keys in a token: made, used for requests and enrolled, with their password from a file or stdin."""
import subprocess

import pytest
from peers import PATIENCE, Broker, need, run
from tokens import SoftToken


def openssl(*arguments, stdin=None):
    return subprocess.run([need("openssl"), *map(str, arguments)], input=stdin, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout


@pytest.fixture
def token(tmp_path):
    return SoftToken(tmp_path)


def test_a_key_is_encrypted_with_its_password_and_opens_with_no_other(tmp_path, token):
    key = tmp_path / "device.key"
    assert run("key", "create", key, "--key-password-file", token.pin_file).returncode == 0
    assert key.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert "prime256v1" in openssl("pkey", "-in", key, "-passin", "pass:4711", "-noout", "-text")
    request = ["csr", "create", "--device-id", "press-01", "--key", key]
    assert run(*request).returncode == 4
    assert run(*request, "--key-password-file", "-", stdin="4712\n").returncode == 4
    done = run(*request, "--key-password-file", "-", stdin="4711\n")
    assert done.returncode == 0, done.stderr
    assert openssl("req", "-noout", "-subject", "-verify", stdin=done.stdout).strip() == "subject=CN = press-01"


def test_a_key_is_made_in_a_token_and_signs_a_request(tmp_path, token):
    key = tmp_path / "device.key"
    arguments = ["csr", "create", "--device-id", "press-01", "--key", key, "--create-key", "--key-store", token.store, "--key-password-file", "-"]
    done = run(*arguments, stdin="4711\n", env=token.environment)
    assert done.returncode == 0, done.stderr
    assert key.read_text().startswith("-----BEGIN PKCS#11 PROVIDER URI-----")
    assert key.stat().st_mode & 0o777 == 0o600
    assert openssl("req", "-noout", "-subject", "-verify", stdin=done.stdout).strip() == "subject=CN = press-01"


@pytest.mark.parametrize(
    ("store", "pin", "code", "says"),
    [
        ("pkcs11:token=muster?module-path=/usr/lib/softhsm/libsofthsm2.so", "4712", 4, "PIN"),
        ("pkcs11:token=nobody?module-path=/usr/lib/softhsm/libsofthsm2.so", "4711", 5, "nobody"),
        ("pkcs11:token=muster?module-path=/nowhere.so", "4711", 5, "/nowhere.so"),
        ("vault:secret", "4711", 2, "there is no key store 'vault:secret'"),
    ],
)
def test_a_store_that_cannot_make_a_key_says_why(tmp_path, token, store, pin, code, says):
    done = run("key", "create", tmp_path / "device.key", "--key-store", store, "--key-password-file", "-", stdin=pin + "\n", env=token.environment)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert not (tmp_path / "device.key").exists()


def test_a_device_enrolls_with_a_key_in_a_token(tmp_path, token):
    with Broker(tmp_path / "state") as broker:
        broker.muster("tenant", "create", "acme", check=True)
        otp = tmp_path / "otp"
        broker.muster("device", "register", "press-01", "--tenant", "acme", "--otp-file", otp, check=True)
        arguments = ["cert", "enroll", "--est-url", f"{broker.est_url}/acme", "--device-id", "press-01", "--otp-file", otp, "--cafile", broker.ca_file, "--out-dir", tmp_path / "press-01", "--key-store", token.store]
        assert run(*arguments, env=token.environment).returncode == 4  # Without the PIN.
        done = run(*arguments, "--key-password-file", token.pin_file, env=token.environment)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "press-01" / "device.key").read_text().startswith("-----BEGIN PKCS#11 PROVIDER URI-----")
    assert "CN = press-01" in openssl("x509", "-in", tmp_path / "press-01" / "device.crt", "-noout", "-subject")
