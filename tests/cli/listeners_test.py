# SPDX-License-Identifier: Apache-2.0
"""broker run --listen: client certificates by listener, IPv6, UNIX sockets, and URLs that cannot be."""
import contextlib
import json
import re
import socket
import ssl

import pytest
from peers import PATIENCE, Broker, PahoClient, has_ipv6, run

CONNECT = bytes.fromhex("101000044d5154540502003c000003617070")  # MQTT 5, client id "app", no user: refused.
LISTEN = {
    "optional": "mqtts://127.0.0.1:0",
    "plain": "mqtt://127.0.0.1:0",
    "required": "mqtts://127.0.0.1:0?client-cert=required",
    "off": "mqtts://127.0.0.1:0?client-cert=off",
    "wss": "wss://127.0.0.1:0?client-cert=required",
}
CERTIFICATE_REFUSED = (ssl.SSLError, ConnectionError)  # The alert, or the reset that overtakes it.


@pytest.fixture(name="broker", scope="module")
def running_broker(tmp_path_factory):
    directory = tmp_path_factory.mktemp("listeners")
    with Broker(directory / "data", *(word for url in LISTEN.values() for word in ("--listen", url))) as broker:
        broker.muster("tenant", "create", "acme")
        broker.application("acme", "dash", directory)
        broker.ports = dict(zip(LISTEN, (int(url.split(":")[2].split("/")[0]) for url in broker.urls)))
        broker.identity = broker.enroll("acme", "press-01", directory)
        yield broker


def device(broker, transport="tcp"):
    client = PahoClient("press-01", transport=transport)
    client.client.tls_set(ca_certs=broker.ca_file, certfile=broker.identity / "device.crt", keyfile=broker.identity / "device.key")
    return client


def application(broker):
    client = PahoClient("dash")
    client.client.username_pw_set("acme/dash", "open sesame")
    client.client.tls_set(ca_certs=broker.ca_file)
    return client


def tls(broker, version=ssl.TLSVersion.TLSv1_3):
    context = ssl.create_default_context(cafile=broker.ca_file)
    context.minimum_version = context.maximum_version = version
    return context


def greet(context, port, host="127.0.0.1", session=None):
    """What comes for a CONNECT, and the session for the next time."""
    with socket.create_connection((host, port), timeout=PATIENCE) as plain, context.wrap_socket(plain, server_hostname=host, session=session) as client:
        client.sendall(CONNECT)
        answer = client.recv(1)
        if not answer:
            raise ConnectionError("closed")
        return answer, client.session


def test_the_ready_line_has_the_listeners_in_their_order(broker):
    assert [url.split(":")[0] for url in broker.urls] == ["mqtts", "mqtt", "mqtts", "mqtts", "wss"]


@pytest.mark.parametrize("listener", ["optional", "required"])
def test_a_client_certificate_is_an_identity(broker, listener):
    client = device(broker)
    assert client.connect(broker.ports[listener]) == 0
    client.close()


@pytest.mark.parametrize("listener", ["optional", "off"])
def test_a_password_is_enough_where_no_certificate_is_required(broker, listener):
    client = application(broker)
    assert client.connect(broker.ports[listener]) == 0
    client.close()


def test_a_certificate_proves_nothing_where_none_is_asked_for(broker):
    client = device(broker)
    assert client.connect(broker.ports["off"]) != 0
    client.close()


@pytest.mark.parametrize("listener", ["required", "wss"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_without_a_required_certificate_there_is_no_connection(broker, listener, version):
    with pytest.raises(CERTIFICATE_REFUSED):
        greet(tls(broker, version), broker.ports[listener])


def test_a_required_certificate_is_an_identity_over_wss(broker):
    client = device(broker, "websockets")
    assert client.connect(broker.ports["wss"]) == 0
    client.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_session_without_certificate_is_not_resumed_where_one_is_required(broker, version):
    context = tls(broker, version)
    answer, session = greet(context, broker.ports["optional"])
    assert answer == b"\x20"
    assert session.has_ticket
    with pytest.raises(CERTIFICATE_REFUSED):
        greet(context, broker.ports["required"], session=session)


def test_ipv6_is_served_and_named_by_the_certificate(tmp_path):
    if not has_ipv6():
        pytest.skip("there is no IPv6 loopback here")
    with Broker(tmp_path / "data", "--listen", "mqtts://[::1]:0", "--listen", "mqtt://[::1]:0", "--est", "https://[::1]:0") as broker:
        assert broker.mqtts_url.startswith("mqtts://[::1]:")
        broker.muster("tenant", "create", "acme")
        identity = broker.enroll("acme", "press-01", tmp_path)  # EST, too.
        password = broker.application("acme", "dash", tmp_path)
        for url, client in ((broker.mqtts_url, ("--identity", identity)), (broker.urls[1], ("-u", "acme/dash", "--password-file", password))):
            done = run("pub", "-h", url, *client, "-t", "press-01/t", "-m", "1")
            assert done.returncode == 0, done.stderr
        assert greet(tls(broker), broker.port, "::1")[0] == b"\x20"


def test_websocket_over_ipv6_is_for_tools_and_devices(tmp_path):
    if not has_ipv6():
        pytest.skip("there is no IPv6 loopback here")
    arguments = [word for url in ("mqtts://[::1]:0", "mqtt://[::1]:0", "wss://[::1]:0", "ws://[::1]:0") for word in ("--listen", url)]
    with Broker(tmp_path / "data", *arguments, "--tenant", "acme") as broker:
        password = broker.application("acme", "dash", tmp_path)
        for url, trust in zip(broker.urls[2:], (["--cafile", broker.ca_file], [])):
            assert "://[::1]:" in url
            client = ["-h", url, *trust, "-u", "acme/dash", "--password-file", password, "-t", "press-01/t"]
            done = run("pub", *client, "-m", url, "-q", "1", "-r")
            assert done.returncode == 0, done.stderr
            assert run("sub", *client, "-C", "1", "-W", "10s").stdout == url + "\n"
            queued = run("pub", *client, "-m", "queued", "-r", "--queue", tmp_path / "outbox.db")
            assert queued.returncode == 0, queued.stderr
            assert run("sub", *client, "-C", "1", "-W", "10s").stdout == "queued\n"


def clients_of(broker):
    return json.loads(broker.muster("broker", "clients", "-o", "json").stdout)


def test_clients_are_listed_with_where_they_come_from(tmp_path):
    path = tmp_path / "mqtt.sock"
    arguments = ("--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0", "--listen", "wss://127.0.0.1:0", "--listen", f"unix:{path}")
    with Broker(tmp_path / "data", *arguments) as broker:
        broker.muster("tenant", "create", "lab", "--isolation", "flat", "--anonymous")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(CONNECT)
            assert client.recv(4)[3] == 0
            assert [one["peer"] for one in clients_of(broker)] == ["unix"]
        client = PahoClient("web", transport="websockets")
        client.client.tls_set(ca_certs=broker.ca_file)
        assert client.connect(int(broker.urls[2].split(":")[2].split("/")[0])) == 0
        [peer] = [one["peer"] for one in clients_of(broker) if one["id"] == "web"]
        assert re.fullmatch(r"127\.0\.0\.1:[0-9]+", peer)
        client.close()


def test_a_unix_socket_serves_and_outlives_a_killed_broker(tmp_path):
    path = tmp_path / "mqtt.sock"
    arguments = ("--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0", "--listen", f"unix:{path}")
    with contextlib.suppress(AssertionError), Broker(tmp_path / "data", *arguments) as killed:
        killed.process.kill()
        killed.process.wait(PATIENCE)
    assert path.is_socket()
    with Broker(tmp_path / "data", *arguments) as broker:
        assert broker.urls[2] == f"unix:{path}"
        assert path.stat().st_mode & 0o777 == 0o600
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PATIENCE)
            client.connect(str(path))
            client.sendall(CONNECT)
            assert client.recv(1) == b"\x20"
        done = run("broker", "run", "--state", tmp_path / "other", "--listen", f"unix:{path}")
        assert done.returncode == 1
        assert f"unix:{path}: another broker answers" in done.stderr
    assert not path.exists()


@pytest.mark.parametrize(
    ("listen", "what"),
    [
        ("mqtts://::1:0", "is not SCHEME://ADDRESS:PORT"),
        ("mqtts://[]:0", "is not an IP address"),
        ("mqtts://[2001:db8::1]:0", "--allow-public"),
        ("unix:", "needs a path"),
        ("http://127.0.0.1:0", "this broker serves"),
        ("mqtts://127.0.0.1:0?client-cert=maybe", "client-cert=required, client-cert=optional or client-cert=off"),
        ("mqtts://127.0.0.1:0?cert=required", "client-cert=required, client-cert=optional or client-cert=off"),
        ("mqtt://127.0.0.1:0?client-cert=required", "only mqtts:// and wss://"),
        ("ws://127.0.0.1:0?client-cert=off", "only mqtts:// and wss://"),
    ],
)
def test_a_listener_that_cannot_be_is_usage_and_named(tmp_path, listen, what):
    done = run("broker", "run", "--state", tmp_path / "data", "--listen", listen)
    assert done.returncode == 2
    assert listen in done.stderr
    assert what in done.stderr
