# SPDX-License-Identifier: Apache-2.0
"""What `muster sub` prints, message by message, and when it ends."""
import gzip
import json
import os
import pathlib
import signal
import subprocess

import jsonschema
import pytest
from peers import MUSTER, PATIENCE, Mosquitto, need, run
from scripted_mqtt import SUBSCRIBE, WELCOME_V311, Scripted, packet

SUBACK = 9
SCHEMA = json.loads((pathlib.Path(__file__).parents[2] / "docs" / "reference" / "schemas" / "sub.json").read_text())


@pytest.fixture(name="broker", scope="module")
def running_mosquitto(tmp_path_factory):
    with Mosquitto(tmp_path_factory.mktemp("mosquitto")) as mosquitto:
        yield mosquitto


def publish(broker, topic, payload=b"", *flags):
    words = [need("mosquitto_pub"), "-p", str(broker.port), "-V", "mqttv5", "-t", topic, "-s" if payload else "-n", "-q", "1", *flags]
    subprocess.run(words, input=payload, check=True, timeout=PATIENCE)


def start(broker, *flags, stdout=subprocess.PIPE):
    """`muster sub` that has subscribed."""
    words = [MUSTER, "sub", "-h", f"127.0.0.1:{broker.port}", *map(str, flags)]
    process = subprocess.Popen(words, stdout=stdout, stderr=subprocess.PIPE, bufsize=0)  # communicate() forgets what readline() has buffered
    line = process.stderr.readline()
    assert b"subscribed" in line, line
    return process


def printed(broker, topic, flags, messages):
    """What it prints of these messages, and what it says."""
    process = start(broker, "-t", topic, "-C", len(messages), *flags)
    for message in messages:
        publish(broker, *message)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    return out, err


# -- Formats, beside the program that they are of --------------------------------------------------------------------------------------

PROPERTIES = ["publish content-type text/plain", "publish response-topic re/sp", "publish correlation-data cd", "publish message-expiry-interval 77", "publish payload-format-indicator 1"]
WORDS = [word for text in PROPERTIES for word in ["-D", *text.split()]] + ["-D", "publish", "user-property", "k1", "v1", "-D", "publish", "user-property", "k 2", "v:2"]
MESSAGES = [("f/bb", b'{"x":1.5,"y":[1,2]}', *WORDS), ("f/b", b'\x00\xffz"\\'), ("f", b"")]
FORMATS = [
    "%t|%p|%q|%r|%l|%m",
    "[%10t][%-10t][%.2t][%010t][%3.1t]",
    "[%C][%D][%E][%F][%P][%R][%S][%A]",
    "%x|%X",
    "[%8l][%-8l][%08l][%-08l]",
    "[%5m][%05m][%8E][%08E][%3F][%03F]",
    "[%50p][%-50p][%050p]",
    r"%%@@\\a\tb\0\e\r\v\a|\n|",
    "[%20C][%-20C][%20.2C][%10R][%.3R]",
]


def beside(broker, flags, messages, version="mqttv5"):
    """What mosquitto_sub and muster sub print of the same messages."""
    words = [need("stdbuf"), "-o0", need("mosquitto_sub"), "-p", str(broker.port), "-V", version, "-q", "1", "-t", "f/#", "-C", str(len(messages)), "-W", "20", "-d", *flags]
    with open(os.devnull, "w") as nowhere:
        theirs = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=nowhere, bufsize=0)  # communicate() forgets what readline() has buffered
        while b"SUBACK" not in theirs.stdout.readline():
            assert theirs.poll() is None
        ours, said = printed(broker, "f/#", ["-V", {"mqttv5": "5", "mqttv311": "3.1.1"}[version], *flags], messages)
        out = theirs.communicate(timeout=PATIENCE)[0]
    # -d, which tells when it has subscribed, has lines of its own.
    kept = [line for line in out.split(b"\n") if not line.startswith((b"Client ", b"Subscribed"))]
    return b"\n".join(kept), ours, said


@pytest.mark.parametrize("text", FORMATS)
def test_a_format_prints_what_mosquitto_sub_does(broker, text):
    theirs, ours, _ = beside(broker, ["-F", text], MESSAGES)
    assert ours == theirs


def test_a_format_over_version_3_has_no_properties(broker):
    theirs, ours, _ = beside(broker, ["-F", "%t|%C|%P|%m"], MESSAGES[:1], "mqttv311")
    assert ours == theirs == b"f/bb|||1\n"


def test_messages_as_json_say_what_mosquitto_sub_says(broker):
    texts = [MESSAGES[0], MESSAGES[2]]
    for text in ("%j", "%J"):
        both = [[json.loads(line) for line in out.decode().splitlines()] for out in beside(broker, ["-F", text], texts)[:2]]
        for records in both:
            for record in records:
                assert record.pop("tst").startswith("20")
        assert both[0] == both[1]


def test_a_payload_that_is_no_json_is_said(broker):
    out, err = printed(broker, "f/#", ["-F", "%J"], [("f/x", b"no")])
    assert out == b"\n"
    assert b"warning: f/x: the payload is no JSON" in err


def test_a_payload_that_is_no_text_is_base64_in_json(broker):
    out, _ = printed(broker, "f/#", ["-F", "%j"], [("f/x", b"\xff\x00")])
    assert json.loads(out)["payload-base64"] == "/wA="


def test_times_are_those_of_the_message(broker):
    out, _ = printed(broker, "f", ["-F", "%U %I @Y @N"], [("f", b"1")])
    unix, iso, year, nanoseconds = out.decode().split()
    assert iso[:4] == year and iso[10] == "T" and len(iso) == 24
    assert unix.split(".")[1] == nanoseconds and len(nanoseconds) == 9
    assert int(subprocess.run(["date", "-d", iso, "+%s"], capture_output=True, check=True).stdout) == int(unix.split(".")[0])


@pytest.mark.parametrize(("text", "says"), [("%Q", "there is no %Q"), ("%", "behind the last %"), ("@", "behind the last @"), ("\\z", "there is no \\z"), ("\\", "behind the last \\"), ("%99999p", "10000")])
def test_a_format_that_is_none_is_refused(text, says):
    done = run("sub", "-h", "127.0.0.1:1", "-t", "x", "-F", text)
    assert done.returncode == 2
    assert says in done.stderr


# -- Other ways to print ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "out"),
    [
        ([], b"hi\n\xff\n"),
        (["-v"], b"p/a hi\np/b \xff\n"),
        (["-N"], b"hi\xff"),
        (["--hex"], b"6869\nff\n"),
        (["--base64", "-v"], b"p/a aGk=\np/b /w==\n"),
        (["-o", "name"], b"p/a\np/b\n"),
    ],
)
def test_payloads_are_printed_as_the_flags_say(broker, flags, out):
    assert printed(broker, "p/#", flags, [("p/a", b"hi"), ("p/b", b"\xff")])[0] == out


def test_records_have_the_properties(broker):
    out, _ = printed(broker, "p/#", ["-o", "jsonl"], [("p/a", b"hi", *WORDS), ("p/b", b"1")])
    for line in out.splitlines():
        jsonschema.validate(json.loads(line), SCHEMA)
    first, second = map(json.loads, out.splitlines())
    user = [{"name": "k1", "value": "v1"}, {"name": "k 2", "value": "v:2"}]
    assert first["properties"] == {"content_type": "text/plain", "response_topic": "re/sp", "correlation_data": "cd", "message_expiry_s": 77, "payload_format_indicator": 1, "user": user}
    assert second == {"topic": "p/b", "qos": 1, "retain": False, "payload": "1"}
    assert json.loads(printed(broker, "p/#", ["-o", "jsonl", "--hex"], [("p/a", b"hi")])[0])["payload_hex"] == "6869"


def test_a_file_gets_what_stdout_would(broker, tmp_path):
    file = tmp_path / "out"
    file.write_text("old")
    assert printed(broker, "p/#", ["--output-file", file, "-v"], [("p/a", b"hi")])[0] == b""
    assert file.read_bytes() == b"p/a hi\n"
    done = run("sub", "-h", f"127.0.0.1:{broker.port}", "-t", "x", "--output-file", tmp_path / "no" / "out")
    assert done.returncode == 1
    assert "No such file" in done.stderr
    publish(broker, "full", b"x" * 100_000, "-r")
    done = run("sub", "-h", f"127.0.0.1:{broker.port}", "-t", "full", "--output-file", "/dev/full")
    assert done.returncode == 1
    assert "/dev/full could not be written" in done.stderr


@pytest.mark.parametrize("flags", [["-F", "%p", "-o", "json"], ["--hex", "--base64"], ["-F", "%p", "-v"], ["-R", "--retained-only"], ["-o", "csv", "--columns", "colour"], ["--decode", "xml"], ["-t", "a/#/b"], ["-T", "+x"], ["-t", ""]])
def test_what_cannot_be_meant_is_refused_before_anything_is_done(flags):
    done = run("sub", "-h", "127.0.0.1:1", "-t", "x", *flags)
    assert (done.returncode, done.stdout) == (2, "")


# -- Readings --------------------------------------------------------------------------------------------------------------------------

READINGS = [{"t": 1767225600000 + 1000 * i, "seq": 7 + i, "count": 2.0 * i, "temperature": 21.5} for i in range(3)]
COLUMNS = "320c 0a05636f756e74 2203000404 3227 0a0b74656d7065726174757265 1a18" + "0000000000803540" * 3
PROTOBUF = bytes.fromhex("0803 1080a0d5edee66 1a04d00fd00f 2007 2a020202" + COLUMNS)  # As docs/reference/telemetry.md has it.


def cbor(value):
    """As much of RFC 8949 as readings need."""
    if isinstance(value, list):
        return bytes([0x80 | len(value)]) + b"".join(map(cbor, value))
    if isinstance(value, dict):
        return bytes([0xA0 | len(value)]) + b"".join(cbor(key) + cbor(item) for key, item in value.items())
    if isinstance(value, str):
        return bytes([0x60 | len(value)]) + value.encode()
    return b"\x1b" + int(value).to_bytes(8, "big") if value == int(value) else b"\xfa\x41\xac\x00\x00"  # 21.5


BATCHES = {"json": json.dumps(READINGS).encode(), "cbor": cbor(READINGS), "proto": PROTOBUF}


@pytest.mark.parametrize("codec", BATCHES)
@pytest.mark.parametrize("said", ["auto", None])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_batch_is_decoded_reading_by_reading(broker, codec, said, pack):
    out, err = printed(broker, "b", ["--decode", said or codec, "-o", "jsonl"], [("b", pack(BATCHES[codec]))])
    records = [json.loads(line) for line in out.splitlines()]
    for record in records:
        jsonschema.validate(record, SCHEMA)
    assert [record["reading"] for record in records] == READINGS
    assert err == b""


def test_readings_are_lines_for_people_and_formats(broker):
    assert printed(broker, "b", ["--decode", "auto", "-v"], [("b", PROTOBUF)])[0].decode().splitlines()[0] == 'b {"t":1767225600000,"seq":7,"count":0,"temperature":21.5}'
    assert printed(broker, "b", ["--decode", "proto", "-F", "%l"], [("b", PROTOBUF)])[0] == b"56\n56\n56\n"


def test_what_is_no_batch_is_said_and_printed_as_it_came(broker):
    out, err = printed(broker, "b", ["--decode", "auto"], [("b", b"hello")])
    assert out == b"hello\n"
    assert b"warning: b: not decoded" in err


# -- Its end ---------------------------------------------------------------------------------------------------------------------------


def test_it_ends_after_so_many_or_so_long(broker):
    where = ["-h", f"127.0.0.1:{broker.port}", "-t", "nothing"]
    assert run("sub", *where, "-W", "10ms").returncode == 0
    done = run("sub", *where, "-W", "10ms", "-C", "2")
    assert done.returncode == 9
    assert "0 of 2" in done.stderr


def test_what_topics_retain_can_be_all_or_nothing(broker):
    publish(broker, "r/a", b"old", "-r")
    where = ["-h", f"127.0.0.1:{broker.port}", "-t", "r/#"]
    assert run("sub", *where, "-C", "1").stdout == "old\n"
    for version in ("5", "3.1.1"):
        assert run("sub", *where, "-R", "-W", "100ms", "-V", version).stdout == ""
    process = start(broker, "-t", "r/#", "--retained-only")
    publish(broker, "r/b", b"new")
    assert process.communicate(timeout=PATIENCE)[0] == b"old\n"
    assert process.returncode == 0


def test_topics_can_be_left_out(broker):
    assert printed(broker, "o/#", ["-T", "o/+/x", "-T", "o/no", "-v", "-C", "1"], [("o/no", b"1"), ("o/a/x", b"2"), ("o/a/y", b"3")])[0] == b"o/a/y 3\n"


@pytest.mark.parametrize(("version", "reason", "code"), [("5", 0x87, 4), ("5", 0x80, 12), ("5", 0x97, 12), ("5", 0x9E, 12), ("3.1.1", 0x80, 12)])
def test_a_filter_that_is_refused_ends_it_at_once(version, reason, code):
    def answer(body):
        return packet(SUBACK << 4, body[:2] + (b"\x00" if version == "5" else b"") + bytes([1, reason]))

    with Scripted({SUBSCRIBE: answer} | ({1: WELCOME_V311} if version == "3.1.1" else {})) as server:
        done = run("sub", "-h", server.url, "-V", version, "-t", "good", "-t", "bad/#")
        assert (done.returncode, done.stdout) == (code, "")
        assert f"bad/#: the broker said SUBACK 0x{reason:02X}" in done.stderr and "good" not in done.stderr


def test_a_reader_who_leaves_ends_it_quietly(broker):
    reader, writer = os.pipe()
    process = start(broker, "-t", "s", stdout=writer)
    os.close(writer)
    os.close(reader)
    publish(broker, "s", b"1")
    assert process.communicate(timeout=PATIENCE)[1] == b""
    assert process.returncode == -signal.SIGPIPE


def test_a_message_is_printed_at_once(broker):
    process = start(broker, "-t", "s")
    for payload in (b"1", b"2"):
        publish(broker, "s", payload)
        assert process.stdout.readline() == payload + b"\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 130


def test_a_message_is_acknowledged_after_it_was_printed_and_no_more_are(broker):
    session = ["-t", "k", "-c", "-i", "keeper", "-q", "2"]
    run("sub", "-h", f"127.0.0.1:{broker.port}", *session, "-W", "1ms", check=True)
    for payload in (b"1", b"2", b"3"):
        publish(broker, "k", payload, "-q", "2")
    for payload in ("1", "2", "3"):
        done = run("sub", "-h", f"127.0.0.1:{broker.port}", *session, "-C", "1")
        assert (done.returncode, done.stdout) == (0, payload + "\n"), done.stderr


def test_a_connection_that_is_lost_is_made_again(tmp_path):
    with Mosquitto(tmp_path) as broker:
        process = start(broker, "-t", "x", "-C", "1", "--retry-delay", "10ms")
        broker.stop()
        assert b"warning: the connection is lost" in process.stderr.readline()
        broker.start(broker.port)
        while process.poll() is None:
            publish(broker, "x", b"back")
        assert process.stdout.read() == b"back\n"
        assert process.returncode == 0
