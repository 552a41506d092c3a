# SPDX-License-Identifier: Apache-2.0
"""Who gets in: devices with passwords, applications, and clients that show nothing, set up by `muster` and played by Eclipse Paho."""
import json
import time

import pytest
from peers import PATIENCE, Broker, PahoClient

ODD_NAMES = ["press-01", "a/b", "+", "#", "100%", " hall 3 ", "$SYS", "Fräse", "a%2Fb"]
BAD_USER_NAME_OR_PASSWORD, NOT_AUTHORIZED = 0x86, 0x87


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    directory = tmp_path_factory.mktemp("broker")
    with Broker(directory / "data", "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0", "--password-cost", "4") as running:
        assert running.muster("tenant", "create", "acme", "--device-passwords").returncode == 0
        assert running.muster("tenant", "create", "strict").returncode == 0
        running.application("acme", "dash", directory)
        yield running


def set_password(broker, device, password, tenant="acme"):
    return broker.muster("device", "password", "--tenant", tenant, "--password-file", "-", "--", device, stdin=password + "\n")


def client(client_id, user=None, password=None):
    made = PahoClient(client_id)
    if user is not None:
        made.client.username_pw_set(user, password)
    return made


def enter(broker, client_id, user=None, password=None):
    """CONNACK's reason code."""
    one = client(client_id, user, password)
    code = one.connect(broker.plain_port)
    one.close()
    return code


def test_devices_of_any_name_have_their_own_space_and_are_seen_under_their_encoded_name(broker):
    application = client("dashboard", "acme/dash", "open sesame")
    assert application.connect(broker.plain_port) == 0
    application.subscribe("+/state")
    encoded = {"a/b": "a%2Fb", "+": "%2B", "#": "%23", "100%": "100%25", "$SYS": "%24SYS", "a%2Fb": "a%252Fb"}
    for name in ODD_NAMES:
        assert set_password(broker, name, "pw of " + name).returncode == 0
        device = client(name, f"acme/{name}", "pw of " + name)
        assert device.connect(broker.plain_port) == 0, name
        device.subscribe("#")
        device.publish("state", name)
        assert device.message().topic == "state"
        seen = application.message()
        assert (seen.topic, seen.payload.decode()) == (encoded.get(name, name) + "/state", name)
        assert device.messages.empty()
        device.close()
    application.close()


def test_a_wrong_password_a_wrong_client_id_and_a_tenant_without_passwords_are_refused(broker):
    assert set_password(broker, "press-02", "right").returncode == 0
    assert enter(broker, "press-02", "acme/press-02", "right") == 0
    assert enter(broker, "press-02", "acme/press-02", "wrong") == BAD_USER_NAME_OR_PASSWORD
    assert enter(broker, "press-03", "acme/press-02", "right") == NOT_AUTHORIZED
    refused = set_password(broker, "press-02", "right", tenant="strict")
    assert refused.returncode == 4
    assert "muster tenant set strict --device-passwords" in refused.stderr


@pytest.mark.parametrize("letter", ["x", "\x01"], ids=["letters", "what JSON writes as six bytes"])
def test_a_password_may_be_as_long_as_a_token_with_many_claims(broker, tmp_path, letter):
    longest = letter * 8_192
    assert set_password(broker, "long", longest).returncode == 0
    assert enter(broker, "long", "acme/long", longest) == 0
    for wrong in (longest[:-1], longest + letter, longest * 7, longest[:-1] + "y"):
        assert enter(broker, "long", "acme/long", wrong) == BAD_USER_NAME_OR_PASSWORD
    refused = set_password(broker, "long", longest + letter)
    assert refused.returncode == 2 and "the password has more than 8192 bytes" in refused.stderr
    broker.application("acme", "long-board", tmp_path, longest)
    assert enter(broker, "", "acme/long-board", longest) == 0


def test_a_new_password_replaces_the_old_one_at_once(broker):
    set_password(broker, "press-04", "old")
    assert enter(broker, "press-04", "acme/press-04", "old") == 0
    set_password(broker, "press-04", "new")
    assert enter(broker, "press-04", "acme/press-04", "old") == BAD_USER_NAME_OR_PASSWORD
    assert enter(broker, "press-04", "acme/press-04", "new") == 0


def test_passwords_end_for_devices_when_the_tenant_says_so(broker):
    assert broker.muster("tenant", "create", "moody", "--device-passwords").returncode == 0
    set_password(broker, "press-05", "pw", tenant="moody")
    assert enter(broker, "press-05", "moody/press-05", "pw") == 0
    assert broker.muster("tenant", "set", "moody", "--no-device-passwords").returncode == 0
    assert enter(broker, "press-05", "moody/press-05", "pw") == BAD_USER_NAME_OR_PASSWORD


def test_a_name_belongs_to_a_device_or_to_an_application(broker, tmp_path):
    assert set_password(broker, "dash", "pw").returncode == 6
    set_password(broker, "press-06", "pw")
    file = tmp_path / "password"
    file.write_text("pw\n")
    file.chmod(0o600)
    assert broker.muster("application", "create", "press-06", "--tenant", "acme", "--password-file", file).returncode == 6


def test_clients_that_show_nothing_get_into_the_one_flat_tenant_that_says_so(broker):
    assert enter(broker, "guest") == NOT_AUTHORIZED
    assert broker.muster("tenant", "create", "isolated", "--anonymous").returncode == 2
    assert broker.muster("tenant", "create", "lab", "--isolation", "flat", "--anonymous").returncode == 0
    assert broker.muster("tenant", "create", "lab-2", "--isolation", "flat", "--anonymous").returncode == 6
    one, two = client("guest-1"), client("guest-2")
    assert (one.connect(broker.plain_port), two.connect(broker.plain_port)) == (0, 0)
    one.subscribe("#")
    two.publish("a/b", "hello")
    assert one.message().topic == "a/b"
    one.close(), two.close()
    assert {tenant["name"]: tenant["anonymous"] for tenant in json.loads(broker.muster("tenant", "list").stdout)}["lab"]
    assert broker.muster("tenant", "set", "lab", "--no-anonymous").returncode == 0
    assert enter(broker, "guest") == NOT_AUTHORIZED


def test_a_tenant_is_set_to_something(broker):
    assert broker.muster("tenant", "set", "acme").returncode == 2
    assert broker.muster("tenant", "set", "nowhere", "--device-passwords").returncode == 5


def connected(broker, name, user):
    one = client(name, user, "pw")
    assert one.connect(broker.plain_port) == 0
    return one


def test_a_revoked_device_is_disconnected_and_stays_out_until_it_is_deleted(broker):
    for name in ("press-07", "press-08"):
        assert set_password(broker, name, "pw").returncode == 0
    revoked, other = connected(broker, "press-07", "acme/press-07"), connected(broker, "press-08", "acme/press-08")
    begun = time.monotonic()
    assert broker.muster("device", "revoke", "--yes", "press-07", "--tenant", "acme").returncode == 0
    assert revoked.wait("disconnect") == NOT_AUTHORIZED
    assert time.monotonic() - begun < PATIENCE
    other.publish("still", "here")
    revoked.close(), other.close()
    assert enter(broker, "press-07", "acme/press-07", "pw") == BAD_USER_NAME_OR_PASSWORD
    listed = json.loads(broker.muster("device", "list", "--tenant", "acme").stdout)
    assert {device["id"]: device["revoked"] for device in listed}["press-07"]
    assert broker.muster("device", "register", "press-07", "--tenant", "acme", "--otp-file", "/dev/null/otp").returncode != 0
    assert broker.muster("device", "delete", "--yes", "press-07", "--tenant", "acme").returncode == 0
    assert set_password(broker, "press-07", "pw").returncode == 0
    assert enter(broker, "press-07", "acme/press-07", "pw") == 0


def test_a_certificate_is_revoked_by_its_serial(broker, tmp_path):
    identity = broker.enroll("acme", "press-09", tmp_path)
    listed = json.loads(broker.muster("device", "list", "--tenant", "acme").stdout)
    serial = {device["id"]: device["certificate_serial"] for device in listed}["press-09"]
    assert broker.muster("device", "revoke", "--yes", "--serial", serial.lower(), "--tenant", "acme").returncode == 0
    assert broker.muster("device", "revoke", "--yes", "--serial", "no serial", "--tenant", "acme").returncode == 2
    assert broker.muster("device", "revoke", "--yes", "--tenant", "acme").returncode == 2
    assert identity.exists()


def test_deleting_a_tenant_or_an_application_disconnects_it(broker, tmp_path):
    assert broker.muster("tenant", "create", "brief", "--device-passwords").returncode == 0
    broker.application("brief", "dash", tmp_path, "pw")
    broker.application("brief", "board", tmp_path, "pw")
    dash, board = connected(broker, "d", "brief/dash"), connected(broker, "b", "brief/board")
    assert broker.muster("application", "delete", "--yes", "dash", "--tenant", "brief").returncode == 0
    assert dash.wait("disconnect") == NOT_AUTHORIZED
    board.publish("a/b", "c")
    assert broker.muster("tenant", "delete", "--yes", "brief").returncode == 0
    assert board.wait("disconnect") == NOT_AUTHORIZED
    dash.close(), board.close()
    assert broker.muster("tenant", "delete", "--yes", "brief").returncode == 5
    assert broker.muster("tenant", "create", "brief").returncode == 0


def test_a_tenants_limits_are_set_and_shown(broker):
    shown = broker.muster("tenant", "limits", "acme", "connections=100", "packet_size=1000")
    assert shown.returncode == 0
    assert broker.muster("tenant", "limits", "acme", "connections=none").returncode == 0
    limits = json.loads(broker.muster("tenant", "limits", "acme").stdout)
    assert (limits["connections"], limits["packet_size"], limits["inflight"]) == (None, 1000, None)
    for wrong in ("connections", "connections=many", "connexions=1", "connections=0"):
        assert broker.muster("tenant", "limits", "acme", wrong).returncode == 2
    assert broker.muster("tenant", "limits", "nowhere").returncode == 5
    assert broker.muster("tenant", "limits", "acme", "packet_size=none").returncode == 0
