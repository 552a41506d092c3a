# SPDX-License-Identifier: Apache-2.0
"""The guides' shell blocks, run from top to bottom as a reader would, and what the guides say they print."""
import os
import pathlib
import re
import socket
import subprocess

import pytest

GUIDES = pathlib.Path(__file__).parents[2] / "docs" / "guide"
MUSTER = pathlib.Path(os.environ["MUSTER_PROGRAM"])
PATIENCE = 120
PORT = re.compile(r"(?<=127\.0\.0\.1:)\d+|(?<= -p )\d+")


def shell_blocks(text):
    return [re.sub(r"^ {3}", "", block, flags=re.MULTILINE) for block in re.findall(r"^ {3}```sh\n(.*?)^ {3}```$", text, re.DOTALL | re.MULTILINE)]


def promised_lines(text):
    return re.findall(r"^ {3}prints `([^`]+)`", text, re.MULTILINE)


def with_free_ports(script):
    """What a reader has free another test may be using: each port of the guide becomes one that the kernel gives."""
    held = {port: socket.create_server(("127.0.0.1", 0)) for port in set(PORT.findall(script))}
    free = {port: str(server.getsockname()[1]) for port, server in held.items()}
    for server in held.values():
        server.close()
    return PORT.sub(lambda port: free[port.group()], script)


@pytest.mark.parametrize("guide", ["enroll-a-fleet.md", "quick-start.md", "test-your-clients.md"])
def test_a_guide_does_what_it_says(guide, tmp_path):
    text = (GUIDES / guide).read_text()
    # With job control, as in a reader's shell: `kill %1` is the broker.
    script = "set -em\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n" + with_free_ports("\n".join(shell_blocks(text)))
    environment = {**os.environ, "PATH": f"{MUSTER.parent}:{os.environ['PATH']}"}
    with open(tmp_path / "script.sh", "w") as file:
        file.write(script)
    done = subprocess.run(["bash", "script.sh"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    said = f"{done.stdout}\n{done.stderr}"
    assert done.returncode == 0, said
    promised = promised_lines(text)
    assert promised, "the guide promises nothing"
    rest = done.stdout.splitlines()
    for line in promised:
        assert line in rest, f"{line!r} is not where the guide says\n{said}"
        rest = rest[rest.index(line) + 1:]
