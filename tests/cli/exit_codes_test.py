# SPDX-License-Identifier: Apache-2.0
"""Each exit code of docs/reference/exit-codes.md, from a command that ends with it."""
import os
import pathlib
import re
import signal
import subprocess

import pytest
from peers import MUSTER, PATIENCE, Broker, run

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "reference" / "exit-codes.md"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    directory = tmp_path_factory.mktemp("codes")
    with Broker(directory / "state") as broker:
        broker.muster("tenant", "create", "acme", check=True)
        broker.identity = broker.enroll("acme", "press-01", directory)
        broker.password = broker.application("acme", "dash", directory)
        broker.wrong = directory / "wrong.password"
        broker.wrong.write_text("something else\n")
        broker.wrong.chmod(0o600)
        run("ca", "init", directory / "ca", "--name", "Other", check=True)
        for name, rows in (("one.csv", 1), ("many.csv", 40)):
            (directory / name).write_text("id,otp\n" + "".join(f"press-{row + 10},wrong\n" for row in range(rows)))
        broker.directory = directory
        yield broker


def as_application(place, verb, *words, password=None, cafile=None):
    who = ["-u", "acme/dash", "--password-file", password or place.password, "--cafile", cafile or place.ca_file]
    return [verb, "-h", place.mqtts_url, *who, *words]


def enroll(place, name, *flags):
    words = ["device", "enroll", "-f", place.directory / name, "--out-dir", place.directory / f"out-{name}"]
    return [*words, "--est-url", f"{place.est_url}/acme", "--cafile", place.ca_file, *flags]


def open_key(place):
    key = place.directory / "open.key"
    key.write_bytes((place.identity / "device.key").read_bytes())
    key.chmod(0o644)
    return key


def inline_context(place):
    file = place.directory / "inline.toml"
    file.write_text('context = "x"\ncontexts = { x = { tenant = "a" } }\n')
    return file


COMMANDS = {
    "ok": (0, lambda place: ["version"]),
    "failure": (1, lambda place: ["key", "inspect", open_key(place)]),
    "not yet": (1, lambda place: ["cert", "needs-renewal", place.identity]),
    "usage": (2, lambda place: ["tenant", "list", "--no-such-flag"]),
    "unchanged": (3, lambda place: ["cert", "renew", "--identity", place.identity, "--est-url", f"{place.est_url}/acme", "--error-unchanged"]),
    "denied": (4, lambda place: as_application(place, "pub", "-t", "x", "-m", "1", password=place.wrong)),
    "not found": (5, lambda place: ["device", "delete", "--yes", "nobody", "-T", "acme", "--admin", place.admin]),
    "conflict": (6, lambda place: ["tenant", "create", "acme", "--admin", place.admin]),
    "unreachable": (7, lambda place: ["tenant", "list", "--admin", "unix:/nonexistent"]),
    "tls": (8, lambda place: as_application(place, "pub", "-t", "x", "-m", "1", cafile=place.directory / "ca" / "root.pem")),
    "timeout": (9, lambda place: as_application(place, "sub", "-t", "x", "-C", "1", "-W", "10ms")),
    "partial": (10, lambda place: enroll(place, "one.csv")),
    "aborted": (11, lambda place: enroll(place, "many.csv", "--max-errors", "1", "--workers", "1")),
    "rejected": (12, lambda place: ["config", "set", "host", "b", "--config", inline_context(place)]),
    "check failed": (13, lambda place: ["cert", "verify", place.identity / "chain.pem", "--cafile", place.directory / "ca" / "root.pem"]),
    "no broker": (16, lambda place: ["broker", "run", "--state", place.directory / "state", "--", "true"]),
    "not executable": (126, lambda place: ["broker", "run", "--", place.directory]),
    "no program": (127, lambda place: ["broker", "run", "--", "no-such-program"]),
    "cannot tell": (255, lambda place: ["cert", "needs-renewal", "/nonexistent"]),
}
SIGNALS = {130: signal.SIGINT, 143: signal.SIGTERM}


def documented():
    """Code and name of every row of the table."""
    for codes, name in re.findall(r"^\| ([\d, ]+) \| ([a-z ]+) \|", DOCUMENT.read_text(), re.MULTILINE):
        yield from ((int(code), name.strip()) for code in codes.split(","))


def test_the_table_has_each_of_these_and_no_other():
    tested = {(code, name) for name, (code, _) in COMMANDS.items()} | {(code, "signal") for code in (*SIGNALS, 128 + signal.SIGPIPE)}
    assert set(documented()) == tested


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_ends_with_the_code(place, name):
    code, words = COMMANDS[name]
    done = run(*words(place))
    assert done.returncode == code, done.stderr
    assert name == "not yet" or (done.stderr == "") == (name == "ok")


@pytest.mark.parametrize("code", SIGNALS)
def test_a_signal_is_128_and_its_number(place, code):
    words = as_application(place, "sub", "-t", "x")
    with subprocess.Popen([MUSTER, *map(str, words)], stderr=subprocess.PIPE, text=True) as process:
        assert "subscribed" in process.stderr.readline()
        process.send_signal(SIGNALS[code])
        assert process.wait(PATIENCE) == code


def test_a_reader_that_has_left_is_a_signal_too(place):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([MUSTER, "tenant", "list", "--admin", place.admin], stdout=writing, stderr=subprocess.PIPE, timeout=PATIENCE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")  # Which a shell shows as 141.
