# SPDX-License-Identifier: Apache-2.0
"""kill -9 at ten random moments: after the restart every reading that was accepted arrives. The same check finds the losses of `memory`."""
import contextlib
import os
import random
import subprocess
import time

import pytest
from peers import PATIENCE, Broker, PahoClient

PUBLISHER = os.environ["MUSTER_CRASH_PUBLISHER"]
KILLS = 10
# What is read from one life; with what then fills the pipe, ten lives stay below the 10,000 that the broker keeps for a slow receiver.
MOST_AT_ONCE = 100
PIPE_BYTES = 4_096


@pytest.fixture
def fleet(tmp_path):
    with Broker(tmp_path / "data", "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0") as broker:
        assert broker.muster("tenant", "create", "acme").returncode == 0
        broker.identity = broker.enroll("acme", "press-01", tmp_path)
        broker.application("acme", "dash", tmp_path)
        yield broker


def live_and_die(fleet, outbox, durability, first, moments):
    """Publishes from `first` until it is killed; returns the numbers that were accepted."""
    command = [PUBLISHER, fleet.mqtts_url, str(fleet.identity), str(outbox), durability, str(first)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0, pipesize=PIPE_BYTES)
    accepted = [int(process.stdout.readline())]
    end = time.monotonic() + moments.uniform(0.0, 0.6)  # The moment of the kill is what the test is about.
    while time.monotonic() < end and len(accepted) < MOST_AT_ONCE:
        accepted.append(int(process.stdout.readline()))
    time.sleep(max(0.0, end - time.monotonic()))  # Its session goes on while it waits for somebody to read.
    process.kill()
    # What it had printed before it died was accepted too.
    accepted += [int(line) for line in process.stdout.read().splitlines(keepends=True) if line.endswith(b"\n")]
    process.wait()
    return accepted


def collect(app, accepted):
    """What the application receives until everything accepted is there, or nothing comes any more."""
    received = []
    missing = set(accepted)
    while missing:
        try:
            number = int(app.messages.get(timeout=5 if len(missing) < len(accepted) else PATIENCE).payload)
        except Exception:  # noqa: BLE001 - queue.Empty: what is missing is the result
            break
        received.append(number)
        missing.discard(number)
    return received, missing


@contextlib.contextmanager
def refused(fleet):
    """The device gets no connection: what it accepts meanwhile waits."""
    scope = ("--tenant", "acme", "--client-id", "press-01")
    assert fleet.muster("broker", "fault", "add", "refuse", *scope, "--reason", "0x89").returncode == 0
    yield
    assert fleet.muster("broker", "fault", "clear").returncode == 0


def run_kills(fleet, tmp_path, durability, kills, seed, misfortune=None):
    moments = random.Random(seed)
    app = PahoClient("counter", session_expiry=600, clean=False)
    app.client.username_pw_set("acme/dash", "open sesame")
    assert app.connect(fleet.plain_port) == 0
    app.subscribe("press-01/n")
    outbox = tmp_path / "outbox" / "outbox.db"
    accepted = []
    with misfortune or contextlib.nullcontext():
        for _ in range(kills):
            accepted += live_and_die(fleet, outbox, durability, len(accepted) + 1 if not accepted else accepted[-1] + 1, moments)
    done = subprocess.run([PUBLISHER, fleet.mqtts_url, str(fleet.identity), str(outbox), "drain"], capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    received, missing = collect(app, accepted)
    app.close()
    return accepted, received, missing, [int(figure) for figure in done.stdout.split()]


def test_every_accepted_reading_arrives_after_ten_kills(fleet, tmp_path, capsys):
    seed = random.SystemRandom().randrange(1 << 32)
    accepted, received, missing, (counted, delivered, dropped, waiting) = run_kills(fleet, tmp_path, "process", KILLS, seed)
    with capsys.disabled():
        print(f"\nseed {seed}: {len(accepted)} accepted over {KILLS} kills, lost {len(missing)}, {len(received) - len(set(received))} duplicates")
    assert missing == set(), f"seed {seed}"
    assert (dropped, waiting) == (0, 0)
    # One more may have been accepted in each life than it lived to say.
    assert len(accepted) <= counted <= len(accepted) + KILLS
    assert counted == delivered
    assert accepted == sorted(set(accepted))


def test_the_check_finds_what_memory_loses(fleet, tmp_path):
    _, _, missing, _ = run_kills(fleet, tmp_path, "memory", 3, 1, refused(fleet))
    assert missing
