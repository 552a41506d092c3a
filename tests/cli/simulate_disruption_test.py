# SPDX-License-Identifier: Apache-2.0
"""`muster simulate` when networks are lost and others bear the devices' names: nothing is lost, and all of it is accounted for."""
import pytest
from peers import run
from simulations import BACKOFF, DEVICES, SENSOR, account, check_sums

KINDS = pytest.mark.parametrize("kind", ["full", "light"])


def test_devices_that_lose_their_network_lose_no_reading(presses, scenario):
    outage = '[[outage]]\nat = "500ms"\nfor = "500ms"\nevery = "1s"\nshare = 0.5\n'
    told = account(run(*presses.simulation("--scenario", scenario(SENSOR + outage + BACKOFF), "--duration", "3s", *presses.observed(), "--assert", "waiting==0")))
    check_sums(told)
    assert told["cut_off"] == 3 * DEVICES // 2
    assert told["connections"]["lost"] > 0
    assert told["observed"]["unique"] == told["messages"]["delivered"] == told["readings"]["published"]


@KINDS
def test_a_storm_cuts_all_off_and_all_come_back(presses, scenario, kind):
    text = f'kind = "{kind}"\n' + SENSOR + '[[storm]]\nat = "1s"\n' + BACKOFF
    told = account(run(*presses.simulation("--scenario", scenario(text), "--duration", "2500ms", *presses.observed())))
    check_sums(told)
    assert (told["kind"], told["cut_off"]) == (kind, DEVICES)
    assert 0 < told["connections"]["lost"] <= DEVICES
    assert told["connections"]["connected"] == DEVICES + told["connections"]["lost"]
    assert told["observed"]["missing"] == told["messages"]["waiting"] == 0


@KINDS
def test_without_a_drain_what_waits_is_told_as_waiting(presses, scenario, kind):
    text = f'kind = "{kind}"\n{SENSOR}[[outage]]\nat = "500ms"\nfor = "1s"\n{BACKOFF}'
    words = presses.simulation("--scenario", scenario(text), "--duration", "1500ms", *presses.observed())
    told = account(run(*words, "--drain", "0s"))
    check_sums(told)
    assert told["messages"]["waiting"] >= DEVICES and told["observed"]["missing"] == 0
    assert account(run(*words))["messages"]["waiting"] == 0
    scenario('drain = "0s"\n' + text)
    assert account(run(*words))["messages"]["waiting"] >= DEVICES


@KINDS
def test_a_silent_outage_passes_and_nothing_is_lost(presses, scenario, kind):
    text = f'kind = "{kind}"\n' + SENSOR + '[[outage]]\nat = "1s"\nfor = "1s"\nshare = 0.5\nkind = "silent"\n[config]\nkeep_alive_s = 1\n' + BACKOFF
    told = account(run(*presses.simulation("--scenario", scenario(text), "--duration", "2500ms", *presses.observed())))
    check_sums(told)
    assert told["cut_off"] == DEVICES // 2
    assert told["messages"]["waiting"] == told["observed"]["missing"] == 0


@KINDS
def test_rivals_with_the_same_client_id_throw_devices_out(presses, scenario, kind):
    text = f'kind = "{kind}"\n' + SENSOR + '[[collision]]\nat = "1s"\nfor = "1s"\nshare = 0.2\n[[takeover]]\nat = "1s"\nfor = "500ms"\nshare = 0.5\n' + BACKOFF
    told = account(run(*presses.simulation("--scenario", scenario(text), "--duration", "2500ms", *presses.observed())))
    check_sums(told)
    assert told["rivals"] >= DEVICES // 2
    assert told["connections"]["lost_by_reason"]["taken_over"] >= DEVICES // 2
    assert told["observed"]["unique"] == told["messages"]["delivered"]


def test_what_nobody_acknowledges_waits(presses, scenario):
    """A broker that loses acknowledgements loses no reading: what it does not acknowledge waits."""
    slow = SENSOR + "[config]\nwindow = 4\nkeep_alive_s = 1\n"
    presses.muster("broker", "fault", "add", "drop_acknowledgements", "--tenant", "acme", "--client-id", "press-0", "--for", "60s", check=True)
    try:
        told = account(run(*presses.simulation("--scenario", scenario(slow), "--duration", "1s", "--drain", "1s", *presses.observed())))
    finally:
        presses.muster("broker", "fault", "clear", check=True)
    check_sums(told)
    assert told["messages"]["waiting"] > 0 and told["messages"]["delivered"] > 0
    assert told["observed"]["unique"] > told["messages"]["delivered"]  # Some of what waits has come.
    assert told["observed"]["missing"] == 0
