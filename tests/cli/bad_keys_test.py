# SPDX-License-Identifier: Apache-2.0
"""Keys that cannot be made or read: absurd places, sizes and curves nobody has, files that are no key, tokens that refuse."""
import os
import resource
import stat
import subprocess

import pytest
from absurd_paths import absurd, read_only  # noqa: F401 (fixtures)
from bad_input import invoke, refused, state_of
from peers import need, run
from tokens import MODULE, SoftToken

PASSWORD = "open sesame"


@pytest.fixture
def key(tmp_path):
    run("key", "create", tmp_path / "good.key", check=True)
    return tmp_path / "good.key"


@pytest.fixture
def password(tmp_path):
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    file.chmod(0o600)
    return file


def mint(*arguments, stdin=None):
    return subprocess.run([need("openssl"), *map(str, arguments)], input=stdin, capture_output=True, check=True).stdout


@pytest.mark.parametrize("force", [[], ["--force"]])
def test_a_key_is_made_in_no_place_that_is_none(absurd, force):
    for name, path in absurd.items():
        if name == "flag" or (force and name in ("zero bytes", "link")):
            continue  # What follows -- is a name, and a file or a link may be replaced.
        refused(["key", "create", *force, "--", path], (1, 2, 5, 6), path[:200], within=absurd.place, cwd=absurd.place)


def test_an_existing_key_stays_without_force(key):
    before = key.read_bytes()
    refused(["key", "create", key], 6, [key, "File exists"], within=key.parent)
    assert key.read_bytes() == before
    assert run("key", "create", "--force", key).returncode == 0 and key.read_bytes() != before


@pytest.mark.parametrize(
    "flags",
    [
        *(["--type", "rsa", "--bits", bits] for bits in ("1024", "17", "2049", "2147483648", "0", "-1", "")),
        *(["--type", "ec", "--curve", curve] for curve in ("secp112r1", "p-256", "P-521", "Ed448", "", "P-256 ")),
        *(["--type", kind] for kind in ("dsa", "EC", "ed448", "")),
    ],
)
def test_a_type_that_is_none_is_refused_with_those_there_are(tmp_path, flags):
    refused(["key", "create", tmp_path / "k", *flags], 2, [flags[-2] + ": ", f"'{flags[-1]}' is not "], within=tmp_path)


def test_a_key_is_its_owners_whatever_the_umask_is(tmp_path, password):
    for number, flags in enumerate(([], ["--type", "rsa"], ["--encrypt", "--key-password-file", password])):
        done = invoke(["key", "create", tmp_path / f"{number}.key", *flags], stdout=-1, stderr=-1, umask=0)
        assert done.returncode == 0, done.stderr
        assert stat.S_IMODE((tmp_path / f"{number}.key").stat().st_mode) == 0o600
    assert invoke(["ca", "init", tmp_path / "ca", "--name", "x"], stdout=-1, stderr=-1, umask=0).returncode == 0
    assert stat.S_IMODE((tmp_path / "ca").stat().st_mode) == 0o700
    for file in (tmp_path / "ca").glob("*.key"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_key_is_made_in_no_directory_that_cannot_be_written(read_only):
    refused(["key", "create", read_only / "device.key"], 1, [read_only / "device.key"], within=read_only)
    refused(["ca", "init", read_only / "ca", "--name", "x"], 1, [read_only / "ca"], within=read_only)
    refused(["csr", "create", "--device-id", "a", "--create-key", "--key", read_only / "device.key"], 1, [read_only / "device.key"], within=read_only)


def test_without_descriptors_the_limit_is_named(tmp_path):
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))

    done = invoke(["key", "inspect", tmp_path / "k"], stdout=-1, stderr=-1, preexec_fn=limit)
    # The dynamic loader needs descriptors, too.
    assert done.returncode in (1, 127) and (done.returncode == 127 or b"ulimit -n" in done.stderr)


def damaged(key):
    """Files that are no key that can be used, and what is said of them."""
    pem = key.read_text()
    der = mint("pkey", "-in", key, "-outform", "DER")
    public = mint("pkey", "-in", key, "-pubout").decode()
    certificate = mint("req", "-x509", "-key", key, "-subj", "/CN=x", "-days", "1").decode()
    encrypted = mint("pkey", "-in", key, "-aes256", "-passout", "pass:" + PASSWORD)
    return {
        "empty": (b"", "empty"),
        "random": (os.urandom(4_096), "PEM"),
        "zeros": (bytes(4_096), "PEM"),
        "truncated": (pem[: len(pem) // 2].encode(), "a damaged private key"),
        "no end": (pem[: pem.index("-----END")].encode(), "a damaged private key"),
        "other base64": (pem.replace("\n", "\n!", 1).encode(), "a damaged private key"),
        "DER": (der, "DER"),
        "a certificate": (certificate.encode(), "certificate"),
        "a public key": (public.encode(), "public"),
        "encrypted": (encrypted, "password"),
        "two keys": ((pem + mint("genpkey", "-algorithm", "ed25519").decode()).encode(), "more than one private key"),
        "text": (b"hello\n", "PEM"),
    }


@pytest.mark.parametrize("what", ["empty", "random", "zeros", "truncated", "no end", "other base64", "DER", "a certificate", "a public key", "encrypted", "two keys", "text"])
def test_a_file_that_is_no_key_is_named_with_what_it_is(key, what):
    content, says = damaged(key)[what]
    file = key.parent / "bad.key"
    file.write_bytes(content)
    file.chmod(0o600)
    for line in (["key", "inspect", file], ["key", "public", file], ["csr", "create", "--device-id", "a", "--key", file]):
        refused(line, (1, 2, 4), [file, says], within=key.parent)


@pytest.mark.parametrize("change", ["BOM", "CRLF", "text before", "text behind"])
def test_a_key_that_an_editor_has_touched_is_read(key, change):
    pem = key.read_bytes()
    key.write_bytes({"BOM": b"\xef\xbb\xbf" + pem, "CRLF": pem.replace(b"\n", b"\r\n"), "text before": b"my key\n\n" + pem, "text behind": pem + b"\n# the end\n"}[change])
    assert run("csr", "create", "--device-id", "a", "--key", key).returncode == 0


def test_a_key_is_read_from_no_place_that_is_none(absurd):
    for path in absurd.values():
        for line in (["key", "inspect", "--", path], ["csr", "create", "--device-id=a", f"--key={path}"]):
            if path:
                refused(line, (1, 2, 5), path[:200], within=absurd.place, cwd=absurd.place)


def test_passwords_that_are_none(key, tmp_path, absurd):
    new = tmp_path / "new.key"
    for name, path in absurd.items():
        if name not in ("empty", "dash"):
            refused(["key", "create", new, f"--key-password-file={path}"], (1, 2, 5), path[:200], within=tmp_path, cwd=absurd.place)
    for stdin in ("", "\n", "\r\n"):
        refused(["key", "create", new, "--key-password-file", "-"], 2, "no secret in the first line of standard input", within=tmp_path, stdin=stdin)


@pytest.mark.parametrize("wrong", ["", "open sesam", "open sesame ", "x" * 100_000, "\x00"], ids=["none", "shorter", "longer", "absurd", "NUL"])
def test_a_wrong_password_is_denied_and_not_shown(key, password, wrong):
    encrypted = key.parent / "encrypted.key"
    assert run("key", "create", encrypted, "--encrypt", "--key-password-file", password).returncode == 0
    refused(["key", "inspect", encrypted, "--key-password-file", "-"], (2, 4), "no secret" if not wrong else "password", stdin=wrong + "\n", within=key.parent, secrets=[PASSWORD, *([wrong] if len(wrong) > 2 else [])])


@pytest.fixture
def token(tmp_path):
    (tmp_path / "token").mkdir()
    return SoftToken(tmp_path / "token")


def test_a_token_that_refuses_is_named(token, tmp_path):
    for store, pin, code, says in (
        (token.store, "4712", 4, "PIN"),
        (token.store, "", 2, "no secret"),
        (token.store, "1", 4, "PIN"),
        (token.store, "9" * 300, 4, "PIN"),
        (f"pkcs11:?module-path={MODULE}", "4711", 2, "token"),
        ("pkcs11:", "4711", 2, "pkcs11:"),
        ("pkcs11:token=muster", "4711", (2, 5), "module"),
        ("pkcs11:token=muster?module-path=/etc/passwd", "4711", (1, 2, 5), "/etc/passwd"),
        ("pkcs11:token=%zz?module-path=" + MODULE, "4711", 2, "'token'"),
        ("tpm2:nonsense", "4711", (1, 2, 5), "tpm2:"),
        ("", "4711", 2, "key store"),
        ("file", "4711", 2, "key store"),
    ):
        line = ["key", "create", tmp_path / "k", "--key-store", store, "--key-password-file", "-"]
        refused(line, code, says, stdin=pin + "\n", env=token.environment, secrets=[pin] if len(pin) > 4 else [])
        assert not (tmp_path / "k").exists()


def test_two_tokens_of_one_name_are_not_guessed_between(token, tmp_path):
    subprocess.run([need("softhsm2-util"), "--init-token", "--free", "--so-pin", "12345678", "--pin", "4711", "--label", "muster"], env=token.environment, check=True, capture_output=True)
    refused(["key", "create", tmp_path / "k", "--key-store", token.store, "--key-password-file", token.pin_file], (1, 2, 6), "muster", env=token.environment)
    assert not (tmp_path / "k").exists()


def test_a_tpm_that_is_absent_is_named(tmp_path):
    if os.path.exists("/dev/tpmrm0"):
        pytest.skip("this machine has a TPM")
    refused(["key", "create", tmp_path / "k", "--key-store", "tpm2:"], (1, 5, 7), "tpm", within=tmp_path, env={"TPM2OPENSSL_TCTI": "device:/nonexistent/tpm"})
    assert not state_of(tmp_path)
