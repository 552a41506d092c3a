# SPDX-License-Identifier: Apache-2.0
"""broker run -- CMD: what CMD finds, what becomes of its end and of ours, and that nothing is left."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import pytest
from peers import MUSTER, PATIENCE, Broker, run
from simulations import SENSOR


@pytest.fixture(name="temporary")
def temporary_directory(tmp_path):
    """Where the program's temporary files go: empty before and after."""
    directory = tmp_path / "tmp"
    directory.mkdir()
    yield directory
    assert list(directory.iterdir()) == []


def environment(temporary, **more):
    path = f"{os.path.dirname(MUSTER)}:{os.environ['PATH']}"
    return {"TMPDIR": str(temporary), "PATH": path, "MUSTER_PASSWORD_COST": "4", "XDG_CONFIG_HOME": "/nonexistent"} | more


def serve(temporary, script, *flags, **more):
    """What became of `muster broker run FLAGS -- sh -c SCRIPT`."""
    words = ["broker", "run", *map(str, flags), "--", "sh", "-c", script]
    return subprocess.run([MUSTER, *words], env=environment(temporary, **more), capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_muster_needs_no_flag_in_it_and_stdout_is_the_commands_alone(temporary):
    done = serve(temporary, "muster pub -t a -m b -r && muster sub -t a -C 1 -W 10", "--ephemeral")
    assert (done.returncode, done.stdout) == (0, "b\n"), done.stderr


@pytest.mark.parametrize("command", ["pub -t a -m b", "bench pub -c 2 --rate 10 --duration 1s", "simulate --scenario %s -c 1 --duration 1s"])
def test_without_tls_its_trust_anchors_are_in_nobodys_way(temporary, tmp_path, command):
    scenario = tmp_path / "one.toml"
    scenario.write_text(SENSOR)
    done = serve(temporary, "muster " + command.replace("%s", str(scenario)), "--listen", "mqtt://127.0.0.1:0", "--isolation", "flat", "--tenant", "acme")
    assert done.returncode == 0, done.stderr


def test_a_client_that_is_not_ours_is_served_too(temporary):
    talk = 'mosquitto_pub -p "${MUSTER_MQTT_URL##*:}" -u "$MUSTER_USERNAME" -P "$(cat "$MUSTER_PASSWORD_FILE")" -t a -m b -q 1'
    assert serve(temporary, talk).returncode == 0
    anonymous = 'mosquitto_pub -V 5 -p "${MUSTER_HOST##*:}" -t a -m b -q 1'
    done = serve(temporary, anonymous, "--listen", "mqtt://127.0.0.1:0", "--isolation", "flat", "--anonymous", "--tenant", "acme")
    assert done.returncode == 0, done.stderr


def test_a_device_is_enrolled_and_its_identity_counts_before_the_variables(temporary, tmp_path):
    script = f"cd {tmp_path} && muster device register press-01 --otp-file otp && muster cert enroll --device-id press-01 --otp-file otp"
    done = serve(temporary, script + " && muster pub --identity press-01 -t state -m on -r && muster sub -t press-01/state -C 1 -W 10")
    assert (done.returncode, done.stdout) == (0, "on\n"), done.stderr


def test_contexts_and_variables_of_other_brokers_do_not_reach_it(temporary, tmp_path):
    config = tmp_path / "config.toml"
    config.write_text('context = "plant"\n[contexts.plant]\nidentity = "/nonexistent"\nmode = "prod"\n')
    more = {"MUSTER_CONFIG": str(config), "MUSTER_HOST": "mqtts://elsewhere.invalid", "MUSTER_CONTEXT": "plant", "MUSTER_IDENTITY": "/nonexistent"}
    done = serve(temporary, "muster pub -t a -m b", **more)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("exit 7", 7), ("exit 255", 255), ("kill -9 $$", 137), ("kill -HUP $$", 129)])
def test_the_commands_end_is_ours(temporary, script, code):
    assert serve(temporary, script).returncode == code


def test_what_cannot_be_run_is_said_as_a_shell_says_it(temporary, tmp_path):
    file = tmp_path / "data"
    file.write_text("no program")
    for word, code in (("no-such-program", 127), (tmp_path / "none", 127), (file, 126), (tmp_path, 126)):
        done = subprocess.run([MUSTER, "broker", "run", "--", word], env=environment(temporary), capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == code, done.stderr
        assert done.stderr.startswith(f"muster: error: {word}: ")


def test_a_broker_that_cannot_start_is_told_from_a_command_that_failed(temporary, tmp_path):
    ran = tmp_path / "ran"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = serve(temporary, f"touch {ran}", "--listen", f"mqtts://127.0.0.1:{taken.getsockname()[1]}")
    assert done.returncode == 16
    assert "the broker could not start" in done.stderr
    assert "in use" in done.stderr
    assert serve(temporary, f"touch {ran}", "--tenant", "root").returncode == 16
    assert not ran.exists()


@pytest.mark.parametrize("flags", [["--ephemeral", "--state", "x"], ["--print-env"]])
def test_what_does_not_go_together_is_usage(temporary, flags):
    assert serve(temporary, "exit 0", *flags).returncode == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_signals_are_passed_on(temporary, number):
    name = number.name.removeprefix("SIG")
    script = f"trap 'echo got {name}; exit 5' {name}; echo ready; while :; do sleep 0.05; done"
    with subprocess.Popen([MUSTER, "broker", "run", "--", "sh", "-c", script], env=environment(temporary), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.readline() == f"got {name}\n"
        assert process.wait(PATIENCE) == 5


def test_a_command_that_a_signal_ends_is_told_as_a_shell_does(temporary):
    with subprocess.Popen([MUSTER, "broker", "run", "--", "cat"], env=environment(temporary), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        process.stdin.write("ready\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        assert process.wait(PATIENCE) == 143


def test_a_killed_broker_takes_the_command_with_it(tmp_path):
    script = "trap 'echo told; exit 0' TERM; echo ready; while :; do sleep 0.05; done"
    with subprocess.Popen([MUSTER, "broker", "run", "--", "sh", "-c", script], env=environment(tmp_path), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        process.kill()
        assert process.stdout.readline() == "told\n"


def test_who_stops_the_broker_stops_the_command(temporary):
    done = serve(temporary, "trap 'exit 5' TERM; muster broker stop || exit 6; while :; do sleep 0.05; done")
    assert done.returncode == 5, done.stderr
    assert re.search("told the broker at unix:.* to stop; it ends with the command that it runs\n", done.stderr)


def test_where_it_serves_is_also_said_in_a_file_and_at_a_descriptor(temporary, tmp_path):
    file = tmp_path / "ready.json"
    script = f"cat {file}"
    reader, writer = os.pipe()
    words = [MUSTER, "broker", "run", "--ready-file", file, "--ready-fd", str(writer), "--", "sh", "-c", script]
    done = subprocess.run(words, env=environment(temporary), capture_output=True, text=True, timeout=PATIENCE, pass_fds=[writer], check=False)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    assert said == done.stdout
    assert [url.split(":")[0] for url in (entry["url"] for entry in json.loads(said)["listeners"])] == ["mqtts", "mqtt"]


def test_a_state_directory_keeps_the_tenant_and_not_the_application(temporary, tmp_path):
    state = tmp_path / "state"
    first = serve(temporary, "muster device register press-01 --otp-file " + str(tmp_path / "otp"), "--state", state, "--tenant", "acme")
    assert first.returncode == 0, first.stderr
    assert serve(temporary, "muster pub -t a -m b", "--state", state, "--tenant", "acme").returncode == 0
    with Broker(state) as broker:
        devices = json.loads(broker.muster("device", "list", "--tenant", "acme", "-o", "json").stdout)
        assert [device["id"] for device in devices] == ["press-01"]
        assert broker.muster("application", "delete", "broker-run", "--tenant", "acme", "--yes").returncode == 5


def test_a_shell_reads_the_variables(temporary):
    with subprocess.Popen([MUSTER, "broker", "run", "--print-env"], env=environment(temporary), stdout=subprocess.PIPE, text=True) as process:
        lines = iter(process.stdout.readline, "")
        said = [next(lines)]
        while not said[-1].startswith("export MUSTER_USERNAME"):
            said.append(next(lines))
        assert all(re.fullmatch(r"(export MUSTER_\w+='[^']*'|unset MUSTER_\w+)\n", line) for line in said), said
        script = "".join(said) + "unset MUSTER_WSS_URL MUSTER_WS_URL\nmuster pub -t a -m b"
        done = subprocess.run(["sh", "-c", script], env=environment(temporary), capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stderr
        process.terminate()
        assert process.wait(PATIENCE) == 0


def test_a_tenant_can_be_made_with_the_broker(tmp_path):
    with Broker(tmp_path / "state", "--tenant", "acme", "--isolation", "flat") as broker:
        tenants = json.loads(broker.muster("tenant", "list", "-o", "json").stdout)
        assert [(tenant["name"], tenant["isolation"]) for tenant in tenants] == [("acme", "flat")]


def test_words_behind_the_dashes_are_the_commands(temporary):
    done = subprocess.run([MUSTER, "broker", "run", "--", "echo", "--help", "--", "-x"], env=environment(temporary), capture_output=True, text=True,
                          timeout=PATIENCE, check=False)  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "--help -- -x\n")
    assert run("broker", "run", "--help").returncode == 0


def test_its_words_stand_behind_the_dashes_in_the_usage():
    assert "Usage: muster broker run [OPTIONS] [-- CMD...]\n" in run("broker", "run", "--help").stdout


def test_another_brokers_variables_do_not_name_its_own_socket(temporary):
    done = serve(temporary, "muster broker run -- sh -c 'muster pub -t a -m b -r && muster sub -t a -C 1 -W 10'")
    assert (done.returncode, done.stdout) == (0, "b\n"), done.stderr
    done = serve(temporary, "muster pub -t a -m b", MUSTER_ADMIN="http://127.0.0.1:1")
    assert done.returncode == 0, done.stderr


def test_a_command_that_does_not_end_at_the_end_of_its_time_is_killed_with_what_it_started(temporary, tmp_path):
    pids = tmp_path / "pids"
    # The shell's own child ignores what it ignores.
    script = f"trap '' TERM; sleep 1000 & echo $$ $! >{pids}; while :; do wait; done"
    for seconds in (1, 4, 12):  # Until it has begun by then.
        words = [MUSTER, "broker", "run", "--timeout", f"{seconds}s", "--", "sh", "-c", script]
        done = subprocess.run(words, env=environment(temporary), capture_output=True, text=True, timeout=2 * PATIENCE, check=False)
        assert done.returncode == 9, done.stderr
        if pids.exists():
            break
    for pid in pids.read_text().split():
        with pytest.raises(ProcessLookupError):
            wait_for_the_end_of(int(pid))
            os.kill(int(pid), 0)


def wait_for_the_end_of(pid):
    """Of a process whose parent is gone: it is somebody else's to bury."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        os.kill(pid, 0)
        if pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            raise ProcessLookupError


@pytest.mark.parametrize("command", [["--", "sh", "-c", "trap 'exit 3' TERM; while :; do sleep 0.05; done"], []])
def test_the_end_of_its_time_leaves_nothing(temporary, command):
    words = [MUSTER, "broker", "run", "--timeout", "1s", *command]
    done = subprocess.run(words, env=environment(temporary), capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 9
    assert done.stderr.endswith("muster: error: not done within 1000 ms\n  hint: give a longer --timeout\n")
