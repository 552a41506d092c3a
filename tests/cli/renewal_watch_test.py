# SPDX-License-Identifier: Apache-2.0
"""cert renew --watch and --splay: events as they come, signals, and a server that is away."""
import contextlib
import datetime
import json
import signal
import subprocess
import time

import pytest
from peers import MUSTER, PATIENCE, held_port, run
from renewing import broker, certificate, identity, inspected  # noqa: F401 (fixtures)

ALWAYS = ["--expires-in", "2400h"]  # Of a certificate that lives for 90 days.


class Watching:
    """`muster cert renew --watch` with its events, until a signal ends it."""

    def __init__(self, broker, identity, *flags, est_url=None):
        command = ["cert", "renew", "--identity", identity, "--est-url", est_url or f"{broker.est_url}/acme", "--watch", *flags]
        self.process = subprocess.Popen([MUSTER, *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def event(self):
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        return json.loads(line)

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        rest, complaints = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, [json.loads(line) for line in rest.splitlines()], complaints


@contextlib.contextmanager
def watching(*arguments, **options):
    watch = Watching(*arguments, **options)
    try:
        yield watch
    finally:
        if watch.process.poll() is None:
            watch.process.kill()
            watch.process.communicate(timeout=PATIENCE)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_when_it_will_renew_and_ends_cleanly_at_a_signal(broker, identity, number):
    before = certificate(identity)
    with watching(broker, identity) as watch:
        event = watch.event()
        assert (event["event"], event["serial"], event["not_after"]) == ("waiting", before["serial"], before["not_after"])
        begin, end, due = (datetime.datetime.fromisoformat(text.rstrip("Z")) for text in (before["not_before"], before["not_after"], event["due"]))
        assert 0.659 < (due - begin) / (end - begin) < 0.761
        assert watch.stop(number) == (0, [{"time": watch_time(), "event": "stopped", "signal": number}], "")
    assert certificate(identity)["serial"] == before["serial"]


def watch_time():
    """Equal to any time."""

    class Any:
        def __eq__(self, other):
            return bool(datetime.datetime.fromisoformat(other.rstrip("Z")))

    return Any()


def test_it_renews_when_it_is_due_and_no_more_than_once_a_minute(broker, identity, tmp_path):
    before, mark = certificate(identity), tmp_path / "mark"
    with watching(broker, identity, *ALWAYS, "--splay", "1ms", "--host", broker.mqtts_url, "--exec", f"touch {mark}") as watch:
        event = watch.event()
        assert event["event"] == "renewed" and event["serial"] != before["serial"]
        assert event["serial"] == certificate(identity)["serial"]
        assert watch.event()["event"] == "waiting"
        assert mark.exists()
        code, rest, _ = watch.stop()
    assert (code, [event["event"] for event in rest]) == (0, ["stopped"])
    assert run("pub", "-h", broker.mqtts_url, "--identity", identity, "-t", "n", "-m", "1").returncode == 0


def test_it_waits_until_the_moment_comes(broker, tmp_path):
    assert broker.muster("tenant", "create", "brief", "--certificate-hours", "1").returncode == 0
    identity = broker.enroll("brief", "press-01", tmp_path)
    left = inspected(identity)["remaining_s"] - 3
    begin = time.monotonic()
    with watching(broker, identity, "--expires-in", f"{left}s", "--splay", "1ms", est_url=f"{broker.est_url}/brief") as watch:
        assert [watch.event()["event"] for _ in range(2)] == ["waiting", "renewed"]
        assert time.monotonic() - begin > 1
        assert watch.stop()[0] == 0


def test_force_renews_at_once(broker, identity):
    with watching(broker, identity, "--force") as watch:
        assert [watch.event()["event"] for _ in range(2)] == ["renewed", "waiting"]
        assert watch.stop()[0] == 0


def test_a_server_that_is_away_is_asked_again_later(broker, identity):
    before = certificate(identity)
    with held_port() as nobody, watching(broker, identity, *ALWAYS, "--splay", "1ms", est_url=f"https://127.0.0.1:{nobody}/.well-known/est/acme") as watch:
        event = watch.event()
        assert (event["event"], event["code"]) == ("failed", "unreachable")
        wait = datetime.datetime.fromisoformat(event["again_at"].rstrip("Z")) - datetime.datetime.fromisoformat(event["time"].rstrip("Z"))
        assert datetime.timedelta(seconds=59) <= wait <= datetime.timedelta(seconds=122)
        code, rest, _ = watch.stop()
    assert (code, [event["event"] for event in rest]) == (0, ["stopped"])
    assert certificate(identity)["serial"] == before["serial"]


def test_a_command_that_fails_is_told_and_the_watch_goes_on(broker, identity):
    with watching(broker, identity, "--force", "--exec", "exit 7") as watch:
        events = [watch.event() for _ in range(3)]
        assert [event["event"] for event in events] == ["renewed", "failed", "waiting"]
        assert "exit code 7" in events[1]["message"]
        assert watch.stop()[0] == 0


def test_a_command_can_be_ended_though_the_watch_waits_for_signals(broker, identity, tmp_path):
    # What --exec starts has no signal blocked.
    with watching(broker, identity, "--force", "--exec", f"grep SigBlk /proc/self/status > {tmp_path}/blocked") as watch:
        assert [watch.event()["event"] for _ in range(2)] == ["renewed", "waiting"]
        assert watch.stop()[0] == 0
    assert int((tmp_path / "blocked").read_text().split()[1], 16) == 0


def test_lines_for_people(broker, identity):
    command = ["cert", "renew", "--identity", identity, "--est-url", f"{broker.est_url}/acme", "--watch", "-o", "table"]
    with subprocess.Popen([MUSTER, *map(str, command)], stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        process.terminate()
        assert "waiting CN=press-" in line and "its renewal is due at" in line
        assert process.stdout.readline().endswith("stopped by signal 15\n")


@pytest.mark.parametrize(
    ("flags", "code"),
    [(["--error-unchanged"], 2), (["--expires-in", "1y"], 2), (["--splay", "soon"], 2), (["--identity", "/nonexistent"], 5)],
)
def test_a_watch_that_cannot_begin_says_so(broker, identity, flags, code):
    done = run("cert", "renew", "--identity", identity, "--est-url", f"{broker.est_url}/acme", "--watch", *flags)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr


def test_a_single_renewal_waits_within_its_splay_only_if_it_is_due(broker, identity):
    one = ["cert", "renew", "--identity", identity, "--est-url", f"{broker.est_url}/acme"]
    before = certificate(identity)
    done = run(*one, "--splay", "24h")
    assert done.returncode == 0 and "Not renewed" in done.stderr
    done = run(*one, *ALWAYS, "--splay", "50ms")
    assert done.returncode == 0 and "of --splay" in done.stderr and "Renewed" in done.stderr
    renewed = certificate(identity)
    assert renewed["serial"] != before["serial"]
    with subprocess.Popen([MUSTER, *map(str, one), *ALWAYS, "--splay", "24h"], stderr=subprocess.PIPE, text=True) as process:
        while "of --splay" not in (line := process.stderr.readline()):
            assert line, "it ended"
        process.terminate()
        process.stderr.read()
    assert process.returncode == 143
    assert certificate(identity)["serial"] == renewed["serial"]
