# SPDX-License-Identifier: Apache-2.0
"""Fixture: paths at which no good file is, by what is wrong with them."""
import os
import pathlib
import stat
import subprocess

import pytest


class Absurd(dict):
    """`place` is the directory that those are in which exist."""

    def __init__(self, place):
        super().__init__()
        self.place = place


def full_device(place):
    """One of the test's own where it may be made: root could take the machine's away from everybody."""
    if os.geteuid() != 0:
        return "/dev/full"
    device = place / "full"
    os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(1, 7))
    return str(device)


@pytest.fixture
def absurd(tmp_path):
    place = tmp_path / "absurd"
    place.mkdir()
    paths = Absurd(place)
    paths["long"] = "x" * 4_097
    paths["long below"] = str(place / ("y" * 256) / "file")
    paths["flag"] = "--x"
    paths["dash"] = "-"
    paths["empty"] = ""
    paths["missing"] = str(place / "none" / "file")
    paths["directory"] = str(place)
    paths["root"] = "/"
    paths["not a directory"] = "/dev/null/file"
    paths["full"] = full_device(place)
    paths["link"] = str(place / "loop")
    os.symlink("loop", place / "loop")
    paths["fifo"] = str(place / "fifo")
    os.mkfifo(place / "fifo")
    paths["socket"] = str(place / "socket")
    os.mknod(place / "socket", stat.S_IFSOCK | 0o600)
    paths["zero bytes"] = str(place / "zero")
    pathlib.Path(place / "zero").touch(0o600)
    return paths


@pytest.fixture
def read_only(tmp_path):
    """A directory that even root cannot write to, where one may be mounted."""
    path = tmp_path / "read-only"
    path.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=64k", "muster-test", path], capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        if os.geteuid() == 0:
            pytest.skip(f"root may write everywhere, and mount nothing here: {mounted.stderr.strip()}")
        path.chmod(0o500)
    try:
        yield path
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", path], check=True)
        path.chmod(0o700)
