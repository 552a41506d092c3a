# SPDX-License-Identifier: Apache-2.0
"""The golden help pages, tests/cli/golden/help: what every command and topic prints at 80 columns. `./dev docs` writes them, a test compares them."""
import json
import os
import subprocess
import sys

import made_pages

COLUMNS = "80"


def commands(command):
    yield command
    for child in command["commands"]:
        yield from commands(child)


def pages(program):
    """What each page is called, and its text."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("MUSTER_")}
    environment = clean | {"COLUMNS": COLUMNS, "XDG_CONFIG_HOME": "/nonexistent"}

    def output(*words):
        return subprocess.run([program, *words], env=environment, capture_output=True, text=True, check=True, timeout=60).stdout

    tree = json.loads(output("__tree"))
    texts = {command["path"].replace(" ", "-") + ".txt": output(*command["path"].split()[1:], "--help") for command in commands(tree)}
    return texts | {f"topic-{topic['name']}.txt": output("help", topic["name"]) for topic in tree["topics"]}


if __name__ == "__main__":
    made_pages.write(pages(sys.argv[1]), sys.argv[2])
