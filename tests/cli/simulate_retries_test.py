# SPDX-License-Identifier: Apache-2.0
"""`muster simulate --retries`: whether a broker is there that lets the first device in, before anything else is started."""
import signal
import socket
import subprocess

import pytest
from peers import MUSTER, PATIENCE, Mosquitto, held_port, run
from scripted_mqtt import DISCONNECT, Scripted
from simulations import DEVICES, SENSOR, account, check_sums
from tunnels import TunnelProxy

KINDS = pytest.mark.parametrize("kind", ["full", "light"])
CONNECT = 1
FIGURES = ("waiting==0", "never-connected==0", "connected==3")
# In CONNECT, behind the protocol's name and its level (MQTT 5.0, section 3.1.2).
FLAGS_AT, WILL, CLEAN_START = 7, 4, 2


def start(*words):
    return subprocess.Popen([MUSTER, "simulate", "-o", "table", *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@KINDS
def test_a_run_gives_up_when_nobody_answers_again_and_again(scenario, kind):
    with held_port() as port:
        done = run("simulate", "-h", f"mqtt://127.0.0.1:{port}", "--scenario", scenario(f'kind = "{kind}"\n{SENSOR}'), "-c", 3, "-i", "d-%i", "--retries", 2, "--retry-delay", "1ms")
    assert (done.returncode, done.stdout) == (7, "")
    assert done.stderr.count("once more in 1 ms") == 2 and f"muster: error: device d-0: 127.0.0.1:{port}" in done.stderr, done.stderr


@KINDS
def test_a_fleet_waits_for_its_broker(scenario, tmp_path, kind):
    mosquitto, output, said = Mosquitto(tmp_path), "", ""
    asserted = [word for figure in FIGURES for word in ("--assert", figure)]
    with held_port() as port:
        process = start("-h", f"mqtt://127.0.0.1:{port}", "--scenario", scenario(f'kind = "{kind}"\n{SENSOR}'), "-c", 3, "--retries", 100_000, "--retry-delay", "20ms", "--duration", "500ms", *asserted)
        assert "once more in 20 ms" in process.stderr.readline()
        mosquitto.start(port)
        try:
            output, said = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
            mosquitto.stop()
    assert process.returncode == 0, said
    for figure in FIGURES:
        assert f"PASS {figure}" in output


@KINDS
def test_the_first_device_tries_as_itself_with_its_session_and_without_its_will(scenario, kind):
    file = scenario(f'kind = "{kind}"\n{SENSOR}[config]\nsession_expiry_s = 70\n[config.will]\ntopic = "gone"\n')
    with Scripted() as server:
        account(run("simulate", "-o", "json", "-h", server.url, "--scenario", file, "-c", 1, "-i", "d-%i", "--duration", "300ms", "--drain", "100ms", "--retries", 0))
    first, second = [body for kind_of, body in server.packets if kind_of >> 4 == CONNECT]
    assert not first[FLAGS_AT] & (WILL | CLEAN_START) and second[FLAGS_AT] & (WILL | CLEAN_START) == WILL
    for body in (first, second):
        assert b"\x11\x00\x00\x00\x46" in body and b"\x00\x03d-0" in body
    # It says goodbye before the other is there.
    kinds = [kind_of >> 4 for kind_of, _ in server.packets]
    assert kinds[:3] == [CONNECT, DISCONNECT, CONNECT]


@KINDS
def test_it_goes_the_way_of_the_others(presses, scenario, tmp_path, kind):
    secret = tmp_path / "secret"
    secret.write_text("hush\n")
    secret.chmod(0o600)
    tls = ["--tls-version", "1.2", "--alpn", "mqtt", "--receive-maximum", 5] if kind == "light" else []
    with TunnelProxy(credentials=b"me:hush") as proxy:
        words = presses.simulation("--scenario", scenario(f'kind = "{kind}"\n{SENSOR}'), "--duration", "500ms", "--proxy", f"http://me@{proxy.place}", "--proxy-password-file", secret)
        told = account(run(*words, *tls, "--retries", 0, "--assert", "waiting==0"))
    check_sums(told)
    assert len(proxy.asked) == DEVICES + 1 and told["connections"]["connected"] == DEVICES


def test_who_is_not_let_in_is_not_tried_again(presses, scenario, tmp_path):
    wrong = tmp_path / "wrong"
    wrong.write_text("mistyped\n")
    wrong.chmod(0o600)
    way = ["-h", f"mqtt://127.0.0.1:{presses.plain_port}", "-u", "acme/dash", "--password-file", wrong]
    done = run("simulate", *way, "--scenario", scenario(SENSOR), "-i", "d-%i", "--retries", 5)
    assert (done.returncode, done.stdout) == (4, "") and "device d-0: " in done.stderr and "once more" not in done.stderr, done
    done = run("simulate", "-h", presses.mqtts_url, "--cafile", presses.fleet / "press-0" / "chain.pem", "--scenario", scenario(SENSOR), "--retries", 5)
    assert (done.returncode, done.stdout) == (8, "") and "once more" not in done.stderr, done


def test_a_plan_that_cannot_be_is_refused_before_it_is_tried(scenario):
    done = run("simulate", "-h", "mqtt://127.0.0.1:1", "--scenario", scenario(SENSOR), "-i", "same", "--retries", 5)
    assert (done.returncode, done.stdout) == (2, "") and "two devices would have the client id" in done.stderr


def test_ctrl_c_ends_the_wait_for_an_answer_and_the_rest_before_the_next(scenario, tmp_path):
    file = scenario(SENSOR)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        process = start("-h", f"mqtt://127.0.0.1:{silent.getsockname()[1]}", "--scenario", file, "--retries", 5, "--connect-timeout", "5m")
        silent.settimeout(PATIENCE)
        with silent.accept()[0]:
            process.send_signal(signal.SIGINT)
            assert (process.communicate(timeout=PATIENCE)[0], process.returncode) == ("", 130)
    with held_port() as port:
        process = start("-h", f"mqtt://127.0.0.1:{port}", "--scenario", file, "--retries", 5, "--retry-delay", "5m", "--state", tmp_path / "state")
        assert "once more in 300000 ms" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert (process.communicate(timeout=PATIENCE)[0], process.returncode) == ("", 143)
    assert not (tmp_path / "state" / "simulation.state").exists()  # It was no run.
