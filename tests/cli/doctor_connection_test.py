# SPDX-License-Identifier: Apache-2.0
"""`muster doctor` on the ways to a broker that are not the plainest: keys in a token, proxies, WebSocket, settings of TLS, and its trace."""
import pytest
from doctoring import examine, the_fault
from peers import Broker, run
from scripted_mqtt import Scripted
from tokens import SoftToken


@pytest.fixture(scope="module", name="broker")
def running_broker(tmp_path_factory):
    directory = tmp_path_factory.mktemp("broker")
    listeners = [word for scheme in ("mqtts", "mqtt", "wss", "ws") for word in ("--listen", f"{scheme}://127.0.0.1:0")]
    with Broker(directory / "state", *listeners) as broker:
        broker.muster("tenant", "create", "acme", check=True)
        broker.device = broker.enroll("acme", "press-01", directory)
        yield broker


def test_a_key_in_a_token_is_used_all_the_way(broker, tmp_path):
    token = SoftToken(tmp_path)
    otp, device = tmp_path / "otp", tmp_path / "press-02"
    broker.muster("device", "register", "press-02", "--tenant", "acme", "--otp-file", otp, check=True)
    pin = ["--key-password-file", token.pin_file]
    words = ["--device-id", "press-02", "--otp-file", otp, "--cafile", broker.ca_file, "--out-dir", device, "--key-store", token.store]
    run("cert", "enroll", "--est-url", f"{broker.est_url}/acme", *words, *pin, env=token.environment, check=True)
    reports = examine(device, "-h", broker.mqtts_url, *pin, env=token.environment, code=0)
    assert {reports[name]["state"] for name in ("key", "tls", "connect", "round-trip")} == {"ok"}
    no_pin = the_fault(examine(device, "-h", broker.mqtts_url, env=token.environment))
    assert no_pin["check"] == "key" and "--key-password-file" in no_pin["fix"]
    token.pin_file.write_text("4712\n")
    wrong_pin = the_fault(examine(device, "-h", broker.mqtts_url, *pin, env=token.environment))
    assert wrong_pin["check"] == "key" and "PIN" in wrong_pin["found"], wrong_pin
    no_token = the_fault(examine(device, "-h", broker.mqtts_url, *pin, env={"SOFTHSM2_CONF": "/nowhere"}))
    assert no_token["check"] == "key", no_token


def test_settings_of_tls_are_those_of_the_flags(broker):
    for version in ("1.2", "1.3"):
        report = examine(broker.device, "-h", broker.mqtts_url, "--tls-version", version, "--alpn", "mqtt", code=0)["tls"]
        assert report["details"]["tls_version"] == f"TLSv{version}"
    cipher = "ECDHE-ECDSA-AES256-GCM-SHA384"
    reports = examine(broker.device, "-h", broker.mqtts_url, "--tls-version", "1.2", "--ciphers", cipher)
    assert reports["tls"]["details"]["cipher"] == cipher
    fault = the_fault(examine(broker.device, "-h", broker.mqtts_url, "--ciphers", "NONE-SUCH"))
    assert fault["check"] == "tls" and "OpenSSL has none of them" in fault["found"] and "openssl ciphers" in fault["fix"]
    done = run("doctor", broker.device, "--tls-version", "1.1")
    assert done.returncode == 2 and "1.2" in done.stderr


def test_hosts_are_written_as_everywhere(broker):
    places = f"127.0.0.1:{broker.port},{broker.urls[2]}"
    reports = examine(broker.device, "-h", places, code=0)
    assert reports["tcp"]["found"].count("127.0.0.1") == 2 and reports["round-trip"]["state"] == "ok"
    elsewhere = broker.urls[2].removesuffix("/mqtt")
    fault = the_fault(examine(broker.device, "-h", elsewhere, "--ws-path", "elsewhere"))
    assert fault["check"] == "connect" and "no WebSocket at /elsewhere" in fault["found"]


def test_the_http_before_mqtt_is_looked_at_and_traced(broker, tmp_path):
    trace = tmp_path / "trace"
    examine(broker.device, "-h", broker.urls[2], f"--trace={trace}", code=0)
    lines = [line.split(" ", 1)[1] for line in trace.read_text().splitlines()]
    assert lines[:2] == ["→ HTTP GET /mqtt", "← HTTP 101 Switching Protocols"] and lines[2].startswith("→ CONNECT id=press-01")
    accept = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
    for answer, words in ((accept % b"wrong", "does not speak MQTT"), (b"SSH-2.0-OpenSSH_9.2\r\n", "the answer is not HTTP")):
        with Scripted(greet=lambda stream, answer=answer: stream.sendall(answer)) as server:
            fault = the_fault(examine("-h", server.url.replace("mqtt://", "ws://"), "-i", "press-01"))
            assert fault["check"] == "connect" and words in fault["found"], fault


def test_every_packet_and_request_is_traced_without_secrets(broker, tmp_path):
    trace = tmp_path / "trace"
    examine(broker.device, "-h", broker.mqtts_url, "--est-url", f"{broker.est_url}/acme", f"--trace={trace}", code=0)
    lines = trace.read_text().splitlines()
    for text in ("→ CONNECT id=press-01", "← CONNACK 0x00", "→ SUBSCRIBE", "→ PUBLISH", "← PUBACK", "→ DISCONNECT", "/cacerts", "← HTTP 200"):
        assert any(text in line for line in lines), (text, lines)
    password = tmp_path / "password"
    password.write_text("hush-hush\n")
    password.chmod(0o600)
    examine("-h", broker.mqtts_url, "--cafile", broker.ca_file, "-u", "acme/nobody", "--password-file", password, f"--trace={trace}", code=13)
    assert "CONNECT" in trace.read_text() and "hush" not in trace.read_text()
