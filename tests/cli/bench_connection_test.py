# SPDX-License-Identifier: Apache-2.0
"""How `muster bench` connects: settings of TLS, and through an HTTP proxy."""
import base64
import shutil
import socket
import ssl

import pytest
from bench_runs import bench, result
from external_ca import openssl
from peers import Broker, held_port, run
from scripted_mqtt import Scripted
from tunnels import TunnelProxy

SCHEMES = ("mqtts", "mqtt", "ws", "wss")


@pytest.fixture(name="broker", scope="module")
def running_broker(tmp_path_factory):
    directory = tmp_path_factory.mktemp("broker")
    with Broker(directory / "data", *(word for scheme in SCHEMES for word in ("--listen", f"{scheme}://127.0.0.1:0"))) as broker:
        broker.muster("tenant", "create", "acme", check=True)
        broker.places = dict(zip(SCHEMES, broker.urls))
        broker.fleet = directory / "fleet"
        broker.fleet.mkdir()
        for number in range(2):
            broker.enroll("acme", f"press-{number}", broker.fleet)
        broker.as_dash = ("-u", "acme/dash", "--password-file", broker.application("acme", "dash", directory))
        yield broker


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
    seen = {}
    with Scripted(wrap=lambda stream: context.wrap_socket(stream, server_side=True), greet=lambda stream: seen.update(version=stream.version(), cipher=stream.cipher()[0], alpn=stream.selected_alpn_protocol())) as server:
        result(bench("conn", "-h", f"mqtts://127.0.0.1:{server.port}", "--cafile", server_files / "s.pem", "--alpn", "x-amzn-mqtt-ca", *flags))
    assert seen == {"version": version, "cipher": cipher or seen["cipher"], "alpn": "x-amzn-mqtt-ca"}


def test_a_directory_of_anchors_vouches_for_the_broker(broker, tmp_path):
    shutil.copy(broker.ca_file, tmp_path / "root.pem")
    words = ("-h", broker.places["mqtts"], *broker.as_dash, "--capath", tmp_path)
    done = bench("conn", *words)
    assert done.returncode == 8 and "certificate" in done.stderr  # Not yet as OpenSSL looks for it.
    openssl("rehash", tmp_path)
    assert result(bench("conn", *words))["connections"]["connected"] == 1
    told = result(bench("conn", "-h", broker.places["mqtts"], "--credentials", broker.fleet, "-c", 2, "--capath", tmp_path))
    assert told["connections"]["connected"] == 2


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["-h", "mqtts://127.0.0.1:1", "--ciphers", "NONSENSE"], 2, "NONSENSE"),
        (["-h", "mqtts://127.0.0.1:1", "--tls-version", "1.1"], 2, "--tls-version"),
        (["-h", "mqtts://127.0.0.1:1", "--alpn", "x" * 256], 2, "longer than 255 bytes"),
        (["-h", "mqtts://127.0.0.1:1", "--capath", "/nonexistent"], 5, "/nonexistent"),
        (["-h", "mqtt://127.0.0.1:1", "--alpn", "mqtt"], 2, "need TLS"),
        (["-h", "mqtt://127.0.0.1:1", "--capath", "/tmp"], 2, "need TLS"),
        (["-h", "127.0.0.1:1", "--proxy", "socks://x"], 2, "http://HOST:PORT"),
        (["-h", "127.0.0.1:1", "--proxy", "http://me:secret@x"], 2, "--proxy-password-file"),
        (["-h", "127.0.0.1:1", "--proxy", "http://x", "--proxy-password-file", "/etc/hostname"], 2, "needs a user"),
        (["-h", "127.0.0.1:1", "--proxy", "http://proxy.invalid:1"], 5, "check --proxy"),
        (["-h", "mqtt://127.0.0.1:1,mqtts://127.0.0.1:2"], 2, "speak one protocol"),
        (["-h", "mqtt://127.0.0.1:1,ws://127.0.0.1:2"], 2, "speak one protocol"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_done(words, code, says):
    done = run("bench", "conn", *words)
    assert done.returncode == code and done.stdout == "" and says in done.stderr, done


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_load_goes_through_the_proxy(broker, scheme):
    ca = ("--cafile", broker.ca_file) if scheme in ("mqtts", "wss") else ()
    with TunnelProxy() as proxy:
        told = result(bench("pingpong", "-h", broker.places[scheme], *ca, *broker.as_dash, "-c", 5, "--messages", 20, "-r", 500, "--proxy", proxy.url))
    assert (told["messages"]["received"], told["messages"]["lost"], told["errors"]) == (100, 0, 0)
    assert proxy.asked == [broker.places[scheme].split("/")[2]] * 5


def test_a_fleet_comes_back_through_the_proxy(broker, tmp_path):
    secret, trace = tmp_path / "secret", tmp_path / "trace"
    secret.write_text("hush hush\n")
    secret.chmod(0o600)
    with TunnelProxy(credentials=b"me:hush hush") as proxy:
        words = ["--proxy", f"http://me@{proxy.place}", "--proxy-password-file", secret, f"--trace={trace}"]
        told = result(bench("storm", "-h", broker.places["mqtts"], "--credentials", broker.fleet, "-c", 2, "--spread", "100ms", "--resume", *words))
    assert told["storm"]["recovered"] == told["connections"]["resumed"] == 2 and len(proxy.asked) == 4
    lines = trace.read_text()
    assert lines.count(f"→ HTTP CONNECT 127.0.0.1:{broker.port} Proxy-Authorization=*** client=press-") == 4
    assert lines.count("← HTTP 200 Connection established client=press-") == 4
    assert "hush" not in lines and base64.b64encode(b"me:hush hush").decode() not in lines


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        (b"HTTP/1.1 407 Who are you\r\n\r\n", 4, "answers 407 Who are you"),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", 4, "answers 403 Forbidden"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", 7, "answers 502 Bad Gateway"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", 7, "the answer is not HTTP"),
        (b"", 7, "closed the connection"),
        (b"HTTP/1.1 200 OK\r\n\r\nmore", 7, "says more than its answer"),
    ],
)
def test_a_proxy_that_does_not_let_through_is_told(answer, code, says):
    with TunnelProxy(answer=answer) as proxy:
        done = run("bench", "conn", "-h", "mqtt://127.0.0.1:1", "--proxy", proxy.url, "-c", 3)
    assert done.returncode == code and says in done.stderr and proxy.url in done.stderr, done
    assert "127.0.0.1:1: " not in done.stderr  # Nobody has seen the broker.


def test_a_proxy_that_is_away_or_silent_is_told():
    with held_port() as held:
        done = run("bench", "conn", "-h", "mqtt://127.0.0.1:1", "--proxy", f"http://127.0.0.1:{held}")
        assert done.returncode == 7 and f"the proxy http://127.0.0.1:{held}: connecting failed" in done.stderr, done
    with socket.create_server(("127.0.0.1", 0)) as silent:
        done = run("bench", "conn", "-h", "mqtt://127.0.0.1:1", "--proxy", f"http://127.0.0.1:{silent.getsockname()[1]}", "--connect-timeout", "300ms")
        assert done.returncode == 9, done


@pytest.mark.parametrize("kind", ["conn", "pub", "sub", "pingpong", "fanin", "storm"])
def test_every_kind_goes_the_same_way(broker, tmp_path, kind):
    shutil.copy(broker.ca_file, tmp_path / "root.pem")
    openssl("rehash", tmp_path)
    secret = tmp_path / "secret"
    secret.write_text("hush\n")
    secret.chmod(0o600)
    tls = ["--capath", tmp_path, "--tls-version", "1.2", "--ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384", "--alpn", "mqtt"]
    ends = ["--duration", "200ms"] if kind in ("conn", "sub") else ["--spread", "50ms"] if kind == "storm" else ["--messages", "2"]
    with TunnelProxy(credentials=b"me:hush") as proxy:
        told = result(bench(kind, "-h", broker.places["mqtts"], *broker.as_dash, *tls, *ends, "--proxy", f"http://me@{proxy.place}", "--proxy-password-file", secret))
    assert told["errors"] == 0 and len(proxy.asked) == told["connections"]["connected"] >= 1
