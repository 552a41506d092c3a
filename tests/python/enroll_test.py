# SPDX-License-Identifier: Apache-2.0
"""`muster.enroll` with keys that are encrypted, and with a key in a token; the device connects with each."""
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
