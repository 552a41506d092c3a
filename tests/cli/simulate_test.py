# SPDX-License-Identifier: Apache-2.0
"""`muster simulate` against the bundled broker: what it accounts for, and how it finds out that something is missing."""
import json

from peers import run
from simulations import DEVICES, SENSOR, account, check_sums


def test_every_reading_of_a_quiet_fleet_arrives_once(presses, scenario):
    told = account(run(*presses.simulation("--scenario", scenario(SENSOR), "--duration", "2s", *presses.observed(), "--assert", "waiting==0", "--assert", "missing==0")))
    check_sums(told)
    assert DEVICES * 19 <= told["readings"]["published"] <= DEVICES * 20
    assert told["messages"]["delivered"] == told["observed"]["unique"] == told["readings"]["published"]
    assert (told["observed"]["duplicates"], told["observed"]["foreign"]) == (0, 0)
    assert (told["scenario"], told["devices"], told["never_connected"], told["connections"]["connected"]) == ("mine", DEVICES, 0, DEVICES)


def test_the_same_seed_gives_the_same_readings(presses, scenario):
    words = presses.simulation("--scenario", scenario("start_spread = \"1s\"\n" + SENSOR), "--duration", "1500ms")
    one, two = (account(run(*words, "--seed", 5))["readings"]["published"] for _ in range(2))
    assert one == two


def test_classes_of_the_sdk_thin_and_join_readings(presses):
    told = account(run(*presses.simulation("--scenario", "thrifty", "--duration", "2500ms", *presses.observed())))
    check_sums(told)
    assert told["readings"]["merged"] > 0
    assert told["observed"]["unique"] == told["messages"]["delivered"]


def test_what_is_delivered_and_not_observed_is_unaccounted_for(presses, scenario, tmp_path):
    """The control: an application of another tenant sees nothing, which must be found out."""
    presses.muster("tenant", "create", "other", check=True)
    stranger = ["--observe-username", "other/stranger", "--observe-password-file", presses.application("other", "stranger", tmp_path)]
    done = run(*presses.simulation("--scenario", scenario(SENSOR), "--duration", "500ms", *stranger))
    assert done.returncode == 13
    told = json.loads(done.stdout)
    assert told["unaccounted"] == told["observed"]["missing"] == told["messages"]["delivered"] > 0
    assert len(told["faults"]) == told["fault_count"] == DEVICES and "has seen 0" in told["faults"][0]["what"]
    error = json.loads(done.stderr.splitlines()[-1])["error"]
    assert error["code"] == "check_failed" and "unaccounted for, first: device press-0" in error["message"]
