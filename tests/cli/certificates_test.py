# SPDX-License-Identifier: Apache-2.0
"""Certificates that are no device's of our own authority: applications', and those of CAs from elsewhere, shown by Python's ssl."""
import contextlib
import json
import socket
import ssl

import pytest
from external_ca import ExternalCa
from peers import PATIENCE, Broker, run

CONNECT_V311 = b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00"  # Clean, a keep-alive of a minute, no client id.
ACCEPTED, NOT_AUTHORIZED, REFUSED_BY_TLS = b"\x20\x02\x00\x00", b"\x20\x02\x00\x05", b""


@pytest.fixture(name="broker", scope="module")
def running_broker(tmp_path_factory):
    with Broker(tmp_path_factory.mktemp("broker") / "data") as broker:
        assert broker.muster("tenant", "create", "acme").returncode == 0
        assert broker.muster("tenant", "create", "other").returncode == 0
        yield broker


def enter(broker, certificate, key):
    """CONNACK, or nothing if TLS ends before it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(broker.ca_file)
    context.load_cert_chain(certificate, key)
    with socket.create_connection(("127.0.0.1", broker.port), PATIENCE) as plain:
        # In TLS 1.3 the client hears of its certificate after its own end of the handshake.
        with contextlib.suppress(ssl.SSLError, ConnectionError), context.wrap_socket(plain, server_hostname="127.0.0.1") as tls:
            tls.sendall(CONNECT_V311)
            return tls.recv(4)
    return REFUSED_BY_TLS


def test_an_application_gets_a_certificate_for_its_request(broker, tmp_path):
    key, csr, certificate = tmp_path / "dash.key", tmp_path / "dash.csr", tmp_path / "dash.crt"
    assert run("csr", "create", "--device-id", "dash", "--create-key", "--key", key, "--out", csr).returncode == 0
    create = ("application", "create", "dash", "--tenant", "acme")
    made = broker.muster(*create, "--csr", csr, "--cert-out", certificate)
    assert made.returncode == 0, made.stderr
    assert certificate.read_text().count("BEGIN CERTIFICATE") == 2
    described = json.loads(run("cert", "inspect", certificate, "-o", "json").stdout)
    assert described[0]["subject_alt_names"] == ["URI:urn:muster:acme:app/dash"]
    assert enter(broker, certificate, key) == ACCEPTED
    assert broker.muster(*create).returncode == 2
    assert broker.muster(*create, "--csr", csr).returncode == 2
    assert broker.muster("application", "create", "board", "--tenant", "acme", "--csr", csr, "--cert-out", certificate).returncode == 2
    assert broker.muster("application", "delete", "--yes", "dash", "--tenant", "acme").returncode == 0
    assert enter(broker, certificate, key) == NOT_AUTHORIZED


def test_a_ca_from_elsewhere_is_added_listed_changed_and_removed(broker, tmp_path):
    ca = ExternalCa(tmp_path, "plant 7")
    device = ca.sign("press-01", "press-01")
    assert ca.added_to(broker, "acme").returncode == 0
    listed = json.loads(broker.muster("ca", "list", "--tenant", "acme").stdout)
    assert [(entry["subject"], entry["auto_register"]) for entry in listed] == [("CN=plant 7", False)]
    sha256 = listed[0]["sha256"]
    assert enter(broker, *device) == NOT_AUTHORIZED
    assert broker.muster("ca", "set", sha256, "--auto-register", "--tenant", "acme").returncode == 0
    assert enter(broker, *device) == ACCEPTED
    assert "press-01" in broker.muster("device", "list", "--tenant", "acme").stdout
    assert broker.muster("ca", "set", sha256, "--tenant", "acme").returncode == 2
    assert broker.muster("ca", "remove", "--yes", sha256, "--tenant", "acme").returncode == 0
    assert enter(broker, *device) == REFUSED_BY_TLS
    assert broker.muster("ca", "remove", "--yes", sha256, "--tenant", "acme").returncode == 5
    assert json.loads(broker.muster("ca", "list", "--tenant", "acme").stdout) == []


def test_a_ca_is_one_tenant_s_and_whose_is_proved_anew_each_time(broker, tmp_path):
    ca, stranger = ExternalCa(tmp_path, "plant 8"), ExternalCa(tmp_path, "stranger")
    assert ca.added_to(broker, "acme", "--auto-register").returncode == 0
    assert ca.added_to(broker, "other").returncode == 6
    old_proof = ca.directory / "proof.crt"
    assert broker.muster("ca", "add", ca.certificate, "--proof", old_proof, "--tenant", "acme").returncode == 4
    challenge = broker.muster("ca", "challenge", "--tenant", "other").stdout.strip()
    foreign, _ = ca.sign(challenge, "foreign")
    assert broker.muster("ca", "add", stranger.certificate, "--proof", foreign, "--tenant", "other").returncode == 4
    leaf, _ = stranger.sign("leaf", "leaf")
    assert broker.muster("ca", "add", tmp_path / "none.pem", "--proof", leaf, "--tenant", "other").returncode == 5
