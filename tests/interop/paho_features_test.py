# SPDX-License-Identifier: Apache-2.0
"""Paho for Python, a client that we did not write: QoS 2 in both versions, and what MQTT 5.0 adds."""
import paho.mqtt.client as paho
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions
from peers import Broker, PahoClient

VERSIONS = [pytest.param(paho.MQTTv311, id="3.1.1"), pytest.param(paho.MQTTv5, id="5")]


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    directory = tmp_path_factory.mktemp("broker")
    with Broker(directory / "data", "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0") as running:
        assert running.muster("tenant", "create", "acme", "--isolation", "flat").returncode == 0
        running.application("acme", "dash", directory)
        yield running


@pytest.fixture
def connect(broker):
    """Connects clients, and closes them at the test's end."""
    clients = []

    def make(client_id, version=paho.MQTTv5, **options):
        client = PahoClient(client_id, version, **options)
        client.client.username_pw_set("acme/dash", "open sesame")
        assert client.connect(broker.plain_port) == 0
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


def properties(packet, **values):
    made = Properties(packet)
    for name, value in values.items():
        setattr(made, name, value)
    return made


def publish(client, topic, payload, **values):
    client.client.publish(topic, payload, 1, properties=properties(PacketTypes.PUBLISH, **values))
    client.wait("publish")


def subscribe(client, topic, identifier=None, **options):
    values = {} if identifier is None else {"SubscriptionIdentifier": identifier}
    client.client.subscribe(topic, options=SubscribeOptions(**options), properties=properties(PacketTypes.SUBSCRIBE, **values))
    return client.wait("subscribe")


def payloads_until(client, last):
    """Everything up to this payload, so that what came twice or too much shows."""
    seen = []
    while not seen or seen[-1] != last:
        seen.append(client.message().payload)
    return seen


@pytest.mark.parametrize("version", VERSIONS)
def test_qos_2_arrives_once_and_in_order(connect, version):
    receiver, sender = connect("receiver", version), connect("sender", version)
    assert receiver.subscribe("twice/never", 2) == [2]
    sent = [b"%d" % number for number in range(50)] + [b"last"]
    for payload in sent:
        sender.publish("twice/never", payload, 2)
    assert payloads_until(receiver, b"last") == sent


@pytest.mark.parametrize("version", VERSIONS)
def test_qos_2_waits_for_a_session_that_is_away(connect, version):
    options = {"clean": False, "session_expiry": 60}
    away = connect("away", version, **options)
    away.subscribe("waiting", 2)
    away.close()
    connect("sender", version).publish("waiting", "kept", 2)
    message = connect("away", version, **options).message()
    assert (message.payload, message.qos) == (b"kept", 2)
    connect("away", version)  # Its session ends with it.


@pytest.mark.parametrize("version", VERSIONS)
def test_members_of_a_shared_subscription_share_the_work(connect, version):
    members = [connect(f"member-{number}", version) for number in range(2)]
    for member in members:
        assert member.subscribe("$share/group/work", 1) == [1]
    sender = connect("sender", version)
    for number in range(10):
        sender.publish("work", str(number))
    assert sorted(int(member.message().payload) for member in members for _ in range(5)) == list(range(10))


def test_a_request_finds_its_answer(connect):
    asking, answering = connect("asking"), connect("answering")
    asking.subscribe("answers")
    answering.subscribe("requests")
    publish(asking, "requests", "?", ResponseTopic="answers", CorrelationData=b"\0\x01\xff")
    request = answering.message().properties
    publish(answering, request.ResponseTopic, "!", CorrelationData=request.CorrelationData)
    answer = asking.message()
    assert (answer.payload, answer.properties.CorrelationData) == (b"!", b"\0\x01\xff")


def test_user_properties_keep_their_order(connect):
    client = connect("client")
    client.subscribe("marked")
    pairs = [("b", "1"), ("a", "2"), ("b", "1"), ("", "empty name")]
    publish(client, "marked", "x", UserProperty=pairs, ContentType="text/plain", PayloadFormatIndicator=1)
    got = client.message().properties
    assert (got.UserProperty, got.ContentType, got.PayloadFormatIndicator) == (pairs, "text/plain", 1)


def test_the_expiry_interval_arrives_with_what_is_left_of_it(connect):
    client = connect("client")
    publish(client, "lasting", "x", MessageExpiryInterval=100)
    client.subscribe("lasting")
    client.client.publish("lasting", "kept", 1, retain=True, properties=properties(PacketTypes.PUBLISH, MessageExpiryInterval=100))
    assert 80 <= client.message().properties.MessageExpiryInterval <= 100
    client.publish("lasting", "", retain=True)


def test_a_message_names_every_subscription_that_it_matches(connect):
    client = connect("client")
    subscribe(client, "named/+", 7, qos=1)
    subscribe(client, "named/#", 300, qos=0)
    publish(client, "named/x", "x")
    assert sorted(client.message().properties.SubscriptionIdentifier) == [7, 300]


def test_no_local_and_retain_as_published(connect):
    client, other = connect("client"), connect("other")
    subscribe(client, "own", qos=1, noLocal=True, retainAsPublished=True)
    client.publish("own", "mine")
    other.client.publish("own", "another's", 1, retain=True)
    message = client.message()
    assert (message.payload, message.retain) == (b"another's", True)
    other.publish("own", "", retain=True)
