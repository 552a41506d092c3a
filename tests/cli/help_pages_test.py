# SPDX-License-Identifier: Apache-2.0
"""Help pages: as they were meant at 80 columns, within every width, with examples, with the values that count, under every name."""
import json
import pathlib
import re

import pytest
from help_pages import commands, pages
from peers import MUSTER, run

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = pathlib.Path(__file__).parent / "golden" / "help"
TREE = json.loads(run("__tree").stdout)
COMMANDS = list(commands(TREE))
TOPICS = [topic["name"] for topic in TREE["topics"]]
PLAIN = {"XDG_CONFIG_HOME": "/nonexistent"}
WIDEST = 100


def help_of(*words, **env):
    done = run("help", *words, env=PLAIN | env)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_every_page_is_as_it_was_meant():
    golden = {file.name: file.read_text() for file in GOLDEN.glob("*.txt")}
    now = pages(MUSTER)
    assert now.keys() == golden.keys(), "run ./dev docs"
    for name, text in now.items():
        assert text == golden[name], f"{name}: run ./dev docs"


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_no_line_is_longer_than_the_terminal(columns):
    for words in [command["path"].split()[1:] for command in COMMANDS] + [[topic] for topic in TOPICS]:
        for line in help_of(*words, COLUMNS=str(columns)).splitlines():
            # A word is not broken, and neither is what stands in quotes.
            room = min(columns, WIDEST) - len(line)
            assert room >= 0 or re.search(r"\S{30}|'[^']{30}", line), (words, line)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command["path"])
def test_every_command_has_an_example(command):
    assert f"{command['path']} " in command["examples"] + " ", "see Command::examples"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command["path"])
def test_an_example_is_the_same_line_however_it_is_broken(command):
    shown = help_of(*command["path"].split()[1:], COLUMNS="60").split("Example")[1].split("\n", 1)[1]
    joined = re.sub(r" \\\n +", " ", shown)
    assert [line.strip() for line in joined.splitlines()] == command["examples"].splitlines()


def test_help_of_a_command_is_its_help_page():
    assert help_of() == run("--help", env=PLAIN).stdout
    assert help_of("broker", "fault", "add") == run("broker", "fault", "add", "--help", env=PLAIN).stdout


def test_the_help_of_the_whole_names_every_topic():
    for topic in TOPICS:
        assert f"\n  {topic} " in help_of()
        assert len(help_of(topic)) > 300


def test_the_topic_of_exit_codes_has_every_code_of_the_table():
    rows = re.findall(r"^\| ([\d, ]+) \|", (ROOT / "docs" / "reference" / "exit-codes.md").read_text(), re.MULTILINE)
    told = re.findall(r"^  (\d[\d, ]*)  ", help_of("exit-codes"), re.MULTILINE)
    assert {row.strip() for row in rows} == {row.strip() for row in told}


def test_the_topic_of_faults_has_every_fault():
    kinds = re.findall(r"^### (\w+)$", (ROOT / "docs" / "faults.md").read_text(), re.MULTILINE)
    assert kinds
    assert set(kinds) == set(re.findall(r"^  (\w+)  ", help_of("faults"), re.MULTILINE))


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["devcie"], "did you mean device?"),
        (["device", "enrol"], "did you mean enroll?"),
        (["exit-code"], "did you mean exit-codes?"),
        (["device", "xxxxxxx"], "see muster device --help"),
        (["pub", "sub"], "see muster pub --help"),
    ],
)
def test_help_of_what_is_not_there_says_what_may_have_been_meant(words, hint):
    done = run("help", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"'{words[-1]}' is not a command of" in done.stderr
    assert hint in done.stderr
    assert json.loads(run("help", *words, "-o", "json").stderr)["error"]["exit"] == 2


def test_what_the_environment_says_stands_for_the_default():
    assert "[unix:/x.sock, from MUSTER_ADMIN]" in help_of("tenant", "list", MUSTER_ADMIN="unix:/x.sock", COLUMNS="100")
    assert "[2, from MUSTER_QOS]" in help_of("pub", MUSTER_QOS="2", COLUMNS="100").replace("\n" + " " * 34, " ")
    assert "[json, from MUSTER_OUTPUT]" in run("--help", env=PLAIN | {"MUSTER_OUTPUT": "json"}).stdout


def test_what_the_context_says_stands_for_the_default(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text('context = "lab"\n[contexts.lab]\ntenant = "acme"\nhost = ["mqtt://a", "mqtt://b"]\n[contexts.plant]\ntenant = "works"\n')
    known = {"MUSTER_CONFIG": str(file), "COLUMNS": "100"}
    assert "[acme, from context lab]" in help_of("device", "list", **known)
    assert "[works, from context plant]" in help_of("device", "list", "--context", "plant", **known)
    assert "[works, from context plant]" in run("device", "list", "--help", "--context", "plant", env=known).stdout
    assert "[globex, from MUSTER_TENANT]" in help_of("device", "list", MUSTER_TENANT="globex", **known)
    assert "[mqtt://a,mqtt://b, from context lab]" in re.sub(r"\s+", " ", help_of("pub", **known))


def test_help_needs_no_configuration(tmp_path):
    file = tmp_path / "broken.toml"
    file.write_text("[[")
    for words in (["--help"], ["help"], ["help", "pub"], ["pub", "--help"], ["help", "contexts"]):
        assert run(*words, "--config", file).returncode == 0


@pytest.mark.parametrize(
    ("alias", "name"), [("publish", "pub"), ("subscribe", "sub"), ("cert show", "cert inspect"), ("cert reenroll", "cert renew")]
)
def test_an_alias_is_the_command(alias, name):
    assert help_of(*alias.split()) == help_of(*name.split())
    assert run(*alias.split(), "--help", env=PLAIN).stdout == help_of(*name.split())
    assert f"Also: muster {alias}\n" in help_of(*name.split())
    # Its mistakes are told under its one name.
    assert f"muster {name}" in run(*alias.split(), "--no-such-flag").stderr


def test_a_typo_of_an_alias_is_understood():
    assert "did you mean muster publish?" in run("publsh").stderr
