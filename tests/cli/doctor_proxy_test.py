# SPDX-License-Identifier: Apache-2.0
"""`muster doctor` through an HTTP proxy: all that goes to the broker goes through it, and what is wrong with it is a check of its own."""
import base64
import json
import socket

import pytest
from doctoring import answering, examine, http_answer, the_fault, unhealthy, until_closed
from peers import Broker, held_port, run
from tunnels import TunnelProxy

SHORT = ("--connect-timeout", "1s")


@pytest.fixture(scope="module", name="broker")
def running_broker(tmp_path_factory):
    directory = tmp_path_factory.mktemp("broker")
    schemes = ("mqtts", "mqtt", "wss", "ws")
    with Broker(directory / "state", *(word for scheme in schemes for word in ("--listen", f"{scheme}://127.0.0.1:0"))) as broker:
        broker.muster("tenant", "create", "acme", check=True)
        broker.device = broker.enroll("acme", "press-01", directory)
        broker.password = broker.application("acme", "dash", directory)
        broker.places = dict(zip(schemes, broker.urls))
        yield broker


def secret(directory, text="hush hush", mode=0o600):
    file = directory / "proxy.password"
    file.write_text(text + "\n")
    file.chmod(mode)
    return file


@pytest.mark.parametrize(("scheme", "version"), [("mqtts", "5"), ("mqtts", "3.1.1"), ("wss", "5")])
def test_every_step_goes_through_the_proxy(broker, scheme, version):
    with TunnelProxy() as proxy:
        reports = examine(broker.device, "-h", broker.places[scheme], "-V", version, "--proxy", proxy.url, code=0)
        asked = set(proxy.asked)
    place = broker.places[scheme].split("/")[2]
    assert asked == {place} and len(proxy.asked) >= 5  # The proxy's own check, TCP, TLS twice, MQTT.
    assert unhealthy(reports) == set()
    assert {reports[name]["state"] for name in ("proxy", "tcp", "tls", "connect", "round-trip")} == {"ok"}
    assert reports["dns"]["state"] == "skipped" and "the proxy looks for the broker" in reports["dns"]["found"]
    assert reports["proxy"]["found"] == f"{proxy.url} leads to {place}" and "through the proxy" in reports["tcp"]["found"]
    assert reports["clock"]["state"] == ("ok" if scheme == "wss" else "skipped")


def test_plain_mqtt_goes_through_it_too(broker):
    with TunnelProxy() as proxy:
        who = ["-u", "acme/dash", "--password-file", broker.password]
        reports = examine(*who, "-h", broker.places["ws"], "--proxy", proxy.url, code=0)
    assert reports["round-trip"]["state"] == reports["clock"]["state"] == "ok" and len(set(proxy.asked)) == 1


def test_a_name_is_the_proxys_to_find(broker):
    """What resolves nowhere here is asked for by its name."""
    with TunnelProxy(answer=b"HTTP/1.1 200 OK\r\n\r\n") as proxy:
        fault = the_fault(examine(broker.device, "-h", "mqtts://broker.invalid:8883", "--proxy", proxy.url, *SHORT))
    assert set(proxy.asked) == {"broker.invalid:8883"} and fault["check"] == "tls"


def test_who_asks_is_told_to_the_proxy_and_to_nobody_else(broker, tmp_path):
    trace, bundle, password = tmp_path / "trace", tmp_path / "bundle.tar.gz", secret(tmp_path)
    with TunnelProxy(credentials=b"me:hush hush") as proxy:
        words = ["--proxy", f"http://me@{proxy.place}", "--proxy-password-file", password, f"--trace={trace}", "--bundle", bundle]
        done = run("doctor", broker.device, "-h", broker.places["mqtts"], *words, "-v")
    assert done.returncode == 0, done.stderr
    told = trace.read_text()
    assert f"→ HTTP CONNECT 127.0.0.1:{broker.port} Proxy-Authorization=***" in told and "← HTTP 200 Connection established" in told
    encoded = base64.b64encode(b"me:hush hush").decode()
    for text in (told, done.stdout, done.stderr):
        assert "hush" not in text and encoded not in text
    assert b"hush" not in bundle.read_bytes()


# What the proxy is, what is found, and what mends it.
REFUSALS = {
    "it wants to know who asks": (b"HTTP/1.1 407 Who are you\r\n\r\n", [], "407 Who are you", "as USER@ before the host, and give --proxy-password-file"),
    "it does not know this user": (b"HTTP/1.1 407 Who are you\r\n\r\n", ["me"], "407 Who are you", "correct the user in --proxy, or the password"),
    "it forbids this place": (b"HTTP/1.1 403 Forbidden\r\n\r\n", [], "403 Forbidden to CONNECT", "let the proxy allow CONNECT to 127.0.0.1:"),
    "it knows no CONNECT": (b"HTTP/1.1 405 Method Not Allowed\r\n\r\n", [], "405 Method Not Allowed", "that knows CONNECT"),
    "it has not implemented it": (b"HTTP/1.1 501 Not Implemented\r\n\r\n", [], "501 Not Implemented", "that knows CONNECT"),
    "it speaks no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", [], "the answer is not HTTP", "that knows CONNECT"),
    "it hangs up": (b"", [], "closed the connection", "that knows CONNECT"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_proxy_that_refuses_is_a_check_of_its_own(broker, tmp_path, name):
    answer, user, found, fix = REFUSALS[name]
    with TunnelProxy(answer=answer) as proxy:
        words = ["--proxy", f"http://me@{proxy.place}", "--proxy-password-file", secret(tmp_path)] if user else ["--proxy", proxy.url]
        reports = examine(broker.device, "-h", broker.places["mqtts"], *words, *SHORT, code=13)
    fault = the_fault(reports)
    assert fault["check"] == "proxy" and found in fault["found"] and fix in fault["fix"], fault
    assert proxy.url in fault["found"]
    assert {reports[check]["found"] for check in ("tcp", "tls", "connect")} == {"needs 'proxy'"}


def test_a_proxy_that_is_not_there_is_told(broker):
    with held_port() as held:
        away = the_fault(examine(broker.device, "-h", broker.places["mqtts"], "--proxy", f"http://127.0.0.1:{held}"))
        nowhere = the_fault(examine(broker.device, "-h", broker.places["mqtts"], "--proxy", "http://proxy.invalid:3128"))
    assert away["check"] == nowhere["check"] == "proxy"
    assert "Connection refused" in away["found"] and "start the proxy" in away["fix"]
    assert "proxy.invalid" in nowhere["found"] and "correct --proxy" in nowhere["fix"]


def test_a_silent_proxy_is_not_waited_for_without_end(broker):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        fault = the_fault(examine(broker.device, "-h", broker.places["mqtts"], "--proxy", f"http://127.0.0.1:{silent.getsockname()[1]}", *SHORT))
    assert fault["check"] == "proxy" and "silent" in fault["fix"]


def test_a_broker_that_the_proxy_cannot_reach_is_no_fault_of_the_proxy(broker):
    with held_port() as held, TunnelProxy() as proxy:
        reports = examine(broker.device, "-h", f"mqtts://127.0.0.1:{held}", "--proxy", proxy.url, code=13)
    fault = the_fault(reports)
    assert reports["proxy"]["state"] == "ok" and fault["check"] == "tcp"
    assert "502 Bad Gateway" in fault["found"] and "see whether the proxy can reach it" in fault["fix"]


def test_a_node_that_the_proxy_keeps_back_is_a_warning_while_another_answers(broker):
    with TunnelProxy(deaf_to="127.0.0.1:1") as proxy:
        reports = examine(broker.device, "-h", f"mqtts://127.0.0.1:1,{broker.places['mqtts']}", "--proxy", proxy.url, code=0)
    assert reports["tcp"]["state"] == "warn" and "502" in reports["tcp"]["found"] and reports["round-trip"]["state"] == "ok"


@pytest.mark.parametrize(
    ("words", "found", "fix"),
    [
        (["--proxy", "socks://127.0.0.1:1"], "http://HOST:PORT", ""),
        (["--proxy", "http://me:secret@127.0.0.1:1"], "no place on a command line", "--proxy-password-file"),
        (["--proxy", "http://127.0.0.1:1", "--proxy-password-file", "FILE"], "needs a user", "USER@ before its host"),
        (["--proxy", "http://me@127.0.0.1:1", "--proxy-password-file", "-"], "looks at files", "mode 0600"),
    ],
)
def test_a_proxy_that_cannot_be_meant_is_a_fault_of_the_configuration(broker, tmp_path, words, found, fix):
    given = [str(secret(tmp_path)) if word == "FILE" else word for word in words]
    fault = the_fault(examine(broker.device, "-h", broker.places["mqtts"], *given))
    assert fault["check"] == "config" and found in fault["found"] and fix in fault["fix"], fault


def test_a_password_that_others_can_read_is_not_used(broker, tmp_path):
    with TunnelProxy(credentials=b"me:hush hush") as proxy:
        who = ["--proxy", f"http://me@{proxy.place}", "--proxy-password-file"]
        opened = the_fault(examine(broker.device, "-h", broker.places["mqtts"], *who, secret(tmp_path, mode=0o644)))
        missing = the_fault(examine(broker.device, "-h", broker.places["mqtts"], *who, tmp_path / "none"))
    assert opened["check"] == missing["check"] == "proxy" and proxy.heads == []
    assert "the proxy's password" in opened["found"] and "chmod" in opened["fix"], opened
    assert str(tmp_path / "none") in missing["found"] and missing["fix"]


def device_config(directory, broker, proxy):
    file = directory / "device.json"
    file.write_text(json.dumps({"endpoints": [broker.places["mqtts"]], "identity_dir": str(broker.device), "outbox_path": str(directory / "outbox.db"), "proxy": proxy}))
    return file


def test_the_devices_own_configuration_says_through_what_it_goes(broker, tmp_path):
    password = secret(tmp_path)
    with TunnelProxy(credentials=b"me:hush hush") as proxy, TunnelProxy() as other:
        config = device_config(tmp_path, broker, {"url": proxy.url, "username": "me", "password_file": str(password)})
        assert examine("--device-config", config, "--skip", "queue-directory", code=0)["proxy"]["state"] == "ok"
        assert len(proxy.heads) >= 5 and other.heads == []
        before = len(proxy.heads)
        assert examine("--device-config", config, "--skip", "queue-directory", "--proxy", other.url, code=0)["proxy"]["found"].startswith(other.url)
        assert len(proxy.heads) == before and len(other.heads) >= 5
        password.write_text("wrong\n")
        fault = the_fault(examine("--device-config", config, "--skip", "queue-directory"))
    assert fault["check"] == "proxy" and "407" in fault["found"]


def test_the_environments_proxy_is_the_devices_if_its_configuration_says_so(broker, tmp_path):
    with TunnelProxy(credentials=b"me:h/ush:x") as proxy, held_port() as held:
        variables = {"https_proxy": f"http://me:h%2Fush%3Ax@{proxy.place}/", "http_proxy": f"http://127.0.0.1:{held}"}
        obeying = device_config(tmp_path, broker, {"from_environment": True})
        reports = examine("--device-config", obeying, "--skip", "queue-directory", env=variables, code=0)
        assert reports["proxy"]["state"] == "ok" and len(proxy.heads) >= 5 and "ush" not in json.dumps(reports)
        before = len(proxy.heads)
        reports = examine("--device-config", device_config(tmp_path, broker, {}), "--skip", "queue-directory", env=variables, code=0)
    assert reports["proxy"]["found"] == "no proxy is used" and len(proxy.heads) == before


def test_the_clock_of_a_broker_behind_a_proxy_is_asked_through_it():
    with answering(http_answer(status="400 Bad Request")) as port, TunnelProxy() as proxy:
        report = examine("-h", f"ws://127.0.0.1:{port}", "--proxy", proxy.url, "--only", "clock", code=0)["clock"]
        assert "no Date" in report["found"] and proxy.asked == [f"127.0.0.1:{port}"]
    with answering(until_closed) as port, TunnelProxy(answer=b"HTTP/1.1 403 No\r\n\r\n") as proxy:
        report = examine("-h", f"ws://127.0.0.1:{port}", "--proxy", proxy.url, "--only", "clock", code=0)["clock"]
        assert report["state"] == "skipped" and "403 No" in report["found"]
