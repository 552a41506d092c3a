# SPDX-License-Identifier: Apache-2.0
"""MQTT over WebSocket and secure WebSocket, with a client that we did not write and with bytes of our own."""
import base64
import os
import socket
import ssl
import struct

import pytest
from peers import PATIENCE, Broker, PahoClient, paho

CONNECT = bytes.fromhex("101000044d5154540502003c00000361707000")  # MQTT 5, client id "app", no user: refused.
BINARY, TEXT, CLOSE, PING, PONG = 2, 1, 8, 9, 10


@pytest.fixture(name="broker", scope="module")
def running_broker(tmp_path_factory):
    directory = tmp_path_factory.mktemp("ws")
    with Broker(directory / "data", *(word for scheme in ("mqtts", "mqtt", "ws", "wss") for word in ("--listen", f"{scheme}://127.0.0.1:0"))) as broker:
        broker.muster("tenant", "create", "acme")
        broker.application("acme", "dash", directory)
        broker.ports = {url.split(":")[0]: int(url.split(":")[2].split("/")[0]) for url in broker.urls}
        broker.identity = broker.enroll("acme", "press-01", directory)
        yield broker


class WebSocket:
    """A WebSocket client by hand, to send what no client library would."""

    def __init__(self, broker, path="/mqtt", protocol="mqtt", upgrade=True):
        self.socket = socket.create_connection(("127.0.0.1", broker.ports["ws"]), timeout=PATIENCE)
        lines = [f"GET {path} HTTP/1.1", "Host: localhost"]
        if upgrade:
            key = base64.b64encode(os.urandom(16)).decode()
            lines += ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"]
        if protocol:
            lines.append(f"Sec-WebSocket-Protocol: {protocol}")
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = {}
        for line in iter(self.file.readline, b"\r\n"):
            name, value = line.decode().strip().split(": ", 1)
            self.headers[name.lower()] = value

    def send(self, kind, payload, final=True):
        mask = os.urandom(4)
        length = bytes([0x80 | len(payload)]) if len(payload) < 126 else bytes([0x80 | 126]) + struct.pack("!H", len(payload))
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self.socket.sendall(bytes([(0x80 if final else 0) | kind]) + length + mask + masked)

    def receive(self):
        """Kind and payload of the next frame."""
        first, length = self.file.read(2)
        if length == 126:
            [length] = struct.unpack("!H", self.file.read(2))
        return first & 15, self.file.read(length)

    def close(self):
        self.file.close()
        self.socket.close()


def paho_client(broker, scheme, client_id="dash", version=paho.MQTTv5):
    client = PahoClient(client_id, version=version, transport="websockets")
    client.client.username_pw_set("acme/dash", "open sesame")
    if scheme == "wss":
        client.client.tls_set(ca_certs=broker.ca_file)
    return client


@pytest.mark.parametrize("version", [paho.MQTTv311, paho.MQTTv5])
@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_a_client_publishes_and_receives_over_websocket(broker, scheme, version):
    client = paho_client(broker, scheme, version=version)
    assert client.connect(broker.ports[scheme]) == 0
    client.subscribe("t", 2)
    for payload in (b"1", b"x" * 200_000):
        client.publish("t", payload, 2)
        assert client.message().payload == payload
    client.close()


def test_a_client_certificate_is_an_identity_over_wss(broker):
    client = PahoClient("press-01", transport="websockets")
    client.client.tls_set(ca_certs=broker.ca_file, certfile=broker.identity / "device.crt", keyfile=broker.identity / "device.key")
    assert client.connect(broker.ports["wss"]) == 0
    client.publish("t", b"1")
    client.close()


def test_packets_may_span_and_share_frames(broker):
    client = WebSocket(broker)
    assert client.status == 101
    assert client.headers["sec-websocket-protocol"] == "mqtt"
    client.send(BINARY, CONNECT[:3], final=False)
    client.send(0, CONNECT[3:9])
    client.send(PING, b"are you there")
    assert client.receive() == (PONG, b"are you there")
    client.send(BINARY, CONNECT[9:])
    kind, packet = client.receive()
    assert (kind, packet[0]) == (BINARY, 0x20)
    assert client.receive()[0] == CLOSE
    client.close()


def test_a_text_frame_is_closed_with_1003(broker):
    client = WebSocket(broker)
    client.send(TEXT, b"hello")
    kind, payload = client.receive()
    assert (kind, struct.unpack("!H", payload[:2])[0]) == (CLOSE, 1003)
    client.close()


@pytest.mark.parametrize(
    ("options", "status", "hint"),
    [
        ({"upgrade": False}, 426, b"connect an MQTT client to /mqtt"),
        ({"path": "/"}, 404, b"served at /mqtt"),
        ({"protocol": None}, 400, b"subprotocol must be mqtt"),
        ({"protocol": "chat"}, 400, b"subprotocol must be mqtt"),
    ],
)
def test_what_is_no_mqtt_client_gets_a_hint(broker, options, status, hint):
    client = WebSocket(broker, **options)
    assert client.status == status
    assert hint in client.file.read()
    client.close()


def test_the_subprotocol_may_be_one_of_several(broker):
    client = WebSocket(broker, protocol="chat, mqtt")
    assert (client.status, client.headers["sec-websocket-protocol"]) == (101, "mqtt")
    client.close()


def test_bytes_that_are_not_http_cost_their_own_connection_only(broker):
    for scheme in ("ws", "wss"):
        with socket.create_connection(("127.0.0.1", broker.ports[scheme]), timeout=PATIENCE) as client:
            client.sendall(CONNECT + b"\r\n\r\n")
            client.settimeout(PATIENCE)
            while client.recv(1024):
                pass
    with ssl.create_default_context(cafile=broker.ca_file).wrap_socket(socket.create_connection(("127.0.0.1", broker.ports["wss"])), server_hostname="127.0.0.1") as tls:
        assert tls.version() in ("TLSv1.2", "TLSv1.3")
