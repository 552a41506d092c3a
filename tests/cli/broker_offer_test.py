# SPDX-License-Identifier: Apache-2.0
"""broker run: what clients find, by its flags."""
import socket

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from peers import PATIENCE, Broker, run

LESS = [
    *("--max-qos", "1", "--without", "retained", "--without", "wildcards", "--without", "shared", "--without", "subscription-identifiers"),
    *("--max-packet-size", "5000", "--max-inflight", "7", "--topic-alias-max", "3", "--max-keep-alive", "20", "--max-session-expiry", "60"),
]
# MQTT 5, clean start, keep-alive 60 s, session expiry 300 s, anonymous.
CONNECT = bytes.fromhex("101500044d5154540502003c05110000012c0003617070")


def greet(broker):
    """The properties of CONNACK."""
    with socket.create_connection(("127.0.0.1", broker.plain_port), timeout=PATIENCE) as client:
        client.sendall(CONNECT)
        answer = client.recv(1024)
    assert (answer[0], answer[3]) == (0x20, 0)
    properties = Properties(PacketTypes.CONNACK)
    properties.unpack(answer[4:])
    return properties.json()


def broker_with(tmp_path, *flags):
    return Broker(tmp_path / "data", "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0", *flags)


def test_connack_says_what_is_not_offered(tmp_path):
    with broker_with(tmp_path, *LESS) as broker:
        assert broker.muster("tenant", "create", "acme", "--isolation", "flat", "--anonymous").returncode == 0
        told = greet(broker)
    assert told == {
        "MaximumQoS": 1,
        "RetainAvailable": 0,
        "WildcardSubscriptionAvailable": 0,
        "SubscriptionIdentifierAvailable": 0,
        "SharedSubscriptionAvailable": 0,
        "MaximumPacketSize": 5000,
        "ReceiveMaximum": 7,
        "TopicAliasMaximum": 3,
        "ServerKeepAlive": 20,
        "SessionExpiryInterval": 60,
    }


def test_without_flags_everything_is_offered(tmp_path):
    with broker_with(tmp_path) as broker:
        assert broker.muster("tenant", "create", "acme", "--isolation", "flat", "--anonymous").returncode == 0
        assert set(greet(broker)) == {"MaximumPacketSize", "ReceiveMaximum", "TopicAliasMaximum"}


@pytest.mark.parametrize(
    "flags",
    [
        ("--max-qos", "3"),
        ("--without", "qos"),
        ("--max-packet-size", "0"),
        ("--max-inflight", "0"),
        ("--max-inflight", "32769"),
        ("--topic-alias-max", "65536"),
        ("--server-keep-alive", "65536"),
        ("--max-keep-alive", "0"),
        ("--max-session-expiry", "4294967295"),
    ],
)
def test_what_cannot_be_offered_is_usage_and_named(tmp_path, flags):
    done = run("broker", "run", "--state", tmp_path / "data", *flags)
    assert done.returncode == 2
    assert flags[0] in done.stderr
