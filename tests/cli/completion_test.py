# SPDX-License-Identifier: Apache-2.0
"""Completion: what could stand where the cursor is, asked of the program and typed into bash, zsh and fish."""
import json
import socket
import time

import pytest
from peers import Broker, run
from shells import TypedShell, offered_by_fish, shell_environment

TREE = json.loads(run("__tree").stdout)


def ask(*words, **options):
    """The words that are offered, and what the shell is to add."""
    done = run("__complete", *words, **options)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    *lines, rest = done.stdout.splitlines()
    return {line.split("\t")[0]: line.split("\t")[1] for line in lines}, rest


def commands(command):
    yield command
    for child in command["commands"]:
        yield from commands(child)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    """A broker with two tenants and three devices, and what names it."""
    with Broker(tmp_path_factory.mktemp("fleet") / "state") as broker:
        for tenant in ("acme", "globex"):
            broker.muster("tenant", "create", tenant, check=True)
        for device in ("press-01", "press-02", "pump-01"):
            broker.muster("device", "register", device, "-T", "acme", "--otp-file", tmp_path_factory.mktemp("otp") / device, check=True)
        yield broker


@pytest.fixture(params=["bash", "zsh"])
def typed(request, tmp_path, fleet):
    shell = TypedShell(request.param, tmp_path, shell_environment(tmp_path, MUSTER_ADMIN=fleet.admin))
    yield shell
    shell.close()


@pytest.mark.parametrize("group", [command for command in commands(TREE) if command["is_group"]], ids=lambda group: group["path"])
def test_every_command_is_offered_with_what_it_does(group):
    words, rest = ask(*group["path"].split()[1:], "")
    assert words == {command["name"]: command["what"] for command in group["commands"]}
    assert rest == ":words"


@pytest.mark.parametrize("leaf", [command for command in commands(TREE) if not command["is_group"]], ids=lambda leaf: leaf["path"])
def test_every_flag_is_offered_its_commands_and_the_global_ones(leaf):
    flags = set(ask(*leaf["path"].split()[1:], "--")[0])
    for option in leaf["options"] + TREE["options"]:
        if option["kind"] != "positional":
            assert f"--{option['name']}" in flags
            assert (f"--no-{option['name']}" in flags) == option["negatable"] or option["name"] == "jitter"
    assert "--help" in flags


@pytest.mark.parametrize("leaf", [command for command in commands(TREE) if not command["is_group"]], ids=lambda leaf: leaf["path"])
def test_every_choice_is_offered_in_every_way_a_flag_is_written(leaf):
    path = leaf["path"].split()[1:]
    for option in leaf["options"] + (TREE["options"] if leaf["name"] == "version" else []):
        if not option["choices"] or option["kind"] == "positional":
            continue
        assert list(ask(*path, f"--{option['name']}", "")[0]) == option["choices"]
        assert list(ask(*path, f"--{option['name']}=")[0]) == [f"--{option['name']}={choice}" for choice in option["choices"]]
        if option["short"]:
            assert list(ask(*path, f"-{option['short']}", "")[0]) == option["choices"]


@pytest.mark.parametrize(
    ("words", "rest"),
    [
        (["cert", "inspect", ""], ":files"),
        (["pub", "--cafile", ""], ":files"),
        (["pub", "--cafile="], ":files"),
        (["pub", "--identity", ""], ":directories"),
        (["broker", "run", "--state="], ":directories"),
        (["device", "register", "--otp-dir", ""], ":directories"),
        (["device", "enroll", "-f", ""], ":files"),
        (["device", "enroll", "-f"], ":words"),
        (["device", "import", ""], ":files"),
        (["doctor", ""], ":directories"),
        (["doctor", "--peer", ""], ":directories"),
        (["pub", "--password-file", ""], ":files"),
        (["queue", "list", ""], ":files"),
        (["simulate", "--scenario", ""], ":files"),
        (["simulate", "--observe-identity", ""], ":directories"),
        (["pub", "--message", ""], ":words"),
    ],
)
def test_the_shell_is_told_what_is_a_file_and_what_a_directory(words, rest):
    assert ask(*words)[1] == rest


def test_what_was_given_is_not_offered_again_unless_it_may_be_repeated():
    words = ask("pub", "--topic", "x", "-h", "a", "--")[0]
    assert "--topic" not in words
    assert "--host" in words
    # A flag's value is neither a command nor a flag.
    assert "register" in ask("--context", "device", "device", "")[0]
    assert "press" not in ask("device", "--tenant", "register", "")[0]


def test_behind_two_dashes_there_are_no_flags():
    assert ask("device", "register", "--", "--")[0] == {}


def test_keys_values_and_figures_are_offered():
    assert {"host=", "tenant=", "output="} <= set(ask("context", "create", "lab", "")[0])
    assert list(ask("context", "create", "lab", "output=j")[0]) == ["output=json", "output=jsonl"]
    assert list(ask("config", "set", "color", "")[0]) == ["auto", "always", "never"]
    assert list(ask("config", "set", "quiet", "")[0]) == ["true", "false"]
    assert {"mode", "host"} <= set(ask("config", "get", "")[0])
    assert {"p99<=", "lost=="} <= set(ask("bench", "pub", "--assert", "")[0])
    assert "connections=" in ask("tenant", "limits", "acme", "")[0]
    assert "outage" in ask("broker", "fault", "add", "")[0]
    assert list(ask("broker", "fault", "add", "cut", "--direction", "")[0]) == ["received", "sent"]
    for flag in ("--scenario", "--print"):
        assert "bad-day" in ask("simulate", flag, "")[0]
    assert "tls" in ask("doctor", "--only", "")[0]


def test_tenants_and_devices_come_from_the_broker(fleet):
    known = {"env": {"MUSTER_ADMIN": fleet.admin}}
    assert list(ask("device", "list", "--tenant", "", **known)[0]) == ["acme", "globex"]
    assert list(ask("tenant", "delete", "g", **known)[0]) == ["globex"]
    assert list(ask("device", "delete", "-T", "acme", "pr", **known)[0]) == ["press-01", "press-02"]
    assert list(ask("device", "revoke", "--tenant=acme", "--admin", fleet.admin, "pu")[0]) == ["pump-01"]
    assert list(ask("device", "approve", "-T", "acme", "press-01", "", **known)[0]) == ["press-02", "pump-01"]
    assert list(ask("device", "show", "-T", "acme", "pu", **known)[0]) == ["pump-01"]
    assert list(ask("device", "renew", "-T", "acme", "pu", **known)[0]) == ["pump-01"]
    assert list(ask("tenant", "show", "g", **known)[0]) == ["globex"]
    assert ask("device", "delete", "-T", "nobody", "", **known)[0] == {}


def test_contexts_and_what_they_say_count(fleet, tmp_path):
    file = tmp_path / "config.toml"
    file.write_text(f'context = "lab"\n[contexts.lab]\nadmin = "{fleet.admin}"\ntenant = "acme"\n[contexts.plant]\nmode = "prod"\n')
    known = {"env": {"MUSTER_CONFIG": str(file)}}
    assert ask("context", "use", "", **known)[0] == {"lab": "", "plant": "production"}
    assert list(ask("--context", "p", **known)[0]) == ["plant"]
    assert list(ask("device", "delete", "pump", **known)[0]) == ["pump-01"]


def test_what_is_wrong_is_not_said_while_somebody_types(tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text("[[[")
    assert "device" in ask("dev", env={"MUSTER_CONFIG": str(broken)})[0]
    assert ask("device", "list", "--tenant", "", "--admin", "unix:/nonexistent")[0] == {}
    assert ask("no-such-command", "--nor-such-a-flag", "x")[0] == {}
    assert ask()[1] == ":words"


def test_a_broker_that_does_not_answer_is_not_waited_for_long(tmp_path):
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "silent.sock"))
        silent.listen()
        begin = time.monotonic()
        assert ask("device", "list", "--tenant", "", env={"MUSTER_ADMIN": f"unix:{tmp_path}/silent.sock"})[0] == {}
        assert time.monotonic() - begin < 10


def test_a_typed_line_is_completed(typed):
    assert typed.complete("muster dev") == (["device"], "muster device ")


def test_a_typed_line_is_offered_commands_flags_and_devices(typed):
    assert typed.complete("muster device re")[0] == ["register", "renew", "revoke"]


def test_a_typed_flags_value_is_completed(typed):
    assert typed.complete("muster device list --tenant gl")[1] == "muster device list --tenant globex "


def test_a_typed_value_behind_an_equals_sign_is_completed(typed):
    assert typed.complete("muster device list --output=ya")[1] == "muster device list --output=yaml "


def test_a_typed_device_is_completed(typed):
    assert typed.complete("muster device delete -T acme pu")[1] == "muster device delete -T acme pump-01 "


def test_nothing_is_put_behind_a_key(typed):
    assert typed.complete("muster context create lab clien")[1] == "muster context create lab client"

def test_a_typed_file_is_completed(typed):
    (typed.directory / "anchors of the plant.pem").write_text("")
    assert typed.complete("muster pub --cafile anch")[1] == r"muster pub --cafile anchors\ of\ the\ plant.pem "


def test_a_typed_file_behind_an_equals_sign_is_completed(typed):
    (typed.directory / "anchors.pem").write_text("")
    assert typed.complete("muster pub --cafile=anch")[1] == "muster pub --cafile=anchors.pem "


def test_a_typed_directory_is_completed(typed):
    (typed.directory / "press-identity").mkdir()
    (typed.directory / "press-file").write_text("")
    assert typed.complete("muster pub --identity pre")[1] == "muster pub --identity press-identity/"


def test_a_figure_is_completed_behind_a_quote(typed):
    assert typed.complete("muster bench pub --assert 'deliv")[1].startswith("muster bench pub --assert 'deliv")


def test_fish_offers_the_same(tmp_path, fleet):
    environment = shell_environment(tmp_path, MUSTER_ADMIN=fleet.admin)
    (tmp_path / "anchors.pem").write_text("")
    (tmp_path / "a-directory").mkdir()

    def fish(line):
        return offered_by_fish(line, tmp_path, environment)

    assert fish("muster dev") == {"device": "Devices of a tenant"}
    assert set(fish("muster device re")) == {"register", "renew", "revoke"}
    assert set(fish("muster device list --output=js")) == {"--output=json", "--output=jsonl"}
    assert set(fish("muster device delete -T acme pu")) == {"pump-01"}
    assert set(fish("muster pub --cafile anch")) == {"anchors.pem"}
    assert set(fish("muster pub --cafile=anch")) == {"--cafile=anchors.pem"}
    assert set(fish("muster pub --identity a")) == {"a-directory/"}


def test_another_shell_is_a_mistake():
    done = run("completion", "basch")
    assert done.returncode == 2
    assert "did you mean bash?" in done.stderr
