# SPDX-License-Identifier: Apache-2.0
"""broker fault: every example of docs/faults.md on the command line and in Python is the same fault as its JSON."""
import json
import pathlib
import re
import shlex

import pytest
from peers import Broker, run

DOCUMENT = (pathlib.Path(__file__).parents[2] / "docs" / "faults.md").read_text()
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", DOCUMENT.partition("## Every fault")[2], re.MULTILINE | re.DOTALL))
ACCOUNTS = {"id", "standing", "considered", "applied", "age_ms"}


def example(section, language):
    return re.search(rf"^```{language}\n(.*?)^```", section, re.MULTILINE | re.DOTALL).group(1).strip()


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    with Broker(tmp_path_factory.mktemp("broker") / "data") as running:
        yield running


class Recorder:
    def inject(self, kind, **parameters):
        self.fault = {"kind": kind, **parameters}


def test_every_fault_is_in_the_document():
    assert len(SECTIONS) == 16


@pytest.mark.parametrize("kind", sorted(SECTIONS))
def test_the_examples_of_a_kind_are_one_fault(broker, kind):
    wanted = json.loads(example(SECTIONS[kind], "json"))
    assert wanted["kind"] == kind
    words = shlex.split(example(SECTIONS[kind], "sh"))
    done = broker.muster(*words[1:])
    assert done.returncode == 0, done.stderr
    added = json.loads(done.stdout)
    listed = [fault for fault in json.loads(broker.muster("broker", "fault", "list").stdout) if fault["id"] == added["id"]][0]
    assert {key: value for key, value in listed.items() if key not in ACCOUNTS} == wanted
    recorder = Recorder()
    eval(example(SECTIONS[kind], "python"), {"broker": recorder})
    assert recorder.fault == wanted
    assert broker.muster("broker", "fault", "clear", str(added["id"])).returncode == 0


def test_a_scenario_runs_or_its_mistake_is_found_by_line(broker, tmp_path):
    file = tmp_path / "bad-day.json"
    file.write_text(re.search(r"### A bad day\n```json\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL).group(1))
    done = broker.muster("broker", "fault", "run", str(file))
    assert (done.returncode, done.stderr) == (0, "began a scenario of 4 steps\n")
    assert broker.muster("broker", "fault", "clear").returncode == 0
    file.write_text('{"steps": [\n{"kind": "refuse"},\n{"kind": "refuse", "for": 5}]}')
    done = broker.muster("broker", "fault", "run", str(file))
    assert done.returncode == 2
    assert "bad-day.json: line 3: steps[1].for: there is no such field" in done.stderr


def test_a_mistake_is_told_in_the_words_of_the_broker(broker):
    done = broker.muster("broker", "fault", "add", "refuse", "--delay", "3s")
    assert done.returncode == 2
    assert "delay_ms: is no parameter of refuse" in done.stderr
    done = broker.muster("broker", "fault", "add", "refuse", "--reason", "too-busy")
    assert done.returncode == 2
    assert "reason: must be a whole number up to 255, or a reason code's name, such as server_busy" in done.stderr
    assert broker.muster("broker", "fault", "clear", "4711").returncode != 0


@pytest.mark.parametrize("kind", ["outage", "restart", "stall_handshake"])
def test_a_contexts_tenant_is_not_for_what_concerns_everybody(broker, kind):
    variables = {"MUSTER_ADMIN": broker.admin, "MUSTER_TENANT": "acme", "MUSTER_CLIENT_ID": "press-01"}
    done = run("broker", "fault", "add", kind, "--for", "1ms", env=variables)
    assert done.returncode == 0, done.stderr
    done = run("broker", "fault", "add", kind, "--for", "1ms", "--tenant", "acme", env=variables)
    assert (done.returncode, f"tenant: {kind} concerns everybody" in done.stderr) == (2, True), done.stderr
    added = json.loads(run("broker", "fault", "add", "refuse", env=variables).stdout)
    assert (added["tenant"], added["client_id"]) == ("acme", "press-01")
    assert broker.muster("broker", "fault", "clear").returncode == 0


def serves(broker):
    """Whether it listens now; the handshake tells it from a connection that nobody takes."""
    return run("cert", "inspect", broker.mqtts_url, "--cafile", broker.ca_file, "-o", "json").returncode == 0


@pytest.mark.parametrize("which", ["all", "one"])
@pytest.mark.parametrize("kind", ["outage", "restart"])
def test_removing_an_outage_ends_it(broker, kind, which):
    added = json.loads(broker.muster("broker", "fault", "add", kind, "--for", "10m").stdout)
    assert not serves(broker)
    assert [fault["standing"] for fault in json.loads(broker.muster("broker", "fault", "list").stdout) if fault["id"] == added["id"]] == [True]
    done = broker.muster("broker", "fault", "clear", *([str(added["id"])] if which == "one" else []))
    assert done.returncode == 0
    assert done.stderr == ("removed 1 faults that stood, an outage among them: the broker serves again\n" if which == "all" else f"removed fault {added['id']}\n")
    assert serves(broker)


def test_of_two_outages_the_one_that_is_left_counts(broker):
    short, long = (json.loads(broker.muster("broker", "fault", "add", "outage", "--for", time).stdout)["id"] for time in ("9m", "10m"))
    assert broker.muster("broker", "fault", "clear", str(long)).returncode == 0
    assert not serves(broker)
    assert broker.muster("broker", "fault", "clear", str(short)).returncode == 0
    assert serves(broker)
    cleared = json.loads(broker.muster("broker", "fault", "clear", "-o", "json").stdout)
    assert cleared == {"removed": 0, "outages_ended": 0}
