# SPDX-License-Identifier: Apache-2.0
"""PINs and passwords that are asked for on a terminal, a pseudo-terminal here, and what is said where there is none."""
import contextlib
import json
import os
import pty
import select
import signal
import subprocess
import termios
import time

import pytest
from peers import MUSTER, PATIENCE, Broker, run
from simulations import SENSOR
from tokens import SoftToken


class OnTerminal:
    """`muster` with a terminal as its standard input and error, and a pipe as its output."""

    def __init__(self, *arguments, env=None):
        self.master, self.slave = pty.openpty()
        environment = {key: value for key, value in os.environ.items() if not key.startswith("MUSTER_")} | (env or {})
        self.process = subprocess.Popen([MUSTER, *map(str, arguments)], stdin=self.slave, stdout=subprocess.PIPE, stderr=self.slave, text=True, env=environment, preexec_fn=self.take_terminal)
        self.said = ""

    @staticmethod
    def take_terminal():
        os.setsid()
        os.close(os.open(os.ttyname(0), os.O_RDWR))

    def shows(self, text):
        """Waits until the terminal shows it."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.said:
            ready, _, _ = select.select([self.master], [], [], max(0, deadline - time.monotonic()))
            assert ready, self.said
            self.said += os.read(self.master, 4096).decode()
        return self.said

    def is_silent(self):
        return not termios.tcgetattr(self.slave)[3] & termios.ECHO

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self):
        """The exit code, what was printed, and what the terminal showed."""
        output, _ = self.process.communicate(timeout=PATIENCE)
        while select.select([self.master], [], [], 0)[0]:
            self.said += os.read(self.master, 4096).decode()
        return self.process.returncode, output, self.said

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate(timeout=PATIENCE)
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def terminal():
    with contextlib.ExitStack() as opened:

        def open_terminal(*arguments, **options):
            return opened.enter_context(contextlib.closing(OnTerminal(*arguments, **options)))

        yield open_terminal


@pytest.fixture
def token(tmp_path):
    return SoftToken(tmp_path)


def answered(opened, prompt, secret):
    """Answers the one question, without seeing the answer; what comes of it."""
    opened.shows(prompt)
    assert opened.is_silent()
    opened.type(secret + "\n")
    code, output, said = opened.end()
    assert (not secret or secret not in said) and said.count(prompt) == 1
    assert not opened.is_silent()
    return code, output, said


def test_a_key_is_made_in_a_token_and_signs_with_the_pin_that_was_typed(tmp_path, terminal, token):
    key = tmp_path / "device.key"
    made = terminal("key", "create", key, "--key-store", token.store, env=token.environment)
    assert answered(made, "PIN of the token", "4711")[0] == 0
    code, output, _ = answered(terminal("csr", "create", "--device-id", "press-01", "--key", key, env=token.environment), f"Password or PIN of {key}: ", "4711")
    assert code == 0 and output.startswith("-----BEGIN CERTIFICATE REQUEST-----")


def test_a_wrong_pin_is_not_asked_for_again(tmp_path, terminal, token):
    code, _, said = answered(terminal("key", "create", tmp_path / "device.key", "--key-store", token.store, env=token.environment), "PIN of the token", "4712")
    assert code == 4 and "the PIN is wrong" in said
    assert not (tmp_path / "device.key").exists()


def test_nothing_entered_is_nothing_given(tmp_path, terminal, token):
    code, _, said = answered(terminal("key", "create", tmp_path / "device.key", "--key-store", token.store, env=token.environment), "PIN of the token", "")
    assert code == 4 and "nothing was entered" in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_question_and_the_terminal_is_as_before(tmp_path, terminal, token, number):
    opened = terminal("key", "create", tmp_path / "device.key", "--key-store", token.store, env=token.environment)
    opened.shows("PIN of the token")
    if number == signal.SIGINT:
        opened.type("47\x03")
    else:
        opened.process.send_signal(number)
    assert opened.end()[0] == -number
    assert not opened.is_silent()


def test_without_a_terminal_the_way_out_is_named(tmp_path, token):
    done = run("key", "create", tmp_path / "device.key", "--key-store", token.store, stdin="4711\n", env=token.environment)
    assert done.returncode == 4
    assert "no terminal to ask on" in done.stderr and "give --key-password-file FILE" in done.stderr
    run("key", "create", tmp_path / "device.key", "--key-password-file", token.pin_file, check=True)
    done = run("csr", "create", "--device-id", "press-01", "--key", tmp_path / "device.key", stdin="4711\n")
    assert done.returncode == 4 and "--key-password-file" in done.stderr


def test_what_needs_no_password_is_not_asked_for_one(tmp_path, terminal):
    code, output, said = terminal("csr", "create", "--device-id", "press-01", "--key", tmp_path / "device.key", "--create-key").end()
    assert code == 0 and output and "Password" not in said


def test_a_cas_key_is_opened_by_hand(tmp_path, terminal, token):
    run("ca", "init", tmp_path / "ca", "--name", "Acme", "--key-password-file", token.pin_file, check=True)
    run("csr", "create", "--device-id", "press-01", "--key", tmp_path / "device.key", "--create-key", "--out", tmp_path / "device.csr", check=True)
    sign = ["ca", "sign", "--csr", tmp_path / "device.csr", "--ca-cert", tmp_path / "ca" / "issuing.pem", "--ca-key", tmp_path / "ca" / "issuing.key"]
    code, output, _ = answered(terminal(*sign), "issuing.key: ", "4711")
    assert code == 0 and output.startswith("-----BEGIN CERTIFICATE-----")
    assert "give --ca-key-password-file FILE" in run(*sign).stderr


def test_a_user_types_the_password_of_pub(tmp_path, terminal):
    with Broker(tmp_path / "state", "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0") as broker:
        broker.muster("tenant", "create", "acme", check=True)
        broker.application("acme", "dash", tmp_path)
        words = ["pub", "-h", f"127.0.0.1:{broker.plain_port}", "-u", "acme/dash", "-P", "-t", "x", "-m", "1"]
        for typed, code in (("open sesame", 0), ("mistyped", 4)):
            assert answered(terminal(*words), "Password of acme/dash: ", typed)[0] == code


@pytest.fixture(name="dashboard", scope="module")
def broker_with_an_application(tmp_path_factory):
    directory = tmp_path_factory.mktemp("dashboard")
    with Broker(directory / "state", "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0") as broker:
        broker.muster("tenant", "create", "acme", check=True)
        broker.application("acme", "dash", directory)
        yield broker


@pytest.mark.parametrize("kind", ["conn", "pub", "sub", "pingpong", "fanin", "storm"])
def test_a_user_types_the_password_of_a_load_once_for_all_clients(dashboard, terminal, kind):
    ends = ["--duration", "200ms"] if kind in ("conn", "sub") else ["--spread", "50ms"] if kind == "storm" else ["--messages", "2"]
    words = ["bench", kind, "-h", f"mqtt://127.0.0.1:{dashboard.plain_port}", "-u", "acme/dash", "-P", "-c", 3, *ends]
    code, output, _ = answered(terminal(*words, "-o", "json"), "Password of acme/dash: ", "open sesame")
    assert code == 0 and json.loads(output)["connections"]["connected"] >= 3 and "open sesame" not in output
    assert answered(terminal(*words), "Password of acme/dash: ", "mistyped")[0] == 4


def test_what_minus_p_cannot_mean_is_refused_before_anything_is_asked(tmp_path):
    for words, says in (
        (["-P"], "a password needs a user name"),
        (["-P", "-u", "me", "--password-file", tmp_path / "none"], "-P and --password-file exclude each other"),
        (["-P", "-u", "me"], "give --password-file FILE"),
        (["--password", "secret", "-u", "me"], "--password"),
    ):
        done = run("bench", "conn", "-h", "mqtt://127.0.0.1:1", *words, stdin="secret\n")
        assert (done.returncode, done.stdout) == (2, "") and says in done.stderr, done


def test_the_pin_of_a_load_or_a_fleet_is_typed_once_for_all_of_it(tmp_path, terminal, token, scenario):
    identity = tmp_path / "press-01"
    with Broker(tmp_path / "state") as broker:
        broker.muster("tenant", "create", "acme", check=True)
        otp = tmp_path / "otp"
        broker.muster("device", "register", "press-01", "--tenant", "acme", "--otp-file", otp, check=True)
        run("cert", "enroll", "--est-url", f"{broker.est_url}/acme", "--device-id", "press-01", "--otp-file", otp, "--cafile", broker.ca_file, "--out-dir", identity, "--key-store", token.store, "--key-password-file", token.pin_file, env=token.environment, check=True)
        key = token.store.replace("?", ";object=muster;type=private?")
        words = ["bench", "conn", "-h", broker.mqtts_url, "--cafile", broker.ca_file, "--cert", identity / "chain.pem", "--key", key, "-i", "press-01"]
        for typed, code in (("4711", 0), ("4712", 4)):
            assert answered(terminal(*words, env=token.environment), "Password or PIN of pkcs11:", typed)[0] == code
        for kind in ("full", "light"):
            fleet = ["simulate", *words[2:], "-c", 1, "--scenario", scenario(f'kind = "{kind}"\n{SENSOR}'), "--duration", "500ms", "--assert", "waiting==0", "-o", "json"]
            code, output, said = answered(terminal(*fleet, env=token.environment), "Password or PIN of pkcs11:", "4711")
            assert code == 0 and json.loads(output)["connections"]["connected"] == 1, said
            assert answered(terminal(*fleet, env=token.environment), "Password or PIN of pkcs11:", "4712")[0] == 4
        # The key of an identity directory refers to the same.
        run("bench", "conn", "-h", broker.mqtts_url, "--credentials", tmp_path, "--key-password-file", token.pin_file, env=token.environment, check=True)


def test_a_device_enrolls_publishes_and_renews_with_a_pin_that_is_typed_once_for_each(tmp_path, terminal, token):
    identity = tmp_path / "press-01"
    with Broker(tmp_path / "state") as broker:
        broker.muster("tenant", "create", "acme", check=True)
        otp = tmp_path / "otp"
        broker.muster("device", "register", "press-01", "--tenant", "acme", "--otp-file", otp, check=True)
        enroll = ["cert", "enroll", "--est-url", f"{broker.est_url}/acme", "--device-id", "press-01", "--otp-file", otp, "--cafile", broker.ca_file, "--out-dir", identity, "--key-store", token.store]
        assert answered(terminal(*enroll, env=token.environment), "PIN of the token", "4711")[0] == 0
        for command in (
            ["pub", "-h", broker.mqtts_url, "--identity", identity, "-t", "n", "-m", "1"],
            ["cert", "renew", "--identity", identity, "--est-url", f"{broker.est_url}/acme", "--force", "--host", broker.mqtts_url],
        ):
            code, _, said = answered(terminal(*command, env=token.environment), "Password or PIN of", "4711")
            assert code == 0, said


@pytest.mark.parametrize("kind", ["full", "light"])
def test_the_password_of_a_simulated_fleet_is_typed_once_for_all_of_it(dashboard, terminal, scenario, kind):
    words = ["simulate", "-h", f"mqtt://127.0.0.1:{dashboard.plain_port}", "-u", "acme/dash", "-P", "-c", 3, "--scenario", scenario(f'kind = "{kind}"\n{SENSOR}'), "--duration", "500ms", "--drain", "5s"]
    code, output, _ = answered(terminal(*words, "-o", "json", "--assert", "waiting==0"), "Password of acme/dash: ", "open sesame")
    assert code == 0 and json.loads(output)["connections"]["connected"] == 3 and "open sesame" not in output
    code, output, _ = answered(terminal(*words, "-o", "json", "--drain", "0s"), "Password of acme/dash: ", "mistyped")
    told = json.loads(output)
    assert told["never_connected"] == 3 and told["connections"]["failed_by_reason"]["denied"] >= 3


def test_ctrl_c_at_the_question_of_a_fleet_leaves_nothing_behind(terminal, scenario, tmp_path):
    opened = terminal("simulate", "-h", "mqtt://127.0.0.1:1", "-u", "me", "-P", "--scenario", scenario(SENSOR), "--state", tmp_path / "state", env={"TMPDIR": str(tmp_path)})
    opened.shows("Password of me: ")
    before = sorted(tmp_path.iterdir())
    opened.type("47\x03")
    assert opened.end()[0] == -signal.SIGINT and not opened.is_silent()
    assert sorted(tmp_path.iterdir()) == before == [tmp_path / "mine.toml"]


def test_what_minus_p_of_a_fleet_cannot_mean_is_refused_before_anything_is_asked(scenario, tmp_path):
    for words, says in (
        (["-P"], "a password needs a user name"),
        (["-P", "-u", "me", "--password-file", tmp_path / "none"], "-P and --password-file exclude each other"),
        (["-P", "-u", "me", "--credentials", tmp_path], "devices with --credentials have no password"),
        (["-P", "-u", "me"], "give --password-file FILE"),
    ):
        done = run("simulate", "-h", "mqtt://127.0.0.1:1", "--scenario", scenario(SENSOR), *words, stdin="secret\n")
        assert (done.returncode, done.stdout) == (2, "") and says in done.stderr, done
