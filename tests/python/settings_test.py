# SPDX-License-Identifier: Apache-2.0
"""A device's settings in Python: the keys of the JSON configuration, as a dictionary and as keyword arguments."""
import inspect
import os
import pathlib
import queue
import re

import muster
import pytest

PAGE = pathlib.Path(os.environ["MUSTER_CONFIG_PAGE"])
NOBODY = "mqtt://127.0.0.1:1"


def test_a_dictionary_and_keywords_say_the_same(tmp_path):
    settings = {"endpoints": [NOBODY], "client_id": "press-01", "outbox": {"max_messages": 1}}
    for place, given in (("a", settings), ("b", {**settings, "client_id": "other"})):
        device = muster.Device(given, client_id="press-01", outbox_path=tmp_path / place / "outbox.db")
        assert device.status.client_id == "press-01"
        assert device.metrics()["muster_outbox_max_messages"] == 1
        device.stop(0)
        assert (tmp_path / place / "outbox.db").exists()
    assert "client_id" in settings


def test_every_key_of_the_configuration_reaches_the_device():
    device = muster.Device(
        endpoints=[{"url": NOBODY, "priority": 2}, "mqtt://127.0.0.1:2"],
        protocol="mqtt311",
        client_id="press-01",
        client_id_template="{tenant}:{device}",
        tenant="acme",
        topic_root="d/{device}",
        window=7,
        backoff={"base_ms": 50, "cap_ms": 500},
        connect_timeout_ms=500,
        keep_alive_s=30,
        session_expiry=60,
        presence=True,
        will=None,
        classes=({"filter": "live/#", "durability": "memory", "overflow": "drop_oldest", "time_to_live_s": 60},),
    )
    status = device.status
    assert (status.client_id, status.endpoint) == ("acme:press-01", "mqtt://127.0.0.1:2")
    device.stop(0)


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"window": 0}, "window"),
        ({"windows": 7}, "windows"),
        ({"backoff": {"base": 50}}, "backoff.base"),
        ({"classes": [{"filter": "#", "durability": "paper"}]}, "durability"),
        ({"client_id": 7}, "client_id"),
        ({"identity_dir": pathlib.Path("identity"), "renewal": {"after_percent": 99}, "renewal_est_url": "https://127.0.0.1:1/.well-known/est"}, "after_percent"),
    ],
)
def test_a_wrong_setting_is_named(settings, wrong):
    with pytest.raises(muster.Error, match=wrong) as refused:
        muster.Device(endpoints=[NOBODY], **settings)
    assert refused.value.code == "invalid_argument"


def test_the_class_of_a_topic_holds_unless_a_message_has_options_of_its_own():
    bounds = {"max_messages": 1}
    device = muster.Device(endpoints=[NOBODY], outbox=bounds, classes=[{"filter": "live/#", "durability": "memory", "overflow": "drop_oldest"}])
    device.publish("live/a", "1")
    device.publish("live/a", "2")
    with pytest.raises(muster.Error) as full:
        device.publish("live/a", "3", qos=1)
    assert full.value.code == "full"
    with pytest.raises(muster.Error):
        device.publish("other", "4")
    counts = device.stop(0).outbox
    assert (counts.accepted, counts.dropped_overflow) == (2, 1)


def test_lines_of_the_log_come_with_their_level(tmp_path):
    lines = queue.SimpleQueue()
    file = tmp_path / "device.json"
    file.write_text('{"endpoints": ["%s"], "client_id": "press-01"}' % NOBODY)

    def log(level, line):
        lines.put((level, line))

    for device in (muster.Device(endpoints=[NOBODY], client_id="press-01", log=log), muster.Device.from_file(file, log=log)):
        device.start()
        device.network_up()
        level, line = lines.get(timeout=20)
        assert level == "warning" and line
        device.stop(0)
        while not lines.empty():
            lines.get()


def test_the_stub_has_every_key_of_the_reference():
    stub = (pathlib.Path(inspect.getfile(muster)).parent / "__init__.pyi").read_text()
    arguments = stub.split("class Device:")[1].split(") -> None")[0]
    rows = re.findall(r"^\| (`.*?) \|", PAGE.read_text().split("## Presets")[0], re.MULTILINE)
    keys = {key for row in rows for key in re.findall(r"`([a-z_0-9]+)", row)}
    assert {"endpoints", "birth", "password_file", "will_delay_s"} <= keys
    for key in keys:
        assert f"        {key}: " in arguments, key
