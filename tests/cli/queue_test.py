# SPDX-License-Identifier: Apache-2.0
"""queue list, show, export and purge: the outbox of a device that is not running."""
import base64
import json
import os
import shutil
import sqlite3
import subprocess

import pytest
from peers import MUSTER, PATIENCE, run

NOBODY = "mqtt://127.0.0.1:1"
FILES = ("", "-wal", ".lock", ".ballast")


def queue(*words, **options):
    return run("queue", *words, **options)


def fill(file, *messages):
    """Messages that wait: (topic, payload) pairs."""
    for topic, payload in messages:
        arguments = [MUSTER, "pub", "-h", NOBODY, "--queue", str(file), "-t", topic, "-f", "-", "--connect-timeout", "1s"]
        done = subprocess.run(arguments, input=payload, capture_output=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stderr


def content(file):
    """Every file beside it, with its bytes and time of change."""
    return {path.name: (path.read_bytes() if path.is_file() else None, path.lstat().st_mtime_ns) for path in file.parent.iterdir()}


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    file = tmp_path_factory.mktemp("filled") / "outbox.db"
    fill(file, ("telemetry/a", b"21.5"), ("debug/x", b"\xff\x00"), ("telemetry/b", "über".encode()), ("debug/y/z", b"4"))
    return file


@pytest.fixture(name="outbox")
def copy_of_filled(filled, tmp_path):
    directory = tmp_path / "box"
    shutil.copytree(filled.parent, directory)
    return directory / filled.name


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path, monkeypatch):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    yield
    assert list(temporary.iterdir()) == []


def accounts(file):
    done = queue("show", file, "-o", "json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    dropped = sum(value for key, value in record.items() if key.startswith("dropped_"))
    assert record["accepted"] == record["delivered"] + dropped + record["quarantined"] + record["waiting"]
    return record


def test_what_waits_is_listed_and_nothing_is_written(outbox):
    before = content(outbox)
    listed = json.loads(queue("list", outbox, "-o", "json", check=True).stdout)
    assert [(entry["topic"], entry["state"], entry["class"], entry["qos"]) for entry in listed] == [
        ("telemetry/a", "waiting", "normal", 1), ("debug/x", "waiting", "normal", 1), ("telemetry/b", "waiting", "normal", 1), ("debug/y/z", "waiting", "normal", 1),
    ]  # fmt: skip
    assert listed[0]["bytes"] == len("telemetry/a") + 4
    assert 0 <= listed[0]["age_s"] < 3600
    assert len({entry["message_id"] for entry in listed}) == 4
    assert "telemetry/a" in queue("list", outbox, "-o", "table", check=True).stdout
    record = accounts(outbox)
    assert (record["accepted"], record["waiting"], record["waiting_normal"]) == (4, 4, 4)
    assert content(outbox) == before


def test_what_is_exported_is_what_was_accepted(outbox):
    before = content(outbox)
    messages = [json.loads(line) for line in queue("export", outbox, check=True).stdout.splitlines()]
    assert [message.get("payload") for message in messages] == ["21.5", None, "über", "4"]
    assert base64.b64decode(messages[1]["payload_base64"]) == b"\xff\x00"
    assert content(outbox) == before


@pytest.mark.parametrize(
    ("flags", "topics"),
    [
        (["-t", "telemetry/+"], ["telemetry/a", "telemetry/b"]),
        (["-t", "telemetry/a", "-t", "debug/#"], ["telemetry/a", "debug/x", "debug/y/z"]),
        (["--class", "alarm"], []),
        (["--class", "normal", "-t", "debug/x"], ["debug/x"]),
        (["--older-than", "1ms"], ["telemetry/a", "debug/x", "telemetry/b", "debug/y/z"]),
        (["--older-than", "1d"], []),
    ],
)
def test_some_can_be_chosen(outbox, flags, topics):
    listed = json.loads(queue("list", outbox, "-o", "json", *flags, check=True).stdout)
    assert [entry["topic"] for entry in listed] == topics
    exported = queue("export", outbox, *flags, check=True).stdout.splitlines()
    assert [json.loads(line)["topic"] for line in exported] == topics
    done = queue("purge", outbox, *flags, "--yes", "-o", "json")
    assert json.loads(done.stdout)["purged"] == len(topics), done.stderr
    record = accounts(outbox)
    assert (record["waiting"], record["dropped_purged"], record["dropped_stopped"]) == (4 - len(topics), len(topics), 0)


def test_a_dry_run_of_a_purge_changes_nothing(outbox):
    before = content(outbox)
    done = queue("purge", outbox, "--all", "--dry-run")
    assert (done.returncode, done.stderr) == (0, f"would give up 4 of 4 messages (50 bytes) that wait in {outbox}\n")
    assert content(outbox) == before


def test_a_purge_is_asked_for_and_what_is_to_go_is_said(outbox):
    before = content(outbox)
    done = queue("purge", outbox, "--all")
    assert done.returncode == 2
    assert "--yes" in done.stderr
    for words in ([], ["--all", "--class", "bulk"], ["--topic", "a/#/b"], ["--older-than", "soon"], ["--class", "urgent"]):
        assert queue("purge", outbox, *words, "--yes").returncode == 2, words
    assert content(outbox) == before


def test_what_is_left_is_sent_as_if_nothing_had_been(outbox):
    assert queue("purge", outbox, "-t", "debug/#", "--yes").returncode == 0
    fill(outbox, ("telemetry/c", b"1"))
    assert [entry["topic"] for entry in json.loads(queue("list", outbox, "-o", "json").stdout)] == ["telemetry/a", "telemetry/b", "telemetry/c"]
    assert accounts(outbox)["accepted"] == 5


def test_an_empty_outbox_is_a_good_one(outbox):
    assert queue("purge", outbox, "--all", "--yes").returncode == 0
    assert json.loads(queue("list", outbox, "-o", "json", check=True).stdout) == []
    assert queue("export", outbox, check=True).stdout == ""
    assert queue("purge", outbox, "--all").returncode == 0


def test_a_log_that_was_left_by_a_kill_counts(outbox):
    arguments = [MUSTER, "pub", "-h", NOBODY, "--queue", str(outbox), "-t", "late", "-l", "--connect-timeout", "1m"]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        process.stdin.write(b"one\n")
        process.stdin.flush()
        while not os.path.exists(f"{outbox}-wal") or os.path.getsize(f"{outbox}-wal") == 0:
            assert process.poll() is None
        in_use = queue("list", outbox)
        process.stdin.close()
        process.kill()
        process.wait(PATIENCE)
    assert in_use.returncode == 1
    assert "in use by another process" in in_use.stderr
    assert accounts(outbox)["waiting"] in (4, 5)


def encoded(text):
    return base64.b64encode(text).decode()


def test_readings_are_decoded_where_they_are(tmp_path):
    file = tmp_path / "box" / "outbox.db"
    fill(file, ("t", b'[{"t":1700000000000,"temp":21.5},{"t":1700000001000,"temp":21.75}]'), ("t", b"\xffnot"))
    good, bad = (json.loads(line) for line in queue("export", file, "--decode", "json", check=True).stdout.splitlines())
    assert [reading["temp"] for reading in good["readings"]] == [21.5, 21.75]
    assert "payload" not in good
    assert bad["payload_base64"] == encoded(b"\xffnot")


COMMANDS = (["list"], ["show"], ["export"], ["purge", "--all", "--yes"])


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
class TestWhatIsNoOutbox:
    def refused(self, command, file, code, *says):
        before = content(file) if file.parent.is_dir() else None
        done = queue(command[0], file, *command[1:])
        assert done.returncode == code, done.stderr
        assert done.stdout == ""
        assert done.stderr.startswith("muster: error: ")
        for text in says:
            assert text in done.stderr
        assert "\n  hint: " in done.stderr
        assert (content(file) if file.parent.is_dir() else None) == before

    def test_missing(self, command, tmp_path):
        self.refused(command, tmp_path / "none.db", 5, "there is no outbox", "none.db")

    def test_in_a_directory_that_is_missing(self, command, tmp_path):
        done = queue(command[0], tmp_path / "none" / "outbox.db", *command[1:])
        assert done.returncode == 5
        assert not (tmp_path / "none").exists()

    def test_zero_bytes(self, command, tmp_path):
        (tmp_path / "box.db").touch()
        self.refused(command, tmp_path / "box.db", 1, "it is empty")

    def test_random_bytes(self, command, tmp_path):
        (tmp_path / "box.db").write_bytes(os.urandom(8192))
        self.refused(command, tmp_path / "box.db", 1, "it is not an SQLite file")

    def test_a_few_bytes(self, command, tmp_path):
        (tmp_path / "box.db").write_bytes(b"SQLite format 3\0")
        self.refused(command, tmp_path / "box.db", 1, "it is too short")

    def test_another_applications_database(self, command, tmp_path):
        with sqlite3.connect(tmp_path / "box.db") as database:
            database.execute("CREATE TABLE record(id)")
        database.close()
        self.refused(command, tmp_path / "box.db", 1, "it belongs to another application")

    def test_a_newer_format(self, command, outbox):
        with sqlite3.connect(outbox) as database:
            database.execute("PRAGMA user_version=99")
        database.close()
        self.refused(command, outbox, 2, "newer version", "99")

    def test_a_link(self, command, outbox):
        link = outbox.parent / "link.db"
        link.symlink_to(outbox)
        self.refused(command, link, 1, "it is a symbolic link")

    def test_a_directory(self, command, tmp_path):
        (tmp_path / "box.db").mkdir()
        self.refused(command, tmp_path / "box.db", 1, "it is not a regular file")

    def test_a_log_without_its_file(self, command, tmp_path):
        (tmp_path / "box.db-wal").write_bytes(b"x" * 4096)
        self.refused(command, tmp_path / "box.db", 5, "only its log")

    def test_truncated(self, command, outbox):
        whole = outbox.read_bytes()
        pages = len(whole) // 4096
        for page in sorted({1, 2, pages // 2, pages - 1}):
            for size in (page * 4096, page * 4096 - 100):
                outbox.write_bytes(whole[:size])
                self.refused(command, outbox, 1, "is damaged")

    def test_a_flipped_bit_in_a_message(self, command, outbox):
        outbox.write_bytes(outbox.read_bytes().replace(b"telemetry/b", b"telemetry/c", 1))
        self.refused(command, outbox, 1, "is damaged", "1 are counted as lost", "the device repairs it")


def test_what_is_whole_of_a_damaged_file_can_be_seen(outbox):
    outbox.write_bytes(outbox.read_bytes().replace(b"telemetry/b", b"telemetry/c", 1))
    before = content(outbox)
    listed = json.loads(queue("list", outbox, "--salvage", "-o", "json", check=True).stdout)
    assert [entry["topic"] for entry in listed] == ["telemetry/a", "debug/x", "debug/y/z"]
    assert json.loads(queue("show", outbox, "--salvage", "-o", "json", check=True).stdout)["dropped_corrupt"] == 1
    assert len(queue("export", outbox, "--salvage", check=True).stdout.splitlines()) == 3
    assert content(outbox) == before


def test_a_file_that_cannot_be_read_is_said_so(outbox):
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    outbox.chmod(0)
    done = queue("list", outbox)
    assert done.returncode == 1
    assert "Permission denied" in done.stderr
