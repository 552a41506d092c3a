# SPDX-License-Identifier: Apache-2.0
"""What holds for every command and flag: one name in three places, a help page, and wrong values that are named with where they stand."""
import json

import pytest
from peers import run

TREE = json.loads(run("__tree").stdout)


def commands(command):
    yield command
    for child in command["commands"]:
        yield from commands(child)


LEAVES = [command for command in commands(TREE) if not command["is_group"]]
# Which files and which context they are from, no file can say.
KEYLESS = {"config", "context"}


def words_for(leaf, without=None):
    """The least that a command needs, its values without meaning."""
    words = leaf["path"].split()[1:]
    seen = set()
    for option in leaf["options"]:
        group = option["one_of_group"]
        if option is without or (not option["required"] and (not group or group in seen)):
            continue
        if group and without is not None and without["one_of_group"] == group:
            continue
        seen.add(group)
        words += ["x"] if option["kind"] == "positional" else [f"--{option['name']}", *(["x"] if option["kind"] == "value" else [])]
    return words


@pytest.mark.parametrize("command", commands(TREE), ids=lambda command: command["path"])
def test_every_flag_has_one_name_in_three_places(command):
    for option in command["options"]:
        if option["kind"] == "positional":
            continue
        assert option["environment"] == "MUSTER_" + option["name"].upper().replace("-", "_")
        assert option["key"] == (None if option["name"] in KEYLESS else option["name"])
        assert option["what"] and not option["what"].endswith(".")


@pytest.mark.parametrize("command", commands(TREE), ids=lambda command: command["path"])
def test_every_command_says_what_it_is(command):
    assert command["what"]
    done = run(*command["path"].split()[1:], "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f"--{option['name']}" in done.stdout or "--[no-]" + option["name"] in done.stdout for option in command["options"] if option["kind"] != "positional")
    assert "__tree" not in done.stdout


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf["path"])
def test_a_wrong_value_is_named_with_its_variable_or_its_place_in_the_file(leaf, tmp_path):
    file = tmp_path / "config.toml"
    for option in leaf["options"]:
        # A context's own mode is judged where it stands.
        if not option["is_checked"] or option["kind"] == "positional" or option["name"] == "mode":
            continue
        words = words_for(leaf, option)
        code = 255 if leaf["name"] == "needs-renewal" else 2
        done = run(*words, env={option["environment"]: "\x7f"})
        assert done.returncode == code and f"{option['environment']}: --{option['name']}: " in done.stderr, (words, done.stderr)
        file.write_text(f'context = "x"\n[contexts.x]\n{option["key"]} = "\\u007F"\n')
        done = run(*words, "--config", file)
        assert done.returncode == code and f"{file}:3:1: --{option['name']}: " in done.stderr, (words, done.stderr)
