# SPDX-License-Identifier: Apache-2.0
"""device enroll without any server: lists and flags that make no sense, a million rows, and a CA at hand."""
import os
import pathlib
import subprocess

import pytest
from peers import MUSTER, PATIENCE, need, run


def openssl(*arguments):
    return subprocess.run([need("openssl"), *map(str, arguments)], capture_output=True, text=True, check=True, timeout=PATIENCE).stdout


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("name\nx\n", "no column is named 'id'"),
        ("id\na\na\n", "fleet.csv:3:1: the device id 'a' is in line 2 already"),
        ("id,otp\n,x\n", "fleet.csv:2:1: there is no device id"),
        ("id\na/b\n", "fleet.csv:2:1: the device id has other characters"),
        ('id\n"a\n', "fleet.csv:2:1: a quote is never closed"),
        ("id,note\n" + "x" * 65 + "," + "n" * (1 << 20) + "\n", "the device id has 65 bytes"),
    ],
    ids=["empty", "no column", "duplicate", "blank", "slash", "quote", "a megabyte"],
)
def test_a_list_that_makes_no_sense_is_refused_before_the_first_request(tmp_path, text, says):
    (tmp_path / "fleet.csv").write_text(text)
    nobody = ["--admin", "unix:/nonexistent", "--tenant", "t", "--est-url", "https://127.0.0.1:1/.well-known/est", "--cafile", "/nonexistent"]
    done = run("device", "enroll", "-f", tmp_path / "fleet.csv", "--out-dir", tmp_path / "out", *nobody)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_list_can_be_checked_only(tmp_path):
    (tmp_path / "fleet.csv").write_text("\ufeffserial\tcolour\r\na\tred\r\nb\t\r\n")
    checked = run("device", "enroll", "-f", tmp_path / "fleet.csv", "--check", "--map", "ID=serial", "--admin", "unix:/nonexistent")
    assert checked.returncode == 0
    assert "2 rows, 2 valid, delimiter tab" in checked.stderr and "'colour' is ignored" in checked.stderr
    assert run("device", "enroll", "-f", tmp_path / "fleet.csv", "--check", "--map", "ID=serial", "--strict").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["-f", "-"], 2, "--out-dir is not given"),
        (["-f", "none.csv", "--check"], 5, "none.csv"),
        (["-f", "/dev/null", "--check"], 2, "not a regular file"),
        (["-f", "x.csv", "--rate", "fast"], 2, "'fast' is not a rate"),
        (["-f", "x.csv", "--rate", "-1"], 2, "'-1' is not a rate"),
        (["-f", "x.csv", "--workers", "0"], 2, "workers"),
        (["-f", "x.csv", "--delimiter", "#"], 2, "not a delimiter"),
        (["-f", "x.csv", "--map", "COLOUR=x"], 2, "names no column"),
        ([], 2, "--file"),
    ],
)
def test_a_wrong_flag_is_told(arguments, code, says):
    done = run("device", "enroll", *arguments)
    assert done.returncode == code
    assert says in done.stderr


def test_flags_that_a_run_needs_are_asked_for_by_name(tmp_path):
    (tmp_path / "fleet.csv").write_text("id,otp\na,x\n")
    flags = ["--out-dir", tmp_path / "out", "--est-url", "https://127.0.0.1:1/.well-known/est", "--cafile", tmp_path / "ca.pem"]
    for i, missing in enumerate(("--out-dir", "--est-url", "--cafile")):
        done = run("device", "enroll", "-f", tmp_path / "fleet.csv", *flags[: 2 * i], *flags[2 * i + 2 :])
        assert done.returncode == 2 and missing in done.stderr
    done = run("device", "enroll", "-f", tmp_path / "fleet.csv", *flags)
    assert done.returncode == 5 and "--cafile" in done.stderr


def peak_memory(directory, rows):
    """The most memory that checking so many rows takes, in KiB."""
    with (directory / "fleet.csv").open("w") as out:
        out.write("id,note\n")
        out.writelines(f"device-{i},{'n' * 60}\n" for i in range(rows))
    command = [MUSTER, "device", "enroll", "-f", str(directory / "fleet.csv"), "--check", "--quiet", "--admin", "unix:/nonexistent"]
    child = os.posix_spawn(MUSTER, command, os.environ)
    _, status, usage = os.wait4(child, 0)
    assert status == 0
    return usage.ru_maxrss


def test_a_million_rows_are_checked_in_flat_memory(tmp_path):
    # 16 bytes for each row, twice while they are collected; the file has 75 MB. A sanitizer has its own bookkeeping.
    is_instrumented = any(mark in pathlib.Path(MUSTER).read_bytes() for mark in (b"__asan_init", b"__tsan_init"))
    allowed = 1_000 if is_instrumented else 50
    assert peak_memory(tmp_path, 1_000_000) - peak_memory(tmp_path, 1_000) < allowed * 1024


@pytest.fixture
def factory_ca(tmp_path):
    key, certificate = tmp_path / "factory.key", tmp_path / "factory.pem"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", certificate, "-subj", "/CN=Factory CA", "-days", "30", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
    key.chmod(0o600)
    return ["--ca-cert", certificate, "--ca-key", key]


def test_a_ca_at_hand_signs_a_list_without_any_server(tmp_path, factory_ca):
    (tmp_path / "fleet.csv").write_text("id\n" + "".join(f"d-{i}\n" for i in range(30)))
    line = ["device", "enroll", "-f", tmp_path / "fleet.csv", "--out-dir", tmp_path / "out", *factory_ca, "--tenant", "acme", "--not-after", "10d"]
    done = run(*line)
    assert done.returncode == 0, done.stderr
    certificates = {path.parent.name: path.read_text() for path in tmp_path.glob("out/*/device.crt")}
    assert len(certificates) == 30
    assert openssl("verify", "-purpose", "sslclient", "-x509_strict", "-CAfile", tmp_path / "factory.pem", *tmp_path.glob("out/*/device.crt")).count("OK") == 30
    text = openssl("x509", "-in", tmp_path / "out" / "d-7" / "device.crt", "-noout", "-text")
    assert "URI:urn:muster:acme:d-7" in text
    (tmp_path / "fleet.csv.muster-journal.jsonl").unlink()
    (tmp_path / "out" / "d-3" / "chain.pem").write_text("")  # As after a power cut.
    assert run(*line).returncode == 0
    again = {path.parent.name: path.read_text() for path in tmp_path.glob("out/*/device.crt")}
    assert {device for device in certificates if certificates[device] != again[device]} == {"d-3"}


def test_a_ca_that_cannot_sign_is_told_before_the_first_device(tmp_path, factory_ca):
    (tmp_path / "fleet.csv").write_text("id\nd-1\n")
    line = ["device", "enroll", "-f", tmp_path / "fleet.csv", "--out-dir", tmp_path / "out"]
    assert run(*line, *factory_ca[:2]).returncode == 2
    (tmp_path / "factory.key").chmod(0o644)
    assert run(*line, *factory_ca).returncode == 1
    (tmp_path / "factory.key").chmod(0o600)
    run("key", "create", tmp_path / "other.key", check=True)
    other = run(*line, "--ca-cert", factory_ca[1], "--ca-key", tmp_path / "other.key")
    assert other.returncode == 6 and "is not that of" in other.stderr
    assert run(*line, *factory_ca, "--not-after", "soon").returncode == 2
    assert not (tmp_path / "out" / "d-1").exists()
