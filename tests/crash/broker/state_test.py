# SPDX-License-Identifier: Apache-2.0
"""The state directory: what is there after a restart, and a clear word when it cannot be used or written."""
import contextlib
import resource
import sqlite3

import pytest
from peers import PATIENCE, Broker, PahoClient, run

LISTEN = ["--listen", "mqtt://127.0.0.1:0"]


def client_of(broker, client_id, will=None, answer=0):
    client = PahoClient(client_id, clean=False, session_expiry=1000, reconnect_on_failure=False)
    client.client.username_pw_set("acme/dash", "open sesame")
    if will:
        client.client.will_set(*will)
    assert client.connect(broker.port) == answer
    return client


@contextlib.contextmanager
def broker_in(directory, **options):
    """A broker with the application acme/dash, which is killed at the end."""
    broker = Broker(directory / "state", *LISTEN, **options).__enter__()
    try:
        if broker.muster("tenant", "create", "acme", "--isolation", "flat").returncode == 0:
            broker.application("acme", "dash", directory)
        yield broker
    finally:
        broker.process.kill()
        broker.process.wait(PATIENCE)
        broker.process.stdout.close()


def refusal(directory, code=1):
    """What a broker says that does not start: one line, and perhaps one with what to do."""
    done = run("broker", "run", "--state", directory / "state", *LISTEN)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) <= 2, done.stderr
    return done.stderr


def test_subscriptions_retained_messages_and_wills_survive_a_kill(tmp_path):
    with broker_in(tmp_path) as broker:
        reader = client_of(broker, "reader")
        reader.subscribe("#")
        client_of(broker, "mortal", will=("testament", "all to the cat", 1))
        client_of(broker, "writer").publish("kept", "for ever", 1, retain=True)
        assert reader.message().payload == b"for ever"
    with broker_in(tmp_path) as broker:
        reader = client_of(broker, "reader")
        topics = [reader.message().topic]
        if topics == ["kept"]:  # Acknowledged just before the kill: it may come again.
            topics = [reader.message().topic]
        assert topics == ["testament"]
        late = client_of(broker, "late")
        late.subscribe("kept")
        message = late.message()
        assert (message.payload, message.retain) == (b"for ever", True)
        client_of(broker, "writer").publish("news", "still subscribed")
        assert reader.message().payload == b"still subscribed"


def test_a_restart_fault_keeps_or_forgets_what_is_stored(tmp_path):
    with broker_in(tmp_path) as broker:
        client_of(broker, "writer").publish("kept", "one", 1, retain=True)
        for state, expected in [("kept", 1), ("lost", 0)]:
            assert broker.muster("broker", "fault", "add", "restart", "--state", state, "--for", "1ms").returncode == 0
            broker.process.kill()
            broker.process.wait(PATIENCE)
            with contextlib.closing(sqlite3.connect(tmp_path / "state" / "sessions.db")) as database:
                assert database.execute("SELECT count(*) FROM retained").fetchone()[0] == expected
            broker.__enter__()


@pytest.mark.parametrize("name", ["sessions.db", "registry.db"])
def test_a_damaged_database_is_named_and_left_as_it_is(tmp_path, name):
    with broker_in(tmp_path) as broker:
        client_of(broker, "reader").subscribe("#")
    file = tmp_path / "state" / name
    with contextlib.closing(sqlite3.connect(file)) as database:  # Takes what is in the log, and empties it.
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\x5a" * 4096 + content[8192:])
    before = file.read_bytes()
    said = refusal(tmp_path)
    assert str(file) in said and "aside" in said
    assert file.read_bytes() == before
    file.rename(tmp_path / "aside.db")
    with broker_in(tmp_path):
        pass


@pytest.mark.parametrize(("sql", "word"), [("CREATE TABLE notes(a)", "another application"), (None, "newer")])
def test_a_foreign_or_newer_file_is_refused_and_left_as_it_is(tmp_path, sql, word):
    with broker_in(tmp_path):
        pass
    file = tmp_path / "state" / "sessions.db"
    if sql:
        file.unlink()
        file.touch(mode=0o600)
    for log in (tmp_path / "state").glob("sessions.db-*"):
        if sql:
            log.unlink()
    with contextlib.closing(sqlite3.connect(file)) as database:
        database.execute(sql or "PRAGMA user_version = 1000")
        database.commit()
    before = file.read_bytes()
    said = refusal(tmp_path, 1 if sql else 2)
    assert str(file) in said and word in said
    assert file.read_bytes() == before


def test_a_second_broker_does_not_disturb_the_first(tmp_path):
    with broker_in(tmp_path) as broker:
        reader = client_of(broker, "reader")
        reader.subscribe("#")
        assert "in use by another broker" in refusal(tmp_path)
        client_of(broker, "writer").publish("a", "undisturbed")
        assert reader.message().payload == b"undisturbed"


def test_a_full_disk_acknowledges_nothing_and_loses_nothing(tmp_path):
    with open(tmp_path / "log", "w") as log, broker_in(tmp_path, stderr=log) as broker:
        sleeper = client_of(broker, "sleeper")
        sleeper.subscribe("#")
        sleeper.close()
        writer = client_of(broker, "writer")
        writer.publish("a", "before")
        # A file may not grow beyond what those of the sessions have: for SQLite a disk that takes no more.
        size = max(file.stat().st_size for file in (tmp_path / "state").glob("sessions.db*"))
        resource.prlimit(broker.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        writer.client.publish("a", b"x" * 200_000, 1)
        writer.wait("disconnect")
        assert all(kind != "publish" for kind, _ in writer.events.queue)
        client_of(broker, "other", answer=0x88)
        resource.prlimit(broker.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        answer = 0x88
        while answer == 0x88:  # Within 250 ms it has tried again.
            writer.client.loop_stop()
            writer.client.reconnect()
            writer.client.loop_start()
            answer = writer.wait("connect")
        assert answer == 0
        writer.wait("publish")
        sleeper = client_of(broker, "sleeper")
        assert sleeper.message().payload == b"before"
        assert len(sleeper.message().payload) == 200_000
    said = (tmp_path / "log").read_text()
    assert "cannot be stored" in said and "can be stored again" in said
