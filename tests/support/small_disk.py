# SPDX-License-Identifier: Apache-2.0
"""Fixture: a small tmpfs of the test's own, to be filled and emptied, where one may be mounted."""
import os
import subprocess

import pytest
from peers import PATIENCE, need


class SmallDisk:
    def __init__(self, path):
        self.path = path
        self.ballast = path / "ballast"

    def fill(self, left=0):
        """Leaves so many bytes, in pages of 4 KiB."""
        with self.ballast.open("wb", buffering=0) as out:
            while True:
                try:
                    out.write(bytes(4096))
                except OSError:
                    break
        os.truncate(self.ballast, self.ballast.stat().st_size - left)

    def make_room(self):
        self.ballast.unlink()

    def names(self):
        return sorted(str(path.relative_to(self.path)) for path in self.path.rglob("*") if path != self.ballast and path.is_file())


@pytest.fixture
def disk(tmp_path):
    path = tmp_path / "disk"
    path.mkdir()
    mounted = subprocess.run([need("mount"), "-t", "tmpfs", "-o", "size=1m,mode=700", "muster-test", path], capture_output=True, text=True, timeout=PATIENCE, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"no right to mount a small tmpfs here: {mounted.stderr.strip()}")
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run([need("umount"), path], check=True, timeout=PATIENCE)
