# SPDX-License-Identifier: Apache-2.0
"""The example of the README: the lines that are shown are the lines that run."""
import json
import os
import pathlib
import subprocess

from peers import PATIENCE, Broker

PROGRAM = os.environ["MUSTER_HOST_TELEMETRY"]
ROOT = pathlib.Path(__file__).resolve().parents[2]


def run_example(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE)


def test_the_example_delivers_its_readings(tmp_path):
    with Broker(tmp_path / "data") as broker:
        broker.muster("tenant", "create", "acme")
        broker.enroll("acme", "press-01", tmp_path)
        config = tmp_path / "device.json"
        config.write_text(json.dumps({"endpoints": [broker.mqtts_url], "identity_dir": "press-01", "outbox_path": "outbox/outbox.db"}))
        done = run_example(config, 2)
    assert (done.returncode, done.stdout) == (0, "2 delivered, 0 waiting\n"), done.stderr


def test_a_configuration_that_is_missing_or_wrong_is_one_clear_line(tmp_path):
    missing = run_example(tmp_path / "none.json")
    assert missing.returncode == 1
    assert "none.json" in missing.stderr
    (tmp_path / "bad.json").write_text('{\n  "endpoints": [\n}')
    wrong = run_example(tmp_path / "bad.json")
    assert wrong.returncode == 1
    assert "bad.json:3:1" in wrong.stderr


def test_the_readme_shows_the_lines_of_the_example():
    source = (ROOT / "examples" / "host_telemetry" / "main.cpp").read_text()
    shown = source.split("// [ten-lines]\n")[1].split("    // [/ten-lines]")[0]
    lines = [line.strip() for line in shown.splitlines() if "sleep_for" not in line]
    readme = (ROOT / "README.md").read_text().split("```cpp\n")[1].split("```")[0]
    assert [line.strip() for line in readme.splitlines()] == lines
