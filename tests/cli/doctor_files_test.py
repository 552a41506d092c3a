# SPDX-License-Identifier: Apache-2.0
"""`muster doctor` on what lies on the disk: a healthy device, one fault at a time, and what it says of it."""
import datetime
import json
import os
import pathlib
import shutil
import subprocess

import jsonschema
import pytest
from doctoring import Authority, examine, the_fault, unhealthy
from peers import MUSTER, PATIENCE, run

SCHEMA = json.loads((pathlib.Path(__file__).parents[2] / "docs" / "reference" / "schemas" / "doctor.json").read_text())
PAST = ("200101000000Z", "200201000000Z")
FUTURE = ("400101000000Z", "410101000000Z")


@pytest.fixture(scope="module", name="authority")
def one_authority(tmp_path_factory):
    authority = Authority(tmp_path_factory.mktemp("authority"))
    for name, dates in (("press-01", None), ("press-02", None), ("expired", PAST), ("future", FUTURE)):
        authority.device(name, dates)
    authority.other = Authority(tmp_path_factory.mktemp("other"), "Other")
    return authority


@pytest.fixture(name="device")
def one_device(authority, tmp_path):
    return shutil.copytree(authority.directory / "press-01", tmp_path / "press-01")


def test_a_healthy_device_has_no_problem(device, tmp_path):
    (tmp_path / "queue").mkdir(mode=0o700)
    reports = examine(device, "--queue", tmp_path / "queue" / "outbox.db", code=0)
    jsonschema.Draft202012Validator(SCHEMA).validate(list(reports.values()))
    assert unhealthy(reports) == set()
    for name in ("config", "files", "permissions", "key", "client-id", "chain", "validity", "queue-directory", "descriptors", "entropy"):
        assert reports[name]["state"] == "ok", reports[name]
    done = run("doctor", device, "-o", "table")
    assert (done.returncode, done.stderr) == (0, "0 problems\n")


def test_a_device_is_named_by_its_directory_its_id_or_its_files(authority, device, tmp_path):
    assert examine("press-01", "--credentials", authority.directory)["key"]["state"] == "ok"
    assert examine("--identity", device)["key"]["state"] == "ok"
    assert examine("--cert", device / "chain.pem", "--key", device / "device.key", "--cafile", device / "ca.pem")["chain"]["state"] == "ok"
    missing = the_fault(examine("press-99", "--credentials", tmp_path))
    assert missing["check"] == "config" and "press-99" in missing["found"]
    assert the_fault(examine("--cert", device / "chain.pem"))["fix"] == "give both of them"


def opened(device):
    (device / "device.key").chmod(0o644)


def another_key(device, authority):
    shutil.copy(authority.directory / "press-02" / "device.key", device / "device.key")


def of_time(name):
    def change(device, authority):
        shutil.copytree(authority.directory / name, device, dirs_exist_ok=True)

    return change


def no_issuer(device):
    shutil.copy(device / "device.crt", device / "chain.pem")


def other_anchors(device, authority):
    shutil.copy(authority.other.root, device / "ca.pem")


def cut(name):
    def change(device):
        text = (device / name).read_text()
        (device / name).write_text(text[: len(text) // 2])

    return change


def gone(name):
    return lambda device: (device / name).unlink()


def open_directory(device):
    device.chmod(0o777)


FAULTS = {
    "key that others can read": (opened, "permissions", "is 0644 (others can read it)", "chmod 600 "),
    "directory that others can write": (open_directory, "permissions", "is 0777", "chmod 700 "),
    "key of another device": (another_key, "key", "is not the key of the certificate of CN=press-01", "enroll anew"),
    "expired": (of_time("expired"), "validity", "CN=expired expired on 2020-02-01T00:00:00Z", "enroll"),
    "not yet valid": (of_time("future"), "validity", "is not valid before 2040-01-01T00:00:00Z", "set the clock"),
    "no issuing CA": (no_issuer, "chain", "unable to get local issuer certificate", "append the issuing CA"),
    "anchors of another CA": (other_anchors, "chain", "does not lead to", "CA file"),
    "no key": (gone("device.key"), "files", "device.key is not there", "muster cert enroll"),
    "no certificate": (gone("chain.pem"), "files", "chain.pem is not there", "muster cert enroll"),
    "no anchors": (gone("ca.pem"), "files", "ca.pem is not there", "muster cert cacerts"),
    "cut certificate": (cut("chain.pem"), "files", "chain.pem", "put the whole PEM file there again"),
    "cut key": (cut("device.key"), "key", "device.key", "put the whole PEM file there again"),
    "empty anchors": (lambda device: (device / "ca.pem").write_text(""), "files", "ca.pem", "put the whole PEM file"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_what_mends_it(authority, device, name):
    change, check, found, fix = FAULTS[name]
    change(*(device, authority)[: change.__code__.co_argcount])
    fault = the_fault(examine(device, code=13))
    assert fault["check"] == check and found in fault["found"] and fix in fault["fix"], fault


def test_a_key_that_cannot_be_read_is_told_from_one_that_is_not_there(device):
    (device / "device.key").unlink()
    (device / "device.key").mkdir()
    fault = the_fault(examine(device))
    assert "device.key" in fault["found"]


def test_a_client_id_that_is_not_the_cn_is_told_before_the_broker_does(device):
    fault = the_fault(examine(device, "--client-id", "press01"))
    assert fault["check"] == "client-id" and fault["fix"] == "drop --client-id"
    assert fault["found"] == "CN 'press-01' but --client-id is 'press01'; the broker will refuse it"
    assert the_fault(examine(device, env={"MUSTER_CLIENT_ID": "press01"}))["check"] == "client-id"


def test_a_chain_that_other_anchors_do_not_vouch_for_may_be_meant(authority, device):
    """A device's CA need not be the server's."""
    reports = examine(device, "--cafile", authority.other.root, code=0)
    assert reports["chain"]["state"] == "warn" and "does not lead to" in reports["chain"]["found"]


def test_a_certificate_that_is_due_is_a_warning(authority, tmp_path):
    now = datetime.datetime.now(datetime.timezone.utc)
    dates = [(now + datetime.timedelta(days=days)).strftime("%y%m%d%H%M%SZ") for days in (-80, 10)]
    shutil.rmtree(authority.directory / "due", ignore_errors=True)
    report = examine(authority.device("due", dates), code=0)["validity"]
    assert report["state"] == "warn" and "due for renewal" in report["found"] and report["fix"].startswith("muster cert renew")


def queue_as_file(place):
    (place / "queue").touch()


def queue_for_others(place):
    (place / "queue").mkdir(mode=0o700)
    (place / "queue").chmod(0o777)


@pytest.mark.parametrize(
    ("make", "found", "fix"),
    [(lambda place: None, "is no directory", "install -d -m 700"), (queue_as_file, "is no directory", "install -d"), (queue_for_others, "write", "chmod 700")],
    ids=["none", "a file", "everybody's"],
)
def test_a_queue_needs_a_directory_of_its_own(tmp_path, make, found, fix):
    make(tmp_path)
    fault = the_fault(examine("--queue", tmp_path / "queue" / "outbox.db"))
    assert fault["check"] == "queue-directory" and found in fault["found"] and fix in fault["fix"], fault


def test_a_directory_that_cannot_be_written_is_told():
    """Read-only for everybody, also for root: the kernel's own."""
    fault = the_fault(examine("--queue", "/proc/self/outbox.db"))
    assert fault["check"] == "queue-directory" and fault["fix"], fault


@pytest.mark.parametrize(("limit", "state"), [(40, "fail"), (100, "warn"), (256, "ok")])
def test_a_low_limit_of_open_files_is_told(limit, state):
    script = f"ulimit -n {limit}; exec {MUSTER} doctor --only descriptors -o json"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=PATIENCE, check=False)
    (report,) = json.loads(done.stdout)
    assert report["state"] == state and f"{limit} files" in report["found"]
    assert state == "ok" or "ulimit" in report["fix"]


def test_an_encrypted_key_is_opened_with_its_password(device, tmp_path):
    password = tmp_path / "password"
    password.write_text("open sesame\n")
    password.chmod(0o600)
    command = ["openssl", "pkcs8", "-topk8", "-in", device / "device.key", "-passout", f"file:{password}", "-out", device / "new.key"]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
    os.replace(device / "new.key", device / "device.key")
    (device / "device.key").chmod(0o600)
    assert examine(device, "--key-password-file", password, code=0)["key"]["state"] == "ok"
    fault = the_fault(examine(device))
    assert fault["check"] == "key" and "--key-password-file" in fault["fix"]
