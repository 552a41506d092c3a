# SPDX-License-Identifier: Apache-2.0
"""Enrolling and renewing with EST servers that answer badly, slowly, falsely or not at all: what is in use stays, and nothing bad takes its place."""
import base64
import itertools
import json
import pathlib
import socket
import stat
import time

import pytest
from bad_input import check_error, invoke, refused, state_of
from hostile_est import DEVICE, NEW_KEY, HostileEst, TestCa, certs_only, good, http, openssl, reset, silence
from peers import run

PASSWORD = "7Kq-secret-otp"
BRIEF = ["--timeout", "1500ms"]


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    ca = TestCa(tmp_path_factory.mktemp("est"))
    ca.other = TestCa(ca.directory, "other")
    ca.otp = ca.directory / "otp"
    ca.otp.write_text(PASSWORD + "\n")
    ca.otp.chmod(0o600)
    ca.foreign_csr = openssl("req", "-new", *NEW_KEY, "-keyout", ca.directory / "foreign.key", "-subj", "/CN=press-01")
    ca.root_der = openssl("x509", "-in", ca.pem, "-outform", "DER")
    return ca


def enrollment(ca, url, place, *flags):
    return ["cert", "enroll", "--est-url", url, "--device-id", "press-01", "--otp-file", ca.otp, "--cafile", ca.pem, "--out-dir", place, *flags]


def renewal(ca, url, place, *flags):
    return ["cert", "renew", "--identity", place, "--est-url", url, "--cafile", ca.pem, "--force", *flags]


def chunked(*parts):
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/pkcs7-mime\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(parts)


def endless(head, part):
    return lambda ca, csr: itertools.chain([head], itertools.repeat(part))


def drip(ca, csr):
    for byte in good(ca.issue(csr)):
        yield bytes([byte])
        time.sleep(0.05)  # The case itself.


def times(**given):
    return lambda ca, csr: good(ca.issue(csr, **given))


HUGE = b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"
# What is answered, the exit codes, and what is said of it.
ANSWERS = {
    "201 with a body of nothing": (lambda ca, csr: http(201), 1, "PKCS#7"),
    "202 at once again": (lambda ca, csr: http(202, b"", "text/plain", "Retry-After: 0"), 7, "not decided yet"),
    "202 before it was": (lambda ca, csr: http(202, b"", "text/plain", "Retry-After: -1"), 7, "not decided yet"),
    "202 in thirty years": (lambda ca, csr: http(202, b"", "text/plain", "Retry-After: 1000000000"), 7, "1000000000 s"),
    "202 at a date": (lambda ca, csr: http(202, b"", "text/plain", "Retry-After: Fri, 31 Dec 2100 23:59:59 GMT"), 7, "2100"),
    "202 at nonsense": (lambda ca, csr: http(202, b"", "text/plain", "Retry-After: \x1b[31msoon"), 7, "not decided yet"),
    "204": (lambda ca, csr: http(204), 12, "204"),
    "301 to plain HTTP": (lambda ca, csr: http(301, b"", "text/plain", "Location: http://127.0.0.1:1/"), 12, "not followed"),
    "302 to another host": (lambda ca, csr: http(302, b"", "text/plain", "Location: https://est.example/"), 12, "not followed"),
    "307 to itself": (lambda ca, csr: http(307, b"", "text/plain", "Location: /.well-known/est/simpleenroll"), 12, "not followed"),
    "400": (lambda ca, csr: http(400, b"no such id\nmuster: error: x", "text/plain"), 12, "no such id"),
    "401": (lambda ca, csr: http(401, b"", "text/plain", 'WWW-Authenticate: Basic realm="x"'), 4, "401"),
    "403": (lambda ca, csr: http(403), 4, "403"),
    "404": (lambda ca, csr: http(404, b"<html>\x1b]0;x\x07", "text/html"), 12, "path"),
    "429": (lambda ca, csr: http(429, b"", "text/plain", "Retry-After: 5"), 7, "5 s"),
    "500": (lambda ca, csr: http(500, PASSWORD.encode()), 7, "500"),
    "503": (lambda ca, csr: http(503, b"x" * 10_000), 7, "503"),
    "999": (lambda ca, csr: http(999), (1, 7, 12), ""),
    "no status": (lambda ca, csr: b"HTTP/1.1\r\n\r\n", (1, 7, 12), ""),
    "no HTTP": (lambda ca, csr: b"SSH-2.0-OpenSSH_9.2\r\n", (1, 7, 12), ""),
    "nothing": (lambda ca, csr: b"", 7, ""),
    "HTML": (lambda ca, csr: http(200, b"<html>welcome</html>", "text/html"), 1, "text/html"),
    "bad base64": (lambda ca, csr: http(200, b"MII*!"), 1, "base64"),
    "empty": (lambda ca, csr: http(200), 1, "PKCS#7"),
    "spaces": (lambda ca, csr: http(200, b" \r\n" * 50), 1, "PKCS#7"),
    "PKCS#7 of nothing": (lambda ca, csr: http(200, base64.b64encode(openssl("crl2pkcs7", "-nocrl", "-outform", "DER"))), 1, "no certificate"),
    "cut PKCS#7": (lambda ca, csr: http(200, base64.b64encode(certs_only(ca.issue(csr))[:-40])), 1, "PKCS#7"),
    "random": (lambda ca, csr: http(200, base64.b64encode(bytes(range(256)) * 16)), 1, "PKCS#7"),
    "too many": (lambda ca, csr: good(*[ca.root_der] * 12), 1, "more than eight"),
    "another's key": (lambda ca, csr: good(ca.issue(ca.foreign_csr)), 1, "for our key"),
    "another's name": (times(subject="/CN=press-02"), 1, "press-02"),
    "a name with a line end": (times(subject="/CN=a\nmuster: error: b"), 1, "common name"),
    "no name": (times(subject="/O=x"), 1, "common name"),
    "expired": (times(start=-86_400, end=-60), 1, "expired"),
    "not valid yet": (times(start=86_400, end=172_800), 1, "not valid yet"),
    "a CA": (times(extensions="basicConstraints=critical,CA:TRUE\n"), 1, "CA certificate"),
    "for servers": (times(extensions=DEVICE.replace("clientAuth", "serverAuth")), 1, "certificate"),
    "to another root": (lambda ca, csr: good(ca.other.issue(csr)), (1, 8), "certificate"),
    "a body without end": (endless(HUGE, b"A" * 65_536), (1, 12), ""),
    "a head without end": (endless(b"HTTP/1.1 200 OK\r\n", b"X-Header: " + b"A" * 4_000 + b"\r\n"), (1, 7, 12), ""),
    "chunks without end": (endless(chunked(), b"1000\r\n" + b"A" * 4_096 + b"\r\n"), (1, 12), ""),
    "chunks of nonsense": (lambda ca, csr: chunked(b"zz\r\nabc\r\n", b"-1\r\n"), (1, 7, 12), ""),
    "a chunk of 2^64": (lambda ca, csr: chunked(b"FFFFFFFFFFFFFFFF\r\nabc"), (1, 7, 12), ""),
    "less than it says": (lambda ca, csr: http(200, b"MII", length=5_000), 7, ""),
    "a negative length": (lambda ca, csr: http(200, b"MII", length=-1), (1, 7, 12), ""),
    "a reset": (lambda ca, csr: reset(http(200, b"MII", length=5_000)), 7, ""),
    "silence": (lambda ca, csr: silence, 9, "not done within 1500 ms"),
    "a byte now and then": (drip, 9, "not done within 1500 ms"),
}
PLAIN = {"silent TCP": (lambda csr: silence, 9), "no TLS": (lambda csr: b"HTTP/1.1 200 OK\r\n\r\n", (7, 8)), "an alert": (lambda csr: b"\x15\x03\x03\x00\x02\x02\x28", (7, 8)), "closed": (lambda csr: b"", (7, 8))}


SLOW = 9  # The code of what ends with --timeout.


@pytest.fixture(scope="module")
def est(ca):
    """One server, whose answer the tests change."""
    with HostileEst(ca, None) as est:
        yield est


def answer_with(est, name):
    """Makes it the server's; the codes and words of the refusal, and flags that end what is slow."""
    answer, code, says = ANSWERS[name]
    est.taken, est.answer = 0, lambda csr: answer(est.ca, csr)
    return code, says, BRIEF if code == SLOW else []


def check_nothing_installed(place):
    """What may stay is a key that only its owner reads, for the next time."""
    for path in state_of(place) if place.exists() else ():
        assert not path.endswith((".crt", ".pem")), path
        assert "tmp" not in pathlib.Path(path).name
        if path.endswith(".key"):
            assert stat.S_IMODE(pathlib.Path(path).stat().st_mode) == 0o600


def enrolled(est, place):
    est.answer = lambda csr: good(est.ca.issue(csr))
    done = invoke(enrollment(est.ca, est.url, place))
    assert done.returncode == 0, done.stderr
    return place


@pytest.mark.parametrize("name", ANSWERS)
def test_a_bad_answer_enrolls_nobody(est, tmp_path, name):
    code, says, flags = answer_with(est, name)
    refused(enrollment(est.ca, est.url, tmp_path / "id", *flags), code, says, secrets=[PASSWORD])
    check_nothing_installed(tmp_path / "id")
    assert est.taken < 16 << 20


def in_use(identity):
    """Serial and key of what a device would take."""
    serial = json.loads(run("cert", "inspect", identity / "device.crt", "-o", "json", check=True).stdout)[0]["serial"]
    return serial, (identity / "device.key").read_bytes(), (identity / "chain.pem").read_bytes()


@pytest.mark.parametrize("rekey", [[], ["--rekey"]])
def test_a_bad_answer_renews_nothing(est, tmp_path, rekey):
    identity = enrolled(est, tmp_path / "id")
    before = in_use(identity)
    for name in list(ANSWERS)[:: 4 if rekey else 2]:
        code, says, flags = answer_with(est, name)
        refused(renewal(est.ca, est.url, identity, *flags, *rekey), code, says)
        assert in_use(identity) == before, name
    est.answer = lambda csr: good(est.ca.issue(csr))
    done = invoke(renewal(est.ca, est.url, identity, *rekey))
    assert done.returncode == 0, done.stderr
    assert in_use(identity)[0] != before[0] and (in_use(identity)[1] == before[1]) == (not rekey)


def test_the_same_line_enrolls_once_the_server_is_well(est, tmp_path):
    for name in ("500", "cut PKCS#7", "another's key", "less than it says"):
        code, says, flags = answer_with(est, name)
        refused(enrollment(est.ca, est.url, tmp_path / "id", *flags), code, says)
    key = (tmp_path / "id" / "device.key").read_bytes()
    assert in_use(enrolled(est, tmp_path / "id"))[1] == key


@pytest.mark.parametrize("name", PLAIN)
def test_who_speaks_no_tls_gets_no_password(ca, tmp_path, name):
    answer, code = PLAIN[name]
    with HostileEst(ca, answer, tls=False) as est:
        refused(enrollment(ca, est.url, tmp_path / "id", *BRIEF), code, () if code == 9 else f"127.0.0.1:{est.port}", secrets=[PASSWORD])
        check_nothing_installed(tmp_path / "id")


@pytest.mark.parametrize("wait", ["0", "-1", "1000000000", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 2100 23:59:59 GMT"])
def test_waiting_ends_when_it_was_told_to(est, tmp_path, wait):
    est.answer = lambda csr: http(202, b"", "text/plain", f"Retry-After: {wait}")
    said = refused(enrollment(est.ca, est.url, tmp_path / "id", "--max-timeout", "1200ms"), 9, "no certificate within", secrets=[PASSWORD])
    assert said.count("\n") < 20  # However little it was asked to wait, it did not hammer.


@pytest.mark.parametrize("url", ["https://host.invalid/.well-known/est", "https://127.0.0.1:1/.well-known/est", "https://[::1]:1/x"])
def test_nobody_there_is_named(ca, tmp_path, url):
    refused(enrollment(ca, url, tmp_path / "id"), 7, url.split("/")[2].strip("[]").split("]")[0].split(":1/")[0].rsplit(":1", 1)[0], secrets=[PASSWORD])


@pytest.mark.parametrize("url", ["", "est", "http://127.0.0.1/x", "https://", "https://:1", "https:///x", "https://a b/", "https://user:7Kq-secret-otp@host/", "https://host:0/", "https://host:65536/", "https://host:x/", "https://host/\x1b[31m", "https://" + "x" * 70_000, "https://[::1", "file:///etc/passwd"])
def test_a_url_that_is_none_is_refused_before_anything_is_made(ca, tmp_path, url):
    for line in (enrollment(ca, url, tmp_path / "id"), ["cert", "csrattrs", "--est-url", url, "--cafile", ca.pem], ["cert", "cacerts", "--est-url", url, "--cafile", ca.pem]):
        refused(line, (2, 7), "URL" if len(url) < 100 else (), within=tmp_path, secrets=[PASSWORD])


def test_issuers_that_do_not_vouch_are_not_taken(ca, tmp_path):
    for issuers in (http(200), http(404), http(500), good(openssl("x509", "-in", ca.other.pem, "-outform", "DER"))):
        with HostileEst(ca, lambda csr: good(ca.issue(csr)), issuers=issuers) as est:
            done = invoke(enrollment(ca, est.url, tmp_path / "id", *BRIEF))
        if done.returncode != 0:
            check_error(done.stderr)
            check_nothing_installed(tmp_path / "id")
        else:  # What is known of the CA was enough.
            assert run("cert", "verify", tmp_path / "id" / "chain.pem", "--cafile", ca.pem).returncode == 0


def test_a_clock_before_the_certificates_is_said(ca, est, tmp_path):
    identity = enrolled(est, tmp_path / "id")
    refused(["cert", "verify", identity / "chain.pem", "--cafile", ca.pem, "--at", "1970-01-02T00:00:00Z"], 13, "not yet valid")
    refused(["cert", "verify", identity / "chain.pem", "--cafile", ca.pem, "--at", "2100-01-01T00:00:00Z"], 13, "expired")
    for at in ("", "now", "1970", "2100-13-01T00:00:00Z", "-1", "2026-01-01", "9999999999999999999"):
        refused(["cert", "verify", identity / "chain.pem", "--cafile", ca.pem, f"--at={at}"], 2, "--at")


def test_an_address_that_nobody_serves_is_given_up():
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        port = deaf.getsockname()[1]
        refused(["cert", "inspect", f"https://127.0.0.1:{port}", "--timeout", "2s"], (7, 9), f"127.0.0.1:{port}")
