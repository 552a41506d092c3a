# SPDX-License-Identifier: Apache-2.0
"""What holds for every command and flag: one name in three places, a help page, and wrong values that are named with where they stand."""
import pathlib
import re

import pytest
from bad_input import commands, leaves, words_for
from peers import run

LEAVES = leaves()
# Which files and which context they are from, no file can say.
KEYLESS = {"config", "context"}


@pytest.mark.parametrize("command", commands(), ids=lambda command: command["path"])
def test_every_flag_has_one_name_in_three_places(command):
    for option in command["options"]:
        if option["kind"] == "positional":
            continue
        assert option["environment"] == "MUSTER_" + option["name"].upper().replace("-", "_")
        assert option["key"] == (None if option["name"] in KEYLESS else option["name"])
        assert option["what"] and not option["what"].endswith(".")


@pytest.mark.parametrize("command", commands(), ids=lambda command: command["path"])
def test_every_command_says_what_it_is(command):
    assert command["what"]
    done = run(*command["path"].split()[1:], "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f"--{option['name']}" in done.stdout or "--[no-]" + option["name"] in done.stdout for option in command["options"] if option["kind"] != "positional")
    assert "__tree" not in done.stdout


@pytest.mark.parametrize("command", commands(), ids=lambda command: command["path"])
def test_help_and_manual_page_have_every_word_that_a_flag_takes(command):
    page = pathlib.Path(__file__).resolve().parents[2] / "docs" / "man" / (command["path"].replace(" ", "-") + ".1")
    for text in (run(*command["path"].split()[1:], "--help").stdout, page.read_text().replace("\\", "")):
        words = set(re.findall(r"[\w.-]+\w", text)) | set(re.findall(r"\w", text))
        for option in command["options"]:
            assert option["kind"] == "positional" or set(option["choices"]) <= words, option["name"]


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf["path"])
def test_a_wrong_value_is_named_with_its_variable_or_its_place_in_the_file(leaf, tmp_path):
    file = tmp_path / "config.toml"
    for option in leaf["options"]:
        # A context's own mode is judged where it stands.
        if not option["is_checked"] or option["kind"] == "positional" or option["name"] == "mode":
            continue
        words = words_for(leaf, option)
        # What is wrong with the configuration is the doctor's first finding.
        code = {"needs-renewal": 255, "doctor": 13}.get(leaf["name"], 2)
        done = run(*words, env={option["environment"]: "\x7f"})
        assert done.returncode == code and f"{option['environment']}: --{option['name']}: " in done.stderr + done.stdout, (words, done.stderr)
        file.write_text(f'context = "x"\n[contexts.x]\n{option["key"]} = "\\u007F"\n')
        done = run(*words, "--config", file)
        assert done.returncode == code and f"{file}:3:1: --{option['name']}: " in done.stderr + done.stdout, (words, done.stderr)
