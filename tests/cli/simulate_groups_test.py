# SPDX-License-Identifier: Apache-2.0
"""`muster simulate` of fleets whose groups differ: in kind, sensors, schedule and configuration, with an account of each."""
import json

import pytest
from peers import Mosquitto, PahoClient, run
from simulations import BACKOFF, DEVICES, SENSOR, account, check_sums

GROUP_SENSOR = '[[group.sensor]]\ntopic = "telemetry/vibration"\ninterval = "50ms"\nvalue = [{ name = "mm_s", model = "constant" }]\n'
PUMPS = '[[group]]\nname = "pumps"\nkind = "light"\n'
GATEWAYS = f'[[group]]\nname = "gateways"\nshare = 0.5\n{GROUP_SENSOR}'


def groups_of(told):
    return {group["name"]: group for group in told["groups"]}


def test_groups_differ_and_each_is_accounted_for(presses, scenario):
    """Three light devices with the scenario's sensor, three full ones with their own, in batches."""
    batch = '[[group.config.classes]]\nfilter = "telemetry/vibration"\nencoding = "protobuf"\nbatch = { max_readings = 5, max_age_ms = 500 }\n'
    words = presses.simulation("--scenario", scenario(SENSOR + PUMPS + GATEWAYS + batch), "--duration", "1500ms", *presses.observed())
    told = account(run(*words, "--assert", "waiting==0", "--assert", "gateways.missing==0", "--assert", "pumps.published>30"))
    check_sums(told)
    pumps, gateways = groups_of(told)["pumps"], groups_of(told)["gateways"]
    assert (told["kind"], pumps["kind"], gateways["kind"]) == ("mixed", "light", "full")
    assert (pumps["devices"], gateways["devices"]) == (3, 3)
    assert 3 * 12 <= pumps["readings"]["published"] <= 3 * 15
    assert 3 * 25 <= gateways["readings"]["published"] <= 3 * 30
    for group in (pumps, gateways):
        assert group["observed"]["unique"] == group["messages"]["delivered"] == group["readings"]["published"]
        assert group["connections"]["connected"] == 3
    assert [each["assertion"] for each in told["assertions"] if each["passed"]] == ["waiting==0", "gateways.missing==0", "pumps.published>30"]


def test_what_goes_wrong_can_be_a_group_s_alone(presses, scenario):
    events = '[[storm]]\nat = "1s"\ngroup = "gateways"\n[[outage]]\nat = "1800ms"\nfor = "200ms"\nshare = 0.3\ngroup = "pumps"\n[[takeover]]\nat = "1s"\nfor = "400ms"\ngroup = "pumps"\n'
    words = presses.simulation("--scenario", scenario(SENSOR + events + PUMPS + GATEWAYS + BACKOFF), "--duration", "2500ms", *presses.observed())
    told = account(run(*words))
    check_sums(told)
    pumps, gateways = groups_of(told)["pumps"], groups_of(told)["gateways"]
    assert (pumps["cut_off"], gateways["cut_off"]) == (1, 3)
    assert pumps["rivals"] >= 3 and gateways["rivals"] == 0
    assert pumps["connections"]["lost_by_reason"]["taken_over"] >= 3 and "taken_over" not in gateways["connections"]["lost_by_reason"]
    assert gateways["connections"]["lost"] > 0
    assert told["observed"]["missing"] == 0


def test_generated_names_have_the_group_and_each_group_its_topics(tmp_path, scenario):
    text = SENSOR + f'{PUMPS}share = 0.67\n[[group]]\nname = "gate-ways"\n{GROUP_SENSOR}[group.config]\ntopic_root = "g/{{client_id}}"\n[config]\ntopic_root = "d/{{client_id}}"\n'
    with Mosquitto(tmp_path) as mosquitto:
        listener = PahoClient("listener")
        listener.connect(mosquitto.port)
        listener.subscribe("#")
        words = ["-h", f"mqtt://127.0.0.1:{mosquitto.port}", "--scenario", scenario(text), "-c", 3, "--duration", "1s", "--run-id", "r", "--observe"]
        told = account(run("simulate", "-o", "json", *words))
        check_sums(told)
        assert told["observed"]["unique"] == told["messages"]["delivered"] > 0
        seen = {listener.message().topic for _ in range(told["messages"]["delivered"])}
        assert seen == {"d/sim-r-pumps-0/telemetry/x", "d/sim-r-pumps-1/telemetry/x", "g/sim-r-gate-ways-2/telemetry/vibration"}
        own = account(run("simulate", "-o", "json", *words, "-i", "%g.%i%%g"))
        topics = {listener.message().topic.split("/")[1] for _ in range(own["messages"]["delivered"])}
        assert topics == {"pumps.0%g", "pumps.1%g", "gate-ways.2%g"}
        listener.close()


def test_identities_are_taken_in_the_order_of_the_groups(presses, scenario):
    text = SENSOR + '[[group]]\nname = "a"\ndevices = 2\nkind = "light"\n[[group]]\nname = "b"\nkind = "light"\n'
    done = run(*presses.simulation("--scenario", scenario(text), "--duration", "300ms", "--trace"))
    assert [group["devices"] for group in account(done)["groups"]] == [2, DEVICES - 2]
    assert {f"client=press-{number}" for number in range(DEVICES)} == {word for line in done.stderr.splitlines() for word in line.split() if word.startswith("client=")}


def test_people_see_a_line_for_each_group(presses, scenario):
    words = presses.simulation("--scenario", scenario(SENSOR + PUMPS + GATEWAYS), "--duration", "500ms", *presses.observed(), "--assert", "pumps.waiting>5")
    done = run(*words, "-o", "table")
    assert done.returncode == 13 and "does not hold: pumps.waiting>5 (it is 0)" in done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0][:3] == ["6", "mixed", "devices,"]
    headings = ["GROUP", "KIND", "DEVICES", "CONNECTED", "LOST", "PUBLISHED", "DELIVERED", "DROPPED", "WAITING", "UNIQUE", "MISSING", "UNACCOUNTED"]
    at = lines.index(headings)
    assert [line[:4] for line in lines[at + 1 : at + 3]] == [["pumps", "light", "3", "3"], ["gateways", "full", "3", "3"]]
    assert lines[at + 3][0] == "FAIL"


def test_the_scenario_that_comes_with_muster_runs(tmp_path):
    text = run("simulate", "--print", "mixed", check=True).stdout
    file = tmp_path / "copy.toml"
    file.write_text(text.replace("[config.backoff]", '[config]\ntopic_root = "d/{client_id}"\n[config.backoff]'))
    with Mosquitto(tmp_path) as mosquitto:
        words = ["-h", f"mqtt://127.0.0.1:{mosquitto.port}", "--scenario", file, "-c", 10, "--duration", "5s", "--observe", "--assert", "missing==0"]
        told = account(run("simulate", "-o", "json", *words))
    check_sums(told)
    assert [(group["name"], group["devices"]) for group in told["groups"]] == [("pumps", 9), ("gateways", 1)]
    assert told["observed"]["unique"] == told["messages"]["delivered"] and groups_of(told)["pumps"]["cut_off"] == 3


FULL = '[[group]]\nname = "b"\n'


@pytest.mark.parametrize(
    "text, words, told",
    [
        ('[[storm]]\nat = "1s"\ngroup = "pmups"\n' + PUMPS, [], ":8:9: there is no group 'pmups'; did you mean pumps?"),
        ('[[storm]]\nat = "1s"\ngroup = "pumps"\n', [], ":8:9: there is no group 'pumps'; the scenario has no [[group]]"),
        (PUMPS + "share = 0.8\n" + FULL + "share = 0.3\n", [], ":12:9: group[].share: the groups have more than all devices together"),
        (PUMPS + "share = 0.8\n" + FULL + "share = 0.1\n", [], ":12:9: group[].share: some devices are in no group"),
        (PUMPS + "share = 1.8\n", [], ":9:9: group[].share: 1.8 is not from"),
        (PUMPS + FULL, [], ":9:1: group[]: only one can do without share and devices"),
        (PUMPS + "share = 0.5\ndevices = 2\n", [], ":10:11: group[]: either share or devices"),
        (PUMPS + PUMPS, [], ":10:8: two groups are named 'pumps'"),
        ('[[group]]\nname = "a b"\n', [], ":7:8: group[].name: 'a b' is not of 1 to 32 letters"),
        (PUMPS + "knd = 1\n", [], ":9:1: there is no key group[].knd; did you mean kind?"),
        (PUMPS + "[group.config]\nwindow = 0\n", [], ":10:10: "),
        (PUMPS + "devices = 8\n" + FULL + "devices = 3\n", ["-c", 5], ":12:11: the groups have 11 devices together, and the run has 5: raise --clients"),
        (PUMPS + "devices = 8\n" + FULL + "devices = 3\n", ["-c", 50], ":12:11: the groups have 11 devices together, and the run has 50: lower --clients"),
        (PUMPS + "share = 0.5\n" + FULL, ["-c", 1], ":10:1: a group has at least one device, and the run has 1 for 2 groups"),
        (PUMPS, ["-i", "%i", "-u", "x", "--assert", "pump.waiting==0"], "there is no figure 'pump.waiting'"),
        ("", ["-i", "%g-%i"], "--client-id: %g is a device's group, and the scenario has no [[group]]"),
    ],
)
def test_what_is_wrong_with_groups_is_said_with_its_place(scenario, text, words, told):
    file = scenario(SENSOR + text)
    done = run("simulate", "-h", "127.0.0.1", "--scenario", file, *words)
    assert done.returncode == 2, done.stdout
    assert (f"{file}{told}" if told.startswith(":") else told) in done.stderr
    assert "hint: " in done.stderr


def test_groups_without_sensors_are_refused_where_the_scenario_has_none(scenario):
    file = scenario(PUMPS)
    done = run("simulate", "-o", "json", "-h", "127.0.0.1", "--scenario", file)
    problems = json.loads(done.stderr)["error"]["details"]["problems"]
    assert done.returncode == 2 and [(problem["line"], problem["message"]) for problem in problems] == [(1, "group[].sensor is missing, and the scenario has none either")]
