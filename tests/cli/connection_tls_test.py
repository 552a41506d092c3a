# SPDX-License-Identifier: Apache-2.0
"""How pub and sub connect over TLS, WebSocket and proxies."""
import base64
import contextlib
import socket
import ssl
import threading

import pytest
from external_ca import openssl
from peers import PATIENCE, Broker, run
from scripted_mqtt import PUBACK, Scripted, packet

ACCEPT = {3: lambda body: packet(PUBACK << 4, body[2 + body[1] :][:2])}


@pytest.fixture(name="place", scope="module")
def running_broker(tmp_path_factory):
    directory = tmp_path_factory.mktemp("tls")
    with Broker(directory / "state", *(word for scheme in ("mqtts", "mqtt", "ws", "wss") for word in ("--listen", f"{scheme}://127.0.0.1:0"))) as broker:
        broker.muster("tenant", "create", "acme", check=True)
        broker.identity = broker.enroll("acme", "press-01", directory)
        broker.password = broker.application("acme", "dash", directory)
        broker.directory = directory
        broker.ports = {url.split(":")[0]: int(url.split(":")[2].split("/")[0]) for url in broker.urls}
        yield broker


@pytest.fixture(name="server_files", scope="module")
def made_certificate(tmp_path_factory):
    directory = tmp_path_factory.mktemp("server")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", directory / "s.key", "-out", directory / "s.pem", "-subj", "/CN=s", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2")
    return directory


def publish(*arguments, **options):
    return run("pub", "-t", "x", "-m", "1", *arguments, **options)


def as_application(place, url, *arguments):
    return publish("-h", url, "--cafile", place.ca_file, "-u", "acme/dash", "--password-file", place.password, "-t", "press-01/x", *arguments)


def test_an_identity_directory_or_its_files_are_a_client(place):
    identity = place.identity
    assert publish("-h", place.mqtts_url, "--identity", identity).returncode == 0
    files = ["--cafile", identity / "ca.pem", "--cert", identity / "chain.pem", "--key", identity / "device.key"]
    assert publish("-h", place.mqtts_url, *files).returncode == 0
    done = publish("-h", f"127.0.0.1:{place.port}", *files, "-i", "press-02")  # TLS, as there is a certificate.
    assert done.returncode == 4
    assert "0x87" in done.stderr


def test_a_directory_of_anchors_vouches_too(place, tmp_path):
    (tmp_path / "root.pem").write_text(open(place.ca_file).read())
    openssl("rehash", tmp_path)
    assert publish("-h", place.mqtts_url, "--capath", tmp_path, "--cert", place.identity / "chain.pem", "--key", place.identity / "device.key").returncode == 0


def test_a_server_that_nobody_vouches_for_is_refused(place):
    done = publish("-h", place.mqtts_url)
    assert done.returncode == 8
    assert f"127.0.0.1:{place.port}" in done.stderr and "cannot be trusted" in done.stderr and "--cafile" in done.stderr


def test_it_is_taken_with_a_warning_and_not_in_production(place, tmp_path):
    where = ["-h", place.mqtts_url, "-u", "acme/dash", "--password-file", place.password, "-t", "press-01/x", "--insecure-skip-verify"]
    done = publish(*where)
    assert done.returncode == 0, done.stderr
    assert "warning: --insecure-skip-verify" in done.stderr
    config = tmp_path / "config.toml"
    config.write_text('context = "plant"\n[contexts.plant]\nmode = "prod"\n')
    for command in (["pub", "-m", "1", "--yes"], ["sub", "-C", "1"]):
        done = run(*command, *where, "--config", config)
        assert done.returncode == 2
        assert "--insecure-skip-verify: context plant is a production's" in done.stderr
    assert run("sub", *where, "-W", "1ms", "--config", config, "--insecure-skip-verify=false", "--cafile", place.ca_file).returncode == 0


@pytest.mark.parametrize(
    ("flags", "code", "says"),
    [
        (["--cafile", "/nonexistent"], 5, "/nonexistent"),
        (["--identity", "/nonexistent"], 5, "/nonexistent"),
        (["--cafile", "/etc/passwd"], 1, "/etc/passwd"),
        (["--ciphers", "NONSENSE"], 2, "NONSENSE"),
        (["--tls-version", "1.1"], 2, "--tls-version"),
    ],
)
def test_what_is_wrong_with_the_files_is_said(place, flags, code, says):
    done = publish("-h", place.mqtts_url, *flags)
    assert done.returncode == code, done.stderr
    assert says in done.stderr


def test_a_key_that_others_can_read_or_of_another_certificate_is_refused(place, tmp_path):
    key = tmp_path / "device.key"
    key.write_bytes((place.identity / "device.key").read_bytes())
    key.chmod(0o644)
    where = ["-h", place.mqtts_url, "--cafile", place.ca_file, "--cert", place.identity / "chain.pem", "--key", key]
    done = publish(*where)
    assert done.returncode == 1
    assert "chmod 600" in done.stderr
    run("key", "create", tmp_path / "other.key", check=True)
    done = publish(*where[:-1], tmp_path / "other.key")
    assert done.returncode == 1
    assert "is not the key of the certificate" in done.stderr


@pytest.mark.parametrize(
    ("flags", "version", "cipher"),
    [
        (["--tls-version", "1.2"], "TLSv1.2", None),
        (["--tls-version", "1.3"], "TLSv1.3", None),
        (["--tls-version", "1.2", "--ciphers", "ECDHE-ECDSA-CHACHA20-POLY1305"], "TLSv1.2", "ECDHE-ECDSA-CHACHA20-POLY1305"),
        (["--ciphers", "TLS_CHACHA20_POLY1305_SHA256"], "TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256"),
    ],
)
def test_tls_is_as_the_flags_say(server_files, flags, version, cipher):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_files / "s.pem", server_files / "s.key")
    context.set_alpn_protocols(["mqtt", "x-amzn-mqtt-ca"])
    with Scripted(ACCEPT, wrap=lambda stream: context.wrap_socket(stream, server_side=True)) as server:
        seen = {}
        server.greet = lambda stream: seen.update(version=stream.version(), cipher=stream.cipher()[0], alpn=stream.selected_alpn_protocol())
        done = publish("-h", f"127.0.0.1:{server.port}", "--cafile", server_files / "s.pem", "--alpn", "x-amzn-mqtt-ca", *flags)
        assert done.returncode == 0, done.stderr
    assert seen == {"version": version, "cipher": cipher or seen["cipher"], "alpn": "x-amzn-mqtt-ca"}


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_a_message_goes_over_websocket(place, scheme):
    payload = place.directory / "payload"
    payload.write_text("x" * 200_000)
    done = run("pub", "-f", payload, "-t", "press-01/x", "-h", f"{scheme}://127.0.0.1:{place.ports[scheme]}", "--cafile", place.ca_file, "-u", "acme/dash", "--password-file", place.password)
    assert done.returncode == 0, done.stderr
    assert as_application(place, f"{scheme}://127.0.0.1", "-p", place.ports[scheme], "--ws-path", "mqtt").returncode == 0


def test_a_path_that_is_no_websocket_is_said(place):
    done = as_application(place, f"ws://127.0.0.1:{place.ports['ws']}", "--ws-path", "/nothing")
    assert done.returncode == 12
    assert "no WebSocket at /nothing" in done.stderr and "404" in done.stderr


class Proxy:
    """An HTTP proxy for one tunnel, which wants to know who asks."""

    def __init__(self, credentials=None):
        self.credentials, self.asked = credentials, None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.thread.join(PATIENCE)
        self.listener.close()

    def serve(self):
        client, _ = self.listener.accept()
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(4096)
            self.asked = head.split()[1].decode()
            if self.credentials and b"Basic " + base64.b64encode(self.credentials) not in head:
                client.sendall(b"HTTP/1.1 407 Who are you\r\n\r\n")
                return
            host, port = self.asked.split(":")
            with socket.create_connection((host, int(port)), timeout=PATIENCE) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                there = threading.Thread(target=pump, args=(client, server))
                there.start()
                pump(server, client)
                there.join(PATIENCE)


def pump(source, sink):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def test_a_proxy_is_gone_through(place, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hush\n")
    secret.chmod(0o600)
    with Proxy(b"me:hush") as proxy:
        done = as_application(place, place.mqtts_url, "--proxy", f"http://me@{proxy.url}", "--proxy-password-file", secret)
        assert done.returncode == 0, done.stderr
        assert proxy.asked == f"127.0.0.1:{place.port}"
    with Proxy(b"you:hush") as proxy:
        done = as_application(place, place.mqtts_url, "--proxy", f"http://me@{proxy.url}", "--proxy-password-file", secret)
        assert done.returncode == 4
        assert "407 Who are you" in done.stderr
