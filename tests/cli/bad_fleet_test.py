# SPDX-License-Identifier: Apache-2.0
"""Tenants, devices and certificates under names that are none or steps of a path: nothing else is changed."""
import http.server
import json
import os
import threading

import pytest
from absurd_paths import absurd  # noqa: F401 (fixture)
from bad_input import refused
from peers import Broker, run

IDS = [".", "..", "", "../bolt", "$SYS", "x" * 65, "a\nb", b"\xff\xfe"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    directory = tmp_path_factory.mktemp("fleet")
    with Broker(directory / "state") as broker:
        for tenant in ("acme", "bolt"):
            broker.muster("tenant", "create", tenant, check=True)
        broker.enroll("acme", "press-01", directory)
        broker.enroll("bolt", "lathe-01", directory)
        broker.application("acme", "dash", directory)
        yield broker


def known(place):
    """All that the broker has registered."""
    lists = [["tenant", "list"], *(["device", "list", "-T", tenant] for tenant in ("acme", "bolt")), *(["ca", "list", "-T", tenant] for tenant in ("acme", "bolt"))]
    return [json.loads(place.muster(*line, "-o", "json", check=True).stdout) for line in lists]


def unchanged(place, line, code, says=(), **options):
    before = known(place)
    said = refused([*line, "--admin", place.admin], code, says, **options)
    assert known(place) == before, line
    return said


def test_a_tenant_is_created_once_and_deleted_once(place):
    unchanged(place, ["tenant", "create", "acme"], 6, "acme")
    unchanged(place, ["tenant", "create", "acme", "--isolation", "flat"], 6, "acme")
    unchanged(place, ["tenant", "delete", "--yes", "nobody"], 5, "tenant")
    for limit in ("connections", "connections=", "connections=-1", "connections=1e3", "connections=x", "=1", "nonsense=1", "connections=18446744073709551616", "connections=1=2"):
        unchanged(place, ["tenant", "limits", "acme", "--", limit], 2)


@pytest.mark.parametrize("name", IDS, ids=range(len(IDS)))
def test_an_id_that_is_no_devices_changes_nothing_else(place, tmp_path, name):
    secret = tmp_path / "password"
    secret.write_text("open sesame\n")
    secret.chmod(0o600)
    before = known(place)
    for line in (
        ["device", "delete", "--yes", "-Tacme", "--", name],
        ["device", "revoke", "--yes", "-Tacme", "--", name],
        ["device", "approve", "-Tacme", "--", name],
        ["device", "deny", "-Tacme", "--", name],
        ["device", "password", "-Tacme", "--password-file", secret, "--", name],
        ["device", "register", "-Tacme", "--otp-file", tmp_path / "otp", "--", name],
        ["application", "delete", "--yes", "-Tacme", "--", name],
        ["ca", "remove", "--yes", "-Tacme", "--", name],
        ["ca", "set", "--auto-register", "-Tacme", "--", name],
        ["broker", "kick", "-Tacme", "--", name],
    ):
        refused([*line[:-2], "--admin", place.admin, "--", name], (2, 4, 5), secrets=["open sesame"])
    assert known(place) == before
    assert os.listdir(tmp_path) == ["password"]


@pytest.mark.parametrize("flags", [["--otp-file"], ["--otp-dir"], ["--reset-otp", "--otp-file"]], ids=["file", "directory", "again"])
def test_a_password_that_cannot_be_kept_registers_nobody(place, tmp_path, absurd, flags):
    for what in ("long", "long below", "missing", "directory", "root", "not a directory", "full", "link", "fifo", "socket", "below a link"):
        if what in ("missing", "directory", "root") and flags == ["--otp-dir"]:
            continue
        path = absurd["link"] + "/x" if what == "below a link" else absurd[what]
        said = unchanged(place, ["device", "register", "press-09", "-T", "acme", *flags, path], (1, 5, 6))
        assert "unexpected" not in said and "registered" not in said, (what, said)
    (tmp_path / "otp" / "press-09.otp").mkdir(parents=True)
    unchanged(place, ["device", "register", "press-08", "press-09", "-T", "acme", "--otp-dir", tmp_path / "otp"], 1, "press-09.otp")
    assert os.listdir(tmp_path / "otp") == ["press-09.otp"]


@pytest.mark.parametrize("serial", ["", "0", "x", "0x12", "-1", "12g", " 12", "F" * 41, ":", "é", "a\nb", "..", "1" * 5_000, "12:34:5", "12::34"])
def test_a_serial_that_is_none(place, serial):
    unchanged(place, ["device", "revoke", f"--serial={serial}", "--yes", "-T", "acme"], (2, 5))


def test_a_serial_that_nobody_has_is_not_found(place):
    unchanged(place, ["device", "revoke", "--serial=12:34:56", "--yes", "-T", "acme"], 5, "has no such certificate")
    other = place.muster("ca", "log", "-T", "bolt", "-o", "csv", "--columns", "serial", "--no-headers", check=True).stdout.split()[0]
    unchanged(place, ["device", "revoke", f"--serial={other}", "--yes", "-T", "acme"], 5, "has no such certificate")


@pytest.mark.parametrize("name", [".", ".."])
def test_an_application_has_no_name_of_a_directory(place, tmp_path, name):
    secret = tmp_path / "password"
    secret.write_text("open sesame\n")
    secret.chmod(0o600)
    unchanged(place, ["application", "create", name, "-T", "acme", "--password-file", secret], 2, "another directory")


FAULTS = [
    ["cut", "--after-packets", "3", "--direction", "received"],
    ["cut", "--after-bytes", "100", "--direction", "sent"],
    ["limit_bandwidth", "--bytes-per-second", "1000"],
    ["refuse", "--reason", "server_busy", "--retry-after", "5s", "--probability", "0.5", "--seed", "1"],
    ["redirect", "--server-reference", "other.example:8883"],
    ["est", "--garbage"],
]
NO_FAULTS = [
    ["cut", "--direction", "sideways"],
    ["cut", "--after-packets", "3", "--after-bytes", "3"],
    ["refuse", "--probability", "0"],
    ["refuse", "--reason", "nonsense"],
    ["redirect", "--server-reference", ""],
    ["est", "--status", "200"],
    ["limit_bandwidth", "--bytes-per-second", "0"],
    ["nonsense"],
    ["cut", "--tenant", "nobody"],
]


def test_a_fault_is_added_and_cleared(place):
    for words in FAULTS:
        done = place.muster("broker", "fault", "add", *words, "--tenant", "acme")
        assert done.returncode == 0, (words, done.stderr)
    assert run("broker", "fault", "clear", "--admin", place.admin).returncode == 0
    assert json.loads(place.muster("broker", "fault", "list", "-o", "json").stdout) == []


@pytest.mark.parametrize("words", NO_FAULTS, ids=range(len(NO_FAULTS)))
def test_a_fault_that_is_none_is_not_added(place, words):
    refused(["broker", "fault", "add", *words, "--admin", place.admin], (2, 5))
    assert json.loads(place.muster("broker", "fault", "list", "-o", "json").stdout) == []


def test_what_is_asked_of_the_broker_is_asked_there(place):
    for line in (["device", "approvals", "-T", "acme"], ["device", "export", "-T", "acme"], ["ca", "challenge", "-T", "acme"], ["tenant", "list", "--no-input"]):
        done = run(*line, "--admin", place.admin)
        assert done.returncode == 0, done.stderr


class StrangeApi(http.server.BaseHTTPRequestHandler):
    """An admin API that is none of ours: its errors look alike and are of other types."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        content = json.dumps({"error": {"code": 404, "message": ["no", "such"], "hint": None}}).encode()
        self.send_response(404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def test_an_error_of_other_types_is_one_without_a_reason(tmp_path):
    (tmp_path / "token").write_text("secret")
    (tmp_path / "token").chmod(0o600)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), StrangeApi) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        line = ["tenant", "list", "--admin", f"http://127.0.0.1:{server.server_address[1]}"]
        refused(line, 12, "the broker gave no reason", env={"MUSTER_ADMIN_TOKEN_FILE": str(tmp_path / "token")})
        server.shutdown()
