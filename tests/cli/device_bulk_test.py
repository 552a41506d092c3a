# SPDX-License-Identifier: Apache-2.0
"""device register, revoke and delete over lists: each device once, whatever happens on the way, and no secret where it can be read."""
import csv
import http.server
import json
import os
import random
import signal
import subprocess
import threading
import time

import pytest
from fleets import Fleet, as_csv, ids
from peers import MUSTER, PATIENCE, run

CUMULOCITY = "ID;AUTH_TYPE;ENROLLMENT_OTP;NAME;TYPE;IDTYPE;ICCID;SHELL;PATH;TENANT;com_cumulocity_model_Agent.active\n"


def test_cumulocity_s_list_registers_devices_as_it_is(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, CUMULOCITY + f'pump-1;CERTIFICATES;hunter2hunter2;"Pump; 1";pump;c8y_Serial;;0;eu/hall 1;{tenant};true\r\n'
                  "pump-2;;;;pump;;;;;;\r\n")  # fmt: skip
    done = fleet.do("register", "--results", tmp_path / "results.csv")
    assert done.returncode == 0, done.stderr
    assert "fleet.csv: 2 rows, 2 valid, delimiter ';', Cumulocity header (11 columns; 2 ignored: SHELL, com_cumulocity" in done.stderr
    assert "2 rows: 2 registered, 0 unchanged, 0 failed" in done.stderr
    first, second = fleet.devices()
    assert (first["id"], first["name"], first["type"], first["group"], first["external_id_type"]) == ("pump-1", "Pump; 1", "pump", "eu/hall 1", "c8y_Serial")
    assert second["type"] == "pump" and second["name"] is None
    # The list's own password is the device's; the other's is in a file that only its owner can read.
    assert list(fleet.passwords()) == ["id", "pump-2"] and fleet.otp.stat().st_mode & 0o777 == 0o600
    for device, password in {"pump-1": "hunter2hunter2", "pump-2": fleet.passwords()["pump-2"]}.items():
        (tmp_path / "otp").write_text(password)
        (tmp_path / "otp").chmod(0o600)
        enrolled = run("cert", "enroll", "--est-url", f"{broker.est_url}/{tenant}", "--device-id", device, "--otp-file", tmp_path / "otp",
                       "--cafile", broker.ca_file, "--out-dir", tmp_path / device)  # fmt: skip
        assert enrolled.returncode == 0, enrolled.stderr
    results = list(csv.DictReader((tmp_path / "results.csv").open()))
    assert [(row["line"], row["id"], row["status"], row["http_status"], row["change"]) for row in results] == [
        ("2", "pump-1", "ok", "201", "created"),
        ("3", "pump-2", "ok", "201", "created"),
    ]
    assert results[1]["otp_file"] == str(fleet.otp)


def test_the_list_of_passwords_is_what_enroll_takes(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, as_csv(ids(3)))
    assert fleet.do("register").returncode == 0
    enrolled = run("device", "enroll", "-f", fleet.otp, "--out-dir", tmp_path / "out", "--cafile", broker.ca_file,
                   "--est-url", f"{broker.est_url}/{tenant}")  # fmt: skip
    assert enrolled.returncode == 0, enrolled.stderr
    assert {device["status"] for device in fleet.devices()} == {"enrolled"}


def test_a_list_is_imported_as_it_is_registered(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, "id\na\n../b\n")
    line = ["device", "import", fleet.list, "--tenant", tenant]
    checked = broker.muster(*line, "--check")
    assert checked.returncode == 2 and "fleet.csv:3:1" in checked.stderr
    fleet.list.write_text("id\na\nb\n")
    done = broker.muster(*line, "--delay", "1ms", "--retries", 2, "--failed-out", tmp_path / "failed.csv", "--group", "eu/hall 1", "--external-id-type", "c8y_Serial", "--name", "pump")
    assert done.returncode == 0 and "2 rows: 2 registered, 0 unchanged, 0 failed" in done.stderr, done.stderr
    assert [(one["id"], one["group"], one["external_id_type"], one["name"]) for one in fleet.devices()] == [(name, "eu/hall 1", "c8y_Serial", "pump") for name in "ab"]
    assert list(fleet.passwords()) == ["id", "a", "b"]
    again = fleet.do("register", "--group", "eu/hall 1", "--external-id-type", "c8y_Serial", "--name", "pump")
    assert again.returncode == 0 and "2 done, 0 to do" in again.stderr, again.stderr


def test_killed_at_ten_moments_and_run_again_each_device_is_there_once(broker, tenant, tmp_path):
    names, moments = ids(3_000), random.Random(20261122)
    # More than a MiB, which small files are limited to.
    fleet = Fleet(broker, tenant, tmp_path, "id,name,group\n" + "".join(f"{name},{'n' * 220},{'g' * 220}\n" for name in names))
    for _ in range(10):
        running = subprocess.Popen([MUSTER, *fleet.command("register")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            running.wait(moments.uniform(0.01, 0.4))
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait(PATIENCE)
    done = fleet.do("register", "--results", tmp_path / "results.csv")
    assert done.returncode == 0, done.stderr
    assert [row["id"] for row in csv.DictReader((tmp_path / "results.csv").open())] == names
    assert [device["id"] for device in fleet.devices()] == names
    assert list(fleet.passwords())[1:] == names and len(fleet.otp.read_text().splitlines()) == 3_001
    # Every password in the file is the one that the broker has: given again, it changes nothing.
    again = fleet.do("register", "--no-resume", "-o", "jsonl")
    assert [json.loads(line)["change"] for line in again.stdout.splitlines()] == ["unchanged"] * 3_000
    assert not [file for file in tmp_path.iterdir() if ".tmp" in file.name]


def test_the_same_line_goes_on_where_it_was_and_only_edited_rows_run_again(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, "id,name\na,A\nb,B\n")
    assert fleet.do("register").returncode == 0
    before = fleet.passwords()
    again = fleet.do("register")
    assert again.returncode == 0 and "2 done, 0 to do" in again.stderr
    fleet.list.write_text("id,name\nb,B\nc,C\na,edited\n")
    edited = fleet.do("register")
    assert edited.returncode == 0 and "1 done, 2 to do" in edited.stderr
    assert {device["id"]: device["name"] for device in fleet.devices()} == {"a": "edited", "b": "B", "c": "C"}
    assert [fleet.passwords()[name] for name in ("a", "b")] == [before["a"], before["b"]]
    header, *entries = [json.loads(line) for line in fleet.journal.read_text().splitlines()]
    assert fleet.journal.stat().st_mode & 0o777 == 0o600
    assert header["journal"] == "muster device register" and header["tenant"] == tenant and len(header["list_sha256"]) == 64
    assert sorted(entry["id"] for entry in entries) == ["a", "a", "b", "c"] and {entry["http_status"] for entry in entries} == {200, 201}
    reset = fleet.do("register", "--no-resume", "--reset-otp")
    assert reset.returncode == 0
    assert all(fleet.passwords()[name] != before[name] for name in ("a", "b"))


def test_rows_that_fail_are_told_apart_and_can_be_given_again(broker, tenant, tmp_path):
    assert broker.muster("device", "register", "b", "d", "--tenant", tenant, "--otp-dir", tmp_path).returncode == 0
    assert broker.muster("device", "revoke", "--yes", "b", "d", "--tenant", tenant).returncode == 0
    fleet = Fleet(broker, tenant, tmp_path, "id,name\na,A\nb,\"B, the second\"\nc,C\nd,D\n")
    done = fleet.do("register", "-o", "table")
    assert done.returncode == 10, done.stderr
    failed = tmp_path / "fleet.failed.csv"
    assert f"4 rows: 2 registered, 0 unchanged, 2 failed -> {failed}" in done.stderr
    assert "2x 409 conflict: the device b of tenant" in done.stderr and "(lines 3, 5)" in done.stderr
    assert f"hint: fix the rows and run: muster device register -f {failed} --tenant {tenant}" in done.stderr
    assert failed.read_text() == 'id,name\nb,"B, the second"\nd,D\n'
    broker.muster("device", "delete", "--yes", "b", "--tenant", tenant, check=True)
    retried = fleet.do("register", "--retry-failed")
    assert retried.returncode == 10 and "2 done, 2 to do" in retried.stderr
    assert failed.read_text() == "id,name\nd,D\n"
    broker.muster("device", "delete", "--yes", "d", "--tenant", tenant, check=True)
    assert fleet.do("register").returncode == 0
    assert not failed.exists()


def test_retrying_leaves_rows_alone_that_were_never_tried(broker, tenant, tmp_path):
    assert broker.muster("device", "register", "b", "--tenant", tenant, "--otp-dir", tmp_path).returncode == 0
    assert broker.muster("device", "revoke", "--yes", "b", "--tenant", tenant).returncode == 0
    fleet = Fleet(broker, tenant, tmp_path, as_csv("abc"))
    assert fleet.do("register", "--first", "2").returncode == 10
    broker.muster("device", "delete", "--yes", "b", "--tenant", tenant, check=True)
    assert fleet.do("register", "--retry-failed").returncode == 0
    assert [device["id"] for device in fleet.devices()] == ["a", "b"]


def test_too_many_failures_stop_the_run(broker, tenant, tmp_path):
    names = ids(100)
    assert Fleet(broker, tenant, tmp_path, as_csv(names), "first.csv").do("register").returncode == 0
    assert broker.muster("device", "revoke", "--yes", "-f", tmp_path / "first.csv", "--tenant", tenant).returncode == 0
    fleet = Fleet(broker, tenant, tmp_path, as_csv(names))
    done = fleet.do("register", "--max-errors", "3", "--workers", "1")
    assert done.returncode == 11 and "stopped after 3 failures (--max-errors)" in done.stderr
    assert fleet.do("register", "--max-errors", "0").returncode == 10
    assert len((tmp_path / "fleet.failed.csv").read_text().splitlines()) == 101


def test_ctrl_c_lets_requests_under_way_end_and_says_how_to_go_on(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, as_csv(ids(500)))
    running = subprocess.Popen([MUSTER, *fleet.command("register", "--rate", "100/s")], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while running.poll() is None and not fleet.otp.exists():
        os.sched_yield()  # There is no event for "the first password has been made".
    running.send_signal(signal.SIGINT)
    said = running.communicate(timeout=PATIENCE)[1]
    assert running.returncode == 130, said
    assert "muster: interrupted at " in said and " of 500; " in said and "Run the same command to continue." in said
    assert {device["id"] for device in fleet.devices()} == set(list(fleet.passwords())[1:])
    assert fleet.do("register").returncode == 0
    assert len(fleet.devices()) == 500


def test_what_is_wrong_with_a_list_is_told_in_full_and_nothing_is_done(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, f"id,otp,tenant\nok,,\n,,\na b,\nok,,\nc,short,\nd,{'x' * 33},\ne,,other\nf,,,too many\n")
    for arguments in ([], ["--check"]):
        done = fleet.do("register", *arguments)
        assert done.returncode == 2
        assert [line.removeprefix(f"{fleet.list}:").split(": ")[0] for line in done.stderr.splitlines() if line.startswith(str(fleet.list))] == [
            "3:1", "4:1", "5:1", "6:3", "7:3", "8:4", "9:5",
        ]  # fmt: skip
        assert "7 problems, and nothing has been done" in done.stderr
    machine = fleet.do("register", "-o", "json")
    problems = json.loads(machine.stderr)["error"]["details"]["problems"]
    assert [problem["line"] for problem in problems] == [3, 4, 5, 6, 7, 8, 9] and machine.stdout == ""
    assert fleet.devices() == [] and sorted(file.name for file in tmp_path.iterdir()) == ["fleet.csv"]


def test_a_check_says_what_the_list_is_and_asks_nobody(tmp_path):
    (tmp_path / "fleet.csv").write_text("id\na\n")
    done = run("device", "register", "-f", tmp_path / "fleet.csv", "--tenant", "t", "--check")
    assert done.returncode == 0 and "1 rows, 1 valid" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["fleet.csv"]


BAD = {
    "empty": (b"", "is empty"),
    "utf-16": ("id\na\n".encode("utf-16"), "is in UTF-16"),
    "NUL": (b"id\na\0b\n", ":2:2: there is a NUL byte in it"),
    "no id": (b"name\nx\n", "no column is named 'id'"),
    "the same column twice": (b"id,ID\na,b\n", "columns 1 and 2 both mean 'ID'"),
    "a quote that is never closed": (b'id,name\na,"x\nb,y\n', ":2:3: a quote is never closed"),
    "text after a quote": (b'id,name\na,"x"y\n', "text after a closing quote"),
    "a very long line": (b"id,name\na," + b"x" * (9 << 20) + b"\n", "a record of more than 8 MiB begins here"),
    "a very long line of JSON": (b'{"id":"' + b"x" * (9 << 20) + b'"}\n', "a line of more than 8 MiB begins here"),
    "Latin-1": ("id,name\na,München\n".encode("latin-1"), ":2:3: the name is not UTF-8"),
    "a formula": (b"id,name\na,=cmd|' /C calc'!A0\n", ":2:3: the name begins as a formula"),
    "a truncated line of JSON": (b'{"id":"a"}\n{"id":"b', ":2:"),
    "deep JSON": (b'{"id":' + b"[" * 100_000 + b"}\n", ":1:1: the value of 'id' is neither"),
    "NUL in JSON": (b'{"id":"a\0b"}\n', ":1:"),
    "a duplicate": (b"id\na\nb\na\n", ":4:1: the device id 'a' is in line 2 already"),
    "an unknown column, strictly": (b"id,colour\na,red\n", "the column 'colour' is not known"),
    "an unknown name, strictly": (b'{"id":"a","colour":"red"}\n', "the name 'colour' is not known"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize("verb", ["register", "revoke"])
def test_a_list_that_is_none_is_refused_with_its_place(tmp_path, what, verb):
    content, said = BAD[what]
    if verb == "revoke" and what in ("Latin-1", "a formula"):
        pytest.skip("what a list says of its devices does not matter here")
    (tmp_path / "list").write_bytes(content)
    done = run("device", verb, "-f", tmp_path / "list", "--tenant", "t", "--strict")
    assert done.returncode == 2, done.stderr[:500]
    assert said in done.stderr and "muster: error:" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["list"]


@pytest.mark.parametrize("text", [b"id\n", b"\xef\xbb\xbfid\r\na\r\nb\r\n", b'"id"\t"name"\n"a"\t"x ""y"""\nb\t\n', b'{"id":"a"}\n\n{"id":"b"}'])
def test_lists_of_every_make_are_taken(broker, tenant, tmp_path, text):
    fleet = Fleet(broker, tenant, tmp_path, text)
    done = fleet.do("register")
    assert done.returncode == 0, done.stderr
    assert [device["id"] for device in fleet.devices()] == ([] if text == b"id\n" else ["a", "b"])


def test_columns_of_any_name_can_be_mapped(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, "serial|label|id\ns-1|Pump|x/y\n")
    done = fleet.do("register", "--map", "ID=serial,NAME=label", "--delimiter", "|")
    assert done.returncode == 0, done.stderr
    assert [(device["id"], device["name"]) for device in fleet.devices()] == [("s-1", "Pump")]
    assert "the column 'id' is ignored" in done.stderr


def test_a_list_can_come_through_a_pipe(broker, tenant, tmp_path):
    line = ["device", "register", "-f", "-", "--tenant", tenant, "--admin", broker.admin, "--otp-dir", tmp_path / "otp", "--type", "pump"]
    done = run(*line, stdin='{"id":"a"}\n{"id":"b","type":"press"}\n')
    assert done.returncode == 0, done.stderr
    assert "standard input: 2 rows, 2 valid, JSON lines" in done.stderr
    assert sorted(file.name for file in (tmp_path / "otp").iterdir()) == ["a.otp", "b.otp"]
    assert (tmp_path / "otp" / "a.otp").stat().st_mode & 0o777 == 0o600
    listed = json.loads(broker.muster("device", "list", "--tenant", tenant, "-o", "json").stdout)
    assert [device["type"] for device in listed] == ["pump", "press"]
    wrong = run(*line, stdin="id\na b\n")
    assert wrong.returncode == 2 and "standard input:2:1: the device id has" in wrong.stderr


def test_no_password_is_printed_unless_it_is_asked_for(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, "id,otp\na,\nb,hunter2hunter2\n")
    done = fleet.do("register", "-o", "jsonl", "--results", tmp_path / "results.jsonl")
    assert done.returncode == 0, done.stderr
    secrets = [fleet.passwords()["a"], "hunter2hunter2"]
    everything = done.stdout + done.stderr + (tmp_path / "results.jsonl").read_text() + fleet.journal.read_text()
    assert not [secret for secret in secrets if secret in everything]
    shown = fleet.do("register", "-o", "csv", "--show-secrets", "--results", tmp_path / "results.jsonl")
    assert [row["otp"] for row in csv.DictReader(shown.stdout.splitlines())] == secrets
    assert [json.loads(line)["otp"] for line in (tmp_path / "results.jsonl").read_text().splitlines()] == secrets
    assert (tmp_path / "results.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_disk_that_is_full_is_told_and_nothing_is_half_done(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, as_csv("ab"))
    journal = fleet.do("register", "--journal", "/dev/full")
    assert journal.returncode != 0 and "/dev/full" in journal.stderr
    assert fleet.devices() == []
    results = fleet.do("register", "--results", "/dev/full/results.csv")
    assert results.returncode != 0 and "/dev/full" in results.stderr
    output = subprocess.run([MUSTER, *fleet.command("register", "-o", "jsonl")], stdout=open("/dev/full", "w"), stderr=subprocess.PIPE, timeout=PATIENCE, text=True)
    assert output.returncode == 1, output.stderr
    assert fleet.do("register").returncode == 0
    assert len(fleet.devices()) == 2


def test_a_journal_of_another_tenant_or_another_broker_is_refused(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, as_csv("ab"))
    assert fleet.do("register").returncode == 0
    broker.muster("tenant", "delete", "--yes", tenant, check=True)
    missing = fleet.do("register")
    assert missing.returncode == 5 and "there is no tenant" in missing.stderr
    broker.muster("tenant", "create", tenant, check=True)
    done = fleet.do("register")
    assert done.returncode == 6 and "made anew since" in done.stderr and "--no-resume" in done.stderr
    assert fleet.do("register", "--no-resume").returncode == 0
    assert len(fleet.devices()) == 2
    revoked = fleet.do("revoke", "--journal", fleet.journal)
    assert revoked.returncode == 6 and "device register" in revoked.stderr


class BusyApi(http.server.BaseHTTPRequestHandler):
    """An admin API behind something that says twice that it is busy, and how long it is to be left alone."""

    asked = []

    def log_message(self, *_):
        pass

    def answer(self, status, body, **headers):
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self):
        self.answer(200, {"name": "t", "issuing_ca_sha256": "ab"})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((time.monotonic(), body))
        if len(self.asked) < 3:
            self.answer([503, 429][len(self.asked) - 1], {}, Retry_After="1")
        else:
            self.answer(200, [{"id": device["id"], "status": 201, "change": "created", "expires": "x"} for device in body["devices"]])


def test_who_is_busy_is_left_alone_for_as_long_as_it_asks(tmp_path):
    (tmp_path / "token").write_text("secret")
    (tmp_path / "token").chmod(0o600)
    (tmp_path / "fleet.csv").write_text("id\na\n")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), BusyApi) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        admin = f"http://127.0.0.1:{server.server_address[1]}"
        done = run("device", "register", "-f", tmp_path / "fleet.csv", "--tenant", "t", "--admin", admin, env={"MUSTER_ADMIN_TOKEN_FILE": str(tmp_path / "token")})
        server.shutdown()
    assert done.returncode == 0, done.stderr
    (first, asked), (second, _), (third, _) = BusyApi.asked
    assert second - first >= 1 and third - second >= 1
    # Each time for the same password.
    assert {body["devices"][0]["one_time_password"] for _, body in BusyApi.asked} == {asked["devices"][0]["one_time_password"]}
