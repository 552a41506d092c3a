# SPDX-License-Identifier: Apache-2.0
"""100,000 devices in one command: in the memory that 1,000 take, and each of them once though the command is killed ten times."""
import collections
import contextlib
import csv
import pathlib
import random
import subprocess

import pytest
from fleets import Fleet, as_csv, ids
from peers import MUSTER

ROWS, FEW = 100_000, 1_000
KILLS = 10
PATIENCE = 1_200.0  # Of a machine that does other things as well.
MORE_KIB = 16 * 1024  # What 99,000 rows more may take: some 50 bytes each, and what is read and written at a time.


def peak_kib(command):
    """Runs it to its end; its most resident memory, as it was last seen: rusage would have the memory of who started it, too."""
    process = subprocess.Popen([MUSTER, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        peak = max(peak, *(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.002)  # There is no event for "it takes more memory now".
    assert process.returncode == 0
    return peak


def kill_once_written(command, journal, size):
    """Whether it was still running when its journal had grown to `size`."""
    process = subprocess.Popen([MUSTER, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not journal.exists() or journal.stat().st_size < size:
        try:
            process.wait(0.002)  # There is no event for "the journal has grown".
            return False
        except subprocess.TimeoutExpired:
            pass
    process.kill()
    process.wait(PATIENCE)
    return True


@pytest.fixture(name="whole", scope="module")
def registered_whole(broker, tmp_path_factory):
    """100,000 devices of one tenant, registered in one command; the memory that took, and the journal's size."""
    directory = tmp_path_factory.mktemp("whole")
    broker.muster("tenant", "create", "whole", check=True)
    fleet = Fleet(broker, "whole", directory, as_csv(ids(ROWS)))
    return peak_kib(fleet.command("register")), fleet.journal.stat().st_size


def test_memory_is_that_of_a_short_list(broker, tenant, tmp_path, whole):
    few = peak_kib(Fleet(broker, tenant, tmp_path, as_csv(ids(FEW))).command("register"))
    print(f"peak of resident memory: {few} KiB for {FEW} rows, {whole[0]} KiB for {ROWS}")
    assert whole[0] < few + MORE_KIB


def test_killed_at_ten_moments_each_device_is_there_once(broker, tenant, tmp_path, whole):
    names, moments = ids(ROWS), random.Random(20261122)
    fleet = Fleet(broker, tenant, tmp_path, as_csv(names))
    sizes = sorted(int(moments.uniform(0.01, 0.95) * whole[1]) for _ in range(KILLS))
    assert [kill_once_written(fleet.command("register"), fleet.journal, size) for size in sizes] == [True] * KILLS
    done = subprocess.run([MUSTER, *fleet.command("register", "--results", tmp_path / "results.csv")], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{ROWS} rows: " in done.stderr and ", 0 failed" in done.stderr
    with (tmp_path / "results.csv").open() as lines:
        results = list(csv.DictReader(lines))
    assert [row["id"] for row in results] == names and {row["status"] for row in results} == {"ok"}
    listed = broker.muster("device", "list", "--tenant", tenant, "--page-size", "10000", "-o", "name", timeout=PATIENCE)
    assert listed.stdout.splitlines() == names
    passwords = fleet.otp.read_text().splitlines()
    assert len(passwords) == ROWS + 1 and len(fleet.passwords()) == ROWS + 1
    # Every password in the file is the one that the broker has: given again, it changes nothing.
    again = subprocess.run([MUSTER, *fleet.command("register", "--no-resume", "-o", "csv")], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert collections.Counter(row["change"] for row in csv.DictReader(again.stdout.splitlines())) == {"unchanged": ROWS}, again.stderr
