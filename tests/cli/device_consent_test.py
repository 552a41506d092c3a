# SPDX-License-Identifier: Apache-2.0
"""Lists and selectors of devices that are to be revoked or deleted: somebody agrees first, and a dry run says what would be done."""
import pytest
from fleets import Fleet, as_csv
from peers import run
from prompt_test import OnTerminal


@pytest.fixture(name="fleet")
def three_devices(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, "id,type\na,pump\nb,pump\nc,press\n", "all.csv")
    assert fleet.do("register").returncode == 0
    fleet.two = tmp_path / "two.csv"
    fleet.two.write_text(as_csv("ab"))
    return fleet


def ways(fleet):
    """How the two pumps can be meant, and what that is called."""
    return {("-f", fleet.two): str(fleet.two), ("--selector", "type=pump"): "type=pump"}


@pytest.mark.parametrize("verb", ["revoke", "delete"])
def test_many_devices_are_not_lost_without_a_yes(fleet, verb):
    for words, name in ways(fleet).items():
        done = fleet.broker.muster("device", verb, *words, "--tenant", fleet.tenant)
        assert done.returncode == 2 and "--yes" in done.stderr, done.stderr
        assert f"{verb} 2 devices of tenant {fleet.tenant} ({name})" in done.stderr
    assert {device["status"] for device in fleet.devices()} == {"waiting"}
    assert not list(fleet.directory.glob("two.csv.*"))


@pytest.mark.parametrize(("answer", "code", "left"), [("n\n", 2, "abc"), ("\n", 2, "abc"), ("y\n", 0, "c")])
def test_a_terminal_is_asked_once_with_how_many_there_are(fleet, answer, code, left):
    terminal = OnTerminal("device", "delete", "-f", fleet.two, "--tenant", fleet.tenant, env={"MUSTER_ADMIN": fleet.broker.admin})
    try:
        terminal.shows(f"About to delete 2 devices of tenant {fleet.tenant} ({fleet.two}). Go on? [y/N]")
        terminal.type(answer)
        ended, _, said = terminal.end()
        assert ended == code and said.count("Go on?") == 1
    finally:
        terminal.close()
    assert "".join(device["id"] for device in fleet.devices()) == left


@pytest.mark.parametrize("verb", ["register", "revoke", "delete"])
def test_a_dry_run_of_a_list_says_what_would_be_done_and_does_nothing(fleet, verb):
    before = fleet.devices(), sorted(path.name for path in fleet.directory.iterdir())
    done = fleet.broker.muster("device", verb, "-f", fleet.two, "--tenant", fleet.tenant, "--dry-run")
    assert done.returncode == 0 and f"would {verb} 2 devices of tenant {fleet.tenant} ({fleet.two})" in done.stderr, done.stderr
    assert (fleet.devices(), sorted(path.name for path in fleet.directory.iterdir())) == before
    # It fails where the command would.
    assert fleet.broker.muster("device", verb, "-f", fleet.two, "--tenant", "nowhere", "--dry-run").returncode == 5
    assert run("device", verb, "-f", fleet.two, "--tenant", "t", "--admin", "unix:/nonexistent", "--dry-run").returncode == 7


def test_a_dry_run_of_an_enrollment_makes_no_directory(fleet):
    out = fleet.directory / "out"
    words = ["--out-dir", out, "--cafile", fleet.broker.ca_file, "--est-url", f"{fleet.broker.est_url}/{fleet.tenant}"]
    done = run("device", "enroll", "-f", fleet.otp, *words, "--dry-run")
    assert done.returncode == 0 and f"would enroll 3 devices ({fleet.otp})" in done.stderr, done.stderr
    assert not out.exists()


def test_nobody_is_asked_about_nothing(fleet):
    done = fleet.broker.muster("device", "delete", "--selector", "type=fan", "--tenant", fleet.tenant)
    assert done.returncode == 0 and "0 deleted" in done.stderr, done.stderr
