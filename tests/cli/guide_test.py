# SPDX-License-Identifier: Apache-2.0
"""The guides' and the recipes' shell blocks, run from top to bottom as a reader would, and what the guides say they print."""
import contextlib
import os
import pathlib
import re
import subprocess

import pytest
from peers import held_port

DOCS = pathlib.Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "guide" / name for name in ("doctor.md", "enroll-a-fleet.md", "load-a-broker.md", "provision-in-bulk.md", "quick-start.md", "simulate-a-fleet.md", "test-your-clients.md")]
PAGES += sorted(page for page in (DOCS / "recipes").glob("*.md") if page.name != "README.md")
MUSTER = pathlib.Path(os.environ["MUSTER_PROGRAM"])
PATIENCE = 120
PORT = re.compile(r"(?<=127\.0\.0\.1:)\d+|(?<= -p )\d+")


def shell_blocks(text):
    return [re.sub(r"^ {3}", "", block, flags=re.MULTILINE) for block in re.findall(r"^ {3}```sh\n(.*?)^ {3}```$", text, re.DOTALL | re.MULTILINE)]


def promised_lines(text):
    return re.findall(r"^ {3}prints `([^`]+)`", text, re.MULTILINE)


def with_free_ports(script, held):
    """What a reader has free another test may be using: each port of the guide becomes one that the kernel gives, until `held` is closed."""
    free = {port: str(held.enter_context(held_port())) for port in set(PORT.findall(script))}
    return PORT.sub(lambda port: free[port.group()], script)


def test_there_are_eleven_recipes_and_the_list_names_them():
    recipes = [page.name for page in PAGES if page.parent.name == "recipes"]
    assert len(recipes) == 11
    assert sorted(re.findall(r"\]\(([\w-]+\.md)\)", (DOCS / "recipes" / "README.md").read_text())) == recipes


@pytest.mark.parametrize("guide", PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_a_guide_does_what_it_says(guide, tmp_path):
    text = guide.read_text()
    # With job control, as in a reader's shell: `kill %1` is the broker.
    begin = "set -em\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n"
    environment = {**os.environ, "PATH": f"{MUSTER.parent}:{os.environ['PATH']}"}
    with contextlib.ExitStack() as held:
        (tmp_path / "script.sh").write_text(begin + with_free_ports("\n".join(shell_blocks(text)), held))
        done = subprocess.run(["bash", "script.sh"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    said = f"{done.stdout}\n{done.stderr}"
    assert done.returncode == 0, said
    promised = promised_lines(text)
    assert promised, "the guide promises nothing"
    rest = done.stdout.splitlines()
    for line in promised:
        assert line in rest, f"{line!r} is not where the guide says\n{said}"
        rest = rest[rest.index(line) + 1:]
