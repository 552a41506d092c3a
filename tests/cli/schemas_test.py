# SPDX-License-Identifier: Apache-2.0
"""What commands print as JSON is what docs/reference/schemas/ says, and every schema there is one that a command keeps."""
import json
import pathlib
import subprocess

import jsonschema
import pytest
from peers import MUSTER, Broker, PahoClient, run

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "reference" / "schemas"
LISTS_AND_RECORDS = {
    "tenant-list": ["tenant", "list"],
    "tenant-limits": ["tenant", "limits", "acme", "connections=100"],
    "device-list": ["device", "list", "-T", "acme"],
    "device-register": ["device", "register", "press-09", "-T", "acme", "--otp-file", "DIR/press-09.otp"],
    "tenant-show": ["tenant", "show", "acme"],
    "device-show": ["device", "show", "press-01", "-T", "acme"],
    "device-revoke": ["device", "revoke", "-f", "DIR/some.csv", "-T", "acme", "--yes"],
    "device-delete": ["device", "delete", "-f", "DIR/some.csv", "-T", "acme", "--yes"],
    "device-approvals": ["device", "approvals", "-T", "patient"],
    "device-enroll": ["device", "enroll", "-f", "DIR/fleet.csv", "-T", "acme", "--out-dir", "DIR/out", "--est-url", "EST/acme", "--cafile", "CA"],
    "broker-status": ["broker", "status"],
    "broker-clients": ["broker", "clients"],
    "broker-kick": ["broker", "kick", "dash", "-T", "acme"],
    "broker-logs": ["broker", "logs", "--after", "0", "-C", "1"],
    "broker-fault-add": ["broker", "fault", "add", "cut", "-T", "acme", "--after-packets", "3"],
    "broker-fault-list": ["broker", "fault", "list"],
    "broker-fault-run": ["broker", "fault", "run", "DIR/scenario.json"],
    "broker-fault-clear": ["broker", "fault", "clear"],
    "ca-list": ["ca", "list", "-T", "acme"],
    "ca-log": ["ca", "log", "-T", "acme"],
    "ca-show": ["ca", "show", "DIR/ca"],
    "cert-inspect": ["cert", "inspect", "DIR/press-01/chain.pem"],
    "cert-verify": ["cert", "verify", "DIR/press-01/chain.pem", "--cafile", "CA"],
    "cert-csrattrs": ["cert", "csrattrs", "--est-url", "EST/acme", "--cafile", "CA"],
    "key-inspect": ["key", "inspect", "DIR/press-01/device.key"],
    "csr-inspect": ["csr", "inspect", "DIR/device.csr"],
    "queue-list": ["queue", "list", "DIR/outbox.db"],
    "queue-show": ["queue", "show", "DIR/outbox.db"],
    "queue-export": ["queue", "export", "DIR/outbox.db"],
    "queue-purge": ["queue", "purge", "DIR/outbox.db", "--all", "--yes"],
    "version": ["version"],
    "simulate-list": ["simulate", "--list"],
    "context-list": ["context", "list", "--config", "DIR/config.toml"],
    "context-show": ["context", "show", "--config", "DIR/config.toml"],
    "config-list": ["config", "list", "--show-origin", "--config", "DIR/config.toml"],
    "config-get": ["config", "get", "topic", "--config", "DIR/config.toml"],
}
ELSEWHERE = {"broker-run", "sub", "error", "bench", "doctor", "simulate"}  # Tested below, in bench_test.py and doctor_files_test.py and in simulate_test.py.


def check(name, text):
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    validator.validate(json.loads(text))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    directory = tmp_path_factory.mktemp("schemas")
    (directory / "fleet.csv").write_text("id,otp\npress-20,wrong\n")
    (directory / "some.csv").write_text("id\npress-30\npress-31\n")
    (directory / "config.toml").write_text('context = "x"\n[contexts.x]\ntopic = ["a", "b"]\n')
    (directory / "scenario.json").write_text(json.dumps({"steps": [{"at_ms": 0, "kind": "cut", "tenant": "acme", "after_packets": 1000}]}))
    run("pub", "-h", "mqtt://127.0.0.1:1", "--queue", directory / "outbox.db", "-t", "a", "-m", "b", check=True)
    run("ca", "init", directory / "ca", "--name", "Acme", check=True)
    run("csr", "create", "--device-id", "x", "--create-key", "--key", directory / "x.key", "--out", directory / "device.csr", check=True)
    with Broker(directory / "state", "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0") as broker:
        broker.muster("tenant", "create", "acme", check=True)
        broker.muster("tenant", "create", "patient", "--manual-approval", check=True)
        broker.enroll("acme", "press-01", directory)
        broker.muster("device", "register", "press-30", "press-31", "-T", "acme", "--otp-dir", directory, check=True)
        broker.application("acme", "dash", directory)
        client = PahoClient("dash")
        client.client.username_pw_set("acme/dash", "open sesame")
        assert client.connect(broker.plain_port) == 0
        broker.directory = directory
        yield broker
        client.close()


def filled(place, words):
    return [place.ca_file if word == "CA" else word.replace("DIR", str(place.directory)).replace("EST", place.est_url) for word in words]


def test_every_schema_is_kept_by_a_command():
    assert {path.stem for path in SCHEMAS.glob("*.json")} == set(LISTS_AND_RECORDS) | ELSEWHERE


@pytest.mark.parametrize("name", LISTS_AND_RECORDS)
def test_json_is_as_its_schema_says(place, name):
    done = place.muster(*filled(place, LISTS_AND_RECORDS[name]), "-o", "jsonl" if name == "broker-logs" else "json")
    assert done.returncode == (10 if name == "device-enroll" else 0), done.stderr
    check(name, done.stdout)
    if done.returncode:
        check("error", done.stderr)
    else:
        assert done.stderr == ""


def test_what_became_of_a_list_is_as_the_schema_says(place, tmp_path):
    (tmp_path / "fleet.csv").write_text("id\npress-40\npress-01\n")
    line = ["device", "register", "-f", tmp_path / "fleet.csv", "-T", "acme"]
    for arguments in ([], ["--show-secrets", "--no-resume"]):
        done = place.muster(*line, *arguments, "-o", "json")
        assert done.returncode == 10, done.stderr
        check("device-register", done.stdout)
        check("error", done.stderr)
    done = place.muster("device", "revoke", "-f", tmp_path / "fleet.csv", "--journal", tmp_path / "journal", "-T", "acme", "--yes", "-o", "json")
    check("device-revoke", done.stdout)


def test_what_a_server_shows_is_as_the_schema_says(place):
    check("cert-inspect", run("cert", "inspect", place.mqtts_url, "--cafile", place.ca_file, "-o", "json").stdout)
    check("cert-inspect", run("cert", "inspect", place.mqtts_url, "-o", "json").stdout)


def test_a_chain_that_is_not_good_is_a_record_and_an_error(place):
    done = run("cert", "verify", place.directory / "press-01" / "chain.pem", "--cafile", place.directory / "ca" / "root.pem", "-o", "json")
    assert done.returncode == 13
    check("cert-verify", done.stdout)
    check("error", done.stderr)


def test_the_ready_line_is_as_its_schema_says(tmp_path):
    command = [MUSTER, "broker", "run", "--state", str(tmp_path / "state"), "--admin-http", "http://127.0.0.1:0", "--crl-http", "http://127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        check("broker-run", process.stdout.readline())
        process.terminate()


@pytest.mark.parametrize("payload", ["hello", "\u00e4\n", "0"])
def test_a_message_is_as_its_schema_says(place, payload):
    check("sub", received(place, payload.encode()))


def test_a_message_of_no_text_has_it_in_base64(place):
    line = received(place, b"\xff\x00")
    check("sub", line)
    assert json.loads(line)["payload_base64"] == "/wA="


def received(place, payload):
    writer = PahoClient("writer")
    writer.client.username_pw_set("acme/dash", "open sesame")
    assert writer.connect(place.plain_port) == 0
    writer.publish("press-01/note", payload, retain=True)
    writer.close()
    words = ["sub", "-h", place.mqtts_url, "--cafile", place.ca_file, "-u", "acme/dash", "--password-file", place.directory / "dash.password", "-i", "reader"]
    return run(*words, "-t", "press-01/note", "-C", "1", "-W", "10s", "-o", "jsonl", check=True).stdout


def test_errors_are_one_line_as_the_schema_says():
    for words in (["tenant", "list", "--admin", "unix:/nonexistent"], ["tenannt"], ["key", "inspect", "/nonexistent"], ["device", "list"], []):
        for form in ("json", "jsonl"):
            done = run(*words, "-o", form)
            assert done.stdout == "" and done.stderr.count("\n") == 1
            check("error", done.stderr)
            assert json.loads(done.stderr)["error"]["exit"] == done.returncode
