# SPDX-License-Identifier: Apache-2.0
"""The EST server with clients that we did not write: curl and openssl, and strongSwan's pki."""
import base64
import subprocess

import pytest
from peers import PATIENCE, Broker, need


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    with Broker(tmp_path_factory.mktemp("broker") / "data") as running:
        assert running.muster("tenant", "create", "acme").returncode == 0
        yield running


def register(broker, device, directory):
    file = directory / f"{device}.otp"
    done = broker.muster("device", "register", device, "--tenant", "acme", "--otp-file", file)
    assert done.returncode == 0, done.stderr
    return file.read_text().strip()


def openssl(*arguments, stdin=None):
    return subprocess.run([need("openssl"), *map(str, arguments)], input=stdin, capture_output=True, check=True, timeout=PATIENCE).stdout


def csr(device, directory):
    key = directory / "key.pem"
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
    return openssl("req", "-new", "-key", key, "-subj", f"/CN={device}", "-outform", "DER")


def post(broker, path, request, *arguments):
    """The HTTP status and body of an operation with curl."""
    done = subprocess.run(
        [need("curl"), "-sS", "--cacert", broker.ca_file, "-H", "Content-Type: application/pkcs10", "--data-binary", "@-", "-w", "\n%{http_code}",
         *map(str, arguments), f"{broker.est_url}{path}"],
        input=base64.b64encode(request), capture_output=True, check=True, timeout=PATIENCE,
    )  # fmt: skip
    body, status = done.stdout.rsplit(b"\n", 1)
    return int(status), body


def enroll(broker, user, password, request, tenant="/acme"):
    return post(broker, f"{tenant}/simpleenroll", request, "-u", f"{user}:{password}")


def cacerts(broker, *arguments):
    return subprocess.run(
        [need("curl"), "-sS", "--fail", "--cacert", broker.ca_file, *map(str, arguments), f"{broker.est_url}/acme/cacerts"],
        capture_output=True, check=True, timeout=PATIENCE,
    ).stdout  # fmt: skip


def pem_of(body):
    return openssl("pkcs7", "-inform", "DER", "-print_certs", stdin=base64.b64decode(body))


def enrolled(broker, device, directory):
    """curl's arguments for the certificate of a new device, whose key is in key.pem."""
    status, body = enroll(broker, device, register(broker, device, directory), csr(device, directory))
    assert status == 200
    (directory / "chain.pem").write_bytes(pem_of(body))
    return "--cert", directory / "chain.pem", "--key", directory / "key.pem"


def forged(broker, device, directory):
    """A certificate that has expired, by a CA that has the issuing CA's name and not its key, shown with the issuing CA's own certificate."""
    issuers = pem_of(cacerts(broker))
    name = openssl("x509", "-noout", "-subject", "-nameopt", "compat", stdin=issuers).decode().strip().removeprefix("subject=")
    request, leaf = directory / "forged.csr", directory / "forged.pem"
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", name, "-keyout", directory / "ca.key", "-out", directory / "ca.pem")
    openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={device}", "-keyout", directory / "forged.key", "-out", request)
    leaf.write_bytes(openssl("x509", "-req", "-days", "-1", "-in", request, "-CA", directory / "ca.pem", "-CAkey", directory / "ca.key") + issuers)
    return "--cert", leaf, "--key", directory / "forged.key"


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_certificate_renews_itself(broker, tmp_path, version):
    device = f"renewed-{version.replace('.', '-')}"
    shown = enrolled(broker, device, tmp_path)
    request = openssl("req", "-new", "-key", tmp_path / "key.pem", "-subj", f"/CN={device}", "-outform", "DER")
    status, body = post(broker, "/acme/simplereenroll", request, *shown, "--tls-max", version)
    assert status == 200
    assert f"CN = {device}".encode() in openssl("x509", "-noout", "-subject", stdin=pem_of(body))
    assert openssl("x509", "-noout", "-serial", stdin=pem_of(body)) != openssl("x509", "-noout", "-serial", "-in", tmp_path / "chain.pem")


def test_without_a_certificate_and_for_another_device_nothing_is_renewed(broker, tmp_path):
    assert post(broker, "/acme/simplereenroll", csr("own-1", tmp_path))[0] == 401
    shown = enrolled(broker, "own-1", tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    assert post(broker, "/acme/simplereenroll", csr("own-2", other), *shown)[0] == 400


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_certificate_from_elsewhere_counts_as_none(broker, tmp_path, version):
    device = f"elsewhere-{version.replace('.', '-')}"
    password = register(broker, device, tmp_path)
    shown = (*forged(broker, device, tmp_path), "--tls-max", version)
    request = csr(device, tmp_path)
    assert post(broker, "/acme/simplereenroll", request, *shown)[0] == 401
    # RFC 7030, sections 4.1.1 and 3.2.3: the CA's certificates are everybody's, and a password does where the certificate does not.
    assert cacerts(broker, *shown) == cacerts(broker)
    assert post(broker, "/acme/simpleenroll", request, *shown, "-u", f"{device}:{password}")[0] == 200


def test_csrattrs_says_which_key_and_signature_suit(broker):
    done = subprocess.run([need("curl"), "-sS", "--fail", "--cacert", broker.ca_file, f"{broker.est_url}/acme/csrattrs"], capture_output=True, check=True, timeout=PATIENCE)
    text = openssl("asn1parse", "-inform", "DER", stdin=base64.b64decode(done.stdout, validate=True)).decode()
    assert [line.split(":")[-1] for line in text.splitlines() if "OBJECT" in line] == ["id-ecPublicKey", "prime256v1", "ecdsa-with-SHA256"]


def test_cacerts_gives_the_issuing_ca_and_the_root(broker):
    text = openssl("pkcs7", "-inform", "DER", "-print_certs", "-noout", stdin=base64.b64decode(cacerts(broker))).decode()
    assert text.count("subject=") == 2
    assert "acme" in text


def test_a_certificate_enrolled_with_curl_verifies_with_openssl(broker, tmp_path):
    password = register(broker, "curl-1", tmp_path)
    status, body = enroll(broker, "curl-1", password, csr("curl-1", tmp_path))
    assert status == 200
    chain = tmp_path / "chain.pem"
    chain.write_bytes(pem_of(body))
    verdict = openssl("verify", "-purpose", "sslclient", "-CAfile", broker.ca_file, "-untrusted", chain, chain).decode()
    assert verdict.strip().endswith("OK")
    text = openssl("x509", "-in", chain, "-noout", "-text").decode()
    assert "CN = curl-1" in text
    assert "URI:urn:muster:acme:curl-1" in text
    assert "TLS Web Client Authentication" in text


def test_a_password_works_once(broker, tmp_path):
    password = register(broker, "curl-2", tmp_path)
    request = csr("curl-2", tmp_path)
    assert enroll(broker, "curl-2", password, request)[0] == 200
    assert enroll(broker, "curl-2", password, request)[0] == 401


def test_what_is_wrong_is_refused_and_does_not_use_the_password_up(broker, tmp_path):
    password = register(broker, "curl-3", tmp_path)
    good = csr("curl-3", tmp_path)
    assert enroll(broker, "curl-3", "wrong", good)[0] == 401
    assert enroll(broker, "nobody", password, good)[0] == 401
    assert enroll(broker, "curl-3", password, csr("curl-4", tmp_path))[0] == 400
    assert enroll(broker, "curl-3", password, b"no request")[0] == 400
    assert enroll(broker, "curl-3", password, good, tenant="/nowhere")[0] in (401, 404)
    assert enroll(broker, "curl-3", password, good)[0] == 200


def test_strongswan_enrolls(broker, tmp_path):
    password = register(broker, "swan-1", tmp_path)
    key, request = tmp_path / "swan.key", tmp_path / "swan.csr"
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
    openssl("req", "-new", "-key", key, "-subj", "/CN=swan-1", "-outform", "DER", "-out", request)
    host = broker.est_url.split("/.well-known")[0]
    done = subprocess.run(
        [need("pki"), "--est", "--url", host, "--cacert", broker.ca_file, "--in", str(request), "--userpass", f"acme/swan-1:{password}", "--outform", "pem"],
        capture_output=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"CN = swan-1" in openssl("x509", "-noout", "-subject", stdin=done.stdout)
