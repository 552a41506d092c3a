# SPDX-License-Identifier: Apache-2.0
"""`muster simulate --trace`: packets of light devices, connections of full ones, each with whose it is, and never a secret."""
import re

import pytest
from peers import run
from scripted_mqtt import CONNACK, DISCONNECT, WELCOME_V5, Scripted, packet
from simulations import BACKOFF, DEVICES, SENSOR, account

PRESSES = [f"press-{number}" for number in range(DEVICES)]
PASSWORD = "open sesame"
LINE = re.compile(r"\d+\.\d{3} ([→←=]) (.+) client=(\S+)")


def lines_of(text):
    """The lines of a trace by client, without times."""
    told = {}
    for line in text.splitlines():
        found = LINE.fullmatch(line)
        assert found, line
        told.setdefault(found[3], []).append(f"{found[1]} {found[2]}")
    return told


def devices_of(told):
    """All but the observer, whose name is drawn."""
    [observer] = [client for client in told if client.startswith("observer-")]
    assert any(line.startswith("= connected at=") for line in told[observer])
    return {client: lines for client, lines in told.items() if client != observer}


@pytest.mark.parametrize("way", ["mqtts", "wss"])
def test_every_packet_of_light_devices_is_told_with_whose_it_is(presses, scenario, tmp_path, way):
    file = tmp_path / "trace.txt"
    url = {"mqtts": presses.mqtts_url, "wss": presses.urls[2]}[way]
    words = ["-h", url, "--credentials", presses.fleet, "-c", DEVICES, "--scenario", scenario('kind = "light"\n' + SENSOR), "--duration", "500ms"]
    told = account(run("simulate", "-o", "json", *words, *presses.observed(), f"--trace={file}"))
    assert file.stat().st_mode & 0o777 == 0o600 and PASSWORD not in file.read_text()
    traced = devices_of(lines_of(file.read_text()))
    assert sorted(traced) == PRESSES
    for client, lines in traced.items():
        if way == "wss":
            assert lines[:2] == ["→ HTTP GET /mqtt", "← HTTP 101 Switching Protocols"]
            lines = lines[2:]
        assert lines[0].startswith(f"→ CONNECT id={client} clean=")
        assert lines[1].startswith("← CONNACK 0x00")
        assert any(re.match(r"→ PUBLISH mid=\d+ topic=telemetry/x qos=1", line) for line in lines), lines
    acknowledged = sum(line.startswith("← PUBACK") for lines in traced.values() for line in lines)
    assert acknowledged == told["messages"]["delivered"] > 0


def test_connections_of_full_devices_are_told_and_why_they_ended(presses, scenario):
    text = SENSOR + '[[storm]]\nat = "1s"\n[[takeover]]\nat = "1500ms"\nfor = "500ms"\nshare = 0.1\n' + BACKOFF
    done = run(*presses.simulation("--scenario", scenario(text), "--duration", "2500ms", *presses.observed(), "--trace"))
    told = account(done)
    traced = devices_of(lines_of(done.stderr))
    assert sorted(traced) == PRESSES
    at = f"at={presses.mqtts_url} v5"
    for lines in traced.values():
        assert lines[0] == f"= connecting {at}" and f"= connected {at}" in lines
        assert lines[-1].startswith("= stopped")
    everything = [line for lines in traced.values() for line in lines]
    assert everything.count(f"= connected {at}") >= told["connections"]["connected"] > DEVICES
    ended = [line for line in everything if line.startswith((f'= waiting {at} reason="', f'= refused {at} reason="'))]
    assert len(ended) >= told["connections"]["lost"] > 0
    rivals = [line for line in everything if line.endswith(" rival=1")]
    assert sum(line.startswith("← CONNACK 0x00") for line in rivals) == told["rivals"] > 0
    assert not any(line[0] in "→←" and "rival=1" not in line for line in everything)


def traced_against(answer, kind, secret, scenario, directory):
    """The lines of one device that has `secret` for a password, towards a broker that answers its CONNECT so."""
    password, trace = directory / "password", directory / "trace.txt"
    password.write_text(secret + "\n")
    password.chmod(0o600)
    with Scripted({1: answer}) as server:
        words = ["-h", server.url, "--scenario", scenario(f'kind = "{kind}"\n{SENSOR}{BACKOFF}'), "-c", 1, "--duration", "1s", "--drain", "0s"]
        done = run("simulate", "-o", "json", *words, "-i", "press-%i", "-u", "acme/press", "--password-file", password, f"--trace={trace}")
    account(done)
    assert secret not in trace.read_text() + done.stderr
    return lines_of(trace.read_text())["press-0"]


def test_what_a_broker_says_to_light_devices_with_the_password_in_it_is_hidden(scenario, tmp_path):
    why = b"swordfish is wrong"
    refusal = packet(CONNACK << 4, bytes([0, 0x87, 3 + len(why), 0x1F, 0, len(why)]) + why)
    lines = traced_against(refusal, "light", "swordfish", scenario, tmp_path)
    assert any(line.startswith("→ CONNECT") and "password=***" in line for line in lines)
    assert any(line.startswith("← CONNACK 0x87") and "reason-string=***" in line for line in lines)


def test_a_server_that_a_broker_names_after_the_password_is_hidden(scenario, tmp_path):
    """Full devices go there: the address is the broker's word."""
    where = b"127.0.0.9:1"
    moved = packet(DISCONNECT << 4, bytes([0x9D, 3 + len(where), 0x1C, 0, len(where)]) + where)
    lines = traced_against(WELCOME_V5 + moved, "full", "127.0.0.9", scenario, tmp_path)
    assert any(line.startswith("= connected at=mqtt://127.0.0.1:") for line in lines)
    assert any(line.startswith("= connecting at=*** v5") for line in lines), lines
