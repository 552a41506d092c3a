# SPDX-License-Identifier: Apache-2.0
"""Brokers that must not start, each with what is wrong, and state that is damaged, another's or in use."""
import contextlib
import json
import os
import pathlib
import resource
import socket
import sqlite3
import stat
import subprocess

import pytest
from absurd_paths import absurd, read_only  # noqa: F401 (fixtures)
from bad_input import check_error, refused, state_of
from peers import MUSTER, PATIENCE, Broker, held_port, need, run
from small_disk import disk  # noqa: F401 (fixture)

QUIET = ["--listen", "mqtts://127.0.0.1:0"]


def broker(state, *flags):
    return ["broker", "run", "--state", state, *flags]


def fails(tmp_path, code, says, *flags, **options):
    """It ends at once, and leaves nothing but what a first start has made by then."""
    return refused(broker(tmp_path / "state", *flags), code, says, **options)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "--listen"),
        ("mqtt", "mqtt"),
        ("mqtt://", "mqtt://"),
        ("http://127.0.0.1:0", "http://127.0.0.1:0"),
        ("127.0.0.1:0", "127.0.0.1:0"),
        ("mqtt://127.0.0.1:65536", "65536"),
        ("mqtt://127.0.0.1:-1", "-1"),
        ("mqtt://127.0.0.1:x", "127.0.0.1:x"),
        ("mqtt://[::1:0", "[::1"),
        ("mqtt://user:secret@127.0.0.1:0", "mqtt://"),
        ("mqtt://127.0.0.1:0/path", "/path"),
        ("mqtt://127.0.0.1:0?nonsense=1", "nonsense"),
        ("mqtts://127.0.0.1:0?client-cert=perhaps", "perhaps"),
        ("mqtt://host.invalid:0", "host.invalid"),
        ("mqtt://192.0.2.1:0", "192.0.2.1"),
        ("mqtt://a\nb:0", "mqtt://a"),
        ("\x1b[31m", "--listen"),
        ("mqtt://" + "x" * 70_000, "mqtt://"),
        ("unix:", "unix:"),
        ("unix:" + "x" * 200, "unix:"),
        ("unix:/nonexistent/dir/socket", "/nonexistent/dir/socket"),
        ("unix:/dev/null", "/dev/null"),
    ],
)
def test_an_address_that_is_none_is_named(tmp_path, url, says):
    fails(tmp_path, (1, 2, 5, 7), says, "--listen", url)


@pytest.mark.parametrize("flag", ["--est", "--admin-http", "--crl-http"])
@pytest.mark.parametrize("url", ["x", "mqtt://127.0.0.1:0", "ftp://127.0.0.1:0", "http://127.0.0.1:65536", "https://host.invalid:0", "unix:", "\x1b[31m"])
def test_an_address_of_another_service_that_is_none_is_named_with_its_flag(tmp_path, flag, url):
    fails(tmp_path, 2, flag if url == "x" else (), *QUIET, f"{flag}={url}")


@pytest.mark.parametrize("address", ["0.0.0.0", "[::]"])
def test_what_the_network_reaches_is_asked_for(tmp_path, address):
    fails(tmp_path, 2, ["--allow-public", address.strip("[]")], "--listen", f"mqtt://{address}:0")
    fails(tmp_path, 2, "--allow-public", "--listen", f"mqtts://{address}:0")
    fails(tmp_path, 2, (), *QUIET, "--admin-http", f"http://{address}:0")


def test_a_port_that_is_taken_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        for flags in (["--listen", f"mqtt://127.0.0.1:{port}"], [*QUIET, "--est", f"https://127.0.0.1:{port}"], [*QUIET, "--admin-http", f"http://127.0.0.1:{port}"]):
            fails(tmp_path, (1, 7), str(port), *flags)
    # Nothing of the failures stands in the way.
    with Broker(tmp_path / "state"):
        pass


def test_the_same_listener_twice_is_one_too_many(tmp_path):
    with held_port() as port:
        fails(tmp_path, 1, f"127.0.0.1:{port} is in use", "--listen", f"mqtt://127.0.0.1:{port}", "--listen", f"mqtt://127.0.0.1:{port}")


def test_a_port_that_only_root_may_have_is_told_with_what_helps(tmp_path):
    if int(pathlib.Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) <= 83:
        pytest.skip("everybody may have every port here")
    line = [need("setpriv"), "--bounding-set=-net_bind_service"] if os.geteuid() == 0 else []
    done = subprocess.run([*line, MUSTER, *map(str, broker(tmp_path / "state", "--listen", "mqtts://127.0.0.1:83"))], capture_output=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    check_error(done.stderr, ["mqtts://127.0.0.1:83", "Permission denied", "choose a port from "])


def test_a_second_broker_does_not_take_the_first_ones_state(tmp_path):
    with Broker(tmp_path / "state") as first:
        before = {path: state for path, state in state_of(tmp_path / "state").items() if path.endswith((".key", ".pem"))}
        refused(broker(tmp_path / "state", *QUIET), 1, tmp_path / "state")
        assert first.muster("tenant", "list").returncode == 0
        assert {path: state for path, state in state_of(tmp_path / "state").items() if path in before} == before


@pytest.mark.parametrize("flag", ["--state", "--ready-file", "--admin-token-file"])
def test_a_path_that_is_none(absurd, tmp_path, flag):
    for name, path in absurd.items():
        # A directory may be made, a file replaced, and nothing means nothing.
        makes = {"--state": ("missing", "directory", "flag", "dash", "root")}.get(flag, ("zero bytes", "flag", "dash", "link"))
        if name in ("empty", *makes):
            continue
        flags = [*QUIET, f"{flag}={path}", *([] if flag == "--state" else ["--state", tmp_path / "state"]), *(["--admin-http", "http://127.0.0.1:0"] if flag == "--admin-token-file" else [])]
        refused(["broker", "run", *flags], (1, 2, 5, 6), path[:200], within=absurd.place, cwd=absurd.place)


def test_a_descriptor_that_is_closed_is_named(tmp_path):
    fails(tmp_path, (1, 2), "--ready-fd", *QUIET, "--ready-fd", "99")


def test_without_room_or_right_it_says_so(read_only):
    refused(broker(read_only / "state", *QUIET), 1, read_only / "state", within=read_only)


@pytest.fixture
def stopped(tmp_path):
    """A state directory that a broker has left."""
    with Broker(tmp_path / "state") as running:
        running.muster("tenant", "create", "acme", check=True)
    return tmp_path / "state"


def databases(state):
    found = sorted(path for path in pathlib.Path(state).rglob("*") if path.is_file() and path.read_bytes()[:6] == b"SQLite")
    assert len(found) == 2
    return found


def check_still_there(state):
    with Broker(state) as running:
        assert [tenant["name"] for tenant in json.loads(running.muster("tenant", "list", "-o", "json").stdout)] == ["acme"]


DAMAGES = {
    "random": lambda content: os.urandom(8_192),
    "zeros": lambda content: bytes(8_192),
    "a page": lambda content: content[:4_096],
    "cut": lambda content: content[:-8_192],
    "another page": lambda content: content[:4_096] + os.urandom(4_096) + content[8_192:],
    "text": lambda content: b"hello\n",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_database_that_is_damaged_is_named_and_kept(stopped, damage):
    for database in databases(stopped):
        content = database.read_bytes()
        database.write_bytes(DAMAGES[damage](content))
        after = database.read_bytes()
        refused(broker(stopped, *QUIET), 1, [database, "aside"])
        assert database.read_bytes() == after
        # A good copy in its place, and all is well.
        database.write_bytes(content)
    check_still_there(stopped)


def test_an_empty_registry_beside_its_ca_is_not_taken_for_a_new_one(stopped):
    registry = stopped / "registry.db"
    content = registry.read_bytes()
    registry.write_bytes(b"")
    refused(broker(stopped, *QUIET), 1, [registry, "is empty", "backup", "aside"])
    assert registry.read_bytes() == b""
    registry.unlink()  # As it is told to, and so nobody has been forgotten unawares.
    with Broker(stopped) as running:
        assert json.loads(running.muster("tenant", "list", "-o", "json").stdout) == []
    registry.write_bytes(content)
    for beside in ("registry.db-wal", "registry.db-shm"):
        (stopped / beside).unlink(missing_ok=True)
    check_still_there(stopped)


def test_a_database_of_a_newer_muster_is_left_to_it(stopped):
    for database in databases(stopped):
        content = database.read_bytes()
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA user_version = 9999")
        after = database.read_bytes()
        refused(broker(stopped, *QUIET), 2, [database, "9999", "newer muster"])
        assert database.read_bytes() == after
        database.write_bytes(content)
    check_still_there(stopped)


def test_a_database_of_another_program_is_not_written_to(stopped):
    for database in databases(stopped):
        content = database.read_bytes()
        database.unlink()
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute("CREATE TABLE recipes (name TEXT)")
        database.chmod(0o600)
        after = database.read_bytes()
        refused(broker(stopped, *QUIET), (1, 2), database)
        assert database.read_bytes() == after
        database.write_bytes(content)
    check_still_there(stopped)


def test_state_that_others_can_read_is_not_used(stopped):
    for path in [*databases(stopped)[:1], *list(stopped.rglob("*.key"))[:1]]:
        path.chmod(0o666)
        refused(broker(stopped, *QUIET), 1, ["chmod", path])
        path.chmod(0o600)
    stopped.chmod(0o777)
    refused(broker(stopped, *QUIET), 1, ["chmod", stopped])
    stopped.chmod(0o700)
    with Broker(stopped):
        pass


@pytest.mark.parametrize("wrong", ["nothing", "half", "another's", "gone"])
def test_keys_that_are_wrong_are_named(stopped, wrong):
    keys = sorted(stopped.rglob("*.key"))
    assert len(keys) == 3
    for key in keys:
        content = key.read_bytes()
        if wrong == "gone":
            key.unlink()
        else:
            key.write_bytes({"nothing": b"", "half": content[: len(content) // 2], "another's": keys[keys.index(key) - 1].read_bytes()}[wrong])
        if key.stem != "broker" or wrong in ("nothing", "half"):
            refused(broker(stopped, *QUIET), 5 if wrong == "gone" else 1, [key] if wrong in ("gone", "another's") else key.stem)
        else:  # Nobody's trust hangs on it: another is made.
            check_still_there(stopped)
        key.write_bytes(content)
        key.chmod(0o600)
    check_still_there(stopped)


def test_what_is_made_is_its_owners_whatever_the_umask_is(tmp_path):
    line = [MUSTER, *map(str, broker(tmp_path / "state", *QUIET, "--ready-file", tmp_path / "ready"))]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, umask=0) as process:
        process.stdout.readline()
        for path in [tmp_path / "state", *(tmp_path / "state").rglob("*")]:
            mode = stat.S_IMODE(path.stat().st_mode)
            assert not mode & 0o022 and (path.suffix != ".key" or mode == 0o600), (path, oct(mode))
        process.terminate()
        assert process.wait(PATIENCE) == 0


@contextlib.contextmanager
def descriptors(count):
    """For the programs that are started meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_more_clients_than_descriptors_are_survived(tmp_path):
    with contextlib.ExitStack() as stack:
        with descriptors(64):
            running = stack.enter_context(Broker(tmp_path / "state"))
        with contextlib.ExitStack() as clients:
            for _ in range(100):
                with contextlib.suppress(OSError):
                    clients.enter_context(socket.create_connection(("127.0.0.1", running.port), timeout=PATIENCE))
        assert running.muster("tenant", "create", "acme").returncode == 0
        running.application("acme", "dash", tmp_path)
        assert run("pub", "-h", running.mqtts_url, "--cafile", running.ca_file, "-u", "acme/dash", "--password-file", tmp_path / "dash.password", "-t", "x", "-m", "1").returncode == 0


@pytest.mark.parametrize("count", range(6, 19))
def test_without_descriptors_to_start_with_it_says_so(tmp_path, count):
    line = ["prlimit", f"--nofile={count}:{count}", MUSTER, *map(str, broker(tmp_path / "state", *QUIET))]
    done = subprocess.run(line, capture_output=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (1, b""), done
    said = check_error(done.stderr)
    assert "ulimit -n" in said or "unable to open database file" in said  # SQLite does not say why.


def test_it_is_ended_under_load_in_order(tmp_path):
    with Broker(tmp_path / "state", "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0") as running:
        running.muster("tenant", "create", "acme", check=True)
        password = running.application("acme", "dash", tmp_path)
        line = [MUSTER, "bench", "pub", "-h", running.urls[1], "-u", "acme/dash", "--password-file", password, "-c", "8", "-q", "1", "--duration", "1m", "-o", "json"]
        with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as load:
            wait_for_message(running, password)
            running.process.terminate()
            assert running.process.wait(PATIENCE) == 0
            load.terminate()
            out, err = load.communicate(timeout=PATIENCE)
            assert load.returncode > 0 and b"terminate called" not in err, (out, err)
    check_still_there(tmp_path / "state")


def wait_for_message(running, password):
    with subprocess.Popen([MUSTER, "sub", "-h", running.urls[1], "-u", "acme/dash", "--password-file", password, "-t", "#", "-C", "1"], stdout=subprocess.PIPE) as reader:
        assert reader.wait(PATIENCE) == 0


def test_faults_on_a_public_address_are_asked_for(tmp_path):
    public = ["--listen", "mqtts://0.0.0.0:0", "--allow-public"]
    with Broker(tmp_path / "state", *public) as running:
        said = refused(["broker", "fault", "add", "refuse", "--admin", running.admin], 4, "--allow-public-faults")
        assert "others reach" in said
        assert json.loads(running.muster("broker", "fault", "list", "-o", "json").stdout) == []
    with Broker(tmp_path / "state", *public, "--allow-public-faults") as running:
        assert running.muster("broker", "fault", "add", "refuse").returncode == 0


def test_a_full_disk_is_told_and_the_same_line_starts_once_there_is_room(disk):
    for left in (0, 8_192, 65_536):
        disk.fill(left)
        refused(broker(disk.path / "state", *QUIET), 1, "room on the disk")
        disk.make_room()
    with Broker(disk.path / "state") as running:
        running.muster("tenant", "create", "acme", check=True)
        disk.fill()
        refused(["tenant", "create", "bolt", "--admin", running.admin], (1, 12))
        disk.make_room()
        assert running.muster("tenant", "create", "bolt").returncode == 0


def test_a_broken_second_start_leaves_the_first_ones_files(tmp_path):
    with Broker(tmp_path / "state"):
        pass
    before = state_of(tmp_path / "state")
    for flags in (["--listen", "nonsense"], ["--max-qos", "3"], ["--without", "nonsense"], ["--log-format", "xml"], ["--ca-key", "dsa"]):
        refused(broker(tmp_path / "state", *flags), 2)
        assert state_of(tmp_path / "state") == before
