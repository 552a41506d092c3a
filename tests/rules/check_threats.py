#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds docs/threat-model.md to its word: every test that it names exists, by the name that ctest prints."""
import argparse
import pathlib
import re
import sys

TABLE = "docs/threat-model.md"
ROW = re.compile(r"^\| T\d+ \|.*\|$", re.MULTILINE)
NAME = re.compile(r"`((?:unit|integration|conformance)[a-z_]*:[^`]+|(?:cli|interop|python)\.\w+(?:::\w+)?)`")
CASE = re.compile(r'TEST_CASE\(\s*"((?:[^"\\]|\\.)*)"')
TARGET = re.compile(r"muster_test\(\s*(\w+)")


def catch_tests(root):
    """The names of all Catch tests: target and case."""
    names = set()
    for build_file in (root / "tests").rglob("CMakeLists.txt"):
        targets = TARGET.findall(build_file.read_text())
        cases = [case for source in build_file.parent.glob("*_test.cpp") for case in CASE.findall(source.read_text())]
        names |= {f"{target}:{case}" for target in targets for case in cases}
    return names


def python_test_exists(root, name):
    module, _, function = name.partition("::")
    folder, _, stem = module.partition(".")
    source = root / "tests" / folder / f"{stem}.py"
    return source.is_file() and (not function or re.search(rf"^def {function}\(", source.read_text(), re.MULTILINE) is not None)


def problems(root):
    known = catch_tests(root)
    rows = ROW.findall((root / TABLE).read_text())
    if not rows:
        yield f"{TABLE}: there is no row"
    for row in rows:
        threat = row.split("|")[1].strip()
        names = NAME.findall(row.rsplit("|", 2)[1])
        if not names:
            yield f"{TABLE}: {threat} names no test"
        for name in names:
            if name not in known and not (("." in name.partition(":")[0]) and python_test_exists(root, name)):
                yield f"{TABLE}: {threat}: there is no test '{name}'"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=pathlib.Path, required=True)
    found = list(problems(parser.parse_args().root))
    print("\n".join(found) if found else "every threat has its tests")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
