# SPDX-License-Identifier: Apache-2.0
"""`muster doctor` on the way to a broker: a healthy device at the bundled broker, and one fault at a time."""
import email.utils
import json
import pathlib
import socket
import time

import jsonschema
import pytest
from doctoring import Authority, answering, examine, http_answer, over_tls, the_fault, unhealthy, until_closed
from peers import Broker, Mosquitto, PahoClient, held_port, run

SCHEMA = json.loads((pathlib.Path(__file__).parents[2] / "docs" / "reference" / "schemas" / "doctor.json").read_text())
SHORT = ("--connect-timeout", "1s")


@pytest.fixture(scope="module", name="broker")
def running_broker(tmp_path_factory):
    directory = tmp_path_factory.mktemp("broker")
    with Broker(directory / "state", "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0", "--listen", "wss://127.0.0.1:0") as broker:
        broker.muster("tenant", "create", "acme", check=True)
        broker.devices = [broker.enroll("acme", name, directory) for name in ("press-01", "press-02", "revoked", "deleted")]
        broker.password = broker.application("acme", "dash", directory)
        for word in ("revoke", "delete"):
            broker.muster("device", word, f"{word}d", "--tenant", "acme", "--yes", check=True)
        broker.acme_est = f"{broker.est_url}/acme"
        broker.directory = directory
        yield broker


@pytest.fixture(scope="module", name="authority")
def one_authority(tmp_path_factory):
    authority = Authority(tmp_path_factory.mktemp("authority"), "Elsewhere")
    authority.identity = authority.device("press-01")
    return authority


@pytest.fixture(scope="module", name="mosquitto")
def running_mosquitto(tmp_path_factory):
    with Mosquitto(tmp_path_factory.mktemp("mosquitto")) as mosquitto:
        mosquitto.url = f"mqtt://127.0.0.1:{mosquitto.port}"
        yield mosquitto


def test_a_healthy_device_at_the_bundled_broker_has_no_problem(broker, tmp_path):
    (tmp_path / "queue").mkdir(mode=0o700)
    device, other = broker.devices[:2]
    queue = tmp_path / "queue" / "outbox.db"
    reports = examine(device, "-h", broker.mqtts_url, "--est-url", broker.acme_est, "--broker", "--peer", other, "--queue", queue, code=0)
    jsonschema.Draft202012Validator(SCHEMA).validate(list(reports.values()))
    assert unhealthy(reports) == set()
    assert {name for name, report in reports.items() if report["state"] == "skipped"} <= {"dns", "proxy", "queue"}
    assert reports["tls"]["details"]["resumes"] and reports["tls"]["details"]["tls_version"] == "TLSv1.3"
    assert reports["round-trip"]["found"].startswith("QoS 0, 1, 2 there and back")
    assert reports["isolation"]["found"] == "does not see what press-02 publishes to the same topic"
    assert abs(reports["clock"]["details"]["skew_s"]) <= 5
    limits = reports["limits"]["details"]
    assert (limits["maximum_qos"], limits["retain_available"]) == (2, True) and limits["receive_maximum"] > 10


@pytest.mark.parametrize("version", ["5", "3.1.1"])
@pytest.mark.parametrize("entrance", [0, 2], ids=["mqtts", "wss"])
def test_every_entrance_and_version_is_examined(broker, entrance, version):
    reports = examine(broker.devices[0], "-h", broker.urls[entrance], "-V", version, "--broker", code=0)
    assert unhealthy(reports) == set() and "no other client id is taken" in reports["isolation"]["found"]
    assert reports["limits"]["state"] == ("ok" if version == "5" else "skipped")
    assert reports["clock"]["state"] == ("ok" if entrance == 2 else "skipped")


def test_an_application_is_examined_by_its_password(broker):
    who = ["-u", "acme/dash", "--password-file", broker.password, "--cafile", broker.ca_file]
    reports = examine(*who, "-h", f"127.0.0.1:{broker.port}", code=0)
    assert reports["round-trip"]["state"] == "ok" and reports["isolation"]["state"] == "skipped" and reports["key"]["state"] == "skipped"
    assert examine(*who, "-h", "127.0.0.1", "-p", broker.port, code=0)["connect"]["state"] == "ok"


def test_a_broker_without_isolation_shows_others_messages(mosquitto):
    for version in ("5", "3.1.1"):
        fault = the_fault(examine("-h", mosquitto.url, "-V", version, code=13))
        assert fault["check"] == "isolation" and "sees what" in fault["found"] and "isolation or ACLs" in fault["fix"]



FAULTS = {
    "port closed": (lambda b, a, held: [b.devices[0], "-h", f"mqtts://127.0.0.1:{held}"], "tcp", "Connection refused", "start the broker"),
    "name that does not resolve": (lambda b, a, held: [b.devices[0], "-h", "mqtts://broker.invalid"], "dns", "broker.invalid: ", "getent hosts"),
    "TLS to a plain port": (lambda b, a, held: [b.devices[0], "-h", f"mqtts://127.0.0.1:{b.plain_port}"], "tls", "speaks MQTT without TLS", "use mqtt://"),
    "plain to a port of TLS": (lambda b, a, held: [b.devices[0], "-h", f"mqtt://127.0.0.1:{b.port}"], "connect", "speaks TLS", "use mqtts://"),
    "anchors of another CA": (lambda b, a, held: [b.devices[0], "-h", b.mqtts_url, "--cafile", a.root, "--skip", "chain"], "tls", "the broker's certificate", "--cafile"),
    "device of another CA": (lambda b, a, held: [a.identity, "-h", b.mqtts_url, "--cafile", b.ca_file, "--skip", "chain"], None, "alert", "does not take this device's certificate"),
    "revoked device": (lambda b, a, held: [b.devices[2], "-h", b.mqtts_url], "connect", "0x87 (not authorized), as revoked", "revoked or deleted"),
    "deleted device": (lambda b, a, held: [b.devices[3], "-h", b.mqtts_url], "connect", "as deleted", "revoked or deleted"),
    "no WebSocket there": (lambda b, a, held: [b.devices[0], "-h", b.urls[2].replace("/mqtt", "/nowhere")], "connect", "no WebSocket at /nowhere", "see the broker's log"),
    "no port of that number": (lambda b, a, held: [b.devices[0], "-h", "mqtts://127.0.0.1:70000"], "config", "--host: ", "mqtts://HOST:PORT"),
    "EST server away": (lambda b, a, held: [b.devices[0], "--est-url", f"https://127.0.0.1:{held}/.well-known/est"], "est", "", "start the EST server"),
    "EST URL of nothing": (lambda b, a, held: [b.devices[0], "--est-url", b.est_url.replace("est", "nothing")], "est", "", ""),
    "EST server of another CA": (lambda b, a, held: [a.identity, "--est-url", b.acme_est], "est", "", "give the CA file of this EST server"),
    "peer without files": (lambda b, a, held: [b.devices[0], "-h", b.mqtts_url, "--peer", "/nonexistent"], "isolation", "--peer: ", "enroll"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_what_mends_it(broker, authority, name):
    words, check, found, fix = FAULTS[name]
    with held_port() as held:
        fault = the_fault(examine(*words(broker, authority, held), *SHORT, code=13))
    assert check in (None, fault["check"]) and found in fault["found"] and fix in fault["fix"], fault


def test_a_wrong_password_is_told(broker, tmp_path):
    wrong = tmp_path / "wrong.password"
    wrong.write_text("something else\n")
    wrong.chmod(0o600)
    for version in ("5", "3.1.1"):
        who = ["-u", "acme/dash", "--password-file", wrong, "--cafile", broker.ca_file, "-V", version]
        fault = the_fault(examine(*who, "-h", broker.mqtts_url))
        assert fault["check"] == "connect" and "bad user name or password" in fault["found"] and "--password-file" in fault["fix"]


@pytest.mark.parametrize(
    ("reason", "found", "fix"),
    [("quota_exceeded", "0x97 (quota exceeded)", "muster tenant limits"), ("server_busy", "0x89 (server busy)", "wait"), ("banned", "0x8A (banned)", "ask who runs the broker"), ("server_moved", "0x9D", "connect where")],
)
def test_a_broker_that_refuses_is_told_by_its_reason(broker, reason, found, fix):
    broker.muster("broker", "fault", "add", "refuse", "--reason", reason, check=True)
    try:
        fault = the_fault(examine(broker.devices[0], "-h", broker.mqtts_url))
    finally:
        broker.muster("broker", "fault", "clear", "--yes", check=True)
    assert fault["check"] == "connect" and found in fault["found"] and fix in fault["fix"], fault


@pytest.mark.parametrize(("scheme", "check"), [("mqtts", "tls"), ("mqtt", "connect")])
def test_a_silent_listener_is_not_waited_for_without_end(broker, scheme, check):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        fault = the_fault(examine(broker.devices[0], "-h", f"{scheme}://127.0.0.1:{silent.getsockname()[1]}", *SHORT))
    assert fault["check"] == check and "silent" in fault["fix"], fault


def test_what_is_no_mqtt_broker_is_told():
    with answering(http_answer(status="400 Bad Request")) as port:
        fault = the_fault(examine("-h", f"mqtt://127.0.0.1:{port}", *SHORT))
    assert fault["check"] == "connect" and "no MQTT broker" in fault["found"]


@pytest.mark.parametrize(
    ("names", "days", "found", "fix"),
    [(["DNS:broker.example"], None, "mismatch", "connect to a name that its certificate has"), (["IP:127.0.0.1"], -1, "expired", "renew the broker's certificate")],
    ids=["wrong name", "expired"],
)
def test_a_broker_that_cannot_be_believed_is_told(authority, names, days, found, fix):
    chain, key = authority.server(f"server{len(list(authority.directory.iterdir()))}", *names, days=days)
    with answering(over_tls(chain, key, until_closed)) as port:
        fault = the_fault(examine(authority.identity, "-h", f"mqtts://127.0.0.1:{port}", *SHORT))
    assert fault["check"] == "tls" and found in fault["found"] and fix in fault["fix"], fault


def test_a_server_that_gives_no_sessions_is_a_warning(authority):
    chain, key = authority.server("forgetful", "IP:127.0.0.1")
    with answering(over_tls(chain, key, until_closed, tickets=0)) as port:
        reports = examine(authority.identity, "-h", f"mqtts://127.0.0.1:{port}", *SHORT, "--only", "tls")
    assert reports["tls"]["state"] == "warn" and "gives no sessions" in reports["tls"]["found"]


def test_a_node_that_is_away_is_a_warning_while_another_answers(broker):
    with held_port() as held:
        reports = examine(broker.devices[0], "-h", f"mqtts://127.0.0.1:{held}", "-h", broker.mqtts_url, code=0)
    assert reports["tcp"]["state"] == "warn" and "Connection refused" in reports["tcp"]["found"] and reports["round-trip"]["state"] == "ok"


@pytest.mark.parametrize(("skew", "state"), [(0, "ok"), (120, "warn"), (-4000, "fail"), (90_000, "fail")])
def test_a_wrong_clock_is_told_by_a_servers_date(skew, state):
    with answering(lambda stream: http_answer("Date: " + email.utils.formatdate(time.time() - skew, usegmt=True))(stream)) as port:
        report = examine("--est-url", f"http://127.0.0.1:{port}/.well-known/est", "--only", "clock")["clock"]
    assert report["state"] == state and abs(report["details"]["skew_s"] - skew) < 5
    if skew:
        assert (" ahead of " if skew > 0 else " behind ") in report["found"] and "set the clock" in report["fix"]


def test_a_server_without_a_date_says_nothing_of_the_clock():
    with answering(http_answer()) as port:
        report = examine("--est-url", f"http://127.0.0.1:{port}", "--only", "clock", code=0)["clock"]
    assert report["state"] == "skipped" and "no Date" in report["found"]


def test_what_a_broker_does_not_offer_is_told(tmp_path):
    with Broker(tmp_path / "state", "--listen", "mqtts://127.0.0.1:0", "--max-qos", "1", "--without", "retained", "--max-packet-size", "4096") as broker:
        broker.muster("tenant", "create", "acme", check=True)
        device = broker.enroll("acme", "press-01", tmp_path)
        reports = examine(device, "-h", broker.mqtts_url, "--broker", code=0)
    assert reports["round-trip"]["found"].startswith("QoS 0, 1 there") and reports["limits"]["state"] == "warn"
    limits = reports["limits"]["details"]
    assert (limits["maximum_qos"], limits["retain_available"], limits["maximum_packet_size"]) == (1, False, 4096)


def test_a_devices_session_stays_as_it_is(mosquitto):
    """What waits for the device is neither taken nor ended, and a session that was not there is not left behind."""
    device = PahoClient("press-07", clean=False, session_expiry=3600)
    device.connect(mosquitto.port)
    device.subscribe("commands/press-07")
    device.close()
    sender = PahoClient("sender")
    sender.connect(mosquitto.port)
    sender.publish("commands/press-07", "stop")
    sender.close()
    for version in ("5", "3.1.1"):
        reports = examine("-h", mosquitto.url, "-i", "press-07", "--skip", "isolation", "-V", version, code=0)
        assert reports["connect"]["details"]["session_present"] is True and reports["round-trip"]["state"] == "ok"
        for _ in range(2):
            reports = examine("-h", mosquitto.url, "-i", f"new-{version}", "--skip", "isolation", "-V", version, code=0)
            assert reports["connect"]["details"]["session_present"] is False
    again = PahoClient("press-07", clean=False, session_expiry=3600)
    again.connect(mosquitto.port)
    assert again.message().payload == b"stop"
    again.close()


def test_a_wait_can_be_cut_short(broker):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        done = run("doctor", broker.devices[0], "-h", f"mqtts://127.0.0.1:{silent.getsockname()[1]}", "--timeout", "300ms")
    assert done.returncode == 9


def test_messages_are_sent_below_the_topic_that_is_named(mosquitto):
    listener = PahoClient("listener")
    listener.connect(mosquitto.port)
    listener.subscribe("field/test/#")
    examine("-h", mosquitto.url, "--skip", "isolation", "--probe-topic", "field/test", code=0)
    assert listener.message().topic.startswith("field/test/")
    listener.close()
