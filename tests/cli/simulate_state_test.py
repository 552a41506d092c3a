# SPDX-License-Identifier: Apache-2.0
"""`muster simulate --state`: what waits at the end of a run, or when it is killed, is delivered by the next one, and accounted for."""
import contextlib
import json
import subprocess

from peers import MUSTER, PATIENCE, Mosquitto, PahoClient, held_port, run
from simulations import BACKOFF, DEVICES, SENSOR, account, check_sums

ROOT = '[config]\ntopic_root = "d/{client_id}"\n'
FOREVER = '[[outage]]\nat = "500ms"\nfor = "10m"\n'
LIGHT = 'kind = "light"\n'


@contextlib.contextmanager
def running(*words, until):
    """A run that has come to `until`, of an interval's figures; killed at the end."""
    words = ["simulate", "-o", "jsonl", "--report-interval", "100ms", "--duration", "10m", *map(str, words)]
    with subprocess.Popen([MUSTER, *words], stdout=subprocess.PIPE, text=True) as process:
        try:
            while not until(interval := json.loads(process.stdout.readline())):
                pass
            yield interval
        finally:
            process.kill()
            process.wait(PATIENCE)


def test_what_waits_at_the_end_is_delivered_by_the_next_run(presses, scenario, tmp_path):
    state = tmp_path / "state"
    cut = scenario(SENSOR + FOREVER.replace("10m", "1s") + BACKOFF)
    words = ["--scenario", cut, "--state", state, *presses.observed()]
    first = account(run(*presses.simulation(*words, "--duration", "1500ms", "--drain", "0s")))
    check_sums(first)
    waiting = first["messages"]["waiting"]
    assert waiting >= DEVICES and first["messages"]["carried_over"] == 0
    assert state.stat().st_mode & 0o777 == 0o700
    scenario(SENSOR + BACKOFF)
    again = account(run(*presses.simulation(*words, "--duration", "1s", "--assert", f"carried-over=={waiting}", "--assert", "missing==0")))
    check_sums(again)
    assert again["messages"]["waiting"] == 0
    assert again["observed"]["unique"] == again["messages"]["delivered"] == waiting + again["readings"]["published"]
    assert (again["observed"]["foreign"], again["observed"]["duplicates"]) == (0, 0)
    third = run(*presses.simulation(*words, "--duration", "300ms"), "-o", "table")
    assert third.returncode == 0 and "carried over" not in third.stdout


def test_nothing_is_lost_when_a_run_is_killed(tmp_path, scenario):
    """Of every device the numbers of the first run have no gap, although it was killed with much that waited."""
    with Mosquitto(tmp_path) as mosquitto:
        listener = PahoClient("listener")
        listener.connect(mosquitto.port)
        listener.subscribe("d/#")
        words = ["-h", f"mqtt://127.0.0.1:{mosquitto.port}", "-c", 4, "--state", tmp_path / "state", "--observe"]
        file = scenario(SENSOR + FOREVER + ROOT + BACKOFF)
        with running(*words, "--scenario", file, until=lambda interval: interval["waiting"] >= 20 and interval["delivered"] > 0) as interval:
            pass
        scenario(SENSOR + ROOT + BACKOFF)
        done = run("simulate", *words, "--scenario", file, "--duration", "1s", "-o", "json", "--assert", "waiting==0", "--assert", "missing==0")
        told = account(done)
        check_sums(told)
        carried_over = told["messages"]["carried_over"]
        assert carried_over >= interval["waiting"]
        assert told["messages"]["delivered"] == carried_over + told["readings"]["published"] == told["observed"]["unique"]
        came = {}
        expected = interval["delivered"] + told["messages"]["delivered"]
        while sum(map(len, came.values())) < expected:
            message = listener.message()
            came.setdefault(message.topic, set()).add(json.loads(message.payload)["seq"])
        listener.close()
    assert len(came) == 4 and all("/sim-" in topic for topic in came)
    first_of_second = 10 * 60 * 10 + 3  # The first run could have given so many.
    for numbers in came.values():
        before = sorted(number for number in numbers if number < first_of_second)
        after = sorted(number for number in numbers if number >= first_of_second)
        assert before == list(range(1, len(before) + 1)), before
        assert after == list(range(first_of_second, first_of_second + len(after))) and after


def test_a_second_run_in_the_same_directory_is_refused(scenario, tmp_path):
    with held_port() as port:
        words = ["-h", f"mqtt://127.0.0.1:{port}", "--scenario", scenario(SENSOR), "-c", 1, "--state", tmp_path / "state"]
        with running(*words, until=lambda interval: interval["published"] > 0):
            done = run("simulate", *words, "--duration", "1s")
            assert done.returncode != 0 and f"{tmp_path / 'state'} is in use by another simulation" in done.stderr
            assert "hint: wait until it ends, or name another directory" in done.stderr
        assert account(run("simulate", "-o", "json", *words, "--duration", "200ms", "--drain", "0s"))["messages"]["carried_over"] > 0


def test_each_group_keeps_its_own_and_light_ones_keep_nothing(presses, scenario, tmp_path):
    groups = '[[group]]\nname = "pumps"\nkind = "light"\nshare = 0.5\n[[group]]\nname = "gateways"\n[[group.sensor]]\ntopic = "telemetry/y"\ninterval = "100ms"\nvalue = [{ name = "y", model = "constant" }]\n'
    file = scenario(SENSOR + groups + FOREVER.replace("10m", "1s") + BACKOFF)
    words = ["--scenario", file, "--state", tmp_path / "state", *presses.observed()]
    first = account(run(*presses.simulation(*words, "--duration", "1500ms", "--drain", "0s")))
    check_sums(first)
    waiting = {group["name"]: group["messages"]["waiting"] for group in first["groups"]}
    assert waiting["pumps"] > 0 and waiting["gateways"] > 0
    scenario(SENSOR + groups + BACKOFF)
    again = account(run(*presses.simulation(*words, "--duration", "500ms", "--assert", "waiting==0", "--assert", "missing==0")))
    check_sums(again)
    assert {group["name"]: group["messages"]["carried_over"] for group in again["groups"]} == {"pumps": 0, "gateways": waiting["gateways"]}


def test_devices_that_are_not_in_the_run_are_told(scenario, tmp_path):
    with held_port() as port:
        words = ["simulate", "-o", "table", "-h", f"mqtt://127.0.0.1:{port}", "--scenario", scenario(SENSOR), "--state", tmp_path / "state", "--duration", "300ms", "--drain", "0s"]
        run(*words, "-c", 3, check=True)
        fewer = run(*words, "-c", 1, check=True)
        assert "--state: 2 outboxes there are of no device of this run; what waits there stays" in fewer.stderr
        assert "carried over" in fewer.stdout
        renamed = run(*words, "-c", 1, "-i", "other/%i")
        assert renamed.returncode == 0 and "3 outboxes there are" in renamed.stderr and "carried over" not in renamed.stdout


def test_what_no_state_can_be_for_is_refused(scenario, tmp_path):
    def refused(text, directory, *words):
        done = run("simulate", "-h", "mqtt://127.0.0.1:1", "--scenario", scenario(text), "-c", 1, "--duration", "200ms", "--drain", "0s", "--state", directory, *words)
        assert done.returncode != 0 and "hint: " in done.stderr, done.stderr
        return done.stderr

    state = tmp_path / "state"
    assert "light devices keep what waits in memory" in refused(LIGHT + SENSOR, state)
    assert "light devices keep what waits in memory" in refused('outbox = "memory"\n' + SENSOR, state)
    assert not state.exists()
    full = tmp_path / "full"
    full.mkdir(mode=0o700)
    (full / "diary").write_text("dear")
    assert "holds something else than what a simulation keeps" in refused(SENSOR, full)
    run("simulate", "-h", "mqtt://127.0.0.1:1", "--scenario", scenario(SENSOR), "-c", 1, "--duration", "200ms", "--drain", "0s", "--state", state, check=True)
    assert "is another scenario's: there sensor telemetry/x gave readings" in refused(SENSOR.replace("telemetry/x", "telemetry/z"), state)
    (state / "simulation.state").write_text("muster simulation 1\nrun x\nruns many\n")
    assert f"{state / 'simulation.state'}:3: this is no state of a simulation" in refused(SENSOR, state)
