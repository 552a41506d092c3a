# SPDX-License-Identifier: Apache-2.0
"""`muster simulate`: where its devices connect to, through what, for how long they try, and one certificate for all of them."""
import shutil
import socket

import pytest
from external_ca import ExternalCa, openssl
from peers import Mosquitto, held_port, run
from scripted_mqtt import Scripted
from simulations import BACKOFF, DEVICES, SENSOR, account, check_sums
from tunnels import TunnelProxy

KINDS = pytest.mark.parametrize("kind", ["full", "light"])
CONNECT = 1
# In CONNECT, behind the protocol's name, its level and the flags (MQTT 5.0, section 3.1.2).
KEEP_ALIVE_AT = 8


@pytest.fixture(name="mosquitto", scope="module")
def running_mosquitto(tmp_path_factory):
    with Mosquitto(tmp_path_factory.mktemp("mosquitto")) as mosquitto:
        mosquitto.place = f"127.0.0.1:{mosquitto.port}"
        yield mosquitto


def secret(directory, text):
    file = directory / "secret"
    file.write_text(text + "\n")
    file.chmod(0o600)
    return file


def simulate(*words, **more):
    return run("simulate", "-o", "json", *words, **more)


@KINDS
def test_devices_begin_at_different_nodes(mosquitto, scenario, tmp_path, kind):
    with Mosquitto(tmp_path) as other, TunnelProxy() as proxy:
        places = [mosquitto.place, f"127.0.0.1:{other.port}"]
        words = [word for place in places for word in ("-h", f"mqtt://{place}")]
        told = account(simulate(*words, "--proxy", proxy.url, "--scenario", scenario(f'kind = "{kind}"\n{SENSOR}'), "-c", 5, "--duration", "1s", "--assert", "waiting==0"))
    check_sums(told)
    assert sorted(proxy.asked) == sorted([places[0]] * 3 + [places[1]] * 2) and told["connections"]["connected"] == 5


@KINDS
@pytest.mark.parametrize("away", [0, 1])
def test_devices_of_a_node_that_is_away_go_on_to_the_next(mosquitto, scenario, kind, away):
    text = f'kind = "{kind}"\n{SENSOR}[config]\ntopic_root = "d/{{client_id}}"\n{BACKOFF}'
    with held_port() as held:
        places = [f"mqtt://{mosquitto.place}"]
        places.insert(away, f"mqtt://127.0.0.1:{held}")
        done = simulate("-h", ",".join(places), "--scenario", scenario(text), "-c", 4, "--duration", "1s", "--observe", "--assert", "waiting==0", "--assert", "missing==0")
    told = account(done)
    check_sums(told)
    assert told["never_connected"] == 0 and told["connections"]["failed_by_reason"]["unreachable"] >= 2


@KINDS
def test_devices_and_the_observer_go_through_the_proxy(presses, scenario, tmp_path, kind):
    with TunnelProxy(credentials=b"me:hush hush") as proxy:
        way = ["--proxy", f"http://me@{proxy.place}", "--proxy-password-file", secret(tmp_path, "hush hush")]
        words = presses.simulation("--scenario", scenario(f'kind = "{kind}"\n{SENSOR}'), "--duration", "1s", *presses.observed())
        told = account(run(*words, *way, "--assert", "missing==0"))
        check_sums(told)
        assert proxy.asked == [f"127.0.0.1:{presses.port}"] * (DEVICES + 1)
        assert told["observed"]["unique"] == told["messages"]["delivered"] > 0


@KINDS
def test_devices_that_lose_their_network_come_back_through_the_proxy(presses, scenario, tmp_path, kind):
    text = f'kind = "{kind}"\n{SENSOR}[[storm]]\nat = "1s"\n{BACKOFF}'
    with TunnelProxy(credentials=b"me:hush hush") as proxy:
        way = ["--proxy", f"http://me@{proxy.place}", "--proxy-password-file", secret(tmp_path, "hush hush")]
        told = account(run(*presses.simulation("--scenario", scenario(text), "--duration", "2500ms", *presses.observed()), *way, "--assert", "waiting==0"))
    check_sums(told)
    assert told["connections"]["lost"] > 0 and told["observed"]["missing"] == 0
    assert len(proxy.asked) > told["connections"]["connected"] > DEVICES
    assert set(proxy.asked) == {f"127.0.0.1:{presses.port}"}


@KINDS
def test_a_proxy_that_does_not_let_through_is_told(scenario, kind):
    with TunnelProxy(answer=b"HTTP/1.1 407 Who are you\r\n\r\n") as proxy:
        words = ["-h", "mqtt://127.0.0.1:1", "--scenario", scenario(f'kind = "{kind}"\n{SENSOR}'), "-c", 1, "--duration", "500ms", "--drain", "100ms"]
        done = run("simulate", *words, "--proxy", proxy.url)
    assert "1 devices never connected, for example: " in done.stderr and "407" in done.stderr, done.stderr


@KINDS
def test_the_keep_alive_of_the_command_line_goes_before_the_scenarios(scenario, kind):
    text = f'kind = "{kind}"\n{SENSOR}[config]\nkeep_alive_s = 7\n'
    for words, expected in ([], 7), (["-k", "33"], 33):
        with Scripted() as server:
            account(simulate("-h", server.url, "--scenario", scenario(text), "-c", 1, "--duration", "500ms", "--drain", "100ms", *words))
        body = server.body(CONNECT)
        assert int.from_bytes(body[KEEP_ALIVE_AT : KEEP_ALIVE_AT + 2], "big") == expected


@KINDS
def test_an_attempt_takes_no_longer_than_the_command_line_says(scenario, kind):
    file = scenario(f'kind = "{kind}"\n{SENSOR}[config]\nconnect_timeout_ms = 60000\n{BACKOFF}')
    with socket.create_server(("127.0.0.1", 0)) as silent:
        words = ["-h", f"mqtt://127.0.0.1:{silent.getsockname()[1]}", "--scenario", file, "-c", 1, "--duration", "2s", "--drain", "100ms"]
        assert account(simulate(*words))["connections"]["failed_by_reason"].get("timeout", 0) == 0
        assert account(simulate(*words, "--connect-timeout", "200ms"))["connections"]["failed_by_reason"]["timeout"] > 0


@pytest.fixture(name="closed", scope="module")
def mosquitto_for_holders_of_certificates(tmp_path_factory):
    directory = tmp_path_factory.mktemp("closed")
    ca = ExternalCa(directory, "closed")
    server, server_key = ca.sign("127.0.0.1", "server")
    openssl("req", "-new", "-key", server_key, "-out", directory / "server.csr", "-subj", "/CN=127.0.0.1")
    (directory / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", directory / "server.csr", "-CA", ca.certificate, "-CAkey", ca.key, "-CAcreateserial", "-days", "7", "-extfile", directory / "names", "-out", server)
    lines = [f"cafile {ca.certificate}", f"certfile {server}", f"keyfile {server_key}", "require_certificate true"]
    with Mosquitto(directory, *lines) as mosquitto:
        mosquitto.certificate, mosquitto.key = ca.sign("gateway", "gateway")
        mosquitto.key.chmod(0o600)
        mosquitto.words = ["-h", f"mqtts://127.0.0.1:{mosquitto.port}", "--cafile", ca.certificate, "-c", 3, "--duration", "1s"]
        yield mosquitto


@KINDS
def test_one_certificate_is_for_all_devices_and_for_an_observer_without_a_name(closed, scenario, kind):
    words = [*closed.words, "--scenario", scenario(f'kind = "{kind}"\n{SENSOR}[config]\ntopic_root = "d/{{client_id}}"\n')]
    told = account(simulate(*words, "--cert", closed.certificate, "--key", closed.key, "--retries", 0, "--observe", "--assert", "missing==0", "--assert", "waiting==0"))
    check_sums(told)
    assert told["observed"]["unique"] == told["messages"]["delivered"] > 0 and told["connections"]["connected"] == 3
    assert account(simulate(*words, "--drain", "0s"))["never_connected"] == 3  # The broker wants one.


@KINDS
def test_the_key_of_all_devices_may_have_a_password(closed, scenario, tmp_path, kind):
    password, locked = secret(tmp_path, "open sesame"), tmp_path / "locked.key"
    openssl("pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", closed.key, "-out", locked, "-passout", f"file:{password}")
    locked.chmod(0o600)
    words = [*closed.words, "--scenario", scenario(f'kind = "{kind}"\n{SENSOR}[config]\ntopic_root = "d/{{client_id}}"\n'), "--cert", closed.certificate, "--key", locked]
    told = account(simulate(*words, "--key-password-file", password, "--observe", "--assert", "missing==0"))
    assert told["connections"]["connected"] == 3
    without = simulate(*words, "--drain", "0s")
    assert (without.returncode, without.stdout) == (4, "") and "give --key-password-file FILE" in without.stderr


@KINDS
def test_keys_of_credentials_may_have_a_password(presses, scenario, tmp_path, kind):
    password, fleet = secret(tmp_path, "open sesame"), tmp_path / "fleet"
    shutil.copytree(presses.fleet, fleet)
    for key in fleet.glob("*/device.key"):
        locked = openssl("pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", key, "-passout", f"file:{password}")
        key.write_text(locked)
    words = ["-h", presses.mqtts_url, "--credentials", fleet, "-c", 2, "--scenario", scenario(f'kind = "{kind}"\n{SENSOR}'), "--duration", "1s"]
    told = account(simulate(*words, "--key-password-file", password, "--assert", "waiting==0"))
    assert told["connections"]["connected"] == 2 and told["messages"]["delivered"] > 0


def test_a_context_with_a_certificate_gives_way_to_credentials(presses, scenario):
    words = presses.simulation("--scenario", scenario(SENSOR), "--duration", "500ms", "--assert", "waiting==0")
    account(run(*words, env={"MUSTER_CERT": "/nonexistent", "MUSTER_KEY": "/nonexistent"}))


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["-h", "mqtts://127.0.0.1:1"], 2, "nothing vouches for the server"),
        (["-h", "mqtt://127.0.0.1:1", "--cert", "c"], 2, "--cert and --key go together"),
        (["-h", "mqtts://127.0.0.1:1", "--cert", "c", "--key", "k", "--credentials", "d"], 2, "exclude each other"),
        (["-h", "mqtt://127.0.0.1:1", "--cert", "c", "--key", "k"], 2, "certificates need TLS"),
        (["-h", "mqtt://127.0.0.1:1", "--key-password-file", "f"], 2, "needs a key"),
        (["-h", "mqtt://127.0.0.1:1", "-k", "0"], 2, "--keep-alive"),
        (["-h", "mqtt://127.0.0.1:1", "--connect-timeout", "10ms"], 2, "100ms to 5m"),
        (["-h", "mqtt://127.0.0.1:1,mqtts://127.0.0.1:2", "--cafile", "/etc/hostname"], 2, "speak one protocol"),
        (["-h", "mqtt://127.0.0.1:1,ws://127.0.0.1:2"], 2, "speak one protocol"),
        (["-h", "mqtt://127.0.0.1:1", "--proxy", "socks://x"], 2, "http://HOST:PORT"),
        (["-h", "mqtt://127.0.0.1:1", "--proxy", "http://me:secret@x"], 2, "--proxy-password-file"),
        (["-h", "mqtt://127.0.0.1:1", "--proxy", "http://me@x"], 2, "has a user, and no password"),
        (["-h", "mqtt://127.0.0.1:1", "--proxy", "http://x", "--proxy-password-file", "/etc/hostname"], 2, "needs a user"),
        (["-h", "mqtt://127.0.0.1:1", "--proxy", "http://proxy.invalid:1"], 5, "check --proxy"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_done(scenario, words, code, says):
    done = run("simulate", "--scenario", scenario('kind = "light"\n' + SENSOR), *words)
    assert done.returncode == code and done.stdout == "" and says in done.stderr, done
