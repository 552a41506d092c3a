# SPDX-License-Identifier: Apache-2.0
"""`muster simulate` with many devices in one process, against mosquitto, which does not keep devices apart."""
from peers import Mosquitto, run
from simulations import SENSOR, account, check_sums


def test_thousands_of_light_devices_run_in_one_process(tmp_path, scenario):
    text = 'kind = "light"\nstart_spread = "1s"\n[[sensor]]\ntopic = "t"\ninterval = "1s"\nvalue = [{ name = "x", model = "random-walk" }]\n[config]\ntopic_root = "d/{client_id}"\n'
    # Without these it drops what the observer has not acknowledged fast enough.
    with Mosquitto(tmp_path, "max_queued_messages 0", "max_inflight_messages 0") as mosquitto:
        words = ["simulate", "-o", "json", "-h", f"mqtt://127.0.0.1:{mosquitto.port}", "--scenario", scenario(text), "-c", 2500, "--duration", "2s", "--observe"]
        told = account(run(*words, "--assert", "waiting==0", "--assert", "never-connected==0", timeout=100))
    check_sums(told)
    assert told["observed"]["unique"] == told["messages"]["delivered"] >= 2500


def test_hundreds_of_full_devices_run_in_one_process(tmp_path, scenario):
    text = 'start_spread = "1s"\n[[sensor]]\ntopic = "t"\ninterval = "500ms"\nvalue = [{ name = "x", model = "random-walk" }]\n[config]\ntopic_root = "d/{client_id}"\n'
    with Mosquitto(tmp_path, "max_queued_messages 0", "max_inflight_messages 0") as mosquitto:
        words = ["simulate", "-o", "json", "-h", f"mqtt://127.0.0.1:{mosquitto.port}", "--scenario", scenario(text), "-c", 200, "--duration", "2s", "--observe"]
        told = account(run(*words, "--assert", "waiting==0", "--assert", "never-connected==0", "--assert", "missing==0", timeout=100))
    check_sums(told)
    assert (told["kind"], told["devices"]) == ("full", 200)
    assert told["observed"]["unique"] == told["messages"]["delivered"] >= 200


def test_of_many_faults_people_are_told_ten(tmp_path, scenario):
    """An observer that looks elsewhere sees nothing of any device."""
    text = f'kind = "light"\n{SENSOR}[config]\ntopic_root = "d/{{client_id}}"\n'
    with Mosquitto(tmp_path) as mosquitto:
        words = ["simulate", "-h", f"mqtt://127.0.0.1:{mosquitto.port}", "--scenario", scenario(text), "-c", 120, "--duration", "1s", "--observe", "--observe-prefix", "elsewhere/{client_id}/"]
        done = run(*words, "-o", "table")
    assert done.returncode == 13, done.stderr
    assert done.stdout.count("has seen 0") == 10
    assert "  and 110 more; -o json tells a hundred\n" in done.stdout


def test_a_broker_without_isolation_needs_topics_that_tell_devices_apart(tmp_path, scenario):
    with Mosquitto(tmp_path) as mosquitto:
        where = ["simulate", "-o", "json", "-h", f"mqtt://127.0.0.1:{mosquitto.port}", "--duration", "1s", "--observe"]
        told = account(run(*where, "--scenario", scenario(SENSOR + '[config]\ntopic_root = "d/{client_id}"\n'), "-c", 3))
        assert told["observed"]["unique"] == told["messages"]["delivered"] > 0
        done = run(*where, "--scenario", scenario(SENSOR + '[config]\ntopic_root = "d"\n'), "-c", 3)
        assert done.returncode == 2 and "cannot tell the devices apart" in done.stderr
