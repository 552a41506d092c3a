# SPDX-License-Identifier: Apache-2.0
"""broker run: the bounds that its flags set, seen from a client."""
import contextlib
import json
import socket

import pytest
from doctoring import Authority
from peers import PATIENCE, Broker, PahoClient, run

FLAT = ("--tenant", "acme", "--isolation", "flat", "--anonymous", "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0")
# MQTT 3.1.1, clean session, keep-alive 60 s; and a subscription to "t" with QoS 0.
CONNECT = bytes.fromhex("100d00044d5154540402003c000161")
SUBSCRIBE = bytes.fromhex("8206000100017400")


def dropped(broker):
    return json.loads(broker.muster("broker", "status", "-o", "json").stdout)["counters"]["dropped_queue_full"]


@pytest.mark.parametrize(("flags", "kept"), [(["--max-queued", "2"], ["3", "4"]), ([], ["0", "1", "2", "3", "4"])])
def test_of_what_waits_for_a_session_the_oldest_goes_first(tmp_path, flags, kept):
    with Broker(tmp_path / "data", *FLAT, *flags) as broker:
        away = PahoClient("away", session_expiry=3600)
        assert away.connect(broker.plain_port) == 0
        away.subscribe("t")
        away.close()
        away.wait("disconnect")
        sender = PahoClient("sender")
        assert sender.connect(broker.plain_port) == 0
        for number in range(5):
            sender.publish("t", str(number))
        assert dropped(broker) == 5 - len(kept)
        back = PahoClient("away", clean=False, session_expiry=3600)
        assert back.connect(broker.plain_port) == 0
        assert [back.message().payload.decode() for _ in kept] == kept
        for client in (sender, back):
            client.close()


@pytest.mark.parametrize(("flags", "payloads"), [(["--max-unsent-bytes", "1"], [b"1"]), ([], [b"1", b"2"])])
def test_a_reader_that_is_slow_loses_qos_0_beyond_what_may_be_unsent(tmp_path, flags, payloads):
    with Broker(tmp_path / "data", *FLAT, *flags) as broker:
        with socket.create_connection(("127.0.0.1", broker.plain_port), timeout=PATIENCE) as client, client.makefile("rb") as answers:
            client.sendall(CONNECT + SUBSCRIBE)
            assert answers.read(9) == bytes.fromhex("20020000" "9003000100")
            # Two in one read, and so the first is unsent when the second comes; the end of a ping is the end of both.
            client.sendall(b"\x30\4\0\1t1\x30\4\0\1t2\xc0\0")
            expected = b"".join(b"\x30\4\0\1t" + payload for payload in payloads) + b"\xd0\0"
            assert answers.read(len(expected)) == expected
        assert dropped(broker) == 2 - len(payloads)


@pytest.mark.parametrize("flags", [["--max-unsent-bytes", "4194305"], ["--expired-renewal-grace", "87601"], ["--approval-poll", "0s"], ["--approval-poll", "25h"]])
def test_a_bound_that_cannot_be_is_refused_by_name(tmp_path, flags):
    done = run("broker", "run", "--ephemeral", *flags)
    assert done.returncode == 2
    assert flags[0].removeprefix("--") in done.stderr.replace("_", "-"), done.stderr


def test_a_device_that_waits_for_approval_is_told_when_to_ask_again(tmp_path):
    with Broker(tmp_path / "data", "--approval-poll", "77s") as broker:
        broker.muster("tenant", "create", "acme", "--manual-approval", check=True)
        broker.muster("device", "register", "press-01", "--tenant", "acme", "--otp-file", tmp_path / "otp", check=True)
        done = run("cert", "enroll", "--est-url", f"{broker.est_url}/acme", "--device-id", "press-01", "--otp-file", tmp_path / "otp",
                   "--cafile", broker.ca_file, "--out-dir", tmp_path / "press-01")  # fmt: skip
    assert done.returncode == 7
    assert "come back after 77 s" in done.stderr, done.stderr


@contextlib.contextmanager
def with_expired_device(tmp_path, *flags):
    """A broker, and the identity of a device whose certificate ended in 2020, signed by its tenant's own CA."""
    with Broker(tmp_path / "data", "--tenant", "acme", *flags) as broker:
        identity = broker.enroll("acme", "press-01", tmp_path)
        ca = tmp_path / "data" / "ca"
        authority = Authority.of(tmp_path, issuing=ca / "acme.pem", key=ca / "acme.key")
        run("csr", "create", "--device-id", "press-01", "--key", identity / "device.key", "--out", tmp_path / "press-01.csr", check=True)
        authority.sign_dated(tmp_path / "press-01.csr", identity / "device.crt", "200101000000Z", "200201000000Z")
        (identity / "chain.pem").write_text((identity / "device.crt").read_text() + (ca / "acme.pem").read_text())
        yield broker, identity


@pytest.mark.parametrize(("hours", "code"), [("87600", 0), ("1", 4), (None, 4)])
def test_a_certificate_renews_itself_for_so_long_after_its_end(tmp_path, hours, code):
    flags = [] if hours is None else ["--expired-renewal-grace", hours]
    with with_expired_device(tmp_path, *flags) as (broker, identity):
        done = run("cert", "renew", "--identity", identity, "--est-url", f"{broker.est_url}/acme", "--host", broker.mqtts_url)
        assert done.returncode == code, done.stderr
        assert run("pub", "-h", broker.mqtts_url, "--identity", identity, "-t", "n", "-m", "1").returncode == (0 if code == 0 else 8)
