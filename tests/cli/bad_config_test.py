# SPDX-License-Identifier: Apache-2.0
"""Contexts' files and the environment: text that is no TOML, values of another type, keys twice, numbers without end, and variables that are garbage."""
import os

import pytest
from absurd_paths import absurd  # noqa: F401 (fixture)
from bad_input import invoke, refused

LINE = ["bench", "pub", "-h", "mqtt://127.0.0.1:1", "--dry-run"]
TEXTS = {
    "no TOML": "hello\n",
    "JSON": '{"context": "x"}\n',
    "a BOM and JSON": "\ufeff{}\n",
    "a comment of JSON": "// x\n",
    "a key twice": '[contexts.x]\nadmin = "a"\nadmin = "b"\n',
    "a table twice": '[contexts.x]\nadmin = "a"\n[contexts.x]\ntenant = "b"\n',
    "no end of a text": '[contexts.x]\nadmin = "a\n',
    "no end of a table": "[contexts.x\n",
    "no value": "[contexts.x]\nadmin =\n",
    "no such escape": '[contexts.x]\nadmin = "\\q"\n',
    "a surrogate": '[contexts.x]\nadmin = "\\ud800"\n',
    "an unknown key": '[contexts.x]\nadmni = "a"\n',
    "an unknown table": "[kontexts.x]\n",
    "a table too deep": "[contexts.x.y]\n",
    "contexts as a text": 'contexts = "x"\n',
    "contexts as a list": "[[contexts]]\n",
    "a context as a number": "[contexts]\nx = 5\n",
    "the context as a number": "context = 5\n",
    "the context as a list": 'context = ["x"]\n',
    "a date": "[contexts.x]\nqos = 2026-01-31\n",
    "a table as a value": "[contexts.x]\nqos = {a = 1}\n",
    "lists in lists": '[contexts.x]\nhost = [["a"]]\n',
    "a number beyond 64 bits": "[contexts.x]\nclients = 9223372036854775808\n",
    "a number without end": f"[contexts.x]\nclients = {'9' * 5_000}\n",
    "deep": f"[contexts.x]\nhost = {'[' * 100_000}\n",
    "NUL": '[contexts.x]\nadmin = "a\x00b"\n',
}
# Right as TOML, wrong for the flag.
VALUES = {"qos": ("3", '"x"', "-1", "1.5", "true", "9007199254740993", "inf", "nan", '""'), "duration": ("true", '"x"', "-1", '""', "inf"), "clients": ("0", "1_000_001", '"0x"')}


@pytest.mark.parametrize("name", TEXTS)
def test_a_file_that_is_wrong_is_named_with_its_line(tmp_path, name):
    file = tmp_path / "config.toml"
    file.write_text(TEXTS[name])
    for words in (["tenant", "list"], ["config", "list"], ["context", "list"], ["config", "set", "tenant", "acme"]):
        if name == "the context as a number" and words[0] != "tenant":
            continue  # A name like another, which nothing has.
        said = refused([*words, "--config", file], (2, 12), f"{file}:", within=tmp_path)
        assert len(said) < 1_000


@pytest.mark.parametrize("raw", [b"\xff\xfe", b'[contexts.x]\nadmin = "\xff"\n', bytes(4_096), os.urandom(4_096)], ids=["no UTF-8", "no UTF-8 within", "zeros", "random"])
def test_bytes_that_are_no_text_are_named(tmp_path, raw):
    file = tmp_path / "config.toml"
    file.write_bytes(raw)
    refused(["tenant", "list", "--config", file], 2, file, within=tmp_path)


@pytest.mark.parametrize("key", VALUES)
def test_a_value_that_is_none_is_named_with_its_line(tmp_path, key):
    file = tmp_path / "config.toml"
    for value in VALUES[key]:
        file.write_text(f'context = "x"\n[contexts.x]\n{key} = {value}\n')
        refused([*LINE, "--config", file], 2, f"{file}:3:", within=tmp_path)


@pytest.mark.parametrize("value", ["x", "-1", "3", "0x", " 1", "1 ", "٣", "nan", "9" * 500, "1\n2", "\x1b[31m"])
def test_a_variable_that_is_none_is_named(value):
    refused(LINE, 2, "MUSTER_QOS", env={"MUSTER_QOS": value})


@pytest.mark.parametrize(("name", "value"), [("MUSTER_OUTPUT", "xml"), ("MUSTER_TIMEOUT", "soon"), ("MUSTER_QUIET", "perhaps"), ("MUSTER_COLOR", "pink"), ("MUSTER_CONTEXT", "nowhere"), ("MUSTER_CONFIG", "/nonexistent/config.toml")])
def test_a_variable_for_every_command_that_is_none_is_named(name, value):
    refused(["tenant", "list", "--admin", "unix:/nonexistent/a"], (2, 5), name if name not in ("MUSTER_CONTEXT", "MUSTER_CONFIG") else value, env={name: value})


def test_a_variable_that_is_empty_is_none():
    empty = {"MUSTER_QOS": "", "MUSTER_OUTPUT": "", "MUSTER_TIMEOUT": "", "MUSTER_CONTEXT": "", "MUSTER_CONFIG": "", "MUSTER_QUIET": ""}
    plain, odd = (invoke(["tenant", "list", "--admin", "unix:/nonexistent/a"], env=given) for given in ({}, empty))
    assert (odd.returncode, odd.stderr) == (plain.returncode, plain.stderr)


def test_a_file_that_is_in_no_place_is_named(absurd):
    for name, path in absurd.items():
        if name not in ("empty", "zero bytes", "flag"):
            refused(["tenant", "list", "--config", path], (1, 2, 5), path[:200], within=absurd.place, cwd=absurd.place)
