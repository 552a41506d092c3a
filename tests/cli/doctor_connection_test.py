# SPDX-License-Identifier: Apache-2.0
"""`muster doctor` on the ways to a broker that are not the plainest: keys in a token, tokens as passwords, WebSocket, settings of TLS, and its trace."""
import base64
import json
import os
import shutil
import subprocess

import pytest
from doctoring import Authority, examine, the_fault
from peers import PATIENCE, Broker, need, run
from scripted_mqtt import WELCOME_V5, Scripted
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


def hashed(directory, *certificates):
    """A directory of CAs as OpenSSL looks into it."""
    directory.mkdir()
    for number, certificate in enumerate(certificates):
        shutil.copy(certificate, directory / f"{number}.pem")
    subprocess.run([need("openssl"), "rehash", directory], check=True, capture_output=True, timeout=PATIENCE)
    return directory


def test_a_directory_of_cas_vouches_for_the_broker(broker, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    other = Authority(tmp_path / "elsewhere", "Elsewhere")
    files = ["--cert", broker.device / "chain.pem", "--key", broker.device / "device.key"]
    for who in (files, [broker.device]):
        both = hashed(tmp_path / f"both{len(who)}", other.root, broker.ca_file)
        reports = examine(*who, "-h", f"127.0.0.1:{broker.port}", "--capath", both, code=0)
        assert reports["tls"]["state"] == reports["connect"]["state"] == "ok" and f"{both}: 2 CAs" in reports["files"]["found"]
        strange = hashed(tmp_path / f"strange{len(who)}", other.root)
        fault = the_fault(examine(*who, "-h", broker.mqtts_url, "--capath", strange))
        assert fault["check"] == "tls" and "the broker's certificate" in fault["found"] and "--capath" in fault["fix"]
        reports = examine(*who, "-h", broker.mqtts_url, "--capath", strange, "--cafile", broker.ca_file, code=0)
        assert reports["tls"]["state"] == "ok"


def test_a_directory_of_cas_that_openssl_passes_over_is_told(broker, tmp_path):
    plain = tmp_path / "plain"
    plain.mkdir()
    shutil.copy(broker.ca_file, plain / "root.pem")
    fault = the_fault(examine(broker.device, "-h", broker.mqtts_url, "--capath", plain))
    assert fault["check"] == "files" and "by its hash" in fault["found"] and fault["fix"] == f"openssl rehash {plain}"
    fault = the_fault(examine(broker.device, "-h", broker.mqtts_url, "--capath", tmp_path / "none"))
    assert fault["check"] == "files" and str(tmp_path / "none") in fault["found"]


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")


def token(**claims):
    """A JWT of realistic size: longer than people's passwords are."""
    body = encoded({"iss": "https://issuer.example", "sub": "press-01", "scope": ["telemetry"] * 40, **claims})
    return b".".join((encoded({"alg": "ES256", "typ": "JWT"}), body, base64.urlsafe_b64encode(os.urandom(64)).rstrip(b"=")))


def written(file, content):
    file.write_bytes(content + b"\n")
    file.chmod(0o600)
    return file


def test_a_token_is_given_as_the_password(tmp_path):
    good, expired, trace = token(exp=4102444800), token(exp=1), tmp_path / "trace"
    refusal = bytes.fromhex("2003008700")

    def let_in(body):
        return WELCOME_V5 if body.endswith(len(good).to_bytes(2, "big") + good) else refusal

    with Scripted({1: let_in}) as server:
        who = ["-h", server.url, "-i", "press-01", "-u", "press-01", "--only", "connect", f"--trace={trace}", "--password-file"]
        assert examine(*who, written(tmp_path / "good", good), code=0)["connect"]["state"] == "ok"
        fault = the_fault(examine(*who, written(tmp_path / "expired", expired)))
    assert len(good) > 800 and fault["check"] == "connect" and "not authorized" in fault["found"] and "--password-file" in fault["fix"]
    assert good.decode() not in trace.read_text() and "password=***" in trace.read_text()


def test_a_token_opens_the_bundled_broker(broker, tmp_path):
    words = token(exp=4102444800, roles=["https://claims.example/roles/operator"] * 100)
    assert len(words) > 5_000
    file = broker.application("acme", "tokens", tmp_path, words.decode())
    reports = examine("-u", "acme/tokens", "--password-file", file, "-h", broker.mqtts_url, "--cafile", broker.ca_file, code=0)
    assert reports["round-trip"]["state"] == "ok"


@pytest.mark.parametrize("number", [2, 3], ids=["wss", "ws"])
def test_the_http_of_a_websocket_is_traced(broker, tmp_path, number):
    trace = tmp_path / "trace"
    file = broker.application("acme", "dash", tmp_path)
    examine("-u", "acme/dash", "--password-file", file, "--cafile", broker.ca_file, "-h", broker.urls[number], f"--trace={trace}", code=0)
    lines = [line.split(" ", 1)[1] for line in trace.read_text().splitlines()]
    begin = lines.index("→ HTTP GET /mqtt")
    assert lines[begin + 1] == "← HTTP 101 Switching Protocols" and lines[begin + 2].startswith("→ CONNECT id=")
    elsewhere = broker.urls[number].replace("/mqtt", "/nowhere")
    fault = the_fault(examine("-h", elsewhere, "--cafile", broker.ca_file, f"--trace={trace}"))
    assert "no WebSocket at /nowhere: the server answers 404" in fault["found"] and "← HTTP 404" in trace.read_text()
