# SPDX-License-Identifier: Apache-2.0
"""A tenant's issuing CA, seen from outside: its keys, its log, its lifetimes and its CRL, read by openssl."""
import datetime
import json
import ssl
import urllib.error
import urllib.request

import pytest
from external_ca import openssl
from peers import PATIENCE, Broker, run


@pytest.fixture(name="broker", scope="module")
def running_broker(tmp_path_factory):
    with Broker(tmp_path_factory.mktemp("broker") / "state", "--ca-key", "p384") as broker:
        assert broker.muster("tenant", "create", "acme").returncode == 0
        yield broker


def log(broker, *options):
    done = broker.muster("ca", "log", "--tenant", "acme", "-o", "json", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def lifetime(certificate):
    described = json.loads(run("cert", "inspect", certificate, "-o", "json").stdout)[0]
    return datetime.datetime.fromisoformat(described["not_after"].rstrip("Z")) - datetime.datetime.fromisoformat(described["not_before"].rstrip("Z"))


def fetch(broker, path):
    context = ssl.create_default_context(cafile=broker.ca_file)
    try:
        with urllib.request.urlopen(broker.est_url.rsplit("/.well-known", 1)[0] + path, timeout=PATIENCE, context=context) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_cas_have_keys_of_the_type_that_was_asked_for(broker, tmp_path):
    identity = broker.enroll("acme", "press-01", tmp_path)
    assert "ecdsa-with-SHA384" in openssl("x509", "-noout", "-text", "-in", identity / "device.crt")
    assert "secp384r1" in openssl("x509", "-noout", "-text", "-in", broker.ca_file)
    assert run("broker", "run", "--ca-key", "rsa1024").returncode == 2


def test_the_log_tells_what_was_issued_and_keeps_it(broker, tmp_path):
    identity = broker.enroll("acme", "press-02", tmp_path)
    newest = log(broker)[0]
    serial = openssl("x509", "-noout", "-serial", "-in", identity / "device.crt").strip()
    assert serial == f"serial={newest['serial']}"
    assert (newest["name"], newest["profile"], newest["requested_by"], newest["outcome"]) == ("press-02", "device", "one-time password", "issued")
    assert broker.muster("device", "delete", "--yes", "press-02", "--tenant", "acme").returncode == 0
    assert log(broker, "--limit", "1") == [newest]
    assert broker.muster("ca", "log", "--tenant", "nowhere").returncode == 5


def test_the_log_has_the_authoritys_own_certificates(broker):
    done = broker.muster("ca", "log", "-o", "json")
    assert done.returncode == 0, done.stderr
    own = {one["serial"]: (one["profile"], one["requested_by"], one["outcome"]) for one in json.loads(done.stdout)}
    root = openssl("x509", "-noout", "-serial", "-in", broker.ca_file).strip().split("=")[1]
    assert own.pop(root) == ("ca", "broker", "issued")
    assert list(own.values()) == [("broker", "broker", "issued")]
    assert (log(broker)[-1]["profile"], log(broker)[-1]["name"]) == ("ca", "muster test issuing CA")


def test_a_tenant_says_how_long_its_certificates_live(broker, tmp_path):
    assert broker.muster("tenant", "set", "acme", "--certificate-hours", "12").returncode == 0
    identity = broker.enroll("acme", "press-03", tmp_path)
    assert datetime.timedelta(hours=12) <= lifetime(identity / "device.crt") <= datetime.timedelta(hours=13)
    for wrong in ("0", "9529"):
        assert broker.muster("tenant", "set", "acme", "--certificate-hours", wrong).returncode == 2


def test_what_is_revoked_is_in_the_next_crl(broker, tmp_path):
    identity = broker.enroll("acme", "press-04", tmp_path)
    serial = openssl("x509", "-noout", "-serial", "-in", identity / "device.crt").strip().split("=")[1]
    listed = tmp_path / "acme.crl"
    for revoked in (False, True):
        if revoked:
            assert broker.muster("device", "revoke", "--yes", "press-04", "--tenant", "acme").returncode == 0
        assert broker.muster("ca", "crl", "--tenant", "acme", "--out", listed).returncode == 0
        assert (serial in openssl("crl", "-noout", "-text", "-in", listed)) == revoked
        status, der = fetch(broker, "/crl/acme.crl")
        assert status == 200
        (tmp_path / "der.crl").write_bytes(der)
        assert (serial in openssl("crl", "-inform", "DER", "-noout", "-text", "-in", tmp_path / "der.crl")) == revoked
    assert broker.muster("ca", "crl", "--tenant", "acme").stdout.startswith("-----BEGIN X509 CRL-----\n")
    assert broker.muster("ca", "crl", "--tenant", "nowhere").returncode == 5
    assert fetch(broker, "/crl/nowhere.crl")[0] == 404
    assert fetch(broker, "/crl/acme")[0] == 404


def test_crls_are_served_over_plain_http_where_certificates_say(tmp_path):
    with Broker(tmp_path / "state", "--crl-http", "http://127.0.0.1:0", "--public-crl-url", "http://pki.example") as broker:
        assert broker.muster("tenant", "create", "acme").returncode == 0
        identity = broker.enroll("acme", "press-01", tmp_path)
        assert "URI:http://pki.example/crl/acme.crl" in openssl("x509", "-noout", "-ext", "crlDistributionPoints", "-in", identity / "device.crt")
        with urllib.request.urlopen(f"{broker.crl_url}/acme.crl", timeout=PATIENCE) as answer:
            assert answer.headers["Content-Type"] == "application/pkix-crl"
            (tmp_path / "der.crl").write_bytes(answer.read())
        assert "OU = acme" in openssl("crl", "-inform", "DER", "-noout", "-issuer", "-in", tmp_path / "der.crl")
        for missing in ("/nowhere.crl", "/acme", "/../v1/status"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(broker.crl_url + missing, timeout=PATIENCE)
    for wrong in (("--crl-http", "https://127.0.0.1:0"), ("--public-crl-url", "https://pki.example")):
        assert run("broker", "run", *wrong).returncode == 2
