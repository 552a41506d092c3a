# SPDX-License-Identifier: Apache-2.0
"""Runs of `muster simulate`: the scenarios that come with it, how a run ends, what it says of assertions, and that nothing is left."""
import json
import re
import signal
import subprocess

import pytest
from peers import MUSTER, PATIENCE, held_port, run
from simulations import SENSOR, account, check_sums


@pytest.mark.parametrize("name", [scenario["name"] for scenario in json.loads(run("simulate", "--list", "-o", "json").stdout)])
def test_every_scenario_that_comes_with_muster_can_be_copied_and_edited(presses, scenario, name):
    printed = run("simulate", "--print", name, check=True).stdout
    done = run(*presses.simulation("--scenario", scenario(printed), "--assert", "nonsense<1"))
    assert done.returncode == 2 and "there is no figure 'nonsense'" in done.stderr, "what is printed is a scenario without mistakes"
    ten_times_as_fast = re.sub(r'"(\d+)s"', r'"\g<1>00ms"', printed)
    told = account(run(*presses.simulation("--scenario", scenario(ten_times_as_fast), "--duration", "4s"), timeout=100))
    check_sums(told)
    assert told["scenario"] == name


def test_an_assertion_that_does_not_hold_ends_in_13(presses, scenario):
    words = ["--scenario", scenario(SENSOR), "--duration", "300ms"]
    done = run(*presses.simulation(*words, "--assert", "delivered<1", "--assert", "waiting==0", "--assert", "missing==0"))
    assert done.returncode == 13
    assert [verdict["passed"] for verdict in json.loads(done.stdout)["assertions"]] == [False, True, False]
    assert "delivered<1" in done.stderr and "missing==0 (not measured)" in done.stderr
    table = [*presses.simulation(*words, "--assert", "waiting==0"), "-o", "table"]
    assert "PASS waiting==0 (0)" in run(*table).stdout
    done = run(*presses.simulation(*words, "--assert", "delivred<1"))
    assert done.returncode == 2 and "there is no figure 'delivred'" in done.stderr


def test_the_first_interrupt_drains_and_the_second_ends_at_once(presses, scenario):
    file = scenario(SENSOR)
    words = [*map(str, presses.simulation("--scenario", file, "--duration", "10m", "--report-interval", "100ms")), "-o", "jsonl"]
    process = subprocess.Popen([MUSTER, *words], stdout=subprocess.PIPE, text=True)
    while json.loads(process.stdout.readline())["delivered"] == 0:
        pass
    process.send_signal(signal.SIGINT)
    told = json.loads(process.communicate(timeout=PATIENCE)[0].splitlines()[-1])
    assert process.returncode == 130 and told["interrupted"] and told["messages"]["waiting"] == 0
    check_sums(told)

    with held_port() as port:  # Nothing can be sent there.
        words[words.index(presses.mqtts_url)] = f"mqtts://127.0.0.1:{port}"
        process = subprocess.Popen([MUSTER, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        while json.loads(process.stdout.readline())["accepted"] == 0:
            pass
        process.send_signal(signal.SIGINT)
        assert json.loads(process.stdout.readline())["delivered"] == 0
        process.send_signal(signal.SIGINT)
        told = json.loads(process.communicate(timeout=PATIENCE)[0].splitlines()[-1])
    assert process.returncode == 130 and told["messages"]["waiting"] == told["messages"]["accepted"] > 0
    check_sums(told)


def test_nothing_is_left_behind(presses, scenario, tmp_path):
    place = tmp_path / "tmp"
    place.mkdir()
    account(run(*presses.simulation("--scenario", scenario(SENSOR), "--duration", "200ms"), env={"TMPDIR": str(place)}))
    assert list(place.iterdir()) == []
