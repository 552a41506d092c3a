# SPDX-License-Identifier: Apache-2.0
"""The broker with MQTT.js, a client that we did not write: mqttjs/client.cjs says what it does."""
import os
import pathlib
import subprocess

import pytest
from peers import PATIENCE, Broker, need

CLIENT = pathlib.Path(__file__).parent / "mqttjs" / "client.cjs"
MODULES = pathlib.Path(os.environ["MUSTER_NODE_MODULES"])
LISTEN = ["mqtts://127.0.0.1:0", "mqtt://127.0.0.1:0", "ws://127.0.0.1:0", "wss://127.0.0.1:0"]
TRANSPORTS = {"tcp": 1, "ws": 2, "wss": 3}
VERSIONS = ("3.1.1", "5")
BOTH = ["everyQos", "large", "will", "session", "retained", "shared", "refused"]
ONLY_V5 = ["request", "aliases"]
CASES = [(scenario, version) for scenario in BOTH for version in VERSIONS] + [(scenario, "5") for scenario in ONLY_V5]


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    assert (MODULES / "mqtt").is_dir(), "MQTT.js is not installed; run ./dev setup"
    directory = tmp_path_factory.mktemp("broker")
    with Broker(directory / "data", *(word for url in LISTEN for word in ("--listen", url))) as running:
        assert running.muster("tenant", "create", "acme", "--isolation", "flat").returncode == 0
        running.application("acme", "js", directory)
        running.identity = running.enroll("acme", "press-01", directory)
        yield running


def play(broker, scenario, url, version):
    command = [need("node"), CLIENT, scenario, url, version, "acme/js", "open sesame"]
    files = {"MQTT_CA": broker.ca_file, "MQTT_CERT": str(broker.identity / "chain.pem"), "MQTT_KEY": str(broker.identity / "device.key")}
    environment = os.environ | {"NODE_PATH": str(MODULES)} | files
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=2 * PATIENCE)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("scenario", "version"), CASES)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_mqtt_js(broker, transport, scenario, version):
    play(broker, scenario, broker.urls[TRANSPORTS[transport]], version)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("listener", [0, 3], ids=["tls", "wss"])
def test_mqtt_js_as_a_device_with_a_certificate(broker, listener, version):
    play(broker, "device", broker.urls[listener], version)
