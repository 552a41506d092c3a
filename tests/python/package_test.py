# SPDX-License-Identifier: Apache-2.0
"""`import muster`: enroll, publish, receive and assert, against the bundled broker in this process."""
import inspect
import pathlib
import queue
import re
import socket

import muster
import pytest


@pytest.fixture
def broker():
    with muster.Broker(plain=True) as running:
        running.create_tenant("acme")
        running.set_application("acme", "dash", "open sesame")
        yield running


@pytest.fixture
def application(broker, tmp_path):
    password = tmp_path / "dash.password"
    password.write_text("open sesame\n")
    password.chmod(0o600)
    with muster.Device(endpoints=[broker.mqtts_url], ca_file=broker.ca_file, client_id="dash", username="acme/dash", password_file=password, session_expiry=60) as device:
        yield device


def test_a_function_gives_the_password_for_every_connection(broker):
    asked = []

    def token():
        asked.append(1)
        if len(asked) == 1:
            raise RuntimeError("the identity provider is away")
        return ("open sesame", 3600)

    with muster.Device(endpoints=[broker.mqtt_url], client_id="dash", username="acme/dash", token=token) as device:
        device.publish("press-01/cmd", b"open")
        device.wait_drained()
        assert device.status.protocol == "mqtt5"
    assert len(asked) == 2


def test_a_reading_reaches_the_application_and_the_accounts_agree(broker, application, tmp_path):
    readings = application.subscribe("+/telemetry/#")
    application.wait_subscribed()
    identity = broker.enroll("acme", "press-01", tmp_path)
    with muster.Device(endpoints=[broker.mqtts_url], identity_dir=identity, outbox_path=tmp_path / "outbox" / "outbox.db") as device:
        device.publish("telemetry/load", b"0.5")
        device.publish("telemetry/raw", bytes(range(256)), priority="bulk", overflow="latest", time_to_live=3600, key="raw")
        device.wait_drained()
        assert device.status.client_id == "press-01"
    first, second = readings.get(), readings.get()
    assert (first.topic, first.payload, first.qos) == ("press-01/telemetry/load", b"0.5", 1)
    assert second.payload == bytes(range(256))
    outbox = device.status.outbox
    assert (outbox.accepted, outbox.delivered, outbox.dropped, outbox.waiting) == (2, 2, 0, 0)
    assert (outbox.dropped_expired, outbox.dropped_superseded, outbox.dropped_purged, outbox.quarantined) == (0, 0, 0, 0)
    assert broker.counters.messages_in == 2
    assert broker.counters.refused_for_memory == 0


def test_a_command_reaches_its_device_and_no_other(broker, application, tmp_path):
    devices = [muster.Device(endpoints=[broker.mqtts_url], identity_dir=broker.enroll("acme", name, tmp_path)) for name in ("press-01", "press-02")]
    inboxes = [device.subscribe("#") for device in devices]
    for device in devices:
        device.start()
        device.wait_subscribed()
    application.publish("press-01/commands/stop", "now")
    assert inboxes[0].get().payload == b"now"
    assert inboxes[1].empty()
    for device in devices:
        device.stop()


def test_an_outage_loses_nothing(broker, application, tmp_path):
    readings = application.subscribe("+/telemetry/#")
    application.wait_subscribed()
    identity = broker.enroll("acme", "press-01", tmp_path)
    with muster.Device(endpoints=[broker.mqtts_url], identity_dir=identity, outbox_path=tmp_path / "outbox" / "outbox.db") as device:
        for number in range(100):
            if number == 50:
                device.wait_drained()
                broker.begin_outage(0.5)
            device.publish("telemetry/n", str(number))
        device.wait_drained(60)
    received = set()
    while len(received) < 100:
        received.add(int(readings.get(30).payload))
    assert received == set(range(100))


def test_an_error_is_an_exception_with_code_and_hint(broker, tmp_path):
    with pytest.raises(muster.Error) as refused:
        muster.enroll(est_url=f"{broker.est_url}/acme", device_id="nobody", one_time_password="wrong", ca_file=broker.ca_file, identity_dir=tmp_path / "nobody")
    assert refused.value.code == "denied"
    assert refused.value.hint
    with pytest.raises(muster.Error) as missing:
        muster.Device(endpoints=["mqtts://127.0.0.1:1"], identity_dir=tmp_path / "none")
    assert missing.value.code == "not_found"
    with pytest.raises(muster.Error):
        broker.create_tenant("acme")


def test_a_refused_client_id_shows_in_the_status(broker, tmp_path):
    identity = broker.enroll("acme", "press-02", tmp_path)
    device = muster.Device(endpoints=[broker.mqtts_url], identity_dir=identity, client_id="press-01")
    device.subscribe("x")
    device.start()
    with pytest.raises(muster.Error):
        device.wait_subscribed(3)
    status = device.stop(0)
    assert (status.connects, status.last_error_code) == (0, "denied")


def test_a_message_is_acknowledged_by_hand_and_others_wait_for_it(broker, application):
    by_hand = queue.Queue()
    application.subscribe_manual("a", lambda *given: by_hand.put(given))
    others = application.subscribe("b")
    application.wait_subscribed()
    application.publish("a", "1")
    message, acknowledgement = by_hand.get(timeout=20)
    assert message.payload == b"1"
    application.publish("b", "2")
    with pytest.raises(muster.Error) as held:
        application.wait_drained(0.3)
    assert held.value.code == "timeout"
    acknowledgement.acknowledge()
    assert others.get().payload == b"2"
    assert application.metrics()["muster_inbox_acknowledged_early_total"] == 0
    acknowledgement.acknowledge()


def test_a_handler_that_raises_does_not_stop_the_others(broker, application, tmp_path, monkeypatch):
    unraisable = []
    monkeypatch.setattr("sys.unraisablehook", lambda report: unraisable.append(report.exc_type))
    application.subscribe("a", lambda message: 1 / 0)
    others = application.subscribe("b")
    application.wait_subscribed()
    application.publish("a", "1")
    application.publish("b", "2")
    assert others.get().payload == b"2"
    assert unraisable == [ZeroDivisionError]


def test_a_message_that_no_broker_takes_is_set_aside(tmp_path):
    with muster.Broker(plain=True, max_packet_size=5000) as broker:
        broker.create_tenant("acme")
        identity = broker.enroll("acme", "press-01", tmp_path)
        with muster.Device(endpoints=[broker.mqtts_url], identity_dir=identity) as device:
            large = device.publish("telemetry/raw", bytes(6000))
            device.publish("telemetry/load", b"0.5")
            device.wait_drained()
            (aside,) = device.quarantined()
            assert (aside.id, aside.message.topic, len(aside.message.payload)) == (large, "telemetry/raw", 6000)
            assert "5000" in aside.reason
            assert device.status.outbox.quarantined == 1


def test_a_broker_may_offer_less_and_says_where_it_listens():
    with muster.Broker(plain=True, websocket=True, maximum_qos=0, shared_subscriptions=False, server_keep_alive=30) as broker:
        assert [url.split(":")[0] for url in broker.listeners] == ["mqtts", "mqtt", "ws", "wss"]
        assert broker.ws_url == broker.listeners[2]
        broker.create_tenant("acme", "flat")
        broker.set_application("acme", "dash", "open sesame")
        with socket.create_connection(("127.0.0.1", int(broker.mqtt_url.rsplit(":", 1)[1])), timeout=10) as client:
            client.sendall(b"\x10\x29\0\4MQTT\5\xc2\0\x3c\0\0\4dash\0\x09acme/dash\0\x0bopen sesame")
            connack = client.recv(1024)
    assert connack[3] == 0
    assert b"\x24\x00" in connack  # Maximum QoS 0.
    assert b"\x2a\x00" in connack  # Shared Subscription Available 0.
    assert b"\x13\x00\x1e" in connack  # Server Keep Alive 30.


def test_what_a_broker_cannot_offer_is_named():
    with pytest.raises(muster.Error, match="max_in_flight"):
        muster.Broker(max_in_flight=0)
    with pytest.raises(TypeError, match="max_qos"):
        muster.Broker(max_qos=1)


def test_the_stubs_name_everything_that_is_public():
    stubs = (pathlib.Path(inspect.getfile(muster)).parent / "__init__.pyi").read_text()
    for name in muster.__all__:
        assert re.search(rf"^(class |def )?{name}\b", stubs, re.MULTILINE), name
    for cls in (muster.Device, muster.Broker, muster.Subscription):
        for name in vars(cls):
            assert name.startswith("_") or f"def {name}(" in stubs, name
