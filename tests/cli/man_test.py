# SPDX-License-Identifier: Apache-2.0
"""Manual pages: one for each command, not stale, clean by mandoc's judgement and readable by man; installed with the completion scripts."""
import os
import pathlib
import re
import subprocess

import pytest
from man_pages import pages
from peers import MUSTER, PATIENCE, need, run

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIRECTORY = ROOT / "docs" / "man"
PAGES = sorted(DIRECTORY.glob("*.1"))


def rendered(page):
    shown = subprocess.run([need("mandoc"), "-Tutf8", page], capture_output=True, text=True, check=True, timeout=PATIENCE).stdout
    return re.sub(".\b", "", shown)  # Bold is a character struck over itself.


def test_every_command_has_its_page_as_the_program_is_now():
    assert {page.name: page.read_text() for page in PAGES} == pages(MUSTER), "run ./dev docs"


def test_mandoc_finds_nothing_wrong():
    # A date would change with every day that the pages are written.
    done = subprocess.run([need("mandoc"), "-Tlint", "-Wwarning", *PAGES], capture_output=True, text=True, timeout=4 * PATIENCE)
    assert [line for line in done.stdout.splitlines() if "missing date" not in line] == []


def test_a_page_reads_as_help_does():
    page = rendered(DIRECTORY / "muster-device-register.1")
    assert "muster device register" in page
    assert "--tenant" in page
    assert "seq -f press-%03g 100 | muster device register - --tenant acme --otp-dir otp" in page


def test_the_first_page_has_exit_codes_and_environment():
    page = rendered(DIRECTORY / "muster.1")
    for heading in ("EXIT STATUS", "ENVIRONMENT", "COMMANDS", "SEE ALSO"):
        assert heading in page
    assert "MUSTER_FOO_BAR" in page


@pytest.fixture
def build_directory():
    return pathlib.Path(os.environ["MUSTER_BUILD"])


def test_pages_and_completion_are_installed_where_they_are_looked_for(tmp_path, build_directory):
    subprocess.run([need("cmake"), "--install", build_directory, "--prefix", tmp_path, "--component", "muster_documents"], check=True, capture_output=True, timeout=4 * PATIENCE)
    assert {page.name for page in (tmp_path / "share" / "man" / "man1").iterdir()} == {page.name for page in PAGES}
    places = {"bash": "bash-completion/completions/muster", "zsh": "zsh/site-functions/_muster", "fish": "fish/vendor_completions.d/muster.fish"}
    for shell, place in places.items():
        assert (tmp_path / "share" / place).read_text() == run("completion", shell).stdout
