# SPDX-License-Identifier: Apache-2.0
"""The examples run as their first lines say, and what the pages show is what runs."""
import contextlib
import json
import os
import pathlib
import subprocess

import pytest
from peers import PATIENCE, Broker, Mosquitto, PahoClient

PROGRAMS = pathlib.Path(os.environ["MUSTER_EXAMPLES"])
ROOT = pathlib.Path(__file__).resolve().parents[2]


def run_example(name, *arguments):
    return subprocess.run([PROGRAMS / name, *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE)


def configure(directory, broker, device, name="device"):
    """The configuration of a device that has enrolled into the directory."""
    config = directory / f"{name}.json"
    config.write_text(json.dumps({"endpoints": [broker.mqtts_url], "identity_dir": str(directory / device), "outbox_path": f"outbox/{device}.db"}))
    return config


@pytest.fixture
def broker(tmp_path):
    with Broker(tmp_path / "data", "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0") as running:
        running.muster("tenant", "create", "acme")
        yield running


@pytest.fixture
def press(broker, tmp_path):
    broker.enroll("acme", "press-01", tmp_path)
    return configure(tmp_path, broker, "press-01")


@contextlib.contextmanager
def application(broker, directory, *topics):
    """An application of the tenant that listens to its devices."""
    broker.application("acme", "dash", directory)
    client = PahoClient("dash")
    client.client.username_pw_set("acme/dash", "open sesame")
    client.connect(broker.plain_port)
    for topic in topics:
        client.subscribe(topic)
    yield client
    client.close()


def test_the_example_delivers_its_readings(press):
    done = run_example("host_telemetry", press, 2)
    assert (done.returncode, done.stdout) == (0, "2 delivered, 0 waiting\n"), done.stderr


@pytest.mark.parametrize("example", ["host_telemetry", "c_firmware", "actuator", "battery_sensor", "vibration_sensor"])
def test_a_configuration_that_is_missing_or_wrong_is_one_clear_line(example, tmp_path):
    missing = run_example(example, tmp_path / "none.json")
    assert missing.returncode == 1
    assert "none.json" in missing.stderr
    (tmp_path / "bad.json").write_text('{\n  "endpoints": [\n}')
    wrong = run_example(example, tmp_path / "bad.json")
    assert wrong.returncode == 1
    assert "bad.json:3:1" in wrong.stderr


@pytest.mark.parametrize("example", ["host_telemetry", "c_firmware", "gateway", "actuator", "battery_sensor", "vibration_sensor", "hundred_devices"])
def test_an_example_without_arguments_says_how_it_is_used(example):
    done = run_example(example)
    assert done.returncode == 1
    assert f"usage: {example}" in done.stderr


def test_the_firmware_in_c_sends_readings_and_prints_commands(broker, press, tmp_path):
    with application(broker, tmp_path, "press-01/telemetry/load") as dash:
        done = run_example("c_firmware", press, 2)
        readings = [json.loads(dash.message().payload) for _ in range(2)]
    assert (done.returncode, done.stdout) == (0, "2 delivered, 0 waiting\n"), done.stderr
    assert [reading["seq"] for reading in readings] == [1, 2]


def test_the_gateway_speaks_for_each_child_and_leaves_out_a_broken_one(broker, tmp_path):
    children = tmp_path / "children"
    children.mkdir()
    for child in ("motor-1", "motor-2"):
        broker.enroll("acme", child, children)
        configure(children, broker, child, child)
    (children / "motor-3.json").write_text("{}")
    done = run_example("gateway", children, 3)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "motor-1: 3 delivered as motor-1\nmotor-2: 3 delivered as motor-2\n"
    assert "motor-3" in done.stderr
    (children / "motor-1.json").unlink()
    (children / "motor-2.json").unlink()
    assert run_example("gateway", children).returncode == 1


def test_the_actuator_obeys_and_keeps_its_state_for_who_looks_later(broker, press, tmp_path):
    with application(broker, tmp_path, "press-01/state/#", "press-01/answer/#") as dash:
        valve = subprocess.Popen([PROGRAMS / "actuator", press, "2"], stdout=subprocess.PIPE, text=True)
        try:
            assert dash.message().payload == b"closed"
            dash.publish("press-01/command/valve", "open")
            assert [dash.message().payload for _ in range(2)] == [b"opened", b"done: open"]
            dash.publish("press-01/command/valve", "explode")
            assert dash.message().payload == b"refused: open or close"
            assert valve.communicate(timeout=PATIENCE)[0] == "2 commands, 4 delivered\n"
            assert valve.returncode == 0
        finally:
            valve.kill()
            valve.wait(PATIENCE)
    with application(broker, tmp_path, "press-01/state/valve") as late:
        state = late.message()
        assert (state.payload, state.retain) == (b"opened", True)


def test_the_battery_sensor_connects_only_now_and_then_and_loses_nothing(press):
    done = run_example("battery_sensor", press, 5, 2)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "wake 1: 0 delivered, 1 waiting",
        "wake 2: 2 delivered, 0 waiting",
        "wake 3: 2 delivered, 1 waiting",
        "wake 4: 4 delivered, 0 waiting",
        "wake 5: 4 delivered, 1 waiting",
    ]


def test_the_vibration_sensor_sends_few_messages_for_many_readings(tmp_path):
    with Mosquitto(tmp_path) as mosquitto:
        config = tmp_path / "device.json"
        config.write_text(json.dumps({"endpoints": [f"mqtt://127.0.0.1:{mosquitto.port}"]}))
        done = run_example("vibration_sensor", config, 1500)
    assert done.returncode == 0, done.stderr
    words = done.stdout.split()
    assert words[:4] == ["1500", "readings", "delivered", "in"]
    # On a busy machine more of them become too old to wait.
    assert 2 <= int(words[4]) <= 20
    assert int(words[6]) * 8 < int(words[-1])


def test_a_hundred_devices_in_one_process_deliver_everything(tmp_path):
    with Mosquitto(tmp_path) as mosquitto:
        done = run_example("hundred_devices", f"mqtt://127.0.0.1:{mosquitto.port}", tmp_path / "outboxes", 100, 5)
    assert (done.returncode, done.stdout) == (0, "100 devices: 500 accepted, 500 delivered, 0 waiting\n"), done.stderr


def test_the_readme_shows_the_lines_of_the_example():
    source = (ROOT / "examples" / "host_telemetry" / "main.cpp").read_text()
    shown = source.split("// [ten-lines]\n")[1].split("    // [/ten-lines]")[0]
    lines = [line.strip() for line in shown.splitlines() if "sleep_for" not in line]
    readme = (ROOT / "README.md").read_text().split("```cpp\n")[1].split("```")[0]
    assert [line.strip() for line in readme.splitlines()] == lines


def test_the_guide_shows_the_lines_of_the_firmware_in_c():
    source = (ROOT / "examples" / "c_firmware" / "main.c").read_text()
    shown = source.split("/* [from-c] */\n")[1].split("    /* [/from-c] */")[0]
    guide = (ROOT / "docs" / "guide" / "from-c.md").read_text().split("```c\n")[1].split("```")[0]
    assert [line.strip() for line in guide.splitlines()] == [line.strip() for line in shown.splitlines()]
