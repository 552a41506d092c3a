# SPDX-License-Identifier: Apache-2.0
"""device revoke, delete, renew, show, list and export, and tenant show."""
import csv
import json
import pathlib
import random
import subprocess

from fleets import Fleet, as_csv, enrolled, ids, serials, make_server_chain
from peers import MUSTER, PATIENCE, Mosquitto, run


def test_devices_are_revoked_for_a_reason_and_deleted_by_lists_and_by_what_they_are(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, "id,type\na,pump\nb,press\nc,pump\nd,fan\n")
    assert fleet.do("register").returncode == 0
    revoked = broker.muster("device", "revoke", "--yes", "--selector", "type=pump", "--tenant", tenant, "--reason", "keyCompromise", "-o", "jsonl")
    assert revoked.returncode == 0, revoked.stderr
    assert [json.loads(line)["id"] for line in revoked.stdout.splitlines()] == ["a", "c"]
    assert {device["id"]: device["revocation_reason"] for device in fleet.devices()} == {"a": "keyCompromise", "b": None, "c": "keyCompromise", "d": None}
    gone = Fleet(broker, tenant, tmp_path, "id\na\nb\nnobody\n", "gone.csv")
    done = gone.do("delete")
    assert done.returncode == 10 and "3 rows: 2 deleted, 1 failed" in done.stderr and "1x 404 not_found" in done.stderr
    assert [device["id"] for device in fleet.devices()] == ["c", "d"]
    assert broker.muster("device", "revoke", "--yes", "d", "--tenant", tenant, "--reason", "bored").returncode == 2
    assert broker.muster("device", "delete", "--yes", "--selector", "colour=red", "--tenant", tenant).returncode == 2


def test_deleting_that_was_killed_counts_what_was_done(broker, tenant, tmp_path):
    names, moments = ids(1_000), random.Random(7)
    assert Fleet(broker, tenant, tmp_path, as_csv(names)).do("register").returncode == 0
    gone = Fleet(broker, tenant, tmp_path, as_csv(names), "gone.csv")
    for _ in range(5):
        running = subprocess.Popen([MUSTER, *gone.command("delete")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            running.wait(moments.uniform(0.01, 0.2))
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait(PATIENCE)
    done = gone.do("delete")
    assert done.returncode == 0, done.stderr
    assert gone.devices() == []


def test_ways_of_naming_devices_exclude_each_other(tmp_path):
    (tmp_path / "fleet.csv").write_text("id\na\n")
    for line in (["register"], ["revoke"], ["delete"], ["register", "a", "-f", tmp_path / "fleet.csv"], ["delete", "a", "--selector", "type=x"]):
        done = run("device", *line, "--tenant", "t")
        assert done.returncode == 2, done.stderr


def test_a_tenant_and_a_device_are_shown_and_lists_can_be_narrowed(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, "id,type\na,pump\nb,press\nc,pump\n")
    assert fleet.do("register").returncode == 0
    broker.enroll(tenant, "z", tmp_path)
    shown = json.loads(broker.muster("tenant", "show", tenant, "-o", "json").stdout)
    assert shown["name"] == tenant and shown["devices"] == 4 and shown["limits"]["connections"] is None
    device = json.loads(broker.muster("device", "show", "a", "--tenant", tenant, "-o", "json").stdout)
    assert device["type"] == "pump" and device["status"] == "waiting"
    assert broker.muster("device", "show", "nobody", "--tenant", tenant).returncode == 5
    assert broker.muster("tenant", "show", "nowhere").returncode == 5
    for arguments, expected in {
        ("--selector", "type=pump"): "ac",
        ("--status", "enrolled"): "z",
        ("--status", "waiting,revoked"): "abc",
        ("--status", "expired"): "",
        ("--limit", "2"): "ab",
        ("--page-size", "1"): "abcz",
        ("--expiring-within", "365d"): "z",
        ("--expiring-within", "1h"): "",
    }.items():
        assert "".join(device["id"] for device in fleet.devices(*arguments)) == expected, arguments


def test_devices_are_exported_as_others_take_them(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, 'id,name,type\na-1,"Pump; ""1""",pump\nb,,\nc,,\n')
    assert fleet.do("register").returncode == 0
    assert broker.muster("device", "revoke", "--yes", "c", "--tenant", tenant).returncode == 0

    def exported(kind, *arguments):
        done = broker.muster("device", "export", "--tenant", tenant, "--format", kind, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert list(csv.DictReader(exported("muster").splitlines()))[0] == {
        "id": "a-1", "name": 'Pump; "1"', "type": "pump", "group": "", "iccid": "", "external-id-type": "",
    }  # fmt: skip
    rows = list(csv.DictReader(exported("c8y-csv").splitlines(), delimiter=";"))
    assert [(row["ID"], row["AUTH_TYPE"], row["NAME"], row["IDTYPE"]) for row in rows] == [
        ("a-1", "CERTIFICATES", 'Pump; "1"', "c8y_Serial"),
        ("b", "CERTIFICATES", "", "c8y_Serial"),
    ]
    rabbit = json.loads(exported("rabbitmq-definitions"))
    assert rabbit["vhosts"] == [{"name": tenant}]
    assert [(user["name"], user["password_hash"]) for user in rabbit["users"]] == [("CN=a-1", ""), ("CN=b", "")]
    assert rabbit["global_parameters"] == [{"name": "mqtt_default_vhosts", "value": {"CN=a-1": tenant, "CN=b": tenant}}]
    assert rabbit["topic_permissions"][0]["write"] == r"^d\.a\-1\..*" and rabbit["topic_permissions"][0]["exchange"] == "amq.topic"
    assert exported("mosquitto-dynsec", "--out", tmp_path / "dynamic-security.json") == ""
    dynsec = json.loads((tmp_path / "dynamic-security.json").read_text())
    assert [client["username"] for client in dynsec["clients"]] == ["a-1", "b"]
    assert broker.muster("device", "export", "--tenant", "nowhere").returncode == 5
    # What is written for muster is a list that it takes.
    (tmp_path / "again.csv").write_text(exported("muster"))
    assert run("device", "register", "-f", tmp_path / "again.csv", "--tenant", "t", "--check").returncode == 0


def test_a_fleet_s_certificates_are_renewed_when_they_are_due(broker, tenant, tmp_path):
    _, line = enrolled(broker, tenant, tmp_path, ["a", "b"])
    before = serials(tmp_path / "identities")
    not_due = run(*line, "-o", "jsonl")
    assert not_due.returncode == 0 and [json.loads(row)["change"] for row in not_due.stdout.splitlines()] == ["unchanged"] * 2
    assert "2 rows: 0 renewed, 2 unchanged, 0 failed" in run(*line).stderr
    assert serials(tmp_path / "identities") == before
    # Due once more than no time has passed, whatever the journal says.
    due = run(*line, "--expires-in", "3650d", "--host", broker.mqtts_url, "-o", "jsonl")
    assert due.returncode == 0, due.stderr
    assert [json.loads(row)["change"] for row in due.stdout.splitlines()] == ["renewed"] * 2
    after = serials(tmp_path / "identities")
    assert not set(after) & set(before)
    issued = [entry["serial"].lower() for entry in json.loads(broker.muster("ca", "log", "--tenant", tenant, "-o", "json").stdout)]
    assert {serial.lower() for serial in after} <= set(issued)


def test_a_certificate_that_does_not_work_takes_nobody_s_place(broker, tenant, tmp_path):
    _, line = enrolled(broker, tenant, tmp_path, ["a", "b"])
    before = serials(tmp_path / "identities")
    done = run(*line, "--force", "--host", "mqtts://127.0.0.1:1", "--retries", "0")
    assert done.returncode == 10 and "2x unreachable" in done.stderr, done.stderr
    assert serials(tmp_path / "identities") == before
    named = run("device", "renew", "a", "nobody", "--out-dir", tmp_path / "identities", "--est-url", f"{broker.est_url}/{tenant}", "--force")
    assert named.returncode == 10 and "1 renewed, 0 unchanged, 1 failed" in named.stderr, named.stderr
    after = serials(tmp_path / "identities")
    assert after[0] != before[0] and after[1] == before[1]


def test_mosquitto_lets_the_exported_devices_into_their_own_topics_only(broker, tenant, tmp_path):
    plugin = next(pathlib.Path("/usr/lib").glob("*/mosquitto_dynamic_security.so"))
    enrolled(broker, tenant, tmp_path, ["a", "b", "c"])
    broker.muster("device", "revoke", "--yes", "c", "--tenant", tenant, check=True)
    broker.muster("device", "export", "--tenant", tenant, "--format", "mosquitto-dynsec", "--out", tmp_path / "dynsec.json", check=True)
    chain, key, root = make_server_chain(tmp_path)
    lines = [f"certfile {chain}", f"keyfile {key}", f"cafile {broker.ca_file}", "require_certificate true",
             "use_identity_as_username true", f"plugin {plugin}", f"plugin_opt_config_file {tmp_path / 'dynsec.json'}"]  # fmt: skip

    with Mosquitto(tmp_path, *lines) as mosquitto:

        def publish(device, topic):
            where = ["-h", f"mqtts://127.0.0.1:{mosquitto.port}", "--cafile", root]
            return run("pub", *where, "--identity", tmp_path / "identities" / device, "-t", topic, "-m", "1", "-q", "1").returncode

        assert publish("a", "d/a/telemetry") == 0, (tmp_path / "mosquitto.log").read_text()
        assert publish("b", "d/b/telemetry") == 0
        assert publish("a", "d/b/telemetry") == 4
        assert publish("c", "d/c/telemetry") != 0
