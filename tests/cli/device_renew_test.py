# SPDX-License-Identifier: Apache-2.0
"""device renew over a list: which rows and columns it takes, how fast it goes, where it says what came of them, and how it goes on."""
import csv
import json
import shutil
import time

import pytest
from fleets import enrolled, serials
from peers import run


@pytest.fixture(name="fleet")
def a_fleet_of_three(broker, tenant, tmp_path):
    """A list, the line that renews what is on it, due or not, and the identities."""
    fleet, line = enrolled(broker, tenant, tmp_path, ["a", "b", "c"])
    fleet.line, fleet.identities = [*line, "--force"], tmp_path / "identities"
    return fleet


def renewed(fleet, before):
    """Of whom the certificate is another one than before."""
    return "".join(name for name, then, now in zip("abc", before, serials(fleet.identities)) if then != now)


def test_only_the_first_rows_are_renewed_and_the_results_say_which(fleet, tmp_path):
    before = serials(fleet.identities)
    for name, rows in (("results.csv", lambda file: list(csv.DictReader(file.open()))), ("results.jsonl", lambda file: [json.loads(line) for line in file.open()])):
        done = run(*fleet.line, "--no-resume", "--first", 2, "--results", tmp_path / name)
        assert done.returncode == 0 and "2 rows: 2 renewed, 0 unchanged, 0 failed" in done.stderr, done.stderr
        results = rows(tmp_path / name)
        assert [(row["id"], row["status"], row["change"]) for row in results] == [("a", "ok", "renewed"), ("b", "ok", "renewed")]
        assert [row["serial"] for row in results] == serials(fleet.identities)[:2]
    assert renewed(fleet, before) == "ab"


def test_columns_of_other_names_are_mapped_and_strictly_none_is_ignored(fleet):
    before = serials(fleet.identities)
    fleet.list.write_text("serial|colour\na|red\nc|blue\n")
    strict = run(*fleet.line, "--map", "ID=serial", "--delimiter", "|", "--strict")
    assert strict.returncode == 2 and "the column 'colour' is not known" in strict.stderr, strict.stderr
    comma = run(*fleet.line, "--map", "ID=serial", "--delimiter", ",")
    assert comma.returncode == 2 and renewed(fleet, before) == ""
    done = run(*fleet.line, "--map", "ID=serial", "--delimiter", "|")
    assert done.returncode == 0 and "the column 'colour' is ignored" in done.stderr, done.stderr
    assert renewed(fleet, before) == "ac"


@pytest.mark.parametrize(("flags", "least"), [(["--rate", "2/s"], 1.0), (["--workers", "1", "--delay", "400ms"], 0.8)])
def test_it_goes_no_faster_than_it_may(fleet, flags, least):
    before, begin = serials(fleet.identities), time.monotonic()
    done = run(*fleet.line, *flags)
    assert time.monotonic() - begin >= least
    assert done.returncode == 0 and renewed(fleet, before) == "abc", done.stderr


def test_rows_that_failed_are_kept_apart_and_done_again_alone(fleet, tmp_path):
    before = serials(fleet.identities)
    shutil.move(fleet.identities / "b", tmp_path / "aside")
    failed = run(*fleet.line, "--failed-out", tmp_path / "again.csv")
    assert failed.returncode == 10 and f"1 failed -> {tmp_path / 'again.csv'}" in failed.stderr, failed.stderr
    assert (tmp_path / "again.csv").read_text() == "id\nb\n" and not (tmp_path / "fleet.failed.csv").exists()
    shutil.move(tmp_path / "aside", fleet.identities / "b")
    assert renewed(fleet, before) == "ac"
    between = serials(fleet.identities)
    done = run(*fleet.line, "--retry-failed", "--failed-out", tmp_path / "again.csv")
    assert done.returncode == 0, done.stderr
    assert renewed(fleet, between) == "b" and not (tmp_path / "again.csv").exists()


def test_what_the_journal_has_is_not_done_twice_unless_it_is_begun_anew(fleet):
    # Not due, and so a row that was looked at stays looked at.
    line = [word for word in fleet.line if word != "--force"]
    assert "3 rows: 0 renewed, 3 unchanged" in run(*line).stderr
    again = run(*line)
    assert again.returncode == 0 and "3 done, 0 to do" in again.stderr, again.stderr
    anew = run(*line, "--no-resume")
    assert anew.returncode == 0 and "to do" not in anew.stderr and "3 rows: 0 renewed, 3 unchanged" in anew.stderr, anew.stderr
