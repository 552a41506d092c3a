#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds docs/conformance.md and tests/conformance together: every row names the tests that carry its number, every tag has its row.

`--write` fills the table's last column from the tests and sorts the rows; the words are people's."""
import argparse
import pathlib
import re
import sys

VERSIONS = ("3.1.1", "5.0")
TABLE = "docs/conformance.md"
STRING = r'"(?:[^"\\]|\\.)*"'
TEST = re.compile(rf"TEST_CASE\(\s*((?:{STRING}\s*)+),\s*((?:{STRING}\s*)+)\)")
TAG = re.compile(r"\[([^\]]*)\]")
STATEMENT = re.compile(r"(3\.1\.1|5\.0)/(MQTT-[0-9.-]+-[0-9]+)")
HEADING = re.compile(r"## MQTT (\S+)")
ROW = re.compile(r"\| \[(MQTT-[^\]]+)\] \| (.*?) \| (.*?) ?\|")


def joined(literals):
    """C++ string literals that stand next to each other, as one."""
    return "".join(literal[1:-1] for literal in re.findall(STRING, literals)).replace('\\"', '"')


def read_tests(root, problems):
    """(version, number) -> the tests that carry the tag, as the table shows them."""
    shown = {}
    for path in sorted((root / "tests/conformance").glob("*_test.cpp")):
        for title, tags in TEST.findall(path.read_text(encoding="utf-8")):
            numbers = TAG.findall(joined(tags))
            if not numbers:
                problems.append(f"{path.name}: '{joined(title)}' shows no statement")
            for tag in numbers:
                statement = STATEMENT.fullmatch(tag)
                if not statement:
                    problems.append(f"{path.name}: '{tag}' is no tag like 5.0/MQTT-3.1.2-7")
                    continue
                tests = shown.setdefault(statement.groups(), [])
                tests.append(f"`{path.stem}`: {joined(title)}".replace("|", "\\|"))
    return shown


def read_table(text, problems):
    """(version, number) -> (words, shown by)"""
    rows, version = {}, None
    for line in text.splitlines():
        if heading := HEADING.match(line):
            version = heading[1]
        elif line.startswith("## "):
            version = None
        elif row := ROW.fullmatch(line):
            if version not in VERSIONS:
                problems.append(f"{TABLE}: the row of {row[1]} stands under no version")
            elif (version, row[1]) in rows:
                problems.append(f"{TABLE}: {version} has {row[1]} twice")
            else:
                rows[(version, row[1])] = (row[2].strip(), row[3].strip())
        elif line.startswith("| [MQTT-"):
            problems.append(f"{TABLE}: not a row: {line}")
    return rows


def problems_of(root):
    problems = []
    shown = read_tests(root, problems)
    rows = read_table((root / TABLE).read_text(encoding="utf-8"), problems)
    for version, number in sorted(shown.keys() - rows.keys()):
        problems.append(f"{TABLE}: {version} has no row for {number}, which tests show")
    for (version, number), (words, tests) in rows.items():
        expected = shown.get((version, number), [])
        if not words:
            problems.append(f"{TABLE}: {version} {number} says nothing")
        if not expected:
            problems.append(f"{TABLE}: {version} {number} has no test")
        elif tests != "<br>".join(expected):
            problems.append(f"{TABLE}: {version} {number} names other tests than carry its tag; run {pathlib.Path(__file__).name} --write")
    return problems


def order(line):
    return [int(part) for part in re.findall(r"\d+", ROW.fullmatch(line)[1])]


def written(text, shown):
    """The table with its rows sorted and its last column from the tests."""
    out, rows, version = [], [], None
    for line in text.splitlines() + [""]:
        row = ROW.fullmatch(line)
        if row:
            tests = "<br>".join(shown.get((version, row[1]), []))
            rows.append(f"| [{row[1]}] | {row[2].strip()} | {tests} |")
            continue
        out += sorted(rows, key=order)
        rows = []
        if heading := HEADING.match(line):
            version = heading[1]
        out.append(line)
    return "\n".join(out[:-1]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).parents[2])
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    if arguments.write:
        table = root / TABLE
        table.write_text(written(table.read_text(encoding="utf-8"), read_tests(root, [])), encoding="utf-8")
    problems = problems_of(root)
    for problem in problems:
        print(problem, file=sys.stderr)
    count = len(read_table((root / TABLE).read_text(encoding="utf-8"), []))
    print(f"{count} statements, {len(problems)} problems")
    return 1 if problems or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
