# SPDX-License-Identifier: Apache-2.0
"""Help, version, and what a mistyped word gets for an answer."""
import json

import pytest
from peers import run

LEAVES = [
    "broker run", "broker status", "broker clients", "broker kick", "broker logs", "broker fault add", "broker fault list", "broker fault clear", "broker fault run",
    "tenant create", "tenant set", "tenant list", "device register", "device enroll",
    "tenant limits", "tenant delete", "device revoke", "device approvals", "device approve", "device deny", "device delete", "application delete", "device list", "device password", "application create", "ca log", "ca crl", "ca challenge", "ca add", "ca list", "ca set", "ca remove", "key create", "csr create", "csr sign", "ca sign", "ca init", "ca show", "key inspect", "key public", "csr inspect", "cert fingerprint", "cert verify",
    "cert enroll", "cert import", "cert inspect", "cert renew", "cert needs-renewal", "cert cacerts", "cert csrattrs", "pub", "sub", "rr", "demo", "doctor", "version", "completion", "help",
    "context create", "context list", "context use", "context show", "context delete", "config get", "config set", "config unset", "config list", "config path",
]  # fmt: skip


@pytest.mark.parametrize("command", LEAVES)
def test_every_command_has_help_on_stdout(command):
    done = run(*command.split(), "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout) > 50


def test_the_version_is_the_same_everywhere():
    version = run("version").stdout.strip()
    assert run("--version").stdout.strip() == version
    assert "muster " + json.loads(run("version", "-o", "json").stdout)["version"] == version


@pytest.mark.parametrize(
    ("words", "says", "hint"),
    [
        (["tenannt", "list"], "'tenannt' is not a command of muster", "did you mean muster tenant?"),
        (["device", "lst"], "'lst' is not a command of muster device", "did you mean muster device list?"),
        (["device", "list", "--tenent", "acme"], "there is no flag '--tenent'", "did you mean --tenant?"),
        (["tenant"], "subcommand", "muster tenant --help"),
        ([], "subcommand", "muster --help"),
        (["pub", "-h", "mqtt://127.0.0.1:1", "-t", "x"], "", "muster pub --help"),
        (["sub", "-h", "mqtt://127.0.0.1:1", "-t", "x", "-W", "soon"], "'soon' is not a duration", ""),
        (["pub", "-h", "mqtt://127.0.0.1:1", "-t", "x", "-m", "1", "-q", "3"], "3", ""),
    ],
)
def test_a_mistake_in_the_words_is_usage(words, says, hint):
    done = run(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert says in done.stderr
    assert hint in done.stderr
    assert done.stderr.startswith("muster: error: ")


def test_an_error_is_one_line_of_json_where_json_was_asked_for():
    done = run("tenant", "list", "-o", "json", "--admin", "unix:/nonexistent/admin.sock")
    assert done.returncode == 7
    error = json.loads(done.stderr)["error"]
    assert (error["code"], error["exit"]) == ("unreachable", 7)
    assert "muster broker run" in error["hint"]


def test_a_flag_can_come_from_the_environment():
    done = run("tenant", "list", env={"MUSTER_ADMIN": "unix:/nonexistent/from-environment.sock"})
    assert "from-environment.sock" in done.stderr
