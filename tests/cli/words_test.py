# SPDX-License-Identifier: Apache-2.0
"""How the words of a command line are read, and which of a flag's values counts."""
import pytest
from peers import run

NOWHERE = "unix:/nonexistent/admin.sock"
HOST = "mqtt://127.0.0.1:1"


@pytest.mark.parametrize(
    "words",
    [
        ["tenant", "list", "--admin", NOWHERE],
        ["tenant", "list", f"--admin={NOWHERE}"],
        ["--quiet", "tenant", "list", "--admin", NOWHERE],
        ["tenant", "list", "--admin", NOWHERE, "--quiet"],
        ["tenant", "list", "--admin", "unix:/first", "--admin", NOWHERE],
        ["device", "approve", "a", "b", "-Tacme", "--admin", NOWHERE],
        ["device", "approve", "[a,b]", "list", "--admin", NOWHERE, "-T", "acme"],
        ["device", "approve", "--admin", NOWHERE, "-T", "acme", "--", "-a", "--b"],
        ["device", "approve", "a", "--admin", NOWHERE, "--tenant=acme", "--", "b"],
    ],
)
def test_flags_are_read_as_getopt_reads_them(words):
    done = run(*words)
    assert (done.returncode, done.stdout) == (7, "")
    assert "/nonexistent/admin.sock" in done.stderr


@pytest.mark.parametrize("payload", [["-m", "-5"], ["-m", "-x"], ["--message=-x"], ["-m-x"], ["-rm", "x"], ["-m", ""], ["--message="], ["-m", "[1,2]"]])
def test_a_value_may_begin_with_a_dash_and_follow_other_short_flags(payload):
    assert run("pub", "-h", HOST, "-t", "x", *payload).returncode == 7


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["tenant", "create", "acme", "zenith"], "'zenith' is one word too many for muster tenant create"),
        (["tenant", "create"], "NAME is required"),
        (["tenant", "list", "--admin"], "--admin needs a value"),
        (["device", "list", "--admin", NOWHERE], "--tenant is required"),
        (["pub", "-h", HOST, "-t", "x", "-m", "1", "-l"], "only one of --message, --file, --stdin-file, --null-message, --stdin-line can be given"),
        (["pub", "-h", HOST, "-t", "x", "-m", "1", "-q", "two"], "--qos: 'two' is not a whole number"),
        (["tenant", "create", "x", "--isolation", "flta"], "did you mean flat?"),
        (["key", "create", "--force=perhaps"], "--force: 'perhaps' is neither true nor false"),
        (["ca", "log", "--limit", "-1"], "--limit: '-1' is not"),
        (["ca", "log", "--limit", "18446744073709551616"], "--limit: '18446744073709551616' is not from 0"),
        (["tenant", "list", "extra", "--admin", NOWHERE], "'extra' is one word too many"),
    ],
)
def test_what_cannot_be_meant_is_usage(words, says):
    done = run(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_a_bare_h_of_an_mqtt_command_is_help_and_with_a_value_the_host():
    assert run("pub", "-h").stdout == run("pub", "--help").stdout
    assert run("pub", f"-h{HOST}", "-t", "x", "-m", "1").returncode == 7


def test_a_flag_outranks_the_environment():
    done = run("tenant", "list", "--admin", NOWHERE, env={"MUSTER_ADMIN": "unix:/nonexistent/other.sock"})
    assert "/nonexistent/admin.sock" in done.stderr


def test_a_wrong_value_in_the_environment_is_named():
    done = run("pub", "-h", HOST, "-t", "x", "-m", "1", env={"MUSTER_QOS": "3"})
    assert done.returncode == 2
    assert "MUSTER_QOS: --qos: '3' is not from 0 to 2" in done.stderr


def test_switches_come_from_the_environment_too():
    done = run("key", "create", "--public-out", "-", "/dev/null", env={"MUSTER_FORCE": "maybe"})
    assert done.returncode == 2
    assert "MUSTER_FORCE: --force: 'maybe' is neither true nor false" in done.stderr
    assert run("tenant", "set", "x", "--admin", NOWHERE, env={"MUSTER_ANONYMOUS": "no"}).returncode == 7


def test_one_payload_on_the_command_line_outranks_another_in_the_environment():
    assert run("pub", "-h", HOST, "-t", "x", "-m", "1", env={"MUSTER_FILE": "/nonexistent"}).returncode == 7
