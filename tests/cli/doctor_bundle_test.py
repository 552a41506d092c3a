# SPDX-License-Identifier: Apache-2.0
"""`muster doctor` on a device's queue, and the bundle that it writes for others."""
import fcntl
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tarfile

import pytest
from doctoring import Authority, examine, the_fault
from peers import PATIENCE, held_port, need, run


@pytest.fixture(scope="module", name="filled")
def filled_queue(tmp_path_factory):
    """An outbox in which messages wait."""
    directory = tmp_path_factory.mktemp("filled")
    lines = "".join(f"reading {number} {'x' * 200}\n" for number in range(200))
    with held_port() as port:
        words = ["-h", f"mqtt://127.0.0.1:{port}", "-t", "telemetry/x", "-l", "--queue", directory / "outbox.db", "--connect-timeout", "1s"]
        done = run("pub", *words, stdin=lines)
    assert (directory / "outbox.db").exists(), done.stderr
    return directory


@pytest.fixture(name="queue")
def one_queue(filled, tmp_path):
    place = shutil.copytree(filled, tmp_path / "queue")
    place.chmod(0o700)
    return place / "outbox.db"


def waiting(queue):
    return examine("--queue", queue, code=0)["queue"]["details"]["waiting"]


def test_what_waits_in_a_queue_is_counted_and_the_file_left_as_it_is(queue):
    before = {path.name: path.read_bytes() for path in queue.parent.iterdir()}
    assert waiting(queue) > 0
    assert {path.name: path.read_bytes() for path in queue.parent.iterdir()} == before


def test_a_queue_that_is_not_there_yet_or_empty_is_no_problem(queue):
    queue.unlink()
    assert examine("--queue", queue, code=0)["queue"]["state"] == "skipped"
    queue.touch(mode=0o600)
    assert "makes a new one" in examine("--queue", queue, code=0)["queue"]["found"]


def test_a_queue_that_a_device_has_open_is_left_to_it(queue):
    with open(f"{queue}.lock", "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert examine("--queue", queue, code=0)["queue"]["found"].endswith("is in use by a device")


def overwritten(queue):
    size = queue.stat().st_size
    with open(queue, "r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))


def cut(queue):
    os.truncate(queue, 6000)


def text(queue):
    queue.write_text("readings\n" * 100)


def database(queue):
    queue.unlink()
    with sqlite3.connect(queue) as other:
        other.execute("CREATE TABLE x(y)")
    other.close()


def newer(queue):
    with open(queue, "r+b") as file:
        file.seek(60)
        file.write((99).to_bytes(4, "big"))


def link(queue):
    os.rename(queue, queue.with_suffix(".moved"))
    os.symlink(queue.with_suffix(".moved"), queue)


def only_the_log(queue):
    pathlib.Path(f"{queue}-wal").write_bytes(b"x" * 4096)
    queue.unlink()


@pytest.mark.parametrize(
    ("change", "found", "fix"),
    [
        (overwritten, "", "start the device"),
        (cut, "", "start the device"),
        (text, "is no outbox: it is not an SQLite file", "move this one away"),
        (database, "is no outbox: it belongs to another application", "move this one away"),
        (newer, "was made by a newer version of muster (format 99)", "update muster"),
        (link, "is no outbox: it is a symbolic link", "move this one away"),
        (only_the_log, "is not there, and only its log", "put the file back beside it"),
    ],
)
def test_a_queue_that_is_not_whole_is_told(queue, change, found, fix):
    change(queue)
    before = {path.name: path.read_bytes() for path in queue.parent.iterdir()}
    fault = the_fault(examine("--queue", queue, code=13))
    assert fault["check"] == "queue" and found in fault["found"] and fix in fault["fix"], fault
    assert {path.name: path.read_bytes() for path in queue.parent.iterdir()} == before


def test_a_queue_too_large_to_copy_is_left_to_the_queue_commands(queue):
    os.truncate(queue, 300 << 20)
    report = examine("--queue", queue, code=0)["queue"]
    assert report["state"] == "skipped" and "muster queue show" in report["found"]


@pytest.fixture(name="bundle")
def one_bundle(queue, tmp_path):
    """Of a device with an encrypted key, passwords, and URLs and files that have secrets in them."""
    device = Authority(tmp_path).device("press-01")
    secrets = {"key": "sesame-of-the-key", "password": "sesame-of-mqtt"}
    for name, secret in secrets.items():
        (tmp_path / name).write_text(secret + "\n")
        (tmp_path / name).chmod(0o600)
    plain = (device / "device.key").read_text()
    command = [need("openssl"), "pkcs8", "-topk8", "-in", device / "device.key", "-passout", f"file:{tmp_path / 'key'}", "-out", tmp_path / "encrypted"]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
    shutil.copyfile(tmp_path / "encrypted", device / "device.key")
    # As some keep it: the key in the certificate's file.
    (device / "chain.pem").write_text(plain + (device / "chain.pem").read_text())
    config = tmp_path / "config.toml"
    config.write_text('context = "lab"\n[contexts.lab]\nest-url = "https://me:sesame-of-the-url@127.0.0.1:1/.well-known/est"\n')
    file = tmp_path / "out.tar.gz"
    who = ["--key-password-file", tmp_path / "key", "-u", "acme/dash", "--password-file", tmp_path / "password"]
    with held_port() as port:
        words = [device, "--config", config, "-h", f"mqtts://127.0.0.1:{port}", *who, "--queue", queue, "--bundle", file, "--connect-timeout", "1s"]
        done = run("doctor", *words, "-o", "json")
    assert done.returncode == 13, done.stderr
    secrets["url"] = "sesame-of-the-url"
    secrets |= {f"line {number}": line for number, line in enumerate(plain.splitlines()[1:-1] + (tmp_path / "encrypted").read_text().splitlines()[1:-1])}
    return file, secrets, done


def test_a_bundle_has_what_others_need_and_no_secret(bundle):
    file, secrets, done = bundle
    assert "sesame" not in done.stdout + done.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    with tarfile.open(file, "r:gz") as archive:
        members = {member.name: archive.extractfile(member).read().decode() for member in archive.getmembers()}
    assert set(members) == {f"muster-doctor/{name}" for name in ("report.json", "report.txt", "versions.json", "config.json", "chain.pem", "ca.pem")}
    everything = "".join(members.values())
    assert secrets["key"] and "PRIVATE" not in everything
    for name, secret in secrets.items():
        assert secret not in everything, name
    report = {one["check"]: one for one in json.loads(members["muster-doctor/report.json"])}
    assert {name: one["state"] for name, one in report.items()} == {one["check"]: one["state"] for one in json.loads(done.stdout)}
    assert report["queue"]["details"]["waiting"] > 0 and report["key"]["state"] == "ok"
    assert "x tcp" in members["muster-doctor/report.txt"] and members["muster-doctor/chain.pem"].count("BEGIN CERTIFICATE") == 2
    config = json.loads(members["muster-doctor/config.json"])
    assert config["context"] == "lab" and any(value["value"].startswith("https://***@127.0.0.1:1/") for value in config["values"])
    assert json.loads(members["muster-doctor/versions.json"])["muster"] == json.loads(run("version", "-o", "json").stdout)["version"]


def test_a_bundle_that_cannot_be_written_is_an_error(tmp_path):
    done = run("doctor", "--bundle", tmp_path / "none" / "out.tar.gz", "--only", "entropy", "-o", "json")
    assert done.returncode != 0 and "--bundle" in json.loads(done.stderr)["error"]["message"]
    assert not (tmp_path / "none").exists()
