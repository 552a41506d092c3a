# SPDX-License-Identifier: Apache-2.0
"""device enroll: identities for a whole list, checked with openssl and sha256sum, through every wrong turn."""
import csv
import json
import os
import pathlib
import pty
import signal
import subprocess

from peers import MUSTER, PATIENCE, need, run


class Fleet:
    """A list, where its identities go, and the command line that brings it about."""

    def __init__(self, broker, tenant, directory, ids=(), text=None):
        self.broker, self.tenant, self.directory = broker, tenant, pathlib.Path(directory)
        self.list, self.out = self.directory / "fleet.csv", self.directory / "identities"
        self.list.write_text(text if text is not None else "id\n" + "".join(f"{device}\n" for device in ids))

    def command(self, *arguments, admin=True):
        line = ["device", "enroll", "-f", self.list, "--tenant", self.tenant, "--out-dir", self.out, "--cafile", self.broker.ca_file]
        line += ["--est-url", f"{self.broker.est_url}/{self.tenant}", *arguments]
        return [str(word) for word in (line + ["--admin", self.broker.admin] if admin else line)]

    def enroll(self, *arguments, admin=True):
        return run(*self.command(*arguments, admin=admin), timeout=120)

    def issued(self):
        """How many certificates the CA has issued to each device."""
        counts = {}
        for entry in json.loads(self.broker.muster("ca", "log", "--tenant", self.tenant).stdout):
            if entry["outcome"] == "issued" and entry["profile"] == "device":
                counts[entry["name"]] = counts.get(entry["name"], 0) + 1
        return counts

    def journal(self):
        lines = (self.directory / "fleet.csv.muster-journal.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines[1:]]


def openssl(*arguments):
    return subprocess.run([need("openssl"), *map(str, arguments)], capture_output=True, text=True, check=True, timeout=PATIENCE).stdout


def secret_file(path, text):
    path.write_text(text + "\n")
    path.chmod(0o600)
    return path


def test_a_list_becomes_identities_that_a_factory_can_ship(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, [f"d-{i}" for i in range(5)])
    password = secret_file(tmp_path / "p12.password", "open sesame")
    done = fleet.enroll("--p12-password-file", password, "--results", tmp_path / "results.csv", "-o", "jsonl")
    assert done.returncode == 0, done.stderr
    for line, device in enumerate([f"d-{i}" for i in range(5)], start=2):
        directory = fleet.out / device
        assert directory.stat().st_mode & 0o777 == 0o700
        assert {file.name for file in directory.iterdir()} == {"device.key", "device.crt", "chain.pem", "ca.pem", "device.p12"}
        assert all((directory / secret).stat().st_mode & 0o777 == 0o600 for secret in ("device.key", "device.p12"))
        assert openssl("verify", "-CAfile", directory / "ca.pem", "-untrusted", directory / "chain.pem", directory / "device.crt").endswith("OK\n")
        exported = openssl("pkcs12", "-in", directory / "device.p12", "-passin", f"file:{password}", "-nodes")
        assert openssl("pkey", "-in", directory / "device.key").strip() in exported
        assert exported.count("BEGIN CERTIFICATE") == (directory / "chain.pem").read_text().count("BEGIN CERTIFICATE")
    checked = subprocess.run([need("sha256sum"), "--check", "--strict", "SHA256SUMS"], cwd=fleet.out, capture_output=True, text=True, timeout=PATIENCE)
    assert checked.returncode == 0 and checked.stdout.count(": OK") == 25
    results = list(csv.DictReader((tmp_path / "results.csv").open()))
    assert [(row["line"], row["id"], row["status"]) for row in results] == [(str(i + 2), f"d-{i}", "ok") for i in range(5)]
    assert [json.loads(line)["serial"] for line in done.stdout.splitlines()] == [row["serial"] for row in results]
    serial = openssl("x509", "-in", fleet.out / "d-0" / "device.crt", "-noout", "-serial").strip().split("=")[1]
    assert results[0]["serial"].lower() == serial.lower()
    assert fleet.issued() == {f"d-{i}": 1 for i in range(5)}


def test_an_identity_is_what_a_device_connects_with(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, ["d-1"])
    assert fleet.enroll().returncode == 0
    done = run("pub", "-h", broker.mqtts_url, "--identity", fleet.out / "d-1", "-t", "telemetry/x", "-m", "1")
    assert done.returncode == 0, done.stderr


def test_keys_are_encrypted_where_a_password_says_so(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, ["d-1"])
    password = secret_file(tmp_path / "key.password", "correct horse")
    done = fleet.enroll("--key-password-file", password, "--p12-password-file", password)
    assert done.returncode == 0, done.stderr
    assert "BEGIN ENCRYPTED PRIVATE KEY" in (fleet.out / "d-1" / "device.key").read_text()
    assert "BEGIN PRIVATE KEY" in openssl("pkcs12", "-in", fleet.out / "d-1" / "device.p12", "-passin", f"file:{password}", "-nodes")


def test_running_again_does_nothing_twice(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, ["d-1", "d-2"])
    assert fleet.enroll().returncode == 0
    before = (fleet.out / "SHA256SUMS").read_text()
    again = fleet.enroll()
    assert again.returncode == 0 and "2 done, 0 to do" in again.stderr
    fleet.list.write_text("id\nd-2\nd-3\nd-1\n")
    assert fleet.enroll().returncode == 0
    assert fleet.issued() == {"d-1": 1, "d-2": 1, "d-3": 1}
    assert set(before.splitlines()) <= set((fleet.out / "SHA256SUMS").read_text().splitlines())
    (tmp_path / "fleet.csv.muster-journal.jsonl").unlink()
    assert fleet.enroll().returncode == 0  # The directories say as much as the journal.
    assert fleet.issued() == {"d-1": 1, "d-2": 1, "d-3": 1}


def stop_when_some_are_done(fleet, number, *arguments):
    """Starts a run, sends it the signal after a few devices, and returns how it ended."""
    running = subprocess.Popen([MUSTER, *fleet.command(*arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    journal = fleet.directory / "fleet.csv.muster-journal.jsonl"
    while running.poll() is None and not (journal.exists() and journal.read_text().count('"ok"') >= 5):
        os.sched_yield()  # There is no event for "so much has been done".
    running.send_signal(number)
    return running.communicate(timeout=PATIENCE)[1], running.returncode


def test_after_kill_9_the_same_line_goes_on_and_no_device_is_done_twice(broker, tenant, tmp_path):
    ids = [f"d-{i:02}" for i in range(40)]
    fleet = Fleet(broker, tenant, tmp_path, ids)
    for _ in range(3):
        _, code = stop_when_some_are_done(fleet, signal.SIGKILL)
        assert code in (-signal.SIGKILL, 0)
    stored = {device for device in ids if (fleet.out / device / "chain.pem").exists()}
    certificates = {device: (fleet.out / device / "device.crt").read_text() for device in stored}
    done = fleet.enroll("--results", tmp_path / "results.csv")
    assert done.returncode == 0, done.stderr
    results = list(csv.DictReader((tmp_path / "results.csv").open()))
    assert [row["id"] for row in results] == ids and {row["status"] for row in results} == {"ok"}
    # What was stored is as it was: nothing was issued to those again.
    assert all((fleet.out / device / "device.crt").read_text() == text for device, text in certificates.items())
    listed = json.loads(broker.muster("device", "list", "--tenant", tenant).stdout)
    assert {device["id"]: device["certificate_serial"].lower() for device in listed} == {row["id"]: row["serial"].lower() for row in results}
    assert not [file for file in fleet.out.iterdir() if ".tmp-" in file.name]


def test_a_certificate_that_was_issued_and_lost_is_revoked_and_replaced(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, ["d-1", "d-2"])
    assert fleet.enroll().returncode == 0
    # As if the machine had lost power between the answer and the disk.
    journal = tmp_path / "fleet.csv.muster-journal.jsonl"
    lines = journal.read_text().splitlines()
    journal.write_text("\n".join(line for line in lines if not ('"d-1"' in line and '"ok"' in line)) + "\n")
    for name in ("device.crt", "chain.pem"):
        (fleet.out / "d-1" / name).unlink()
    key = (fleet.out / "d-1" / "device.key").read_text()
    lost = next(entry["serial"] for entry in json.loads(broker.muster("ca", "log", "--tenant", tenant).stdout) if entry["name"] == "d-1")
    done = fleet.enroll()
    assert done.returncode == 0, done.stderr
    assert (fleet.out / "d-1" / "device.key").read_text() == key
    assert fleet.issued()["d-2"] == 1
    crl = tmp_path / "crl.pem"
    assert broker.muster("ca", "crl", "--tenant", tenant, "--out", crl).returncode == 0
    assert lost.lower() in openssl("crl", "-in", crl, "-noout", "-text").lower()
    assert openssl("x509", "-in", fleet.out / "d-1" / "device.crt", "-noout", "-serial").strip().split("=")[1].lower() != lost.lower()


def read_terminal(terminal):
    """What was written to a terminal until its last writer was gone."""
    text = b""
    with open(terminal, "rb", buffering=0) as screen:
        try:
            while piece := screen.read(4096):
                text += piece
        except OSError:  # How Linux says that nobody has the other side open.
            pass
    return text.decode()


def test_on_a_terminal_one_line_shows_how_far_it_is(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, [f"d-{i}" for i in range(40)])
    terminal, other_side = pty.openpty()
    running = subprocess.Popen([MUSTER, *fleet.command("--rate", "40/s")], stdout=subprocess.DEVNULL, stderr=other_side)
    os.close(other_side)
    shown = read_terminal(terminal)
    assert running.wait(PATIENCE) == 0
    lines = [line for line in shown.replace("\x1b[K", "").split("\r") if line.startswith("enroll  [")]
    assert "/s  ETA 00:0" in "".join(lines)
    assert "100%  40/40" in lines[-1]
    plain = Fleet(broker, tenant, tmp_path, ["d-1"]).enroll("--no-resume")
    assert "\r" not in plain.stderr and "\x1b" not in plain.stderr


def test_a_device_that_enrolled_elsewhere_is_left_alone(broker, tenant, tmp_path):
    broker.enroll(tenant, "in-the-field", tmp_path)
    fleet = Fleet(broker, tenant, tmp_path, ["in-the-field", "d-1"])
    done = fleet.enroll()
    assert done.returncode == 10
    assert "1x conflict" in done.stderr and "lines 2" in done.stderr
    assert fleet.issued() == {"in-the-field": 1, "d-1": 1}


def test_ctrl_c_lets_the_devices_under_way_end_and_the_same_line_goes_on(broker, tenant, tmp_path):
    ids = [f"d-{i:03}" for i in range(200)]
    fleet = Fleet(broker, tenant, tmp_path, ids)
    said, code = stop_when_some_are_done(fleet, signal.SIGINT, "--rate", "50/s")
    assert code == 130, said
    assert "Run the same command to continue." in said
    assert [entry for entry in fleet.journal() if entry["status"] == "failed"] == []
    enrolled = len(fleet.issued())
    assert 5 <= enrolled < 200
    fleet.list.write_text("id\n" + "\n".join(ids[: enrolled + 3]) + "\n")
    done = fleet.enroll()
    assert done.returncode == 0, done.stderr
    assert set(fleet.issued().values()) == {1}


def test_rows_that_fail_are_in_a_file_that_can_be_given_again(broker, tenant, tmp_path):
    otp = tmp_path / "good.otp"
    broker.muster("device", "register", "good", "bad", "--tenant", tenant, "--otp-dir", tmp_path)
    good = otp.read_text().strip()
    fleet = Fleet(broker, tenant, tmp_path, text=f'ID;NAME;ENROLLMENT_OTP\r\ngood;"a;b";{good}\r\nbad;"c;d";wrong-password\r\n')
    done = fleet.enroll(admin=False)
    assert done.returncode == 10, done.stderr
    assert "1 enrolled, 1 failed" in done.stderr and "denied" in done.stderr
    failed = tmp_path / "fleet.failed.csv"
    assert failed.read_text() == 'ID;NAME;ENROLLMENT_OTP\nbad;"c;d";wrong-password\n'
    assert failed.stat().st_mode & 0o777 == 0o600
    failed.write_text(failed.read_text().replace("wrong-password", (tmp_path / "bad.otp").read_text().strip()))
    fleet.list = failed
    assert fleet.enroll(admin=False).returncode == 0
    assert fleet.issued() == {"good": 1, "bad": 1}
    fleet.list = tmp_path / "fleet.csv"
    assert fleet.enroll(admin=False).returncode == 0
    assert not failed.exists()


def test_no_secret_is_in_what_is_printed_or_logged(broker, tenant, tmp_path):
    broker.muster("device", "register", "d-1", "--tenant", tenant, "--otp-dir", tmp_path)
    good = (tmp_path / "d-1.otp").read_text().strip()
    fleet = Fleet(broker, tenant, tmp_path, text=f"id,otp\nd-1,{good}\nd-2,wrong-password\n")
    password = secret_file(tmp_path / "p12.password", "open sesame")
    done = fleet.enroll("--p12-password-file", password, "--results", tmp_path / "results.csv", "-o", "json", admin=False)
    everything = done.stdout + done.stderr + (tmp_path / "results.csv").read_text() + (tmp_path / "fleet.csv.muster-journal.jsonl").read_text()
    assert not [secret for secret in (good, "wrong-password", "open sesame") if secret in everything]


def test_a_server_that_is_away_stops_the_run_after_a_few_devices(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, text="id,otp\n" + "".join(f"d-{i},x\n" for i in range(50)))
    done = fleet.enroll("--retries", "0", "--max-errors", "3", "--est-url", "https://127.0.0.1:1/.well-known/est", "--workers", "1", admin=False)
    assert done.returncode == 11
    assert "3x unreachable" in done.stderr and "--max-errors" in done.stderr
    failed = (tmp_path / "fleet.failed.csv").read_text().splitlines()
    assert failed == ["id,otp", "d-0,x", "d-1,x", "d-2,x"]


def test_what_is_wrong_for_all_ends_the_run_at_once(broker, tmp_path):
    fleet = Fleet(broker, "nowhere", tmp_path, [f"d-{i}" for i in range(50)])
    done = fleet.enroll("--workers", "1")
    assert done.returncode == 5
    assert len(fleet.journal()) == 1


def test_another_run_in_the_same_journal_is_refused(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, ["d-1"])
    assert fleet.enroll().returncode == 0
    fleet.out = tmp_path / "elsewhere"
    done = fleet.enroll()
    assert done.returncode == 6 and "--no-resume" in done.stderr


def test_a_directory_that_cannot_be_written_is_told(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, ["d-1"])
    fleet.out.write_text("in the way")
    assert fleet.enroll().returncode == 6
    fleet.out.unlink()
    fleet.out.mkdir(mode=0o777)
    fleet.out.chmod(0o777)
    done = fleet.enroll()
    assert done.returncode == 1 and "chmod 700" in done.stderr


def test_a_server_that_is_busy_is_asked_again(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, ["d-1", "d-2"])
    added = broker.muster("broker", "fault", "add", "est", "--tenant", tenant, "--status", "503", "--times", "1")
    assert added.returncode == 0, added.stderr
    done = fleet.enroll("--workers", "1")
    assert done.returncode == 0, done.stderr
    assert fleet.issued() == {"d-1": 1, "d-2": 1}
