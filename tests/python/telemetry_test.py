# SPDX-License-Identifier: Apache-2.0
"""Readings as payloads: what muster writes, others read, and the other way round."""
import datetime
import gzip
import json
import os
import subprocess

import cbor2
import muster
import pytest

START = datetime.datetime(2026, 1, 1, 12, 0, 0)


@pytest.fixture
def batch():
    return [muster.Reading(START + datetime.timedelta(seconds=n), n, {"count": n * n, "temperature": 21.5 + n / 3}) for n in range(4)]


def as_dicts(batch):
    return [{"t": round(reading.time.timestamp() * 1000), "seq": reading.sequence, **reading.values} for reading in batch]


def test_json_and_cbor_are_read_by_others(batch):
    assert json.loads(muster.encode_readings(batch)) == as_dicts(batch)
    assert cbor2.loads(muster.encode_readings(batch, "cbor")) == as_dicts(batch)
    assert cbor2.loads(muster.encode_readings(batch[:1], "cbor")) == as_dicts(batch)[0]


def test_what_others_write_as_cbor_is_read(batch):
    for document in (as_dicts(batch), as_dicts(batch)[2]):
        read = muster.decode_readings(cbor2.dumps(document), "cbor")
        assert as_dicts(read) == (document if isinstance(document, list) else [document])


def test_the_published_schema_reads_a_batch(batch):
    directory = os.environ["MUSTER_PROTO_DIR"]
    command = ["protoc", f"--proto_path={directory}", "--decode=muster.telemetry.v1.Batch", "telemetry.proto"]
    text = subprocess.run(command, input=muster.encode_readings(batch, "protobuf"), capture_output=True, check=True).stdout.decode()
    assert "readings: 4\n" in text
    assert text.count("time_deltas_ms: 1000\n") == 3
    assert [line.split()[1] for line in text.splitlines() if "integer_deltas" in line] == ["0", "1", "3", "5"]
    assert 'name: "temperature"' in text


@pytest.mark.parametrize("encoding", ["json", "cbor", "protobuf"])
def test_a_batch_comes_back(batch, encoding):
    assert as_dicts(muster.decode_readings(muster.encode_readings(batch, encoding), encoding)) == as_dicts(batch)


def test_what_is_compressed_is_gzip(batch):
    batch = batch * 20
    plain = muster.encode_readings(batch)
    small = muster.encode_readings(batch, compression="gzip")
    assert len(small) * 4 < len(plain) and gzip.decompress(small) == plain
    assert as_dicts(muster.decode_readings(gzip.compress(plain))) == as_dicts(batch)
    with pytest.raises(muster.Error, match="ends too early"):
        muster.decode_readings(small[:-1])
    with pytest.raises(ValueError, match="zip"):
        muster.encode_readings(batch, compression="zip")


@pytest.mark.parametrize("encoding", ["json", "cbor", "protobuf"])
def test_a_partial_reading_stays_one(batch, encoding):
    given = [*batch, muster.Reading(START, 9, {"count": 1}, is_partial=True)]
    read = muster.decode_readings(muster.encode_readings(given, encoding), encoding)
    assert [reading.is_partial for reading in read] == [False] * 4 + [True]


def test_partial_readings_are_completed_topic_by_topic():
    completer = muster.ReadingCompleter()
    completer.complete("a", muster.Reading(START, 1, {"x": 1, "y": 2}))
    completer.complete("b", muster.Reading(START, 1, {"x": 7}))
    whole = completer.complete("a", muster.Reading(START, 2, {"y": 3}, is_partial=True))
    assert whole.values == {"x": 1, "y": 3} and not whole.is_partial
    assert completer.complete("c", muster.Reading(START, 2, {"y": 3}, is_partial=True)).is_partial


@pytest.mark.parametrize("encoding", ["json", "cbor", "protobuf"])
def test_what_is_no_batch_is_an_error(encoding):
    with pytest.raises(muster.Error) as wrong:
        muster.decode_readings(b"\xff\x00", encoding)
    assert wrong.value.code == "invalid_argument"
    with pytest.raises(ValueError, match="xml"):
        muster.decode_readings(b"", "xml")


def test_a_device_publishes_readings_and_tells_what_became_of_them(tmp_path):
    config = {"endpoints": ["mqtt://127.0.0.1:1"], "client_id": "press-01", "classes": [{"filter": "#", "durability": "memory", "delta": {"absolute": 0.5}}]}
    path = tmp_path / "device.json"
    path.write_text(json.dumps(config))
    device = muster.Device.from_file(path)
    ids = [device.publish_reading("a", muster.Reading(START, n, {"celsius": value})) for n, value in enumerate((20, 20.1, 21))]
    counts = device.status.readings
    assert (counts.taken, counts.stored, counts.unchanged, counts.held) == (3, 2, 1, 0)
    assert [bool(given) for given in ids] == [True, False, True]
    assert device.status.batches.batches == 0
    device.stop(0)


@pytest.mark.parametrize("encoding", ["json", "cbor", "protobuf"])
def test_a_message_without_an_id_has_its_readings(batch, encoding):
    message_id, readings = muster.decode_message(muster.encode_readings(batch, encoding), encoding)
    assert message_id == ""
    assert as_dicts(readings) == as_dicts(batch)


def test_a_messages_id_is_found_in_its_payload(batch):
    document = [{"message_id": "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", **as_dicts(batch)[0]}, as_dicts(batch)[1]]
    for encoding, payload in (("json", json.dumps(document).encode()), ("cbor", cbor2.dumps(document))):
        message_id, readings = muster.decode_message(payload, encoding)
        assert message_id == document[0]["message_id"]
        assert as_dicts(readings) == as_dicts(batch)[:2]
