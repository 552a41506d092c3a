# SPDX-License-Identifier: Apache-2.0
"""The demo: every figure as it must be, twice, and nothing left behind."""
import json
import pathlib
import re
import subprocess

from peers import MUSTER, run

README = pathlib.Path(__file__).parents[2] / "README.md"
FIGURES = 13


def words_of(told):
    """What the demo tells, without what is another run's or another machine's."""
    told = re.sub(r"[0-9a-f]{16}\.\.\.|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "...", told)
    told = re.sub(r"(load, memory, CPU time).*", r"\1", told)  # And the temperature, where there is a sensor.
    return [re.sub(r"(?<![\w-])\d+", "N", line).strip() for line in told.splitlines()]


def test_the_readme_shows_what_the_demo_tells():
    shown = README.read_text().split("`./dev demo` ends like this")[1].split("\n\n")[1]
    told = run("demo", "--readings", "600", timeout=90).stdout.split("\n\n")[0]
    assert len(told.splitlines()) == 12
    assert words_of(shown) == words_of(told)


def test_the_demo_ends_well_and_leaves_nothing(tmp_path):
    for _ in range(2):
        done = run("demo", "--readings", "600", env={"TMPDIR": str(tmp_path)}, timeout=90)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stderr == ""
        assert "600 of 600 unique readings" in done.stdout
        assert "WRONG" not in done.stdout
        table = done.stdout.split("\n\n")[1].splitlines()
        assert len(table) == 1 + FIGURES
        assert list(tmp_path.iterdir()) == []


def test_what_is_kept_can_be_inspected(tmp_path):
    kept = tmp_path / "fleet"
    done = run("demo", "--readings", "600", "--keep", kept, timeout=90)
    assert done.returncode == 0, done.stdout
    assert (kept / "press-01" / "device.key").stat().st_mode & 0o777 == 0o600
    inspected = run("cert", "inspect", kept / "press-01" / "device.crt", "-o", "json")
    assert json.loads(inspected.stdout)[0]["common_name"] == "press-01"
    again = run("demo", "--keep", kept)
    assert again.returncode == 6
    assert "exists already" in again.stderr


def test_an_application_that_does_not_come_back_is_told_with_the_reason(tmp_path):
    kept = tmp_path / "fleet"
    with subprocess.Popen([MUSTER, "demo", "--readings", "600", "--keep", kept], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as demo:
        while "goes away" not in demo.stdout.readline():
            assert demo.poll() is None
        admin = f"unix:{next((kept / 'broker').glob('*.sock'))}"
        refused = run("broker", "fault", "add", "refuse", "--tenant", "acme", "--client-id", "dashboard", "--admin", admin)
        assert refused.returncode == 0, refused.stderr
        _, errors = demo.communicate(timeout=60)
    assert demo.returncode not in (0, 13)
    assert "application: not reconnected after the outage: the broker refused the connection" in errors
