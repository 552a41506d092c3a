# SPDX-License-Identifier: Apache-2.0
"""Every command and every flag is given to the real binary by some test: a new one without a test fails here, by name."""
import ast
import functools
import pathlib

from bad_input import TREE, leaves

TESTS = pathlib.Path(__file__).resolve().parents[1]
# They name commands without running them, or run whatever the tree has.
NO_EVIDENCE = {"completion_test.py", "coverage_test.py", "help_test.py", "reference_test.py", "schemas_test.py", "tree_test.py", "bad_values_test.py", "bad_words_test.py"}
# Flags that rr has from the functions that give them to pub and sub (tree_mqtt.cpp): one test of each will do.
SHARED = {"muster rr": ("muster pub", "muster sub")}


@functools.cache
def words_of(file):
    """Every word of every text in a test."""
    texts = (node.value for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return {word for text in texts for word in text.split()}


def sources():
    return [file for file in TESTS.rglob("*.py") if file.name not in NO_EVIDENCE]


def gives(words, option):
    name = f"--{option['name']}"
    forms = [name, f"--no-{option['name']}"] if option["negatable"] else [name]
    short = f"-{option['short']}" if option["short"] else None
    return any(word in forms or word.startswith(tuple(form + "=" for form in forms)) or word == option["environment"] or (short and word.startswith(short) and not word.startswith("--")) for word in words)


def evidence_of(path):
    return [words_of(file) for file in sources() if set(path.split()[1:]) <= words_of(file)]


def is_shared(leaf, option):
    others = [other for other in leaves() if other["path"] in SHARED.get(leaf["path"], ())]
    return any(option in other["options"] and any(gives(words, option) for words in evidence_of(other["path"])) for other in others)


def gaps():
    for leaf in leaves():
        evidence = evidence_of(leaf["path"])
        if not evidence:
            yield leaf["path"]
        for option in leaf["options"]:
            if option["kind"] != "positional" and not any(gives(words, option) for words in evidence) and not is_shared(leaf, option):
                yield f"{leaf['path']} --{option['name']}"
    for option in TREE["options"]:
        if not any(gives(words_of(file), option) for file in sources()):
            yield f"muster --{option['name']}"


def test_every_command_and_flag_is_given_to_the_binary_by_a_test():
    assert list(gaps()) == []
