# SPDX-License-Identifier: Apache-2.0
"""What every refusal has in common, checked through the real binary: its exit code, one error with its object and a hint, nothing on stdout, nothing left behind."""
import hashlib
import json
import os
import pathlib
import re
import subprocess
import unicodedata

from peers import MUSTER, PATIENCE, run

ERROR = "muster: error: "
HINT = "  hint: "
# Of a library, a sanitizer or the runtime, never of ours.
FOREIGN = ("terminate called", "std::", "Sanitizer", "runtime error:", "Assertion", "Traceback", "unexpected: ", "core dumped", "0x7f")
TREE = json.loads(run("__tree").stdout)


def commands(command=None):
    """Every command and group below, itself first."""
    command = command or TREE
    yield command
    for child in command["commands"]:
        yield from commands(child)


def leaves():
    return [command for command in commands() if not command["is_group"]]


def usage_of(command):
    """What its wrong words end with: systemd reads the codes of one command."""
    return 255 if command["name"] == "needs-renewal" else 2


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


def invoke(words, *, stdin="", env=None, cwd=None, timeout=PATIENCE, **options):
    """The program with words that may be bytes; what came of it as bytes. Without a word on stdin it is empty."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MUSTER_")} | (env or {})
    line = [MUSTER, *(word if isinstance(word, bytes) else str(word) for word in words)]
    given = options or {"input": stdin.encode() if isinstance(stdin, str) else stdin, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.run(line, env=environment, cwd=cwd, timeout=timeout, check=False, **given)


def state_of(place):
    """Each path below with its mode and, of a file, what is in it."""
    state = {}
    for path in sorted(pathlib.Path(place).rglob("*")):
        status = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() and not path.is_symlink() else None
        state[str(path)] = (status.st_mode, content)
    return state


def is_shown(character):
    """Whether a terminal and a log show it, and do not obey it."""
    return character == "\n" or unicodedata.category(character) not in ("Cc", "Cf")


def check_text(text, words=""):
    """What no command ever says."""
    assert all(is_shown(character) for character in text), (words, text)
    assert not [mark for mark in FOREIGN if mark in text], (words, text)


def check_error(raw, says=(), words=""):
    """One error on stderr with its hint, in UTF-8, naming each of `says`."""
    text = raw.decode()  # Strictly: bytes that are no text are not passed on.
    check_text(text, words)
    assert len(re.findall(f"^{ERROR}", text, re.MULTILINE)) == 1, (words, text)
    error, _, rest = text[text.index(ERROR) + len(ERROR) :].partition("\n")
    assert rest.startswith(HINT) and re.fullmatch(r"\S.*\n", rest[len(HINT) :]), (words, text)
    assert error and not re.search(r"(?<!\.\.)\.$", error), (words, text)
    for part in says if isinstance(says, (list, tuple)) else [says]:
        assert str(part) in text, (words, part, text)
    return text


def refused(words, code, says=(), *, within=None, secrets=(), **options):
    """Runs the line and checks what every refusal must be; returns stderr. `within` is a directory that stays as it was."""
    before = state_of(within) if within else None
    done = invoke(words, **options)
    assert done.returncode in ([code] if isinstance(code, int) else code), (words, done.returncode, done.stderr)
    assert done.stdout == b"", (words, done.stdout)
    text = check_error(done.stderr, says, words)
    assert not [secret for secret in secrets if secret in text], words
    assert within is None or state_of(within) == before, words
    return text

