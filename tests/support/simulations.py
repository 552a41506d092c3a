# SPDX-License-Identifier: Apache-2.0
"""What the tests of `muster simulate` share: a fleet of presses, scenarios for it, and the sums of its account."""
import json
import pathlib

import jsonschema
from peers import Broker

DEVICES = 6
SCHEMA = json.loads((pathlib.Path(__file__).parents[2] / "docs" / "reference" / "schemas" / "simulate.json").read_text())
SENSOR = '[[sensor]]\ntopic = "telemetry/x"\ninterval = "100ms"\njitter = "50ms"\nvalue = [{ name = "x", model = "random-walk" }]\n'

# A connection that is reset within its TLS handshake may look like a refusal, which has delays of its own.
BACKOFF = "[config.backoff]\nfirst_attempt_ms = 0\nbase_ms = 100\ncap_ms = 200\ntimeout_cap_ms = 400\nrefused_floor_ms = 100\nrefused_cap_ms = 200\nmin_stable_ms = 100\n"


class PressBroker(Broker):
    """With a tenant of isolated devices, their identities in `fleet`, and an application that sees them."""

    def __init__(self, directory, *arguments):
        super().__init__(directory / "data", *(word for scheme in ("mqtts", "mqtt", "wss") for word in ("--listen", f"{scheme}://127.0.0.1:0")), *arguments)
        self.directory = directory
        self.fleet = directory / "fleet"

    def __enter__(self):
        super().__enter__()
        self.muster("tenant", "create", "acme", check=True)
        listed = self.directory / "fleet.csv"
        listed.write_text("id\n" + "".join(f"press-{number}\n" for number in range(DEVICES)))
        where = ["--tenant", "acme", "--out-dir", self.fleet, "--cafile", self.ca_file, "--est-url", f"{self.est_url}/acme"]
        self.muster("device", "enroll", "-f", listed, *where, check=True)
        self.password_file = self.application("acme", "dash", self.directory)
        return self

    def simulation(self, *words):
        """The words of a run with these devices."""
        return ["simulate", "-o", "json", "-h", self.mqtts_url, "--credentials", self.fleet, "-c", DEVICES, *words]

    def observed(self):
        return ["--observe-username", "acme/dash", "--observe-password-file", self.password_file]


def account(done):
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    jsonschema.Draft202012Validator(SCHEMA).validate(told)
    return told


def check_sums(told):
    check_account(told)
    assert told["unaccounted"] == 0 and told["faults"] == []
    for group in told["groups"]:
        check_account(group)
    if told["groups"]:
        for name, values in (("readings", told["readings"]), ("messages", told["messages"])):
            for figure, value in values.items():
                assert isinstance(value, dict) or value == sum(group[name][figure] for group in told["groups"]), figure
        for figure in ("devices", "cut_off", "rivals", "never_connected", "unaccounted"):
            assert told[figure] == sum(group[figure] for group in told["groups"])


def check_account(told):
    readings, messages = told["readings"], told["messages"]
    assert readings["published"] == sum(readings[name] for name in ("stored", "unchanged", "thinned", "merged", "refused", "held"))
    assert readings["stored"] == messages["accepted"]
    assert messages["carried_over"] + messages["accepted"] == sum(messages[name] for name in ("delivered", "dropped", "quarantined", "waiting"))
    assert messages["dropped"] == sum(messages["dropped_by_reason"].values())
