# SPDX-License-Identifier: Apache-2.0
"""pub, sub and rr with --proto: JSON for people, Protobuf on the wire, which protoc reads and writes as well."""
import contextlib
import json
import pathlib
import subprocess

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from peers import MUSTER, PATIENCE, Broker, Mosquitto, PahoClient, need, run

SCHEMA = """
// What a press says.
syntax = "proto3";
package acme.v1;
import "parts/unit.proto";
import public "google/protobuf/timestamp.proto";
import "google/protobuf/descriptor.proto";
option java_package = "com.acme";

/* Readings and
   batches. */
message Reading {
  option deprecated = false;
  reserved 3, 10 to 12, 100 to max;
  reserved "old";
  enum State { option allow_alias = true; IDLE = 0; BUSY = 1; RUNNING = 1 [deprecated = true]; BROKEN = -2; reserved 5; }
  message Part { string name = 0x1; repeated Part parts = 2; }
  string sensor = 1 [json_name = "SENSOR"];
  double value = 2;
  optional int64 count = 4;
  State state = 5;
  map<string, Part> parts = 6;
  oneof source { string file = 7; bytes raw = 8; }
  repeated sint32 history = 9 [packed = true, (limits) = {values: [1, 2]}];
  units.Unit unit = 13;
  google.protobuf.Timestamp at = 14;
  .acme.v1.Reading.Part main_part = 15;
  map<int32, State> states = 16;;
}
message Batch { repeated Reading readings = 1; }
message Limits { repeated int32 values = 1; }
extend google.protobuf.FieldOptions { Limits limits = 50000; }
extend google.protobuf.MethodOptions { string http = 50001; }
service Press { rpc Read (Batch) returns (Reading) { option (http) = "/x"; } }
"""
UNIT = 'package units;\nmessage Unit { required string symbol = 1; optional float factor = 2 [default = 1.5]; extensions 100 to 199; }\nextend Unit { optional int32 more = 100; optional group Old = 101 { optional string why = 1; } }\nmessage Former { repeated group Line = 1 { optional string text = 2; } }\nmessage Formers { optional Former last = 1; }\n'
READING = {"SENSOR": "p1", "value": 1.5, "count": "0", "state": "BROKEN", "parts": {"a": {"name": "x", "parts": [{"name": "y"}]}}, "raw": "AQI=", "history": [-1, 2], "unit": {"symbol": "bar", "factor": 2}, "at": "2026-01-02T03:04:05Z", "mainPart": {"name": "m"}, "states": {"7": "BUSY"}}


@pytest.fixture(name="schema")
def written_schema(tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "unit.proto").write_text(UNIT)
    (tmp_path / "press.proto").write_text(SCHEMA)
    return tmp_path / "press.proto"


@pytest.fixture(name="place", scope="module")
def running_broker(tmp_path_factory):
    directory = tmp_path_factory.mktemp("proto")
    with Broker(directory / "state", "--listen", "mqtts://127.0.0.1:0") as broker:
        broker.muster("tenant", "create", "acme", check=True)
        broker.words = ["-h", broker.mqtts_url, "--cafile", broker.ca_file, "-u", "acme/dash", "--password-file", broker.application("acme", "dash", directory)]
        yield broker


def protoc(way, type_name, schema, data):
    words = [need("protoc"), f"--{way}={type_name}", f"--proto_path={schema.parent}", schema.name]
    return subprocess.run(words, input=data, capture_output=True, check=True, timeout=PATIENCE).stdout


def published(place, *arguments, stdin=None, count=1):
    """What a subscriber gets, as bytes in hexadecimal, line by line."""
    words = [MUSTER, "sub", *map(str, place.words), "-t", "#", "-C", str(count), "-W", str(int(PATIENCE)), "--hex"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as sub:
        assert "subscribed" in sub.stderr.readline()
        done = run("pub", *place.words, "-t", "press-01/x", *arguments, stdin=stdin)
        if done.returncode != 0:
            sub.terminate()
        out, _ = sub.communicate(timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return [bytes.fromhex(line) for line in out.splitlines()]


def received(place, payload, *arguments):
    file = pathlib.Path(arguments[arguments.index("--proto") + 1]).parent / "payload"
    file.write_bytes(payload)
    words = [MUSTER, "sub", *map(str, place.words), "-t", "#", "-C", "1", "-W", str(int(PATIENCE)), *map(str, arguments)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as sub:
        assert "subscribed" in sub.stderr.readline()
        run("pub", *place.words, "-t", "press-01/x", "-f", file, check=True)
        out, err = sub.communicate(timeout=PATIENCE)
    assert sub.returncode == 0, err
    return out, err


def test_json_is_published_as_the_type_and_protoc_reads_it(place, schema):
    [payload] = published(place, "--proto", schema, "--message-type", "acme.v1.Reading", "-m", json.dumps(READING))
    text = protoc("decode", "acme.v1.Reading", schema, payload).decode()
    for line in ('sensor: "p1"', "value: 1.5", "count: 0", "state: BROKEN", 'raw: "\\001\\002"', "history: -1", 'symbol: "bar"', "seconds: 1767323045", 'name: "y"', 'name: "m"', "key: 7"):
        assert line in text
    assert protoc("encode", "acme.v1.Reading", schema, text.encode()) == protoc("encode", "acme.v1.Reading", schema, protoc("decode", "acme.v1.Reading", schema, payload))


def test_what_protoc_wrote_is_printed_as_json(place, schema):
    payload = protoc("encode", "acme.v1.Batch", schema, b'readings { sensor: "p1" value: 2 state: RUNNING at { seconds: 1767323045 } unit { symbol: "bar" } } readings { file: "f" }')
    flags = ["--proto", schema, "--message-type", ".acme.v1.Batch"]
    wanted = {"readings": [{"SENSOR": "p1", "value": 2, "state": "BUSY", "at": "2026-01-02T03:04:05Z", "unit": {"symbol": "bar"}}, {"file": "f"}]}
    out, _ = received(place, payload, *flags)
    assert json.loads(out) == wanted and out.count("\n") == 1
    out, _ = received(place, payload, *flags, "-o", "jsonl")
    assert json.loads(out)["message"] == wanted and "payload" not in json.loads(out)


class Responder(PahoClient):
    """Answers each request with the payload that it has been given, and keeps what it was asked."""

    def __init__(self, broker, answer):
        super().__init__("responder")
        self.answer, self.asked = answer, []
        self.client.on_message = self.reply
        assert self.connect(broker.port) == 0
        self.subscribe("ask/#")

    def reply(self, client, data, message):
        self.asked.append(message.payload)
        properties = Properties(PacketTypes.PUBLISH)
        properties.CorrelationData = message.properties.CorrelationData
        client.publish(message.properties.ResponseTopic, self.answer, 1, properties=properties)


@pytest.fixture(name="mosquitto", scope="module")
def running_mosquitto(tmp_path_factory):
    with Mosquitto(tmp_path_factory.mktemp("mosquitto")) as mosquitto:
        yield mosquitto


def asked(broker, answer, *flags):
    """What came of a request, and the payloads of the requests that came."""
    with contextlib.closing(Responder(broker, answer)) as responder:
        done = run("rr", "-h", f"127.0.0.1:{broker.port}", "-t", "ask/it", "-e", "answer/me", *flags)
    return done, responder.asked


PART, BATCH = "acme.v1.Reading.Part", "acme.v1.Batch"
PART_A, BATCH_F = b"\x0a\x01a", b"\x0a\x03\x3a\x01f"


def test_a_request_and_its_answer_are_of_the_type(mosquitto, schema):
    done, requests = asked(mosquitto, PART_A, "--proto", schema, "--message-type", PART, "-m", '{"name": "a"}')
    assert (done.returncode, done.stdout, done.stderr) == (0, '{"name":"a"}\n', "")
    assert requests == [PART_A] == [protoc("encode", PART, schema, b'name: "a"')]


def test_an_answer_may_be_of_another_type(mosquitto, schema):
    done, requests = asked(mosquitto, BATCH_F, "--proto", schema, "--message-type", PART, "--response-type", BATCH, "-m", '{"name": "a"}', "-o", "jsonl")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["message"] == {"readings": [{"file": "f"}]}
    assert requests == [PART_A] and protoc("decode", BATCH, schema, BATCH_F) == b'readings {\n  file: "f"\n}\n'


def test_a_request_without_a_type_is_sent_as_it_is(mosquitto, schema):
    done, requests = asked(mosquitto, BATCH_F, "--proto", schema, "--response-type", BATCH, "-m", "plain {")
    assert (done.returncode, done.stdout) == (0, '{"readings":[{"file":"f"}]}\n') and requests == [b"plain {"]


def test_an_answer_of_no_such_type_is_printed_as_it_is_with_a_warning(mosquitto, schema):
    done, _ = asked(mosquitto, "none\n", "--proto", schema, "--message-type", PART, "-n")
    assert (done.returncode, done.stdout) == (0, "none\n\n")
    assert f"answer/me: not decoded: not a {PART}" in done.stderr


def test_a_request_that_is_no_such_json_is_not_sent(mosquitto, schema):
    done, requests = asked(mosquitto, PART_A, "--proto", schema, "--message-type", PART, "-m", '{"nam": "a"}')
    assert (done.returncode, done.stdout, requests) == (2, "", []) and "nam" in done.stderr


def test_imports_of_a_request_are_looked_for_where_proto_path_says(mosquitto, schema, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "press.proto"
    elsewhere.write_text(SCHEMA)
    flags = ["--proto", elsewhere, "--message-type", PART, "-m", "{}"]
    assert asked(mosquitto, PART_A, *flags)[0].returncode == 5
    done, requests = asked(mosquitto, PART_A, *flags, "--proto-path", schema.parent)
    assert (done.stdout, requests) == ('{"name":"a"}\n', [b""])


def test_what_is_no_such_message_is_printed_as_it_is_with_a_warning(place, schema):
    out, err = received(place, b"\x0a\xff", "--proto", schema, "--message-type", "acme.v1.Batch", "-o", "jsonl")
    assert "press-01/x: not decoded: not a acme.v1.Batch" in err
    assert "payload_base64" in json.loads(out)


def test_files_lines_and_queues_are_encoded_too(place, schema, tmp_path):
    flags = ["--proto", schema, "--message-type", "acme.v1.Reading.Part"]
    file = tmp_path / "part.json"
    file.write_text('{\n  "name": "ä"\n}\n')
    wanted = b"\x0a\x02\xc3\xa4"
    assert published(place, *flags, "-f", file) == [wanted]
    assert published(place, *flags, "-s", stdin=file.read_text()) == [wanted]
    assert published(place, *flags, "-l", stdin='{"name": "a"}\n{}', count=2) == [b"\x0a\x01a", b""]
    words = ["-h", place.mqtts_url, "--cafile", place.ca_file, "-u", "acme/dash", "--password-file", place.words[-1]]
    done = run("pub", *words, "-t", "press-01/x", *flags, "-m", "{", "--queue", tmp_path / "queue.db")
    assert done.returncode == 2 and not (tmp_path / "queue.db").exists()


def test_imports_are_looked_for_where_proto_path_says(place, schema, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "press.proto"
    elsewhere.write_text(SCHEMA)
    flags = ["--proto", elsewhere, "--message-type", "acme.v1.Batch", "-m", "{}"]
    done = run("pub", *place.words, "-t", "x", *flags)
    assert done.returncode == 5
    assert f"{elsewhere}:5:1: there is no 'parts/unit.proto' to import" in done.stderr and "--proto-path" in done.stderr
    assert published(place, *flags, "--proto-path", schema.parent) == [b""]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ('{"value": "x"}', "value"),
        ('{"parts": {"a": {"name": 5, "parts": [{"nam": 1}]}}}', "nam"),
        ('{"nothing": 1}', "nothing"),
        ('{"state": "ASLEEP"}', "state"),
        ('{"unit": {}}', "(unit): missing field symbol"),
        ('{"value": 1', "no JSON at line 1, column 12"),
        ("hello", "no JSON at line 1, column 1"),
        ("[1]", "not a acme.v1.Reading"),
        ('{"raw": "?"}', "raw"),
    ],
)
def test_json_that_does_not_fit_is_refused_before_anything_is_connected_to(schema, value, says):
    done = run("pub", "-h", "127.0.0.1:1", "-t", "x", "--proto", schema, "--message-type", "acme.v1.Reading", f"--message={value}")
    assert done.returncode == 2, done.stderr
    assert "error: --message: " in done.stderr and says in done.stderr


def test_a_line_that_does_not_fit_is_named(place, schema):
    done = run("pub", *place.words, "-t", "x", "--proto", schema, "--message-type", "acme.v1.Reading", "-l", stdin='{}\n{"value": true}\n')
    assert done.returncode == 2
    assert "line 2: not a acme.v1.Reading: " in done.stderr


@pytest.mark.parametrize(
    ("name", "says"),
    [("Reading", "did you mean acme.v1.Reading?"), ("acme.v1.Raeding", "did you mean acme.v1.Reading?"), ("acme.v2.Batsh", "did you mean acme.v1.Batch?"), ("zzzzzzzzzzz", "it has acme.v1.Reading, acme.v1.Reading.Part, acme.v1.Batch, acme.v1.Limits, units.Unit")],
)
def test_an_unknown_type_is_told_with_those_that_there_are(schema, name, says):
    done = run("sub", "-h", "127.0.0.1:1", "-t", "x", "--proto", schema, "--message-type", name)
    assert done.returncode == 2
    assert f"has no message type '{name}'" in done.stderr and says in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("text", "where", "says"),
    [
        ('syntax = "proto3";\nmessage A {\n  strin g = 1;\n}', ":3:3: ", '"strin" is not defined'),
        ('syntax = "proto3";\nmessage A {\n  string g = 1\n}', ":4:1: ", 'Expected ";"'),
        ('syntax = "proto3";\nmessage A { string g = 1; int32 h = 1; }', ":2:37: ", "already been used"),
        ('syntax = "proto3";\nmessage A { reserved 1; string g = 1; }', ": ", 'Field "g" uses reserved number 1'),
        ('syntax = "proto3";\nmessage A { string g = 0; }', ":2:24: ", "positive"),
        ('syntax = "proto3";\nmessage A { string g = 999999999; }', ":2:24: ", "greater than 536870911"),
        ("message A { string g = 1; }", ":1:13: ", 'Expected "required", "optional", or "repeated"'),
        ("message A { optional string g = 1 [(unit) = 1]; }", ":1:36: ", '"(unit)" unknown'),
        ("message A { optional int32 g = 1 [default = true]; }", ":1:45: ", "Expected integer"),
        ('syntax = "proto4";', ":1:10: ", '"proto2" and "proto3"'),
        ('edition = "2023";', ":1:1: ", "top-level statement"),
        ("message A {", ":1:12: ", "end of input"),
        ("message A { /* never ends", ":1:26: ", "comment"),
        ('syntax = "proto3";\nimport "own.proto";', ":2:1: ", "imports itself"),
        ('syntax = "proto3";\nenum E { A = 1; }', ":2:14: ", "zero"),
        ("\x00", ":1:1: ", "control characters"),
        ("service S {", ":1:12: ", "end of input"),
        ("message A { oneof o { repeated string s = 1; } }", ":1:23: ", "must not have labels"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_place(tmp_path, text, where, says):
    file = tmp_path / "own.proto"
    file.write_text(text)
    done = run("pub", "-h", "127.0.0.1:1", "-t", "x", "--proto", file, "--message-type", "A", "-m", "{}")
    assert done.returncode == 2, done.stderr
    assert f"error: {file}{where}" in done.stderr and says in done.stderr


@pytest.mark.parametrize(("begin", "again"), [("", "message A {"), ("option o = ", "{ a: < "), ("message A { extensions 1", " [("), ('syntax = "proto3"; ', "{")])
def test_brackets_in_brackets_end_before_the_stack_does(tmp_path, begin, again):
    file = tmp_path / "own.proto"
    file.write_text(begin + again * 40_000)
    done = run("pub", "-h", "127.0.0.1:1", "-t", "x", "--proto", file, "--message-type", "A", "-m", "{}")
    assert done.returncode == 2, done.stderr
    assert f"error: {file}:1:" in done.stderr and "nested too deeply, above 100 brackets" in done.stderr
    file.write_text("message A {" * 30 + "}" * 30)
    done = run("sub", "-h", "127.0.0.1:1", "-t", "x", "--proto", file, "--message-type", "Z")
    assert done.returncode == 2 and "has no message type 'Z'" in done.stderr


def test_a_mistake_in_an_imported_file_is_told_with_its_own_place(schema):
    unit = schema.parent / "parts" / "unit.proto"
    unit.write_text("package units;\nmessage Unit { required strong symbol = 1; }\n")
    done = run("sub", "-h", "127.0.0.1:1", "-t", "x", "--proto", schema, "--message-type", "acme.v1.Batch")
    assert done.returncode == 2
    assert f"error: {unit}:2:25: " in done.stderr and '"strong" is not defined' in done.stderr


def test_the_first_of_the_imports_that_are_not_there_is_told(tmp_path):
    file, middle = tmp_path / "own.proto", tmp_path / "middle.proto"
    file.write_text('import "middle.proto"; import "also_missing.proto";')
    middle.write_text('\nimport "missing.proto";')
    done = run("pub", "-h", "127.0.0.1:1", "-t", "x", "--proto", file, "--message-type", "A", "-m", "{}")
    assert done.returncode == 5
    assert f"error: {middle}:2:1: there is no 'missing.proto' to import" in done.stderr and "also_missing" not in done.stderr


def test_groups_and_extensions_of_a_file_are_known_and_have_no_json(place, schema):
    """A group of another type is in nobody's way; one that a broker brings as an extension is left out."""
    payload = protoc("encode", "units.Unit", schema, b'symbol: "bar" [units.more]: 5 [units.old] { why: "x" }')
    out, err = received(place, payload, "--proto", schema, "--message-type", "units.Unit")
    assert json.loads(out) == {"symbol": "bar"} and "not decoded" not in err
    for name in ("units.Former", "units.Formers"):
        done = run("pub", "-h", "127.0.0.1:1", "-t", "x", "--proto", schema, "--message-type", name, "-m", "{}")
        assert done.returncode == 2
        assert f"error: {name} has a group, units.Former.line, and groups have no JSON" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["pub", "-m", "1", "--proto", "FILE"], 2, "--message-type"),
        (["pub", "-m", "1", "--message-type", "A"], 2, "--proto"),
        (["sub", "--proto-path", "/"], 2, "--proto"),
        (["rr", "-e", "y", "-m", "1", "--proto", "FILE"], 2, "--message-type"),
        (["rr", "-e", "y", "-m", "1", "--response-type", "A"], 2, "--response-type needs --proto"),
        (["rr", "-e", "y", "-m", "{}", "--proto", "FILE", "--message-type", "acme.v1.Batch", "--response-type", "acme.v1.None"], 2, "acme.v1.None"),
        (["rr", "-e", "y", "-m", "{}", "--proto", "FILE", "--message-type", "acme.v1.Batch", "--hex"], 2, "--hex"),
        (["sub", "--proto", "/nonexistent", "--message-type", "A"], 5, "/nonexistent"),
        (["sub", "--proto", "FILE", "--message-type", "A", "--hex"], 2, "--hex"),
        (["sub", "--proto", "FILE", "--message-type", "A", "--decode", "json"], 2, "--decode"),
    ],
)
def test_flags_that_do_not_go_together_are_refused(schema, arguments, code, says):
    done = run(*[str(schema) if word == "FILE" else word for word in arguments], "-h", "127.0.0.1:1", "-t", "x")
    assert done.returncode == code, done.stderr
    assert says in done.stderr
