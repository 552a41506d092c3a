# SPDX-License-Identifier: Apache-2.0
"""`muster simulate`: under which names its devices and its observer come, without identities and with one."""
import json
import shutil
import subprocess

import pytest
from peers import MUSTER, PATIENCE, Broker, run

SENSOR = '[[sensor]]\ntopic = "telemetry/x"\ninterval = "100ms"\nvalue = [{ name = "x", model = "random-walk" }]\n'


@pytest.fixture(name="broker", scope="module")
def running_broker(tmp_path_factory):
    """With a tenant whose devices have one password, and a file with it."""
    directory = tmp_path_factory.mktemp("broker")
    with Broker(directory / "data", "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0", "--password-cost", "4") as broker:
        broker.muster("tenant", "create", "acme", "--device-passwords", check=True)
        broker.password_file = broker.application("acme", "dash", directory)
        for number in range(3):
            broker.muster("device", "password", f"press-{number}", "--tenant", "acme", "--password-file", broker.password_file, check=True)
        yield broker


@pytest.fixture(name="scenario")
def scenario_file(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('kind = "light"\n' + SENSOR)
    return file


def application_identity(broker, directory):
    """An identity directory of an application that shows a certificate."""
    place = directory / "viewer"
    place.mkdir(mode=0o700)
    run("csr", "create", "--device-id", "viewer", "--create-key", "--key", place / "device.key", "--out", directory / "viewer.csr", check=True)
    broker.muster("application", "create", "viewer", "--tenant", "acme", "--csr", directory / "viewer.csr", "--cert-out", place / "chain.pem", check=True)
    shutil.copy(place / "chain.pem", place / "device.crt")
    shutil.copy(broker.ca_file, place / "ca.pem")
    return place


def test_each_device_logs_in_under_its_own_name_and_a_certificate_observes(broker, scenario, tmp_path):
    words = ["simulate", "-o", "json", "-h", broker.mqtts_url, "--cafile", broker.ca_file, "--scenario", scenario, "-c", 3, "--duration", "1s"]
    words += ["-i", "press-%i", "--username", "acme/press-%i", "--password-file", broker.password_file, "--assert", "missing==0"]
    done = run(*words, "--observe-identity", application_identity(broker, tmp_path))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["observed"]["unique"] == told["messages"]["delivered"] >= 3 * 9
    # The names are the tenant's: the third device alone cannot come in as somebody that it has not got.
    strangers = run(*[word if word != "acme/press-%i" else "acme/pump-%i" for word in words], "--drain", "100ms")
    assert json.loads(strangers.stdout)["never_connected"] == 3, strangers.stderr


def test_the_run_id_is_in_every_name(broker, scenario):
    words = ["simulate", "-o", "jsonl", "-h", broker.mqtts_url, "--cafile", broker.ca_file, "--scenario", str(scenario), "-c", "2", "--duration", "10m"]
    words += ["--report-interval", "100ms"]
    words += [word for flag in ("", "observe-") for word in (f"--{flag}username", "acme/dash", f"--{flag}password-file", str(broker.password_file))]
    for name, more in (("sim-blue-{}", []), ("of-blue-{}", ["-i", "of-%r-%i"])):
        with subprocess.Popen([MUSTER, *words, "--run-id", "blue", *more], stdout=subprocess.PIPE, text=True) as process:
            try:
                while json.loads(process.stdout.readline())["delivered"] == 0:
                    pass
                listed = json.loads(broker.muster("broker", "clients", "-o", "json").stdout)
            finally:
                process.kill()
                process.wait(PATIENCE)
        assert {client["id"] for client in listed if client["connected"]} >= {"observer-blue", name.format(0), name.format(1)}
