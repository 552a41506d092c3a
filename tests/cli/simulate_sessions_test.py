# SPDX-License-Identifier: Apache-2.0
"""`muster simulate`: trust anchors from a directory, sessions that are kept, and what the broker publishes when a device is lost."""
import shutil

import pytest
from external_ca import openssl
from peers import Mosquitto, PahoClient, run
from scripted_mqtt import WELCOME_V311, Scripted
from simulations import BACKOFF, DEVICES, SENSOR, account, check_sums

KINDS = pytest.mark.parametrize("kind", ["full", "light"])
CONNECT, DISCONNECT = 1, 14
# In CONNECT, behind the protocol's name and its level (MQTT 5.0, section 3.1.2).
FLAGS_AT, CLEAN_START = 7, 2
SESSION_EXPIRY = 17


@pytest.fixture(name="mosquitto", scope="module")
def running_mosquitto(tmp_path_factory):
    with Mosquitto(tmp_path_factory.mktemp("mosquitto")) as mosquitto:
        mosquitto.url = f"mqtt://127.0.0.1:{mosquitto.port}"
        yield mosquitto


def simulate(*words):
    return run("simulate", "-o", "json", *words)


@KINDS
@pytest.mark.parametrize("also", [[], ["--cafile", "other.pem"]])
def test_a_directory_of_anchors_vouches_for_the_broker(presses, scenario, tmp_path, kind, also):
    """Instead of the identities' anchors, which are somebody else's here."""
    anchors, fleet, other = tmp_path / "anchors", tmp_path / "fleet", tmp_path / "other.pem"
    anchors.mkdir()
    shutil.copy(presses.ca_file, anchors / "root.pem")
    shutil.copytree(presses.fleet, fleet)
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", tmp_path / "other.key", "-out", other, "-subj", "/CN=other", "-days", "2")
    for anchor in fleet.glob("*/ca.pem"):
        anchor.write_text(other.read_text())
    words = ["-h", presses.mqtts_url, "--credentials", fleet, "-c", 2, "--scenario", scenario(f'kind = "{kind}"\n{SENSOR}'), "--duration", "500ms"]
    assert account(simulate(*words, "--drain", "0s"))["never_connected"] == 2
    words += ["--capath", anchors, *(other if word == "other.pem" else word for word in also)]
    unhashed = run("simulate", *words)
    assert unhashed.returncode == 5 and f"openssl rehash {anchors}" in unhashed.stderr
    openssl("rehash", anchors)
    told = account(simulate(*words, *presses.observed(), "--assert", "missing==0"))
    check_sums(told)
    assert told["connections"]["connected"] == 2 and told["observed"]["unique"] > 0


def expiry_in(body):
    """The session expiry that a CONNECT asks for; 0: it does not."""
    size, properties = body[10], body[11 : 11 + body[10]]
    assert size < 128
    at = properties.find(SESSION_EXPIRY)
    return int.from_bytes(properties[at + 1 : at + 5], "big") if at >= 0 else 0


@KINDS
@pytest.mark.parametrize(
    ("words", "is_clean", "expiry"),
    [([], False, 70), (["-x", "0"], True, 0), (["--session-expiry", "60"], False, 60), (["--no-clean-start"], False, 2**31 - 1), (["--no-clean-start", "-x", "5"], False, 5)],
)
def test_sessions_of_the_command_line_go_before_the_scenarios(scenario, kind, words, is_clean, expiry):
    file = scenario(f'kind = "{kind}"\n{SENSOR}[config]\nsession_expiry_s = 70\n')
    with Scripted() as server:
        account(simulate("-h", server.url, "--scenario", file, "-c", 1, "--duration", "300ms", "--drain", "100ms", *words))
    body = server.body(CONNECT)
    assert (bool(body[FLAGS_AT] & CLEAN_START), expiry_in(body)) == (is_clean, expiry)


@KINDS
def test_a_session_is_asked_for_with_the_older_version_too(scenario, kind):
    file = scenario(f'kind = "{kind}"\n{SENSOR}')
    for words, is_clean in ([], True), (["--no-clean-start"], False):
        with Scripted({CONNECT: WELCOME_V311}) as server:
            account(simulate("-h", server.url, "-V", "3.1.1", "--scenario", file, "-c", 1, "--duration", "300ms", "--drain", "100ms", *words))
        assert bool(server.body(CONNECT)[FLAGS_AT] & CLEAN_START) == is_clean


@KINDS
def test_the_broker_publishes_a_will_of_each_device_that_is_cut_off(mosquitto, scenario, kind):
    text = f'kind = "{kind}"\n{SENSOR}[[storm]]\nat = "1s"\nfor = "500ms"\n[config]\ntopic_root = "{kind}/{{client_id}}"\n[config.will]\ntopic = "old"\n{BACKOFF}'
    heir = PahoClient(f"heir-{kind}")
    heir.connect(mosquitto.port)
    heir.subscribe(f"{kind}/+/gone")
    will = ["--will-topic", "gone", "--will-payload", "50% gone, %i", "--will-qos", "1", "--will-retain"]
    words = ["-h", mosquitto.url, "--scenario", scenario(text), "-c", 3, "-i", f"{kind}-%i", "--duration", "4s"]
    told = account(simulate(*words, *will))
    check_sums(told)
    got = [heir.message() for _ in range(3)]
    assert sorted(message.topic for message in got) == [f"{kind}/{kind}-{number}/gone" for number in range(3)]
    assert {(message.payload, message.qos) for message in got} == {(b"50% gone, %i", 1)}
    late = PahoClient(f"late-{kind}")
    late.connect(mosquitto.port)
    late.subscribe(f"{kind}/+/gone")
    assert all(late.message().retain for _ in range(3))
    late.close()
    # Who comes back in time is not gone, and neither is who says goodbye.
    account(simulate(*words, *will, "--will-payload", "again", "--will-delay", "30s", "-x", "30"))
    end = PahoClient(f"end-{kind}")
    end.connect(mosquitto.port)
    end.publish(f"{kind}/end/gone", b"the end")
    end.close()
    assert heir.message().payload == b"the end"
    heir.close()


@KINDS
def test_a_device_that_stops_says_goodbye(scenario, kind):
    with Scripted() as server:
        account(simulate("-h", server.url, "--scenario", scenario(f'kind = "{kind}"\n{SENSOR}'), "-c", 1, "--duration", "300ms", "--drain", "100ms"))
    assert server.body(DISCONNECT) in (b"", bytes(2))  # A normal one, with its reason or without.


@pytest.mark.parametrize(
    ("text", "words", "says"),
    [
        ("", ["--capath", "/nonexistent"], "/nonexistent"),
        ("", ["-x", "2147483648"], "--session-expiry"),
        ("", ["--no-clean-start", "-x", "0"], "leaves nothing of"),
        ("", ["-V", "3.1.1", "-x", "5"], "has no properties"),
        ("", ["-V", "3.1.1", "--will-topic", "t", "--will-delay", "5s"], "has no properties"),
        ("", ["--will-payload", "x"], "needs --will-topic"),
        ("", ["--will-topic", "t", "--will-qos", "3"], "--will-qos"),
        ("[config]\npresence = {}\n", ["--will-topic", "t"], "presence is a will of its own"),
        ('[[config.classes]]\nfilter = "#"\nqos = 2\nqos_reason = "it counts"\n', ["-x", "5"], "do not go on with QoS 2"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_done(scenario, text, words, says):
    scheme = "mqtts" if "--capath" in words else "mqtt"
    done = run("simulate", "-h", f"{scheme}://127.0.0.1:1", "--scenario", scenario(f'kind = "light"\n{SENSOR}{text}'), *words)
    assert done.returncode in (2, 5) and done.stdout == "" and says in done.stderr, done


def test_an_anchor_that_is_no_directory_needs_tls(scenario):
    done = run("simulate", "-h", "mqtt://127.0.0.1:1", "--scenario", scenario(SENSOR), "--capath", "/tmp")
    assert done.returncode == 2 and "need TLS" in done.stderr
