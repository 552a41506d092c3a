# SPDX-License-Identifier: Apache-2.0
"""Every format of --output, read back by parsers that we did not write, and the other flags that every command takes."""
import csv
import io
import json
import os
import re
import signal
import stat
import subprocess

import pytest
import yaml
from peers import MUSTER, PATIENCE, Broker, PahoClient, run

# What is text, but looks like something else, breaks quoting, or cannot be printed.
HARD = [
    "yes", "No", "null", "~", "y", "1", "1e3", "0x1F", "0o7", "1_000", "12:30:45", "2026-01-31", ".5", "-1", "+1", ".inf", "NaN", "=",
    "", " ", " a", "a ", "a: b", "a #b", "- a", "? a", "[a]", "{a}", "*a", "&a", "!a", "%a", "@a", "`a`", "|", ">", "'a'", '"a"', "a,b", "a\\nb", "\\",
    "two\nlines", "two\nlines\n", "\n", "\n\n", "a\n\nb\n", " a\nb\n", "tab\there", "\r\n", "\x00", "\x01\x1f", "\x7f", "\x80\x9f", "\u0085", "\u00a0",
    "\u2028\u2029", "\ufeffa", "\uffff", "\U0001f600", "\u00e4\u6f22", "-", "---", "...", "true", "TRUE", "on:", "a:", "<<",
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    directory = tmp_path_factory.mktemp("output")
    with Broker(directory / "state", "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0") as broker:
        broker.muster("tenant", "create", "acme", check=True)
        broker.muster("tenant", "create", "zenith", "--isolation", "flat", check=True)
        broker.password = broker.application("acme", "dash", directory)
        broker.directory = directory
        yield broker


def received(place, form, payloads, *flags):
    """What `muster sub` prints of messages with these payloads."""
    words = ["sub", "-h", place.mqtts_url, "--cafile", place.ca_file, "-u", "acme/dash", "--password-file", place.password, "-i", "reader", "-t", "a/b"]
    process = subprocess.Popen([MUSTER, *map(str, words), "-C", str(len(payloads)), "-o", form, *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert b"subscribed" in process.stderr.readline()  # In every format.
    writer = PahoClient("writer")
    writer.client.username_pw_set("acme/dash", "open sesame")
    assert writer.connect(place.plain_port) == 0
    for payload in payloads:
        writer.publish("a/b", payload)
    out, _ = process.communicate(timeout=PATIENCE)
    writer.close()
    assert process.returncode == 0
    return out.decode()


def test_yaml_is_read_back_as_it_was(place):
    records = yaml.safe_load(received(place, "yaml", HARD))
    assert [record["payload"] for record in records] == HARD
    assert records[0] == {"topic": "a/b", "qos": 1, "retain": False, "payload": "yes"}


def test_csv_is_read_back_as_it_was(place):
    texts = [text for text in HARD if "\x00" not in text]  # Which Python's reader refuses.
    rows = list(csv.DictReader(io.StringIO(received(place, "csv", texts), newline="")))
    assert [row["payload"] for row in rows] == texts
    assert (rows[0]["topic"], rows[0]["qos"], rows[0]["retain"], rows[0]["payload_base64"]) == ("a/b", "1", "false", "")


def test_a_list_is_the_same_in_every_format(place):
    wanted = json.loads(place.muster("tenant", "list", "-o", "json").stdout)
    assert [tenant["name"] for tenant in wanted] == ["acme", "zenith"]
    assert place.muster("tenant", "list").stdout == place.muster("tenant", "list", "-o", "json").stdout
    assert [json.loads(line) for line in place.muster("tenant", "list", "-o", "jsonl").stdout.splitlines()] == wanted
    assert yaml.safe_load(place.muster("tenant", "list", "-o", "yaml").stdout) == wanted
    rows = list(csv.DictReader(io.StringIO(place.muster("tenant", "list", "-o", "csv").stdout)))
    assert [{key: json.dumps(value).strip('"') for key, value in tenant.items()} for tenant in wanted] == rows
    assert place.muster("tenant", "list", "-o", "name").stdout == "acme\nzenith\n"
    table = place.muster("tenant", "list", "-o", "table").stdout.splitlines()
    assert table[0].split() == ["NAME", "ISOLATION", "DEVICES", "CREATED"]
    assert "ISSUING CA" in place.muster("tenant", "list", "-o", "wide").stdout


def test_a_record_is_the_same_in_every_format(place):
    wanted = json.loads(place.muster("broker", "status", "-o", "json").stdout)
    assert yaml.safe_load(place.muster("broker", "status", "-o", "yaml").stdout)["listeners"] == wanted["listeners"]
    assert len(place.muster("broker", "status", "-o", "jsonl").stdout.splitlines()) == 1
    row = next(csv.DictReader(io.StringIO(place.muster("broker", "status", "-o", "csv").stdout)))
    assert json.loads(row["listeners"]) == wanted["listeners"]


def test_an_empty_list_is_an_empty_list_everywhere(place):
    words = ["device", "list", "-T", "zenith", "-o"]
    assert [place.muster(*words, form).stdout for form in ("json", "jsonl", "yaml", "name")] == ["[]\n", "", "[]\n", ""]
    assert place.muster(*words, "csv").stdout.startswith("id,status,")
    assert place.muster(*words, "table").stdout.split()[0] == "ID"


def test_text_of_several_lines_stays_readable_in_yaml(place):
    text = run("cert", "inspect", place.ca_file, "-o", "yaml").stdout
    assert "pem: |\n    -----BEGIN CERTIFICATE-----\n" in text
    in_json = json.loads(run("cert", "inspect", place.ca_file, "-o", "json").stdout)
    assert [one | {"remaining_s": 0} for one in yaml.safe_load(text)] == [one | {"remaining_s": 0} for one in in_json]


@pytest.mark.parametrize("flags", [["--columns", "isolation,name"], ["--columns=isolation", "--columns=name"]])
def test_columns_choose_fields_and_their_order(place, flags):
    words = ["tenant", "list", *flags]
    assert place.muster(*words, "-o", "csv").stdout == "isolation,name\ndevice,acme\nflat,zenith\n"
    assert place.muster(*words, "-o", "table").stdout.splitlines()[0].split() == ["ISOLATION", "NAME"]
    assert json.loads(place.muster(*words, "-o", "json").stdout)[0] == {"isolation": "device", "name": "acme"}


def test_a_column_that_is_not_there_is_named_with_those_that_are(place):
    done = place.muster("tenant", "list", "--columns", "nmae")
    assert (done.returncode, done.stdout) == (2, "")
    assert "'nmae'" in done.stderr and "name, isolation" in done.stderr


def test_headings_can_be_left_out(place):
    assert place.muster("tenant", "list", "--columns", "name", "-o", "csv", "--no-headers").stdout == "acme\nzenith\n"
    assert place.muster("tenant", "list", "--columns", "name", "-o", "table", "--no-headers").stdout == "acme\nzenith\n"


@pytest.mark.parametrize("columns", [60, 80])
def test_a_table_is_no_wider_than_the_terminal(place, columns):
    place.enroll("zenith", f"press-{columns}-with-a-rather-long-name-that-does-not-fit-in", place.directory)
    admin = {"MUSTER_ADMIN": place.admin, "COLUMNS": str(columns)}
    table = run("ca", "log", "-T", "zenith", "-o", "table", env=admin).stdout
    assert max(map(len, table.splitlines())) <= columns
    assert "…" in table
    assert "…" not in run("ca", "log", "-T", "zenith", "-o", "wide", env=admin).stdout


def test_help_is_no_wider_than_the_terminal():
    for words in (["--help"], ["device", "enroll", "--help"], ["broker", "run", "--help"]):
        text = run(*words, env={"COLUMNS": "60"}).stdout
        wide = [line for line in text.splitlines() if len(line) > 60]
        assert all(line.startswith("  ") and ("muster" in line or "--" in line or "://" in line) for line in wide), wide  # Examples, and words that are too long.


ESCAPE = re.compile("\x1b\\[")


@pytest.mark.parametrize(
    ("flags", "env", "is_coloured"),
    [
        ([], {}, False),
        (["--color", "always"], {}, True),
        (["--color=always"], {"NO_COLOR": "1"}, True),
        ([], {"CLICOLOR_FORCE": "1"}, True),
        ([], {"CLICOLOR_FORCE": "0"}, False),
        ([], {"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False),
        (["--color", "never"], {"CLICOLOR_FORCE": "1"}, False),
        ([], {"MUSTER_COLOR": "always"}, True),
    ],
)
def test_colours_come_when_they_are_wanted(place, flags, env, is_coloured):
    listed = run("tenant", "list", "-o", "table", *flags, env={"MUSTER_ADMIN": place.admin} | env)
    failed = run("tenant", "list", "--admin", "unix:/nonexistent", *flags, env=env)
    assert (bool(ESCAPE.search(listed.stdout)), bool(ESCAPE.search(failed.stderr))) == (is_coloured, is_coloured)
    assert not ESCAPE.search(run("tenant", "list", "-o", "json", *flags, env={"MUSTER_ADMIN": place.admin} | env).stdout)


def test_global_flags_are_taken_before_and_behind_the_command(place):
    words = ["tenant", "create", "omega"]
    assert place.muster("-q", *words).stderr == ""
    place.muster("tenant", "delete", "--yes", "omega", check=True)
    assert place.muster(*words, "-q").stderr == ""
    place.muster("tenant", "delete", "--yes", "omega", check=True)
    assert "omega" in place.muster(*words).stderr
    place.muster("tenant", "delete", "--yes", "omega", check=True)


def test_q_is_the_qos_of_mqtt_commands_and_quiet_stays_quiet(place):
    words = ["-h", place.mqtts_url, "--cafile", place.ca_file, "-u", "acme/dash", "--password-file", place.password, "-t", "x"]
    assert run("pub", *words, "-m", "1", "-q", "2").returncode == 0
    assert run("sub", *words, "-q", "0", "--quiet", "-W", "10ms").stderr == ""


def test_a_log_file_has_what_was_said_with_times_and_is_private(place, tmp_path):
    log = tmp_path / "muster.log"
    for name in ("one", "two"):
        assert place.muster("tenant", "list", "--admin", f"unix:/nonexistent/{name}", "--log-file", log).returncode == 7
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    lines = log.read_text().splitlines()
    assert len(lines) == 4 and all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ", line) for line in lines)
    assert "muster: error: " in lines[0] and "/nonexistent/two" in lines[2]
    assert place.muster("tenant", "list", "--log-file", tmp_path / "none" / "log").returncode != 0


def test_verbose_says_where_values_came_from_and_when(place):
    done = place.muster("tenant", "list", "-v")
    assert re.search(rf"^\d{{4}}-\d\d-\d\dT\S+Z --admin {re.escape(place.admin)} \(from MUSTER_ADMIN\)$", done.stderr, re.MULTILINE)
    assert json.loads(done.stdout)


def test_a_timeout_ends_what_waits(place):
    words = ["-h", place.mqtts_url, "--cafile", place.ca_file, "-u", "acme/dash", "--password-file", place.password, "-t", "x"]
    done = run("sub", *words, "--timeout", "200ms", "-o", "json", "--quiet")
    assert done.returncode == 9
    assert json.loads(done.stderr)["error"]["code"] == "timeout"
    assert place.muster("broker", "logs", "--timeout", "200ms").returncode == 9
    assert place.muster("tenant", "list", "--timeout", "1m").returncode == 0


def test_a_reader_that_leaves_ends_the_program_quietly(place):
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.run([MUSTER, "tenant", "list"], env=os.environ | {"MUSTER_ADMIN": place.admin}, stdout=writing, stderr=subprocess.PIPE, timeout=PATIENCE)
    os.close(writing)
    assert (process.returncode, process.stderr) == (-signal.SIGPIPE, b"")
