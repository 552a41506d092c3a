# SPDX-License-Identifier: Apache-2.0
"""Runs of `muster bench` whose result is looked at as JSON."""
import json
import pathlib

import jsonschema
from peers import run

SCHEMA = json.loads((pathlib.Path(__file__).parents[2] / "docs" / "reference" / "schemas" / "bench.json").read_text())


def bench(kind, *words, **options):
    return run("bench", kind, "-o", "json", *words, **options)


def result(done):
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    jsonschema.Draft202012Validator(SCHEMA).validate(told)
    return told
