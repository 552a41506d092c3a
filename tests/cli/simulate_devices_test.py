# SPDX-License-Identifier: Apache-2.0
"""`muster simulate`: how its devices speak (WebSocket, version of MQTT) and what their clocks say."""
import json
import time

import pytest
from peers import Mosquitto, PahoClient, run
from scripted_mqtt import WELCOME_V5, WELCOME_V311, Scripted
from simulations import BACKOFF, DEVICES, SENSOR, account, check_sums

KINDS = pytest.mark.parametrize("kind", ["full", "light"])
# In CONNECT: a length and the protocol's name of four letters come before it (MQTT 5.0, section 3.1.2).
LEVEL_AT = 6


def through_websocket(presses, *words):
    return ["simulate", "-o", "json", "-h", presses.urls[2], "--credentials", presses.fleet, *words]


def test_light_devices_and_the_observer_speak_through_websocket(presses, scenario):
    file = scenario('kind = "light"\n' + SENSOR + '[[storm]]\nat = "1s"\n' + BACKOFF)
    words = through_websocket(presses, "-c", DEVICES, "--scenario", file, "--duration", "2s", "--assert", "waiting==0", "--assert", "missing==0")
    told = account(run(*words, *presses.observed()))
    check_sums(told)
    assert told["connections"]["lost"] > 0 and told["observed"]["unique"] == told["readings"]["published"] > 0


def test_full_devices_and_the_observer_speak_through_websocket(presses, scenario):
    words = ["--scenario", scenario(SENSOR), "--duration", "1s", "--assert", "waiting==0", "--assert", "missing==0", *presses.observed()]
    told = account(run(*through_websocket(presses, "-c", DEVICES, *words)))
    check_sums(told)
    assert told["observed"]["unique"] == told["messages"]["delivered"] == told["readings"]["published"] > 0


def test_of_full_devices_by_paho_one_speaks_through_websocket(presses, scenario):
    """It mixes up the frames of several."""
    words = ["--scenario", scenario(SENSOR + '[config]\ntransport = "paho"\n'), "--duration", "1s"]
    told = account(run(*through_websocket(presses, "-c", 1, *words, "--assert", "waiting==0")))
    check_sums(told)
    assert told["messages"]["delivered"] == told["readings"]["published"] > 0
    done = run(*through_websocket(presses, "-c", 2, *words))
    error = json.loads(done.stderr)["error"]
    assert done.returncode == 2 and "in a process, not 2" in error["message"] and "light" in error["hint"]


@KINDS
def test_a_path_where_there_is_no_websocket_is_told(presses, scenario, kind):
    place = presses.urls[2].removesuffix("/mqtt").removeprefix("wss://")
    words = ["-h", f"wss://{place}", "--ws-path", "elsewhere", "--credentials", presses.fleet, "-c", 1, "--duration", "300ms", "--drain", "2s"]
    done = run("simulate", "--scenario", scenario(f'kind = "{kind}"\n{SENSOR}'), *words)
    assert "1 devices never connected, for example: " in done.stderr, done.stderr
    assert "no WebSocket at /elsewhere: the server answers 404" in done.stderr, done.stderr


@KINDS
@pytest.mark.parametrize(("version", "level", "welcome"), [("5", 5, WELCOME_V5), ("3.1.1", 4, WELCOME_V311)])
def test_devices_speak_the_version_that_is_asked_for(scenario, kind, version, level, welcome):
    """Whatever the scenario says."""
    other = {"5": "mqtt311", "3.1.1": "mqtt5"}[version]
    text = f'kind = "{kind}"\n{SENSOR}[config]\nprotocol = "{other}"\n'
    with Scripted({1: welcome}) as server:
        words = ["-h", server.url, "-V", version, "--scenario", scenario(text), "-c", 1, "--duration", "1s", "--drain", "100ms"]
        done = run("simulate", "-o", "json", *words)
    account(done)
    assert {body[LEVEL_AT] for first, body in server.packets if first >> 4 == 1} == {level}


@KINDS
def test_clocks_are_wrong_each_by_its_own_and_the_same_with_the_same_seed(tmp_path, scenario, kind):
    text = f'kind = "{kind}"\nclock_skew = "1h"\n{SENSOR}[config]\ntopic_root = "d/{{client_id}}"\n'
    seen = []
    with Mosquitto(tmp_path) as mosquitto:
        listener = PahoClient("listener")
        listener.connect(mosquitto.port)
        listener.subscribe("d/#")
        for seed in (1, 1, 2):
            words = ["-h", f"mqtt://127.0.0.1:{mosquitto.port}", "--scenario", scenario(text), "-c", 4, "--duration", "500ms"]
            begin = time.time()
            delivered = account(run("simulate", "-o", "json", *words, "--seed", seed))["messages"]["delivered"]
            skews = {}
            for _ in range(delivered):
                message = listener.message()
                took = time.time() - begin
                ahead = json.loads(message.payload)["t"] / 1000 - begin
                assert -3600 <= ahead <= 3600 + took
                device = message.topic.split("/")[1].rsplit("-", 1)[1]
                skews[device] = min(ahead, skews.get(device, ahead))
            seen.append(skews)
        listener.close()
    one, again, other = seen
    assert set(one) == set(again) == set(other) == {"0", "1", "2", "3"}
    assert all(abs(one[device] - again[device]) < 30 for device in one)
    assert max(one.values()) - min(one.values()) > 60 and any(abs(one[device] - other[device]) > 60 for device in one)
