# SPDX-License-Identifier: Apache-2.0
"""The broker with MQTT.js, a client that we did not write: mqttjs/client.cjs says what it does."""
import os
import pathlib
import subprocess

import pytest
from peers import PATIENCE, Broker, need

CLIENT = pathlib.Path(__file__).parent / "mqttjs" / "client.cjs"
MODULES = pathlib.Path(os.environ["MUSTER_NODE_MODULES"])
BOTH = ["everyQos", "will", "session", "retained", "shared", "refused"]
ONLY_V5 = ["request", "aliases"]
CASES = [(scenario, version) for scenario in BOTH for version in ("3.1.1", "5")] + [(scenario, "5") for scenario in ONLY_V5]


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    assert (MODULES / "mqtt").is_dir(), "MQTT.js is not installed; run ./dev setup"
    directory = tmp_path_factory.mktemp("broker")
    with Broker(directory / "data", "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0") as running:
        assert running.muster("tenant", "create", "acme", "--isolation", "flat").returncode == 0
        running.application("acme", "js", directory)
        yield running


@pytest.mark.parametrize(("scenario", "version"), CASES)
def test_mqtt_js_over_tcp(broker, scenario, version):
    url = f"mqtt://127.0.0.1:{broker.plain_port}"
    command = [need("node"), CLIENT, scenario, url, version, "acme/js", "open sesame"]
    done = subprocess.run(command, env=os.environ | {"NODE_PATH": str(MODULES)}, capture_output=True, text=True, timeout=2 * PATIENCE)
    assert done.returncode == 0, done.stderr
