# SPDX-License-Identifier: Apache-2.0
"""`muster` tells about its commands by itself, cheaply, and has the others run by the worker beside it; nobody is to notice."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest
from peers import MUSTER, PATIENCE, need, run

WORKER = pathlib.Path(os.environ["MUSTER_WORKER"])
VERSION = WORKER.parent.name
# A sanitizer's runtime is no library of ours.
SMALL = re.compile(r"(libc|libm|libstdc\+\+|libgcc_s|libpthread|libasan|libubsan|libtsan|ld-linux[-_a-z0-9]*)\.so\.\d+")

LIGHT = [
    (["--help"], 0),
    (["device", "list", "--help"], 0),
    (["help", "pub"], 0),
    (["help", "exit-codes"], 0),
    (["--version"], 0),
    (["version", "-o", "json"], 0),
    (["completion", "bash"], 0),
    (["__complete", "key", ""], 0),
    (["__complete", "pub", "--"], 0),
    (["__complete", "device", "show", "--output="], 0),
    (["__tree"], 0),
    (["context", "list"], 0),
    (["config", "list", "--show-origin"], 0),
    (["config", "path"], 0),
    (["devise", "list"], 2),
    (["device", "list", "--tenent", "acme"], 2),
    (["device"], 2),
    (["pub", "-t"], 2),
]


def put(path, program):
    """A copy of `muster`, or a shell script in the worker's place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if program == MUSTER:
        shutil.copy(MUSTER, path)
    else:
        path.write_text("#!/bin/sh\n" + program)
        path.chmod(0o755)
    return path


def start(program, *arguments, **options):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MUSTER_")} | options.pop("env", {})
    return subprocess.run([program, *arguments], capture_output=True, text=True, env=environment, timeout=PATIENCE, **options)


@pytest.fixture
def alone(tmp_path):
    """`muster` where no worker is."""
    return put(tmp_path / "bin" / "muster", MUSTER)


@pytest.fixture
def worker_of(tmp_path, alone):
    """Makes a script the worker of `alone`."""
    return lambda script, version=VERSION: put(tmp_path / "libexec" / "muster" / version / "muster", script)


def test_what_users_call_loads_small_libraries_only():
    sections = subprocess.run([need("readelf"), "-dW", MUSTER], capture_output=True, text=True, check=True).stdout
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", sections)
    assert needed and [name for name in needed if not SMALL.fullmatch(name)] == []


@pytest.mark.parametrize(("words", "code"), LIGHT)
def test_help_completion_mistakes_and_contexts_need_no_worker(alone, words, code):
    whole = run(*words)
    part = start(alone, *words)
    assert (part.returncode, part.stdout, part.stderr) == (whole.returncode, whole.stdout, whole.stderr)
    assert part.returncode == code


def leaves(command):
    return [command["path"]] if not command["is_group"] else [path for child in command["commands"] for path in leaves(child)]


def test_every_command_has_a_function_in_one_of_the_programs():
    paths = leaves(json.loads(run("__tree").stdout))
    said = {path: run(*path.split()[1:], "--color=mauve").stderr for path in paths if path != "muster help"}
    assert len(paths) > 50 and [path for path, text in said.items() if "--color: 'mauve'" not in text] == []


def test_without_its_worker_it_says_what_to_do(alone, tmp_path):
    done = start(alone, "key", "create", str(tmp_path / "device.key"))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"muster: error: {tmp_path}/libexec/muster/{VERSION}/muster: there is no such program\n  hint: muster {VERSION} needs it" in done.stderr
    assert not (tmp_path / "device.key").exists()


def test_its_message_is_json_where_that_is_asked_for(alone):
    done = start(alone, "cert", "fingerprint", "ca.pem", "-o", "json")
    said = json.loads(done.stderr)["error"]
    assert (done.returncode, said["exit"], said["code"]) == (1, 1, "io") and "install both again" in said["hint"]


def test_a_worker_of_another_version_is_not_run(alone, worker_of):
    worker_of("echo ran", version="0.0.1")
    done = start(alone, "key", "create")
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no such program, only that of version 0.0.1" in done.stderr


def test_a_worker_that_cannot_be_run_is_told(alone, worker_of):
    worker = worker_of("echo ran")
    worker.chmod(0o644)
    done = start(alone, "key", "create")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"muster: error: {worker}: Permission denied" in done.stderr


def test_systemd_is_told_that_the_condition_cannot_be_told(alone):
    assert start(alone, "cert", "needs-renewal", "press-01").returncode == 255


def test_whoever_presses_tab_is_told_nothing(alone):
    done = start(alone, "__complete", "tenant", "show", "")
    assert (done.returncode, done.stdout, done.stderr) == (0, ":words\n", "")


def test_the_worker_gets_the_command_line_and_the_environment_as_they_were(alone, worker_of, tmp_path):
    worker_of('for word in "$@"; do printf "<%s>" "$word"; done; printf "%s %s %s" "$MUSTER_TENANT" "$PWD" "$(umask)"')
    words = ["device", "approve", "a b", "--key-sha256", "", "--", "*", "\n", "ä"]
    os.umask(before := os.umask(0o77))
    done = start(alone, *words, env={"MUSTER_TENANT": "acme"}, cwd=tmp_path)
    assert done.stdout == "".join(f"<{word}>" for word in words) + f"acme {tmp_path} {before:04o}"
    assert (done.returncode, done.stderr) == (0, "")


def test_the_worker_is_the_same_process_under_the_same_name(alone, worker_of):
    worker_of("echo $$; read name </proc/$$/comm; echo $name")
    process = subprocess.Popen([alone, "demo"], stdout=subprocess.PIPE, text=True)
    pid, name = process.communicate(timeout=PATIENCE)[0].split()
    assert (int(pid), name) == (process.pid, "muster")


def test_no_file_is_left_open_for_the_worker(alone, worker_of):
    worker = worker_of("exec ls /proc/self/fd")
    assert start(alone, "demo").stdout == start(worker, "demo").stdout != ""


def test_standard_streams_pass_through(alone, worker_of):
    worker_of("cat; echo said >&2; exit 42")
    done = start(alone, "pub", "-t", "a", "-l", input="one\ntwo\n")
    assert (done.returncode, done.stdout, done.stderr) == (42, "one\ntwo\n", "said\n")


@pytest.mark.parametrize("ignored", [signal.SIG_DFL, signal.SIG_IGN])
def test_what_becomes_of_signals_passes_through(alone, worker_of, ignored):
    worker = worker_of("exec grep -E '^Sig(Blk|Ign)' /proc/self/status")
    before = {number: signal.signal(number, ignored) for number in (signal.SIGINT, signal.SIGPIPE)}
    try:
        through, directly = (start(program, "demo", restore_signals=False).stdout for program in (alone, worker))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert through == directly and "SigIgn" in through


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGPIPE])
def test_a_signal_ends_the_worker_and_is_seen(alone, worker_of, number):
    worker_of(f"kill -{int(number)} $$")
    assert start(alone, "demo").returncode == -number


def test_a_reader_who_leaves_ends_it_as_any_program():
    process = subprocess.Popen([MUSTER, "__tree"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()  # Before 64 KiB of pipe can have taken it all.
    assert process.wait(PATIENCE) == -signal.SIGPIPE
    assert process.stderr.read() == b""
    process.stderr.close()


@pytest.mark.parametrize("how", ["link", "relative", "path"])
def test_it_finds_its_worker_however_it_is_called(tmp_path, how):
    (tmp_path / "link").symlink_to(MUSTER)
    program, directory, search = {
        "link": (tmp_path / "link", tmp_path, os.environ["PATH"]),
        "relative": ("./muster", pathlib.Path(MUSTER).parent, os.environ["PATH"]),
        "path": ("muster", tmp_path, f"{pathlib.Path(MUSTER).parent}:{os.environ['PATH']}"),
    }[how]
    done = subprocess.run([program, "simulate", "--list"], cwd=directory, env=os.environ | {"PATH": search}, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0 and "steady" in done.stdout
