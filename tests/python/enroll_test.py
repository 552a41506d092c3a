# SPDX-License-Identifier: Apache-2.0
"""`muster.enroll` with keys that are encrypted, or in a token, and with servers that let it wait; certificates that a device renews."""
import datetime
import signal
import threading
import time

import muster
import pytest
from tokens import SoftToken


@pytest.fixture(scope="module")
def token(tmp_path_factory):
    """SoftHSM reads its configuration once in a process, so there is one token for all tests."""
    token = SoftToken(tmp_path_factory.mktemp("token"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in token.environment.items():
            patch.setenv(name, value)
        yield token


@pytest.fixture
def broker():
    with muster.Broker() as running:
        running.create_tenant("acme")
        yield running


@pytest.mark.parametrize(("in_token", "begins"), [(False, "-----BEGIN ENCRYPTED PRIVATE KEY-----"), (True, "-----BEGIN PKCS#11 PROVIDER URI-----")])
def test_a_device_connects_with_a_key_that_needs_a_password(broker, token, tmp_path, in_token, begins):
    identity = tmp_path / "press-01"
    request = {"est_url": f"{broker.est_url}/acme", "device_id": "press-01", "one_time_password": broker.register_device("acme", "press-01"), "ca_file": broker.ca_file, "identity_dir": identity}
    certificate = muster.enroll(**request, key_store=token.store if in_token else "file:", key_password_file=token.pin_file)
    assert certificate.common_name == "press-01"
    assert (identity / "device.key").read_text().startswith(begins)
    with muster.Device(endpoints=[broker.mqtts_url], identity_dir=identity, key_password_file=token.pin_file) as device:
        device.publish("telemetry/load", b"0.5")
        device.wait_drained()
    with pytest.raises(muster.Error) as refused:
        muster.Device(endpoints=[broker.mqtts_url], identity_dir=identity)
    assert refused.value.code == "denied"


def test_a_store_that_is_none_is_named(broker, tmp_path):
    with pytest.raises(muster.Error, match="there is no key store 'vault:'"):
        muster.enroll(est_url=f"{broker.est_url}/acme", device_id="press-01", one_time_password="x", ca_file=broker.ca_file, identity_dir=tmp_path / "press-01", key_store="vault:")


def request_for(broker, identity, device="press-01"):
    return {"est_url": f"{broker.est_url}/acme", "device_id": device, "one_time_password": broker.register_device("acme", device), "ca_file": broker.ca_file, "identity_dir": identity}


def test_an_enrollment_waits_for_a_busy_server_as_long_as_it_may(broker, tmp_path):
    request = request_for(broker, tmp_path / "press-01")
    broker.inject("est", status=503, times=2)
    with pytest.raises(muster.Error) as refused:
        muster.enroll(**request)
    assert refused.value.code == "unavailable"
    certificate = muster.enroll(**request, max_wait=datetime.timedelta(seconds=20), retry_every=datetime.timedelta(milliseconds=10))
    assert certificate.common_name == "press-01"
    broker.inject("est", status=503)
    with pytest.raises(muster.Error) as waited:
        muster.enroll(**request_for(broker, tmp_path / "press-02", "press-02"), max_wait=datetime.timedelta(milliseconds=50), retry_every=datetime.timedelta(milliseconds=10))
    assert waited.value.code in ("unavailable", "timeout")


def test_a_signal_ends_the_waiting(broker, tmp_path):
    request = request_for(broker, tmp_path / "press-01")
    broker.inject("est", status=503)

    class Interrupted(Exception):
        pass

    def interrupt(number, frame):
        raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(Interrupted):
            muster.enroll(**request, max_wait=datetime.timedelta(minutes=5), retry_every=datetime.timedelta(milliseconds=10))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def until(holds, patience=20.0):
    """Waits for what the device tells in its status only."""
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


def test_a_device_renews_for_the_asking_and_tells_of_it(broker, tmp_path):
    identity = broker.enroll("acme", "press-01", tmp_path)
    with muster.Device(endpoints=[broker.mqtts_url], identity_dir=identity, renewal_est_url=f"{broker.est_url}/acme") as device:
        until(lambda: device.status.state == "connected")
        before = device.status.credential
        assert (before.state, before.renewals, before.last_error, before.last_error_code) == ("valid", 0, None, None)
        assert before.not_after > datetime.datetime.now() + datetime.timedelta(days=80)
        device.renew()
        until(lambda: device.status.credential.renewals == 1)
        after = device.status.credential
        assert (after.state, after.last_error) == ("valid", None)
        assert after.serial_hex != before.serial_hex
        device.publish("telemetry/load", b"0.5")
        device.wait_drained()


def test_a_renewal_that_fails_says_why(broker, tmp_path):
    identity = broker.enroll("acme", "press-01", tmp_path)
    broker.inject("est", status=503)
    with muster.Device(endpoints=[broker.mqtts_url], identity_dir=identity, renewal_est_url=f"{broker.est_url}/acme") as device:
        device.renew()
        until(lambda: device.status.credential.state == "retrying")
        assert device.status.credential.last_error_code == "unavailable"
        assert "503" in device.status.credential.last_error


def test_a_device_without_anybody_to_renew_it_says_so(broker, tmp_path):
    identity = broker.enroll("acme", "press-01", tmp_path)
    with muster.Device(endpoints=[broker.mqtts_url], identity_dir=identity) as device:
        credential = device.status.credential
        assert (credential.state, credential.serial_hex, credential.not_after) == ("not_renewed", "", None)
        with pytest.raises(muster.Error) as refused:
            device.renew()
        assert refused.value.code == "invalid_argument"
