# SPDX-License-Identifier: Apache-2.0
"""`muster simulate`: what only light devices can be told, and that a fleet with a full one says so before anything is started."""
import shutil
import ssl

import pytest
from external_ca import openssl
from peers import PahoClient, run
from scripted_mqtt import DISCONNECT, PUBACK, PUBLISH, Scripted, packet
from simulations import BACKOFF, DEVICES, SENSOR, account, check_sums

LIGHT = f'kind = "light"\n{SENSOR}'
MIXED = f'{SENSOR}[[group]]\nname = "pumps"\nkind = "light"\nshare = 0.5\n[[group]]\nname = "gateways"\n'
CONNECT = 1
SHORT = ["-c", 1, "--duration", "300ms", "--drain", "100ms"]


def simulate(*words, **more):
    return run("simulate", "-o", "json", *words, **more)


@pytest.mark.parametrize(
    ("flags", "version", "cipher"),
    [
        (["--tls-version", "1.2"], "TLSv1.2", None),
        (["--tls-version", "1.3"], "TLSv1.3", None),
        (["--tls-version", "1.2", "--ciphers", "ECDHE-ECDSA-CHACHA20-POLY1305"], "TLSv1.2", "ECDHE-ECDSA-CHACHA20-POLY1305"),
        (["--ciphers", "TLS_CHACHA20_POLY1305_SHA256"], "TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256"),
    ],
)
def test_tls_is_as_the_flags_say(server_files, scenario, flags, version, cipher):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_files / "s.pem", server_files / "s.key")
    context.set_alpn_protocols(["mqtt", "x-amzn-mqtt-ca"])
    seen = {}
    with Scripted(wrap=lambda stream: context.wrap_socket(stream, server_side=True), greet=lambda stream: seen.update(version=stream.version(), cipher=stream.cipher()[0], alpn=stream.selected_alpn_protocol())) as server:
        words = ["-h", f"mqtts://127.0.0.1:{server.port}", "--cafile", server_files / "s.pem", "--scenario", scenario(LIGHT), *SHORT]
        assert account(simulate(*words, "--alpn", "x-amzn-mqtt-ca", *flags))["connections"]["connected"] == 1
    assert seen == {"version": version, "cipher": cipher or seen["cipher"], "alpn": "x-amzn-mqtt-ca"}


def test_a_fleet_with_certificates_of_its_own_has_them_too(presses, scenario):
    tls = ["--tls-version", "1.2", "--ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384", "--alpn", "mqtt"]
    words = presses.simulation("--scenario", scenario(LIGHT), "--duration", "1s", *presses.observed())
    told = account(run(*words, *tls, "--assert", "missing==0", "--assert", "waiting==0"))
    check_sums(told)
    assert told["connections"]["connected"] == DEVICES and told["observed"]["unique"] > 0
    assert account(run(*words, "--tls-version", "1.3", "--ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384:TLS_AES_128_GCM_SHA256"))["never_connected"] == 0


def test_properties_stand_in_the_packets_that_were_named(scenario):
    file = scenario(f'{LIGHT}[config.will]\ntopic = "gone"\npayload = "x"\n')
    limits = ["--receive-maximum", "7", "--max-packet-size", "4096", "--topic-alias-maximum", "3", "-x", "9"]
    words = ["-D", "connect", "user-property", "a", "b", "-D", "publish content-type text/plain", "-D", "will", "user-property", "c", "d", "-D", "disconnect", "reason-string", "over"]
    with Scripted({PUBLISH: lambda body: packet(PUBACK << 4, body[body[1] + 2 : body[1] + 4])}) as server:
        account(simulate("-h", server.url, "--scenario", file, "-c", 1, "--duration", "1s", *limits, *words, "--assert", "waiting==0", "--assert", "delivered>0"))
    connect = server.body(CONNECT)
    for part in (b"\x21\x00\x07", b"\x27\x00\x00\x10\x00", b"\x22\x00\x03", b"\x11\x00\x00\x00\x09", b"\x26\x00\x01a\x00\x01b", b"\x26\x00\x01c\x00\x01d"):
        assert part in connect, (part, connect)
    published = [body for first, body in server.packets if first >> 4 == PUBLISH]
    assert published and all(b"\x03\x00\x0atext/plain" in body for body in published)
    assert b"\x1f\x00\x04over" in server.body(DISCONNECT)


def test_what_the_broker_passes_on_has_the_devices_properties(presses, scenario):
    application = PahoClient("application")
    application.client.username_pw_set("acme/dash", "open sesame")
    application.connect(presses.plain_port)
    application.subscribe("+/telemetry/x")
    limits = ["--receive-maximum", "20", "--max-packet-size", "65536", "--topic-alias-maximum", "5"]
    words = presses.simulation("--scenario", scenario(LIGHT), "--duration", "1s", *presses.observed())
    told = account(run(*words, *limits, "-D", "publish", "user-property", "line", "7", "--assert", "missing==0"))
    messages = [application.message() for _ in range(told["messages"]["delivered"])]
    application.close()
    assert messages and all(("line", "7") in message.properties.UserProperty for message in messages)


def test_a_scenario_of_the_older_version_has_no_properties(scenario):
    groups = '[[group]]\nname = "new"\nshare = 0.5\n[[group]]\nname = "old"\n[group.config]\nprotocol = "mqtt311"\n'
    for text in ('[config]\nprotocol = "mqtt311"\n', groups):
        done = run("simulate", "-h", "mqtt://127.0.0.1:1", "--scenario", scenario(LIGHT + text), "--receive-maximum", "5")
        assert (done.returncode, done.stdout) == (2, "") and 'protocol = "mqtt5" in the scenario' in done.stderr, done


@pytest.fixture(name="strangers")
def identities_that_trust_somebody_else(presses, tmp_path):
    fleet = tmp_path / "fleet"
    shutil.copytree(presses.fleet, fleet)
    other = tmp_path / "other.pem"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", tmp_path / "other.key", "-out", other, "-subj", "/CN=other", "-days", "2")
    for anchor in fleet.glob("*/ca.pem"):
        anchor.write_text(other.read_text())
    return fleet


def test_light_devices_and_their_rivals_take_whoever_answers_with_a_warning_and_not_in_production(presses, scenario, strangers, tmp_path):
    text = f'{LIGHT}[[takeover]]\nat = "500ms"\nfor = "500ms"\n{BACKOFF}'
    words = ["-h", presses.mqtts_url, "--credentials", strangers, "-c", 2, "--scenario", scenario(text), "--duration", "1500ms"]
    without = simulate(*words, "--drain", "0s")
    assert account(without)["never_connected"] == 2 and "warning: --insecure" not in without.stderr
    done = simulate(*words, "--insecure-skip-verify", "--assert", "waiting==0")
    told = account(done)
    check_sums(told)
    assert told["never_connected"] == 0 and told["rivals"] == 2
    assert "warning: --insecure-skip-verify: whoever answers is taken for the server" in done.stderr
    config = tmp_path / "config.toml"
    config.write_text('context = "plant"\n[contexts.plant]\nmode = "prod"\n')
    refused = simulate(*words, "--insecure-skip-verify", "--config", config)
    assert (refused.returncode, refused.stdout) == (2, "") and "--insecure-skip-verify: context plant is a production's" in refused.stderr


def test_nobody_needs_to_vouch_for_a_server_that_is_not_verified(server_files, scenario):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_files / "s.pem", server_files / "s.key")
    with Scripted(wrap=lambda stream: context.wrap_socket(stream, server_side=True)) as server:
        words = ["-h", f"mqtts://127.0.0.1:{server.port}", "--scenario", scenario(LIGHT), *SHORT]
        assert simulate(*words).returncode == 2
        for more in ([], ["--retries", 0]):
            assert account(simulate(*words, "--insecure-skip-verify", *more))["connections"]["connected"] == 1


def test_an_observer_always_verifies_its_server(scenario):
    for words in (["--observe"], ["--observe-username", "me"]):
        done = simulate("-h", "mqtts://127.0.0.1:1", "--insecure-skip-verify", "--scenario", scenario(LIGHT), *words)
        assert (done.returncode, done.stdout) == (2, "") and "the observer is the SDK itself" in done.stderr, done


@pytest.mark.parametrize(
    "words",
    [
        ["--insecure-skip-verify"],
        ["--tls-version", "1.3"],
        ["--ciphers", "TLS_AES_128_GCM_SHA256"],
        ["--alpn", "mqtt"],
        ["--receive-maximum", "5"],
        ["--max-packet-size", "4096"],
        ["--topic-alias-maximum", "0"],
        ["--property", "connect", "user-property", "a", "b"],
    ],
)
def test_a_fleet_with_full_devices_is_not_told_what_only_light_ones_can_do(scenario, words):
    """The host is nobody's: had anything been started, the run would say that nothing connected."""
    for text, who in ((SENSOR, "the scenario's devices are full ones"), (MIXED, "group gateways is of full devices")):
        done = run("simulate", "-h", "mqtts://127.0.0.1:1", "--cafile", "/etc/hostname", "--scenario", scenario(text), *words)
        assert (done.returncode, done.stdout) == (2, ""), done
        assert f"muster: error: {words[0]}: {who}, and a full device is the SDK itself: " in done.stderr
        assert f'hint: kind = "light" in the scenario, or leave {words[0]} out, also of the context' in done.stderr


def test_what_a_context_says_of_light_devices_counts_as_much(scenario, tmp_path):
    config = tmp_path / "config.toml"
    config.write_text('context = "lab"\n[contexts.lab]\nreceive-maximum = 5\nproperty = ["connect user-property a b"]\n')
    with Scripted() as server:
        account(simulate("-h", server.url, "--scenario", scenario(LIGHT), *SHORT, "--config", config))
    assert b"\x21\x00\x05" in server.body(CONNECT) and b"\x26\x00\x01a\x00\x01b" in server.body(CONNECT)
    done = run("simulate", "-h", "mqtt://127.0.0.1:1", "--scenario", scenario(SENSOR), "--config", config)
    assert (done.returncode, done.stdout) == (2, "") and "--receive-maximum: the scenario's devices are full ones" in done.stderr


def test_there_is_no_tls_session_of_many_devices(scenario, tmp_path):
    done = run("simulate", "-h", "mqtts://127.0.0.1:1", "--scenario", scenario(LIGHT), "--tls-session-file", tmp_path / "session")
    assert (done.returncode, done.stdout) == (2, "") and "--tls-session-file" in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["-h", "mqtts://127.0.0.1:1", "--ciphers", "NONSENSE"], "NONSENSE"),
        (["-h", "mqtts://127.0.0.1:1", "--tls-version", "1.1"], "--tls-version"),
        (["-h", "mqtts://127.0.0.1:1", "--alpn", "x" * 256], "longer than 255 bytes"),
        (["-h", "mqtt://127.0.0.1:1", "--alpn", "mqtt"], "need TLS"),
        (["-h", "mqtt://127.0.0.1:1", "--receive-maximum", "0"], "--receive-maximum"),
        (["-h", "mqtt://127.0.0.1:1", "--max-packet-size", "0"], "--max-packet-size"),
        (["-h", "mqtt://127.0.0.1:1", "--topic-alias-maximum", "65536"], "--topic-alias-maximum"),
        (["-h", "mqtt://127.0.0.1:1", "-D", "publish", "colour", "red"], "there is no property 'colour'"),
        (["-h", "mqtt://127.0.0.1:1", "-D", "publish", "topic-alias", "1"], "name their topic"),
        (["-h", "mqtt://127.0.0.1:1", "-D", "subscribe", "user-property", "a", "b"], "subscribe to nothing"),
        (["-h", "mqtt://127.0.0.1:1", "-V", "3.1.1", "--receive-maximum", "5"], "leave --mqtt-version away"),
        (["-h", "mqtt://127.0.0.1:1", "-V", "3.1.1", "-D", "connect", "user-property", "a", "b"], "has no properties"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_done(server_files, scenario, words, says):
    anchors = [] if words[1].startswith("mqtt:") else ["--cafile", server_files / "s.pem"]
    done = simulate("--scenario", scenario(LIGHT), *words, *anchors)
    assert (done.returncode, done.stdout) == (2, "") and says in done.stderr, done
