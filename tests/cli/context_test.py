# SPDX-License-Identifier: Apache-2.0
"""Contexts: which value of a flag counts, how the files are read and changed, and what guards a production context."""
import json
import os
import stat

import pytest
from peers import run

ADMIN = "unix:/nonexistent/{}.sock"
FILE = """# Of the fleet team.
context = "lab"

[contexts.lab]   # On the bench.
admin = "unix:/nonexistent/lab.sock"  # Local.
tenant = "acme"
topic = [
    "a/#",  # Everything of a,
    "b/#",
]

[contexts."my plant"]
mode = "prod"
admin = "unix:/nonexistent/plant.sock"
"""


@pytest.fixture
def home(tmp_path):
    (tmp_path / "muster").mkdir()
    (tmp_path / "muster" / "config.toml").write_text(FILE)
    return tmp_path


def muster(home, *words, **env):
    return run(*words, env={"XDG_CONFIG_HOME": str(home)} | env)


def admin_of(done):
    assert done.returncode == 7, done.stderr
    return done.stderr.split("/nonexistent/")[1].split(".sock")[0]


def file_of(home):
    return (home / "muster" / "config.toml").read_text()


def test_a_flag_outranks_the_environment_and_that_the_context(home):
    environment = {"MUSTER_ADMIN": ADMIN.format("environment")}
    assert admin_of(muster(home, "tenant", "list", "--admin", ADMIN.format("flag"), **environment)) == "flag"
    assert admin_of(muster(home, "tenant", "list", **environment)) == "environment"
    assert admin_of(muster(home, "tenant", "list")) == "lab"
    assert admin_of(muster(home, "tenant", "list", "--context", "my plant")) == "plant"
    assert admin_of(muster(home, "tenant", "list", MUSTER_CONTEXT="my plant")) == "plant"


def test_a_flag_that_must_be_given_may_come_from_the_context(home):
    assert admin_of(muster(home, "device", "list")) == "lab"
    assert "--tenant is required" in muster(home, "device", "list", "--context", "my plant").stderr


def test_a_named_file_replaces_the_others(home, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text('context = "x"\n[contexts.x]\nadmin = "unix:/nonexistent/other.sock"\n')
    assert admin_of(muster(home, "tenant", "list", "--config", other)) == "other"
    assert admin_of(muster(home, "tenant", "list", MUSTER_CONFIG=str(other))) == "other"
    assert muster(home, "tenant", "list", "--config", tmp_path / "none.toml").returncode == 5
    assert muster(home, "tenant", "list", "--config", other, "--context", "lab").returncode == 2


def test_without_a_file_nothing_is_missed(tmp_path):
    assert json.loads(muster(tmp_path, "context", "list").stdout) == []
    assert muster(tmp_path, "context", "show").returncode == 5


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ('[contexts.x]\nadmni = "a"\n', "2:1", "did you mean admin?"),
        ('contxet = "x"\n', "1:1", "did you mean context?"),
        ("[context.x]\n", "1:", "there is no table"),
        ('[contexts.x]\nadmin = "a\n', "2:", ""),
        ("[[[", "1:", ""),
        ("[contexts.x\n", "1:", ""),
        ("[contexts.x]\nqos = 2026-01-31\n", "2:7", "a date"),
        ('[contexts.x]\nmode = "production"\n', "2:8", "neither"),
        ('[contexts.x]\npassword = "open sesame"\n', "2:1", "password-file"),
        ('[contexts.x]\notp = "open sesame"\n', "2:1", "otp-file"),
        ('[contexts.x]\nmessage = "-----BEGIN EC PRIVATE KEY-----"\n', "2:11", "private key"),
        ('[contexts.x.y]\nhost = "a"\n', "1:", "there is no table"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_place(tmp_path, text, place, says):
    file = tmp_path / "bad.toml"
    file.write_text(text)
    done = run("tenant", "list", "--config", file)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{file}:{place}" in done.stderr
    assert says in done.stderr
    assert "open sesame" not in done.stderr


def test_a_wrong_value_is_named_with_its_place(tmp_path):
    file = tmp_path / "c.toml"
    file.write_text('context = "x"\n[contexts.x]\nhost = "mqtt://127.0.0.1:1"\nqos = 3\n')
    done = run("pub", "-t", "x", "-m", "1", "--config", file)
    assert done.returncode == 2
    assert f"{file}:4:1: --qos: '3' is not from 0 to 2" in done.stderr


@pytest.mark.parametrize(
    ("line", "words"),
    [('qos = [1, 2]', ["pub", "-m", "1", "-t", "x"]), ('tenant = ["a", "b"]', ["device", "list"]), ('topic = ["a", "b"]', ["pub", "-m", "1"])],
)
def test_a_list_where_one_value_is_expected_is_named_with_its_place(tmp_path, line, words):
    file = tmp_path / "c.toml"
    file.write_text(f'context = "x"\n[contexts.x]\nhost = "mqtt://127.0.0.1:1"\n{line}\n')
    done = run(*words, "--config", file)
    assert done.returncode == 2
    key = line.split()[0]
    assert f"{file}:4:1: --{key}: a list of 2 values, where one is expected" in done.stderr
    assert f"muster config set {key} VALUE" in done.stderr
    # Where many may be given, a list is as many.
    if key == "topic":
        assert run("sub", "-W", "1s", "--config", file).returncode == 7


def test_a_context_that_is_not_there_is_named_with_the_nearest(home):
    done = muster(home, "tenant", "list", "--context", "lba")
    assert done.returncode == 2 and "did you mean lab?" in done.stderr


def test_contexts_are_created_used_shown_and_deleted(tmp_path):
    assert muster(tmp_path, "context", "create", "one", "admin=" + ADMIN.format("one"), "host=mqtts://a:1").returncode == 0
    assert muster(tmp_path, "context", "create", "two", "admin=" + ADMIN.format("two"), "--mode", "prod").returncode == 0
    assert admin_of(muster(tmp_path, "tenant", "list")) == "one"
    listed = json.loads(muster(tmp_path, "context", "list").stdout)
    assert [(one["name"], one["current"], one["mode"]) for one in listed] == [("one", True, "dev"), ("two", False, "prod")]
    assert muster(tmp_path, "context", "use", "two").returncode == 0
    assert admin_of(muster(tmp_path, "tenant", "list")) == "two"
    assert json.loads(muster(tmp_path, "context", "show", "one").stdout)["values"] == {"admin": ADMIN.format("one"), "host": "mqtts://a:1"}
    assert muster(tmp_path, "context", "create", "two").returncode == 6
    assert muster(tmp_path, "context", "delete", "--yes", "two").returncode == 0
    assert [one["name"] for one in json.loads(muster(tmp_path, "context", "list").stdout)] == ["one"]
    assert muster(tmp_path, "context", "show").returncode == 5
    assert muster(tmp_path, "context", "use", "two").returncode == 2


def test_a_context_that_is_created_may_be_used_at_once(home):
    words = ["context", "create", "bench", "admin=" + ADMIN.format("bench")]
    assert muster(home, *words).returncode == 0
    assert admin_of(muster(home, "tenant", "list")) == "lab"
    assert muster(home, *words[:2], "shed", "admin=" + ADMIN.format("shed"), "--use").returncode == 0
    assert admin_of(muster(home, "tenant", "list")) == "shed"
    # What cannot be created leaves the one in use.
    assert muster(home, *words, "--use").returncode == 6
    assert admin_of(muster(home, "tenant", "list")) == "shed"


def test_the_file_is_private_and_so_is_its_directory(tmp_path):
    muster(tmp_path / "new", "context", "create", "one")
    file = tmp_path / "new" / "muster" / "config.toml"
    assert muster(tmp_path / "new", "config", "path").stdout == f"{file}\n"
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(file.parent.stat().st_mode)) == (0o600, 0o700)
    assert os.listdir(file.parent) == ["config.toml"]


def test_a_change_leaves_everything_else_as_it_was(home):
    assert muster(home, "config", "set", "tenant", 'a "b" \\ c').returncode == 0
    assert file_of(home) == FILE.replace('tenant = "acme"', 'tenant = "a \\"b\\" \\\\ c"')
    assert muster(home, "config", "set", "tenant", "acme").returncode == 0
    assert file_of(home) == FILE
    assert muster(home, "config", "set", "identity", "press-01").returncode == 0
    assert file_of(home) == FILE.replace('    "b/#",\n]\n', '    "b/#",\n]\nidentity = "press-01"\n')
    assert muster(home, "config", "unset", "identity").returncode == 0
    assert file_of(home) == FILE
    assert muster(home, "config", "set", "topic", "x", "y").returncode == 0
    assert 'topic = ["x", "y"]\n' in file_of(home) and "# Local." in file_of(home)
    assert muster(home, "config", "unset", "topic").returncode == 0
    assert "topic" not in file_of(home)
    assert muster(home, "config", "set", "mode", "prod").returncode == 0
    assert muster(home, "config", "get", "mode").stdout == "prod\n"
    assert muster(home, "context", "delete", "--yes", "my plant").returncode == 0
    assert "my plant" not in file_of(home) and file_of(home).startswith("# Of the fleet team.\n")


def test_a_file_that_cannot_be_changed_safely_is_left_alone(tmp_path):
    file = tmp_path / "inline.toml"
    file.write_text('context = "x"\ncontexts = { x = { admin = "a" } }\n')
    before = file.read_text()
    done = run("config", "set", "tenant", "acme", "--config", file)
    assert done.returncode == 12 and "editor" in done.stderr
    assert file.read_text() == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["set", "hots", "a"], "did you mean host?"),
        (["set", "password", "a"], "there is no key"),
        (["set", "qos", "3"], "'3' is not from 0 to 2"),
        (["set", "tenant", "a", "b"], "one value"),
        (["set", "mode", "test"], "neither"),
        (["get", "hots"], "did you mean host?"),
    ],
)
def test_a_key_or_a_value_that_cannot_be_is_refused(home, words, says):
    done = muster(home, "config", *words)
    assert done.returncode == 2 and says in done.stderr
    assert file_of(home) == FILE


def test_the_list_says_where_each_value_comes_from(home):
    done = muster(home, "config", "list", "--show-origin", "--quiet", MUSTER_QOS="2")
    values = {one["key"]: one for one in json.loads(done.stdout)}
    assert (values["quiet"]["source"], values["quiet"]["where"]) == ("flag", "--quiet")
    assert (values["qos"]["value"], values["qos"]["source"], values["qos"]["where"]) == ("2", "env", "MUSTER_QOS")
    assert (values["tenant"]["value"], values["tenant"]["source"]) == ("acme", "context")
    assert values["tenant"]["where"].startswith("lab, ") and values["tenant"]["where"].endswith("config.toml:6:1")
    assert values["topic"]["value"] == "a/#,b/#"
    assert (values["retries"]["value"], values["retries"]["source"]) == ("3", "built-in")
    assert "retries" not in muster(home, "config", "list").stdout


def test_a_production_context_asks_before_something_changes(home):
    words = ["tenant", "create", "acme", "--context", "my plant"]
    done = muster(home, *words)
    assert done.returncode == 2
    assert "my plant" in done.stderr and "--yes" in done.stderr
    done = muster(home, *words, "--yes")
    assert admin_of(done) == "plant" and "my plant" in done.stderr
    assert admin_of(muster(home, *words, "-y")) == "plant"
    assert "my plant" not in muster(home, "tenant", "list", "--context", "my plant").stderr.split("error")[0]
    assert admin_of(muster(home, "tenant", "create", "acme")) == "lab"
