# SPDX-License-Identifier: Apache-2.0
"""`muster doctor` as a command: its configuration, which checks are made, and how it prints."""
import json

import pytest
from doctoring import Authority, examine, the_fault
from peers import run


@pytest.fixture(scope="module", name="device")
def one_device(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority")).device("press-01")


def written(path, text):
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "found", "fix"),
    [
        ('context = "x"\n[contexts.x]\nqos = "two"\n[contexts.x', ":4:", ""),
        ('context = "x"\n[contexts.x]\nhots = "a"\n', "hots", "did you mean host?"),
        ('context = "x"\n[contexts.x]\npassword = "a"\n', "a secret is not kept here", ""),
        ('context = "x"\n[contexts.x]\nonly = "nosuchcheck"\n', "--only: ", ""),
        ('context = "x"\n[contexts.x]\nkey = { a = 1 }\n', "key", ""),
        ('context = "nowhere"\n[contexts.x]\n', "nowhere", ""),
    ],
    ids=["no TOML", "unknown key", "secret", "wrong value", "wrong type", "no such context"],
)
def test_what_is_wrong_with_the_configuration_is_the_first_finding(tmp_path, device, text, found, fix):
    file = written(tmp_path / "config.toml", text)
    fault = the_fault(examine(device, "--config", file, code=13))
    assert fault["check"] == "config" and str(file) in fault["found"] and found in fault["found"] and fix in fault["fix"], fault


def test_a_context_that_does_not_exist_is_a_finding(tmp_path):
    file = written(tmp_path / "config.toml", "[contexts.lab]\n")
    fault = the_fault(examine("--config", file, "--context", "lap"))
    assert fault["check"] == "config" and "lap" in fault["found"] and "lab" in fault["found"] + fault["fix"]


def test_a_wrong_variable_is_a_finding_and_a_wrong_flag_a_mistake(device):
    fault = the_fault(examine(device, env={"MUSTER_ONLY": "nosuchcheck"}))
    assert fault["check"] == "config" and fault["found"].startswith("MUSTER_ONLY: --only: ")
    done = run("doctor", device, "--only", "validty")
    assert (done.returncode, done.stdout) == (2, "") and "did you mean validity?" in done.stderr


DEVICE_CONFIGS = {
    "comment": ('{"endpoints": ["mqtt://127.0.0.1:1"] /* later */}', ""),
    "trailing comma": ('{"endpoints": ["mqtt://127.0.0.1:1"],}', ""),
    "no object": ("[]", ""),
    "empty": ("", ""),
    "cut": ('{"endpoints": ["mqtt://127.0.0.1:1"', ""),
    "nothing to connect to": ("{}", "endpoints"),
    "unknown key": ('{"endpoints": ["mqtt://127.0.0.1:1"], "idendity_dir": "x"}', "idendity_dir"),
    "wrong type": ('{"endpoints": "mqtt://127.0.0.1:1"}', "endpoints"),
    "duplicate key": ('{"endpoints": ["mqtt://127.0.0.1:1"], "client_id": "a", "client_id": "b"}', "client_id"),
    "2^53+1": ('{"endpoints": ["mqtt://127.0.0.1:1"], "keep_alive_s": 9007199254740993}', "keep_alive_s"),
}


@pytest.mark.parametrize("name", DEVICE_CONFIGS)
def test_a_devices_own_configuration_is_examined(tmp_path, name):
    text, found = DEVICE_CONFIGS[name]
    file = written(tmp_path / "device.json", text)
    fault = the_fault(examine("--device-config", file, code=13))
    assert fault["check"] == "config" and "device.json" in fault["found"] and found in fault["found"], fault


def test_a_devices_own_configuration_gives_what_no_flag_gives(tmp_path, device):
    (tmp_path / "queue").mkdir(mode=0o700)
    config = {"endpoints": ["mqtts://127.0.0.1:1"], "identity_dir": str(device), "client_id": "press-01", "outbox_path": "queue/outbox.db"}
    file = written(tmp_path / "device.json", json.dumps(config))
    reports = examine("--device-config", file)
    assert the_fault(reports)["check"] == "tcp" and "127.0.0.1:1:" in reports["tcp"]["found"]
    assert all(reports[name]["state"] == "ok" for name in ("key", "client-id", "chain", "queue-directory"))
    assert the_fault(examine("--device-config", file, "--client-id", "x", "--skip", "tcp,tls,connect"))["check"] == "client-id"
    assert the_fault(examine("--device-config", tmp_path / "none.json"))["check"] == "config"


def test_a_mistyped_variable_is_a_warning(device):
    report = examine(device, env={"MUSTER_CLEINT_ID": "x", "MUSTER_SOMETHING_ELSE_OF_OURS": "y"}, code=0)["config"]
    assert report["state"] == "warn" and report["found"] == "nobody reads MUSTER_CLEINT_ID (MUSTER_CLIENT_ID?)"


def test_where_values_come_from_is_told(tmp_path, device):
    file = written(tmp_path / "config.toml", f'context = "lab"\n[contexts.lab]\nidentity = "{device}"\n')
    report = examine("--config", file, env={"MUSTER_CLIENT_ID": "press-01"}, code=0)["config"]
    assert report["found"] == f"{file}, context lab (client-id from MUSTER_CLIENT_ID)"
    values = {value["key"]: (value["value"], value["source"]) for value in report["details"]["values"]}
    assert values == {"identity": (str(device), "context"), "client-id": ("press-01", "env")}


def test_only_some_checks_are_made_with_what_they_need(device):
    assert list(examine(device, "--only", "validity,entropy")) == ["config", "files", "validity", "entropy"]
    reports = examine(device, "--client-id", "x", "--skip", "client-id", "--skip", "entropy", code=0)
    assert reports["client-id"] == {"check": "client-id", "state": "skipped", "found": "by --skip", "fix": None, "details": {}}


def test_what_needs_a_failed_check_names_it(device, tmp_path):
    reports = examine("--cert", device / "chain.pem", "--key", tmp_path / "none.key")
    assert the_fault(reports)["check"] == "files"
    for name in ("permissions", "key", "client-id", "chain", "validity"):
        assert (reports[name]["state"], reports[name]["found"]) == ("skipped", "needs 'files'")


def test_people_get_a_line_for_each_check_and_programs_records(device):
    flags = ["doctor", device, "--client-id", "x"]
    done = run(*flags, "-o", "table", env={"LC_ALL": "C.UTF-8"})
    lines = done.stdout.splitlines()
    assert done.returncode == 13 and done.stderr == "1 problem. muster doctor -o json for details\n"
    assert lines[0].startswith("✓ config") and any(line.startswith("✗ client-id") and line.endswith("    fix: drop --client-id") for line in lines)
    assert any(line.startswith("- queue-directory  skipped: ") for line in lines)
    plain = run(*flags, "-o", "table", env={"LC_ALL": "C"}).stdout
    assert plain.isascii() and plain.startswith("+ config") and "\nx client-id" in plain
    narrow = run(*flags, "-o", "table", env={"LC_ALL": "C", "COLUMNS": "60"}).stdout
    assert max(len(line) for line in narrow.splitlines() if str(device) not in line) <= 60 and "\n                   fix: drop" in narrow
    assert "\x1b[1;31mx\x1b[0m client-id" in run(*flags, "-o", "table", "--color", "always", env={"LC_ALL": "C"}).stdout


@pytest.mark.parametrize("form", ["json", "jsonl", "yaml", "csv", "name"])
def test_every_format_has_every_check(device, form):
    done = run("doctor", device, "--client-id", "x", "-o", form)
    assert done.returncode == 13 and "client-id" in done.stdout
    if form in ("json", "jsonl"):
        assert json.loads(done.stderr)["error"] == {"code": "check_failed", "details": {}, "exit": 13, "hint": "", "message": "1 problem"}
