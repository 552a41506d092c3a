# SPDX-License-Identifier: Apache-2.0
"""The broker with clients that we did not write: mosquitto_pub, mosquitto_sub and Paho for Python, in both versions."""
import subprocess

import paho.mqtt.client as paho
import pytest
from peers import PATIENCE, Broker, PahoClient, need

VERSIONS = [pytest.param("311", paho.MQTTv311, id="3.1.1"), pytest.param("5", paho.MQTTv5, id="5")]


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    directory = tmp_path_factory.mktemp("broker")
    with Broker(directory / "data", "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0") as running:
        assert running.muster("tenant", "create", "acme").returncode == 0
        running.press_01 = running.enroll("acme", "press-01", directory)
        running.press_02 = running.enroll("acme", "press-02", directory)
        running.application("acme", "dash", directory)
        yield running


def mosquitto(program, broker, identity, version, *arguments):
    tls = ["--cafile", broker.ca_file, "--cert", identity / "chain.pem", "--key", identity / "device.key"]
    command = [need(program), "-h", "127.0.0.1", "-p", broker.port, "-V", f"mqttv{version}", "-i", identity.name, *tls, *arguments]
    return [str(word) for word in command]


def application(broker, version, client_id="dash"):
    client = PahoClient(client_id, version)
    client.client.username_pw_set("acme/dash", "open sesame")
    assert client.connect(broker.plain_port) == 0
    return client


@pytest.mark.parametrize(("name", "version"), VERSIONS)
def test_mosquitto_pub_with_a_device_certificate_reaches_a_paho_application(broker, name, version):
    app = application(broker, version)
    assert app.subscribe("press-01/#") == [1]
    subprocess.run(mosquitto("mosquitto_pub", broker, broker.press_01, name, "-t", "telemetry/a", "-m", "42", "-q", "1"), check=True, timeout=PATIENCE)
    message = app.message()
    assert (message.topic, message.payload, message.qos) == ("press-01/telemetry/a", b"42", 1)
    app.close()


@pytest.mark.parametrize(("name", "version"), VERSIONS)
def test_mosquitto_sub_receives_a_retained_command_of_an_application(broker, name, version):
    app = application(broker, version)
    app.publish("press-02/commands/speed", "7", retain=True)
    done = subprocess.run(
        mosquitto("mosquitto_sub", broker, broker.press_02, name, "-t", "commands/#", "-C", "1", "-v", "-W", "10"),
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.stdout == "commands/speed 7\n"
    app.publish("press-02/commands/speed", "", retain=True)
    app.close()


@pytest.mark.parametrize(("name", "version"), VERSIONS)
def test_a_certificate_with_another_client_id_is_refused(broker, name, version):
    command = mosquitto("mosquitto_pub", broker, broker.press_02, name, "-t", "x", "-m", "1")
    command[command.index("press-02")] = "press-01"
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode != 0
    assert "uthori" in done.stderr  # "not authorised", "Not authorized": each version has its words


@pytest.mark.parametrize(("name", "version"), VERSIONS)
def test_a_wrong_password_is_refused(broker, name, version):
    client = PahoClient("dash", version)
    client.client.username_pw_set("acme/dash", "wrong")
    assert client.connect(broker.plain_port) == (134 if version == paho.MQTTv5 else 4)
    client.close()


@pytest.mark.parametrize(("name", "version"), VERSIONS)
def test_a_session_keeps_qos_1_messages_while_its_client_is_away(broker, name, version):
    client = PahoClient(f"away-{name}", version, clean=False, session_expiry=60)
    client.client.username_pw_set("acme/dash", "open sesame")
    assert client.connect(broker.plain_port) == 0
    client.subscribe("press-01/#")
    client.close()
    subprocess.run(mosquitto("mosquitto_pub", broker, broker.press_01, name, "-t", "t", "-m", "kept", "-q", "1"), check=True, timeout=PATIENCE)
    again = PahoClient(f"away-{name}", version, clean=False, session_expiry=60)
    again.client.username_pw_set("acme/dash", "open sesame")
    assert again.connect(broker.plain_port) == 0
    assert again.message().payload == b"kept"
    again.close()


def test_a_will_of_a_device_that_is_cut_off_reaches_the_application(broker):
    app = application(broker, paho.MQTTv5)
    app.subscribe("press-01/status")
    device = subprocess.Popen([need("stdbuf"), "-oL"] + mosquitto("mosquitto_sub", broker, broker.press_01, "5", "-t", "x", "-d", "--will-topic", "status", "--will-payload", "gone"), stdout=subprocess.PIPE, text=True)
    while "SUBACK" not in device.stdout.readline():
        assert device.poll() is None
    device.kill()
    device.wait()
    assert app.message().payload == b"gone"
    app.close()
