# SPDX-License-Identifier: Apache-2.0
"""`muster simulate` without a broker: mistakes in its words and in scenarios, and queues that nobody empties."""
import json

import pytest
from peers import held_port, run
from simulations import SENSOR, account, check_sums


@pytest.mark.parametrize(
    "words, code, told",
    [
        ([], 2, "one of --scenario, --list, --print"),
        (["--scenario", "steady"], 2, "--host is required"),
        (["--scenario", "stedy", "-h", "127.0.0.1"], 5, "did you mean steady?"),
        (["--print", "stedy"], 5, "did you mean steady?"),
        (["--scenario", "steady", "-h", "http://127.0.0.1"], 2, "--host: "),
        (["--scenario", "steady", "-h", "127.0.0.1", "-V", "4"], 2, "--mqtt-version: '4' is not"),
        (["--scenario", "steady", "-h", "mqtts://127.0.0.1", "--credentials", "/nonexistent"], 5, "--credentials"),
        (["--scenario", "steady", "-h", "127.0.0.1", "-i", "same"], 2, "two devices would have the client id 'same'"),
        (["--scenario", "steady", "-h", "127.0.0.1", "-c", "5000"], 2, "at most 2000 full devices"),
        (["--scenario", "steady", "-h", "127.0.0.1", "--duration", "1s"], 2, "devices start within"),
        (["--scenario", "steady", "-h", "127.0.0.1", "--drain", "2d"], 2, "not a duration from 0s to 24h"),
        (["--scenario", "steady", "-h", "127.0.0.1", "--duration", "0s"], 2, "not a duration from 1ms to 24h"),
        (["--scenario", "steady", "-h", "127.0.0.1", "--assert", "delivered"], 2, "there is no comparison"),
    ],
)
def test_what_is_wrong_with_the_words_is_said(words, code, told):
    done = run("simulate", *words)
    assert done.returncode == code, done.stderr
    assert told in done.stderr and "Traceback" not in done.stderr


def test_every_mistake_in_a_scenario_is_told_with_its_place(scenario):
    file = scenario('durations = "5s"\nseed = "x"\n' + SENSOR + "[config]\nwindow = 0\n")
    done = run("simulate", "-h", "127.0.0.1", "--scenario", file)
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert lines[0] == f"{file}:1:1: there is no key durations; did you mean duration?"
    assert lines[1].startswith(f"{file}:2:8: seed: ")
    assert lines[2].startswith(f"{file}:9:10: ") and "window" in lines[2]
    assert lines[3] == f"muster: error: {file}: 3 problems, and nothing has been run"
    details = json.loads(run("simulate", "-o", "json", "-h", "127.0.0.1", "--scenario", file).stderr)["error"]["details"]
    assert [problem["line"] for problem in details["problems"]] == [1, 2, 9]


def test_a_light_device_with_a_full_queue_refuses_or_gives_up_the_oldest(scenario):
    for overflow, figure in (("refuse", "refused"), ("drop_oldest", "dropped")):
        text = f'kind = "light"\n{SENSOR}[config.outbox]\nmax_messages = 5\n[[config.classes]]\nfilter = "#"\noverflow = "{overflow}"\n'
        with held_port() as port:
            done = run("simulate", "-o", "json", "-h", f"mqtt://127.0.0.1:{port}", "--scenario", scenario(text), "-c", 2, "--duration", "1s", "--drain", "50ms")
        told = account(done)
        check_sums(told)
        assert told["messages"]["waiting"] == 10
        assert (told["readings"] | told["messages"])[figure] > 0


def test_a_full_outbox_refuses_and_is_accounted_for(scenario):
    text = SENSOR + "[config.outbox]\nmax_messages = 5\n"
    with held_port() as port:
        done = run("simulate", "-o", "json", "-h", f"mqtt://127.0.0.1:{port}", "--scenario", scenario(text), "-c", 2, "--duration", "2s", "--drain", "100ms")
    told = account(done)
    check_sums(told)
    assert (told["messages"]["waiting"], told["never_connected"]) == (10, 2)
    assert told["readings"]["refused"] == told["refused_by_reason"]["full"] > 0
