# SPDX-License-Identifier: Apache-2.0
"""Lists of devices where what is written about them finds no room: it is told with what to do, and the same line goes on from there."""
import csv
import json
import resource
import subprocess

import pytest
from fleets import Fleet, as_csv, ids
from peers import MUSTER, PATIENCE
from small_disk import disk  # noqa: F401 (fixture)

FULL = 1  # docs/reference/exit-codes.md
ROWS = 2_000


def is_consistent(fleet, tried):
    """The journal says of each device what the broker says, but for those that were under way."""
    _, *entries = [json.loads(line) for line in fleet.journal.read_text().splitlines() if line.endswith("}")]
    said = {entry["id"] for entry in entries if entry["status"] == "ok"}
    known = {device["id"] for device in fleet.devices()}
    return said <= known and len(known - said) <= 100 and bool(said) == tried


@pytest.mark.parametrize("what", ["--results", "--failed-out", "--otp-file"])
def test_a_full_disk_is_told_and_the_same_line_goes_on(broker, tenant, tmp_path, disk, what):
    names = ids(ROWS)
    if what == "--failed-out":
        broker.muster("device", "register", *names[:9], "--tenant", tenant, "--otp-dir", tmp_path / "otp", check=True)
        broker.muster("device", "revoke", *names[:9], "--tenant", tenant, "--yes", check=True)
    fleet = Fleet(broker, tenant, tmp_path, as_csv(names))
    line = [what, disk.path / "out.csv"]
    disk.fill()
    done = fleet.do("register", *line)
    assert done.returncode == FULL, done.stderr
    assert f"{disk.path / 'out.csv'}" in done.stderr and "No space left on device" in done.stderr
    assert "hint: make room on the disk and try again; then run the same command to continue" in done.stderr
    assert not [name for name in disk.names() if name != "out.csv"] and is_consistent(fleet, tried=what != "--otp-file")
    disk.make_room()
    again = fleet.do("register", *line)
    assert again.returncode == (10 if what == "--failed-out" else 0), again.stderr
    if what != "--otp-file":
        assert f"{ROWS - 9 if what == '--failed-out' else ROWS} done, " in again.stderr
    with (disk.path / "out.csv").open() as lines:
        assert [row["id"] for row in csv.DictReader(lines)] == (names[:9] if what == "--failed-out" else names)
    assert [device["id"] for device in fleet.devices()] == names


@pytest.mark.parametrize("blocks", [1, 60, 150])
def test_a_journal_that_may_not_grow_stops_the_run_and_is_gone_on_with(broker, tenant, tmp_path, blocks):
    """As on a disk that fills up meanwhile, but for everybody: a limit of a file's size, here in KiB."""
    fleet = Fleet(broker, tenant, tmp_path, as_csv(ids(ROWS)))
    limit = blocks * 1024

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    # Python leaves the limit's signal ignored: the write fails, as it does on a disk without room.
    done = subprocess.run([MUSTER, *fleet.command("register")], capture_output=True, text=True, timeout=PATIENCE * 3, check=False, preexec_fn=limited, restore_signals=False)
    assert done.returncode == FULL, done.stderr
    assert "File too large" in done.stderr and "ulimit -f" in done.stderr and "run the same command to continue" in done.stderr
    again = fleet.do("register")
    assert again.returncode == 0, again.stderr
    assert [device["id"] for device in fleet.devices()] == ids(ROWS)
    assert list(fleet.passwords())[1:] == ids(ROWS)
    unchanged = fleet.do("register", "--no-resume", "-o", "csv")
    assert {row["change"] for row in csv.DictReader(unchanged.stdout.splitlines())} == {"unchanged"}
