# SPDX-License-Identifier: Apache-2.0
"""Faults through `import muster`: what goes wrong, and what a device makes of it."""
import time

import muster
import pytest


@pytest.fixture
def broker():
    with muster.Broker() as running:
        running.create_tenant("acme")
        yield running


def wait_until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_device_that_is_refused_comes_back_until_it_is_let_in(broker, tmp_path):
    identity = broker.enroll("acme", "press-01", tmp_path)
    broker.inject("refuse", tenant="acme", client_id="press-01", reason=0x89, times=2)
    with muster.Device(endpoints=[broker.mqtts_url], identity_dir=identity) as device:
        device.publish("telemetry/load", b"1")
        device.wait_drained(20)
    (fault,) = broker.faults
    assert (fault.kind, fault.is_standing, fault.considered, fault.applied) == ("refuse", False, 2, 2)
    assert broker.counters.refused == 2


def test_a_scenario_plays_in_its_time_and_ends_when_it_is_cleared(broker):
    broker.run_scenario({"seed": 7, "steps": [{"kind": "freeze", "duration_ms": 60000}, {"at_ms": 3600000, "kind": "take_over"}]})
    wait_until(lambda: len(broker.faults) == 1)
    assert broker.faults[0].is_standing
    assert broker.clear_faults() == 1
    assert broker.faults == []


def test_a_mistake_names_its_field_and_its_line(broker):
    with pytest.raises(muster.Error, match="reason: no CONNACK refuses with 1"):
        broker.inject("refuse", reason=1)
    with pytest.raises(muster.Error, match="there is no such field"):
        broker.inject("refuse", tenannt="acme")
    with pytest.raises(muster.Error, match=r"line 2: steps\[1\].kind"):
        broker.run_scenario('{"steps": [{"kind": "refuse"},\n{"kind": "flood"}]}')
    assert broker.faults == []


def test_an_enrollment_meets_a_busy_server_and_keeps_its_password(broker, tmp_path):
    password = broker.register_device("acme", "press-01")
    fault = broker.inject("est", status=503, retry_after_s=1)
    request = {"est_url": f"{broker.est_url}/acme", "device_id": "press-01", "one_time_password": password, "ca_file": broker.ca_file, "identity_dir": tmp_path / "press-01"}
    with pytest.raises(muster.Error):
        muster.enroll(**request)
    broker.remove_fault(fault)
    assert muster.enroll(**request).common_name == "press-01"


def test_a_message_that_comes_twice_is_known_by_its_id(broker, tmp_path):
    broker.set_application("acme", "dash", "open sesame")
    password = tmp_path / "password"
    password.write_text("open sesame\n")
    password.chmod(0o600)
    dash = muster.Device(
        endpoints=[broker.mqtts_url], ca_file=broker.ca_file, client_id="dash", username="acme/dash", password_file=password, session_expiry=3600
    )
    with dash, muster.Device(endpoints=[broker.mqtts_url], identity_dir=broker.enroll("acme", "press-01", tmp_path)) as device:
        heard = dash.subscribe("press-01/n")
        dash.wait_subscribed()
        broker.inject("drop_acknowledgements", tenant="acme", client_id="press-01", times=1)
        device.publish("n", b"first")
        copies = [heard.get()]
        broker.begin_outage(0.1)
        device.wait_drained(20)
        copies.append(heard.get(20))
    assert [copy.payload for copy in copies] == [b"first", b"first"]
    seen = muster.DuplicateFilter()
    assert [seen.is_duplicate(copy.message_id) for copy in copies] == [False, True]
