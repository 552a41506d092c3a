# SPDX-License-Identifier: Apache-2.0
"""The reference of the command line, docs/reference/cli.md, from the help of every command: `./dev docs` writes it, a test compares it."""
import json
import os
import subprocess
import sys

HEAD = """# The command line

Every command's help, as `muster COMMAND --help` prints it. Written by `./dev docs`; a test fails when it is stale. Formats and the flags of every command are in
[output.md](output.md), contexts in [configuration.md](configuration.md), exit codes in [exit-codes.md](exit-codes.md).
"""


def commands(command):
    yield command
    for child in command["commands"]:
        yield from commands(child)


def reference(program):
    """The document, from a program's own description."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MUSTER_")} | {"COLUMNS": "100", "XDG_CONFIG_HOME": "/nonexistent"}

    def output(*words):
        return subprocess.run([program, *words], env=environment, capture_output=True, text=True, check=True, timeout=60).stdout

    text = HEAD
    for command in commands(json.loads(output("__tree"))):
        words = command["path"].split()
        text += f"\n{'#' * min(len(words) + 1, 4)} {command['path']}\n\n```text\n{output(*words[1:], '--help')}```\n"
    return text


if __name__ == "__main__":
    sys.stdout.write(reference(sys.argv[1]))
