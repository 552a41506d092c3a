# SPDX-License-Identifier: Apache-2.0
"""Requests and certificates that are none, names that cannot be in them, and CAs that may not sign."""
import os
import subprocess

import pytest
from absurd_paths import absurd, read_only  # noqa: F401 (fixtures)
from bad_input import invoke, refused
from external_ca import NEW_KEY, openssl
from peers import run

NAMES = ["", " ", "x" * 65, "#", "+", "/", "$SYS", "a/b", ".", "..", b"\xff\xfe", b"a\xc3", "‮a", "a​b", "a\x01b", "a\nb", "a\r\nb", "é", "a b", "a\\b", "a,CN=b", "a=b", "*"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A CA with a key and a request, and files that are something else than they say."""
    directory = tmp_path_factory.mktemp("requests")
    run("ca", "init", directory / "ca", "--name", "Acme", check=True)
    run("ca", "init", directory / "other", "--name", "Other", check=True)
    run("csr", "create", "--device-id", "press-01", "--key", directory / "d.key", "--create-key", "--out", directory / "d.csr", check=True)
    request = (directory / "d.csr").read_text()
    good = {"request": request, "certificate": (directory / "ca" / "issuing.pem").read_text(), "key": (directory / "d.key").read_text()}
    for name, content in {
        "empty": b"",
        "random": os.urandom(4_096),
        "zeros": bytes(4_096),
        "text": b"hello\n",
        "half": request[: len(request) // 2].encode(),
        "no end": request[: request.index("-----END")].encode(),
        "bit": flipped(request).encode(),
        "der": subprocess.run(["openssl", "req", "-in", directory / "d.csr", "-outform", "DER"], capture_output=True, check=True).stdout,
        "key": good["key"].encode(),
        "large": b"-----BEGIN CERTIFICATE REQUEST-----\n" + b"A" * 2_000_000 + b"\n-----END CERTIFICATE REQUEST-----\n",
    }.items():
        (directory / name).write_bytes(content)
        (directory / name).chmod(0o600)
    return directory


def flipped(pem):
    """The same with one letter of its signature changed."""
    lines = pem.splitlines()
    last = len(lines) - 2
    lines[last] = ("A" if lines[last][0] != "A" else "B") + lines[last][1:]
    return "\n".join(lines) + "\n"


def signing(place, csr, *flags, ca="ca", key=None):
    return ["ca", "sign", "--ca-cert", place / ca / "issuing.pem", "--ca-key", key or place / ca / "issuing.key", "--csr", csr, *flags]


BAD_FILES = ["empty", "random", "zeros", "text", "half", "no end", "der", "key", "large"]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_device_id_that_is_none_leaves_neither_key_nor_request(tmp_path, name):
    line = ["csr", "create", b"--device-id=" + name if isinstance(name, bytes) else f"--device-id={name}", "--create-key", "--key", tmp_path / "k", "--out", tmp_path / "csr"]
    refused(line, 2, "device id", within=tmp_path)


@pytest.mark.parametrize("flag", [b"--org=", b"--ou="])
@pytest.mark.parametrize("text", [b"x" * 65, b"\xff", b"a\nb", b"a\x1bb"])
def test_an_organisation_that_is_none(tmp_path, flag, text):
    refused(["csr", "create", "--device-id", "a", flag + text, "--create-key", "--key", tmp_path / "k"], 2, "use 1 to 64 characters of UTF-8", within=tmp_path)


@pytest.mark.parametrize("names", [["dns:a", "dns:a"], ["ip:192.0.2.1", "IP:192.0.2.1"], ["ip:2001:db8::1", "ip:2001:db8:0::1"], ["uri:urn:a", "dns:b", "uri:urn:a"]])
def test_an_alternative_name_is_given_once(tmp_path, names):
    flags = [part for name in names for part in ("--san", name)]
    refused(["csr", "create", "--device-id", "a", *flags, "--create-key", "--key", tmp_path / "k"], 2, [names[-1], "twice"], within=tmp_path)


@pytest.mark.parametrize("file", BAD_FILES)
def test_a_file_that_is_no_request_is_named(place, tmp_path, file):
    for line in (["csr", "inspect", place / file], signing(place, place / file, "--out", tmp_path / "crt"), ["csr", "sign", *signing(place, place / file)[2:]]):
        refused(line, (1, 12), place / file, within=tmp_path)


@pytest.mark.parametrize("file", BAD_FILES)
def test_a_file_that_is_no_certificate_is_named(place, tmp_path, file):
    good, bad = place / "ca" / "issuing.pem", place / file
    for line in (
        ["cert", "inspect", bad],
        ["cert", "fingerprint", bad],
        ["cert", "verify", bad, "--cafile", good],
        ["cert", "verify", good, "--cafile", bad],
        ["cert", "verify", good, "--cafile", good, "--crl", bad],
        ["ca", "show", bad],
        [*signing(place, place / "d.csr", "--out", tmp_path / "crt")[:2], "--ca-cert", bad, "--ca-key", place / "ca" / "issuing.key", "--csr", place / "d.csr"],
        ["cert", "import", "--key", place / "d.key", "--chain", bad, "--out-dir", tmp_path / "identity"],
        ["cert", "import", "--pkcs12", bad, "--password-file", "-", "--out-dir", tmp_path / "identity"],
    ):
        refused(line, (1, 2, 4, 8, 12), bad, within=tmp_path, stdin="x\n")
    refused(["cert", "needs-renewal", bad], 255, bad)


def test_a_request_that_somebody_has_changed_is_not_signed(place, tmp_path):
    refused(signing(place, place / "bit", "--out", tmp_path / "crt"), (1, 12), place / "bit", within=tmp_path)


@pytest.mark.parametrize("subject", [r"/CN=a\/b", "/CN=..", "/CN=.", "/CN=a b", "/CN=$SYS", "/CN=é", "/O=x", "/CN=a/CN=b"])
def test_a_request_with_another_name_than_a_devices_is_not_signed(place, tmp_path, subject):
    csr = tmp_path / "csr"
    made = subprocess.run(["openssl", "req", "-new", *NEW_KEY, "-keyout", tmp_path / "k", "-subj", subject, "-out", csr], capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip("openssl does not make it either")
    refused(signing(place, csr, "--out", tmp_path / "crt"), (1, 2, 12), csr, within=tmp_path)


@pytest.mark.parametrize("key", [["-newkey", "rsa:1024"], ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp160r1"]])
def test_a_weak_key_is_not_signed(place, tmp_path, key):
    openssl("req", "-new", *key, "-nodes", "-keyout", tmp_path / "k", "-subj", "/CN=a", "-out", tmp_path / "csr")
    refused(signing(place, tmp_path / "csr", "--out", tmp_path / "crt"), (1, 12), [tmp_path / "csr", "weak"], within=tmp_path)


@pytest.mark.parametrize("lifetime", ["0", "0d", "-1d", "59s", "1s", "d", "1w", "1 d", "36501d", "1e99d", ""])
def test_a_lifetime_that_is_none(place, tmp_path, lifetime):
    for line in (signing(place, place / "d.csr", f"--not-after={lifetime}", "--out", tmp_path / "crt"), ["ca", "init", tmp_path / "ca", "--name", "x", f"--not-after={lifetime}"]):
        refused(line, 2, f"--not-after: '{lifetime}' is not a lifetime", within=tmp_path)


def test_a_certificate_does_not_outlive_its_ca(place, tmp_path):
    done = invoke(signing(place, place / "d.csr", "--not-after", "36500d", "--out", tmp_path / "crt"))
    if done.returncode == 0:  # Cut, then, to what the CA has.
        shown = {name: openssl("x509", "-in", name, "-noout", "-enddate") for name in (tmp_path / "crt", place / "ca" / "issuing.pem")}
        assert len(set(shown.values())) == 1
    else:
        refused(signing(place, place / "d.csr", "--not-after", "36500d", "--out", tmp_path / "crt"), (2, 8), "CA", within=tmp_path)


def made_ca(directory, *extensions, days="30", key=NEW_KEY):
    openssl("req", "-x509", *key, "-keyout", directory / "x.key", "-out", directory / "x.pem", "-subj", "/CN=x", "-days", days, *extensions)
    (directory / "x.key").chmod(0o600)
    return ["--ca-cert", directory / "x.pem", "--ca-key", directory / "x.key"]


def test_who_is_no_ca_does_not_sign(place, tmp_path):
    line = ["ca", "sign", "--csr", place / "d.csr", "--out", tmp_path / "crt"]
    refused([*line, *made_ca(tmp_path, "-addext", "basicConstraints=critical,CA:FALSE")], (1, 2, 8, 12), [tmp_path / "x.pem", "CA"], within=tmp_path)
    refused([*line, *made_ca(tmp_path, "-addext", "keyUsage=critical,digitalSignature")], (1, 2, 8, 12), tmp_path / "x.pem", within=tmp_path)
    # The key of one CA with the certificate of the other: both are named.
    refused(signing(place, place / "d.csr", "--out", tmp_path / "crt", key=place / "other" / "issuing.key"), (1, 2, 6, 8), [place / "ca" / "issuing.pem", place / "other" / "issuing.key"], within=tmp_path)


def test_a_ca_that_has_expired_does_not_sign(place, tmp_path):
    openssl("req", "-new", *NEW_KEY, "-keyout", tmp_path / "x.key", "-out", tmp_path / "x.csr", "-subj", "/CN=x")
    (tmp_path / "ext").write_text("basicConstraints=critical,CA:TRUE\n")
    openssl("x509", "-req", "-in", tmp_path / "x.csr", "-key", tmp_path / "x.key", "-out", tmp_path / "x.pem", "-days", "-1", "-extfile", tmp_path / "ext")
    (tmp_path / "x.key").chmod(0o600)
    line = ["ca", "sign", "--csr", place / "d.csr", "--out", tmp_path / "crt", "--ca-cert", tmp_path / "x.pem", "--ca-key", tmp_path / "x.key"]
    refused(line, 8, [tmp_path / "x.pem", "expired"], within=tmp_path)


def test_what_is_written_goes_to_no_place_that_is_none(place, absurd, read_only):
    absurd["read-only"] = str(read_only / "file")
    for name, path in absurd.items():
        if name in ("dash", "empty", "link", "zero bytes", "flag"):
            continue  # Stdout, nothing, and what may be replaced.
        for line in (signing(place, place / "d.csr", f"--out={path}"), ["csr", "create", "--device-id", "a", "--key", place / "d.key", f"--out={path}"], ["key", "create", "--public-out", path, absurd.place / "k", "--force"]):
            refused(line, (1, 2, 5), path[:200])
        for line in (["ca", "init", path, "--name", "x"], ["cert", "import", "--key", place / "d.key", "--chain", place / "ca" / "issuing.pem", "--out-dir", path]):
            if name not in ("directory", "root", "missing"):
                refused(line, (1, 2, 5, 6, 8, 12), (), within=absurd.place)
    assert run("version").returncode == 0 and os.path.exists("/dev/null")


def test_what_is_read_is_in_no_place_that_is_none(place, absurd):
    for name, path in absurd.items():
        if name == "empty":
            continue
        for line in (["csr", "inspect", "--", path], ["cert", "inspect", "--", path], ["cert", "fingerprint", "--", path], signing(place, path), ["cert", "verify", place / "ca" / "issuing.pem", f"--cafile={path}"], ["ca", "show", "--", path]):
            refused(line, (1, 2, 4, 5, 7, 8), "standard input" if path in line and path == "-" and "--csr" in line else path[:200], within=absurd.place, cwd=absurd.place)
        refused(["cert", "needs-renewal", "--", path], 255, path[:200], cwd=absurd.place)
