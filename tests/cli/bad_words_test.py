# SPDX-License-Identifier: Apache-2.0
"""Words that no command knows, in every place of every command; names that would write lines of their own; streams that are closed or full."""
import json
import os
import pathlib
import stat
import subprocess

import pytest
from absurd_paths import absurd  # noqa: F401, a fixture.
from bad_input import check_error, check_text, commands, invoke, leaves, refused, state_of, usage_of
from peers import MUSTER, PATIENCE

NOWHERE = "unix:/nonexistent/admin.sock"
EVIL = ["a\nmuster: error: b", "\x1b]0;title\x07", "a\rb", "a\tb", "\x7f", "‮evil", "a​b", "\x85", b"\xff\xfe", b"a\xc3", b"\xed\xa0\x80", "é", "x" * 5_000, ""]
SECRET_WORDS = ("password", "otp", "pin", "secret", "token", "passphrase")


def path_of(command):
    return command["path"].split()[1:]


def misspelled(name):
    return name[:-1] + ("z" if name[-1] != "z" else "y") if len(name) > 3 else name + name[-1]


@pytest.mark.parametrize("command", commands(), ids=lambda command: command["path"])
def test_a_misspelled_flag_is_answered_with_the_nearest(command):
    for option in command["options"]:
        if option["kind"] != "positional":
            said = refused([*path_of(command), f"--{misspelled(option['name'])}"], usage_of(command), f"there is no flag '--{misspelled(option['name'])}' in {command['path']}")
            assert "did you mean --" in said or len(option["name"]) < 5


@pytest.mark.parametrize("command", [command for command in commands() if command["is_group"]], ids=lambda command: command["path"])
def test_a_misspelled_command_is_answered_with_the_nearest(command):
    refused(path_of(command), 2, f"a subcommand of {command['path']} is required")
    for child in command["commands"]:
        wrong = misspelled(child["name"])
        said = refused([*path_of(command), wrong], 2, f"'{wrong}' is not a command of {command['path']}")
        assert "did you mean " in said or len(wrong) < 5


@pytest.mark.parametrize("command", commands(), ids=lambda command: command["path"])
def test_a_word_writes_no_line_of_its_own(command):
    for word in (EVIL[0], EVIL[1], EVIL[8]):
        refused([*path_of(command), b"--no-such=" + word if isinstance(word, bytes) else f"--no-such={word}"], usage_of(command), command["path"])


@pytest.mark.parametrize("output", ["auto", "json"])
@pytest.mark.parametrize("word", EVIL)
def test_a_name_writes_no_line_of_its_own(word, output, tmp_path):
    for line in (["key", "inspect", word], ["tenant", "list", "--config", word], ["tenant", "list", "--admin", word], ["cert", "renew", "--identity", word, "--est-url", word], ["bench", "pub", "-h", word]):
        done = invoke([*line, "-o", output], cwd=tmp_path)
        assert done.returncode not in (0, -6, -11) and done.stdout == b""
        if output == "json":
            assert done.stderr.count(b"\n") == 1 and json.loads(done.stderr)["error"]["hint"]
        else:
            check_error(done.stderr, words=line)
        assert not state_of(tmp_path)


def test_what_is_appended_to_a_log_is_one_line_too(tmp_path):
    log = tmp_path / "log"
    for output in ("auto", "json"):
        refused_line = ["key", "inspect", "/nonexistent/a\nmuster: error: b", "--log-file", log, "-o", output]
        assert invoke(refused_line).returncode == 5
    check_text(log.read_text())
    assert log.read_text().count("Z muster: error: ") == 2 and log.read_text().count("\n") == 3
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_no_flag_takes_a_secret():
    for command in commands():
        for option in command["options"]:
            if option["kind"] == "value" and any(word in option["name"].split("-") for word in SECRET_WORDS):
                assert option["name"].endswith(("-file", "-dir")) or option["type"] == "N", (command["path"], option["name"])


@pytest.mark.parametrize("zone", ["", "Nowhere/None", ":" + "x" * 4_000, "../../etc/passwd", "UTC+99:99:99"])
@pytest.mark.parametrize("locale", ["C", "de_DE.UTF-8", "tr_TR.UTF-8", "nonsense", "\x1b[31m"])
def test_zone_and_locale_change_nothing(zone, locale):
    odd = {"TZ": zone, "LC_ALL": locale, "LANG": locale}
    for line in (["version", "-o", "json"], ["--help"], ["tenant", "list", "--admin", NOWHERE], ["TENANT"]):
        plain, strange = invoke(line), invoke(line, env=odd)
        assert (strange.returncode, strange.stdout, strange.stderr) == (plain.returncode, plain.stdout, plain.stderr)


@pytest.mark.parametrize("clock", ["COLUMNS=-1", "COLUMNS=0", "COLUMNS=1", "COLUMNS=x", "COLUMNS=99999999999999999999", "TERM=", "NO_COLOR=1", "HOME=", "XDG_CONFIG_HOME=relative", "TMPDIR=/nonexistent"])
def test_an_odd_environment_is_survived(clock):
    name, _, value = clock.partition("=")
    for line, code in ((["version"], 0), (["key", "create", "--help"], 0), (["tenant", "list", "--admin", NOWHERE], 7)):
        assert invoke(line, env={name: value}).returncode == code


def with_descriptors(line, redirection, cwd=None):
    return subprocess.run(["sh", "-c", f'exec "$@" {redirection}', "sh", MUSTER, *map(str, line)], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False)


@pytest.mark.parametrize("redirection", [">&-", ">/dev/full", "<&- >&-"])
def test_data_that_cannot_be_written_is_a_failure(redirection, tmp_path):
    for line in (["version"], ["version", "-o", "json"], ["--help"], ["csr", "create", "--device-id", "d", "--create-key", "--key", tmp_path / "k"]):
        done = with_descriptors(line, redirection)
        assert done.returncode == 1, (line, done)
        assert b"standard output could not be written" in done.stderr


def test_what_cannot_be_said_changes_no_exit_code(tmp_path):
    for redirection in ("2>&-", "2>/dev/full"):
        assert with_descriptors(["tenant", "list", "--admin", NOWHERE], redirection).returncode == 7
        assert with_descriptors(["version"], redirection).returncode == 0
        assert with_descriptors(["key", "create", tmp_path / f"{len(redirection)}.key"], redirection).returncode == 0


def test_no_file_takes_the_place_of_a_closed_stream(tmp_path):
    key, public = tmp_path / "device.key", tmp_path / "device.pub"
    done = with_descriptors(["key", "create", key, "--public-out", public], "<&- >&- 2>&-")
    assert done.returncode == 0
    assert key.read_text().startswith("-----BEGIN") and key.read_text().endswith("-----\n")
    assert public.read_text().startswith("-----BEGIN PUBLIC") and public.read_text().endswith("-----\n")
    assert sorted(os.listdir(tmp_path)) == ["device.key", "device.pub"]
    # The log is the first file that is opened, and stays open.
    log = tmp_path / "log"
    assert with_descriptors(["key", "create", key, "--log-file", log], "<&- >&- 2>&-").returncode == 6
    assert log.read_text().count("muster: error: ") == 1 and log.read_text().count("\n") == 2


@pytest.mark.parametrize("flag", ["--log-file", "--config"])
def test_a_path_that_is_none_is_refused(flag, absurd):
    for name, path in absurd.items():
        # Nothing stands for no file, and what a flag is followed by is its value.
        if (flag, name) in (("--log-file", "full"), ("--log-file", "flag")) or name in ("empty", "zero bytes"):
            continue
        refused(["version", flag, path], (1, 2, 5), flag if flag == "--log-file" else (), within=absurd.place, cwd=absurd.place)


def test_a_log_that_is_full_is_told_and_changes_no_exit_code():
    done = invoke(["version", "-v", "--log-file", "/dev/full"])
    assert done.returncode == 0 and b"muster: warning: --log-file: /dev/full could not be written" in done.stderr


@pytest.mark.parametrize("leaf", [leaf for leaf in leaves() if leaf["path"] != "muster help"], ids=lambda leaf: leaf["path"])
def test_nothing_is_asked_on_a_closed_stdin(leaf):
    done = with_descriptors([*path_of(leaf), "--log-file", "/nonexistent/log/file"], "<&-")
    assert done.returncode != 0 and done.stdout == b""
    check_error(done.stderr)
    assert pathlib.Path("/nonexistent").exists() is False
