# SPDX-License-Identifier: Apache-2.0
"""TLS sessions are resumed by a client that we did not write (Python's ssl), and prove the same identity as the first time."""
import socket
import ssl

import pytest
from peers import PATIENCE, Broker

CONNECT_V311 = b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00"  # Clean, a keep-alive of a minute, no client id: the certificate's is meant.
ACCEPTED = b"\x20\x02\x00\x00"


@pytest.fixture(name="broker", scope="module")
def running_broker(tmp_path_factory):
    with Broker(tmp_path_factory.mktemp("broker") / "data") as broker:
        assert broker.muster("tenant", "create", "acme").returncode == 0
        yield broker


def context_of(broker, identity, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = context.maximum_version = version
    context.load_verify_locations(broker.ca_file)
    context.load_cert_chain(identity / "device.crt", identity / "device.key")
    return context


def connect(broker, context, session=None):
    """One CONNECT; returns what the broker answered, the session to resume, and whether this one was resumed."""
    with socket.create_connection(("127.0.0.1", broker.port), PATIENCE) as plain:
        with context.wrap_socket(plain, server_hostname="127.0.0.1", session=session) as tls:
            tls.sendall(CONNECT_V311)
            answer = tls.recv(4)
            tls.sendall(b"\xe0\x00")
            return answer, tls.session, tls.session_reused


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_resumed_session_is_admitted_as_the_device_that_it_was(broker, tmp_path, version):
    identity = broker.enroll("acme", f"press-{int(version)}", tmp_path)
    context = context_of(broker, identity, version)
    answer, session, reused = connect(broker, context)
    assert (answer, reused) == (ACCEPTED, False)
    assert session.has_ticket and 0 < session.ticket_lifetime_hint <= 3600
    answer, next_session, reused = connect(broker, context, session)
    assert (answer, reused) == (ACCEPTED, True)
    # A client of TLS 1.3 shows a ticket once (RFC 8446, section C.4), and so needs another each time.
    assert (next_session.id != session.id) == (version == ssl.TLSVersion.TLSv1_3)
    answer, _, reused = connect(broker, context, next_session)
    assert (answer, reused) == (ACCEPTED, True)
