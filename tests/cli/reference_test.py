# SPDX-License-Identifier: Apache-2.0
"""The reference of the command line is what the program prints: a change of a help page is seen, and meant."""
import pathlib

from cli_reference import reference
from peers import MUSTER

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "reference" / "cli.md"


def test_the_reference_is_what_the_program_prints():
    assert reference(MUSTER) == DOCUMENT.read_text(), "run ./dev docs"
