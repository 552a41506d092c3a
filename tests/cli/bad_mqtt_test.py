# SPDX-License-Identifier: Apache-2.0
"""pub, sub, rr and bench: topics and numbers that are none, brokers that refuse, limit, take over or leave, and bytes that are no text."""
import json
import subprocess

import pytest
from bad_input import check_error, invoke, refused
from peers import MUSTER, PATIENCE, Broker
from scripted_mqtt import DISCONNECT, PUBACK, PUBLISH, SUBSCRIBE, Scripted, packet

SUBACK, TAKEN_OVER, SHUTTING_DOWN = 9, 0x8E, 0x8B
SOME = 512  # Bytes of a message for a limit of ten.
BINARY = bytes(range(256)) * 8
LONG = "x" * 65_536
FAMILIES = {"pub": ["pub", "-m", "1"], "sub": ["sub"], "rr": ["rr", "-e", "answer", "-m", "1"], "bench": ["bench", "pub", "-c", "1", "--duration", "300ms", "-r", "50"]}


def line(family, url, topic=b"x", *flags):
    return [*FAMILIES[family], "-h", url, "-t", topic, *flags]


def welcome(properties=b"", reason=0):
    return {1: packet(0x20, bytes([0, reason, len(properties)]) + properties)}


def acknowledge(body):
    length = int.from_bytes(body[:2], "big")
    return packet(PUBACK << 4, body[2 + length :][:2])


def granted(*more):
    return {SUBSCRIBE: lambda body: packet(SUBACK << 4, body[:2] + b"\x00\x01") + b"".join(more)}


NO_TOPICS = {"empty": "", "too long": LONG, "half a character": b"a\xc3", "no UTF-8": b"\xff\xfe", "a surrogate": b"\xed\xa0\x80", "overlong": b"\xc0\x80"}
NO_NAMES = {"+": "+", "#": "#", "a plus within": "a/+/b", "a plus in a word": "a+", "all below": "a/#"}
NO_FILTERS = {"a hash before the end": "a/#/b", "a hash in a word": "a#", "a plus in a word": "a+/b", "two": "++"}


@pytest.mark.parametrize(("family", "topics"), [("pub", NO_TOPICS | NO_NAMES), ("rr", NO_TOPICS | NO_NAMES), ("bench", NO_TOPICS | NO_NAMES), ("sub", NO_TOPICS | NO_FILTERS)], ids=["pub", "rr", "bench", "sub"])
def test_a_topic_that_is_none_is_refused_before_anybody_is_asked(family, topics):
    with Scripted() as server:
        for name, topic in topics.items():
            said = refused(line(family, server.url, topic), 2, "topic")
            assert len(said) < 500, name  # However long the topic is.
    assert not server.packets


@pytest.mark.parametrize("flags", [["-e", ""], ["-e", "+"], ["-e", LONG], ["-e", b"\xff"]], ids=["empty", "+", "too long", "no UTF-8"])
def test_a_response_topic_that_is_none_too(flags):
    with Scripted() as server:
        refused(["rr", "-h", server.url, "-t", "x", "-m", "1", *flags], 2, "--response-topic")
    assert not server.packets


@pytest.mark.parametrize("flag", ["--client-id", "--username", "--will-topic"])
def test_a_text_that_mqtt_cannot_carry_is_refused(flag):
    with Scripted() as server:
        for text in (LONG.encode(), b"\xff", b"\xed\xa0\x80"):
            assert len(refused(line("pub", server.url, "x", flag.encode() + b"=" + text), 2, ())) < 500
    assert not server.packets


@pytest.mark.parametrize(
    "words",
    [
        *([*FAMILIES[family], "-t", "x", f"--qos={qos}"] for family in FAMILIES for qos in ("3", "-1", "x", "")),
        *(["bench", "pub", f"--rate={rate}"] for rate in ("0", "-1", "inf", "nan", "x", "1e400")),
        *(["bench", "pub", flag] for flag in ("--clients=0", "--duration=0", "--payload-size=0", "--payload-size=31", "--payload-size=67108865", "--connect-rate=-1", "--connect-rate=inf")),
        ["pub", "-m", "1", "-t", "x", "--repeat=0"],
        ["pub", "-m", "1", "-t", "x", "--repeat=-1"],
        ["sub", "-t", "x", "--count=0"],
        ["sub", "-t", "x", "--count=-1"],
        ["rr", "-t", "x", "-e", "y", "-m", "1", "--count=0"],
    ],
    ids=" ".join,
)
def test_a_number_that_cannot_be_meant_is_refused_before_anybody_is_asked(words):
    with Scripted() as server:
        refused([*words, "-h", server.url], 2)
    assert not server.packets


# Of each kind of refusal one: pub's are all in connection_test.py.
@pytest.mark.parametrize(("reason", "code"), [(0x80, 12), (0x81, 12), (0x82, 12), (0x83, 12), (0x84, 12), (0x85, 12), (0x86, 4), (0x87, 4), (0x88, 7), (0x89, 7), (0x8A, 4), (0x8C, 4), (0x90, 12), (0x95, 12), (0x97, 12), (0x99, 12), (0x9A, 12), (0x9B, 12), (0x9C, 12), (0x9D, 12), (0x9F, 7)])
def test_a_refusal_is_the_same_for_everybody(reason, code):
    with Scripted(welcome(reason=reason)) as server:
        for family in FAMILIES:
            refused(line(family, server.url), code, f"{reason:02X}")


LIMITS = {"one at a time": b"\x21\x00\x01", "QoS 0": b"\x24\x00", "nothing retained": b"\x25\x00", "no aliases": b"\x22\x00\x00", "ten bytes": b"\x27\x00\x00\x00\x0a", "no keep-alive": b"\x13\x00\x00"}
OVER = {"QoS 0": ["-q", "1"], "nothing retained": ["-r"], "ten bytes": ["-m", "x" * SOME]}


@pytest.mark.parametrize("limit", LIMITS)
def test_a_publisher_keeps_to_what_the_broker_takes(limit):
    with Scripted(welcome(LIMITS[limit]) | {PUBLISH: acknowledge}) as server:
        assert invoke(["pub", "-h", server.url, "-t", "x", "-m", "1", "-q", "0"]).returncode == 0
        if limit in OVER:
            refused(["pub", "-h", server.url, "-t", "x", *(["-m", "1"] if "-m" not in OVER[limit] else []), *OVER[limit]], 12, "the broker ")
    published = [(first, body) for first, body in server.packets if first >> 4 == PUBLISH]
    assert len(published) <= 1 and all(first & 7 == 0 and len(body) < SOME for first, body in published)


@pytest.mark.parametrize(("property_of", "flags", "says"), [(b"\x28\x00", ["-t", "a/#"], "no wildcards"), (b"\x28\x00", ["-t", "+"], "no wildcards"), (b"\x2a\x00", ["-t", "$share/g/a"], "no shared subscriptions"), (b"\x29\x00", ["-t", "a", "-D", "subscribe", "subscription-identifier", "7"], "no subscription identifiers"), (b"\x27\x00\x00\x00\x0a", ["-t", "x" * SOME], "the broker takes packets of 10")])
def test_a_subscriber_does_not_ask_for_what_the_broker_does_not_have(property_of, flags, says):
    with Scripted(welcome(property_of) | granted()) as server:
        refused(["sub", "-h", server.url, *flags], 12, says)
        assert SUBSCRIBE not in [first >> 4 for first, _ in server.packets]
        # What it has is there.
        assert invoke(["sub", "-h", server.url, "-t", "a", "-W", "1ms"]).returncode == 0


@pytest.mark.parametrize("properties", [b"\x21\x00\x00", b"\x27\x00\x00\x00\x00", b"\x24\x02", b"\x25\x02", b"\x7f\x00", b"\x21\x00\x01\x21\x00\x01", b"\x12\x00\x02\xff\xff", b"\x12\x00\x09a"], ids=["receive maximum 0", "packets of 0", "QoS 2 as a limit", "retain 2", "unknown", "twice", "no UTF-8", "cut"])
def test_limits_that_cannot_be_are_no_mqtt(properties):
    with Scripted(welcome(properties)) as server:
        for family in FAMILIES:
            refused(line(family, server.url), 7, "not MQTT")


def goodbye(reason):
    return packet(DISCONNECT << 4, bytes([reason, 0]))


@pytest.mark.parametrize(("reason", "code"), [(TAKEN_OVER, 6), (SHUTTING_DOWN, 7)])
def test_who_is_sent_away_midway_says_why(reason, code):
    with Scripted({PUBLISH: goodbye(reason), SUBSCRIBE: goodbye(reason)}) as server:
        for family in ("pub", "rr"):
            refused(line(family, server.url), code, f"{reason:02X}")
    with Scripted(granted() | {PUBLISH: goodbye(reason)}) as server:
        refused(line("rr", server.url), code, f"{reason:02X}")


def leave(body):
    raise EOFError


@pytest.mark.parametrize("at", ["before it greets", "with the first packet"])
def test_a_broker_that_leaves_midway_is_unreachable(at):
    answers = {1: leave} if at == "before it greets" else {PUBLISH: leave, SUBSCRIBE: leave}
    with Scripted(answers) as server:
        for family in ("pub", "rr", *(["sub", "bench"] if at == "before it greets" else [])):
            refused(line(family, server.url, "x"), 7, str(server.port) if family != "bench" else "closed the connection")


def fruitless(words, code, says):
    """A load that went through, with its figures, and of whose messages none arrived."""
    done = invoke([*words, "-o", "jsonl"])
    assert done.returncode == code, done
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["messages"]["lost"] == told["messages"]["expected"] > 0 or told["messages"]["refused"] > 0
    assert says in json.loads(done.stderr.splitlines()[-1])["error"]["message"]


def test_a_load_of_which_nothing_arrives_is_a_failure():
    words = ["bench", "pub", "-c", "1", "--messages", "1"]
    with Scripted({PUBLISH: leave}) as server:
        fruitless([*words, "-h", server.url], 7, f"no message arrived: 127.0.0.1:{server.port}: the broker closed the connection")
    with Scripted({PUBLISH: lambda body: packet(PUBACK << 4, acknowledge(body)[2:4] + b"\x87\x00")}) as server:
        fruitless([*words, "-h", server.url], 12, "no message arrived: 0 never acknowledged, 1 refused")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    directory = tmp_path_factory.mktemp("mqtt")
    with Broker(directory / "state", "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0") as broker:
        broker.muster("tenant", "create", "acme", check=True)
        broker.flags = ["-h", broker.urls[1], "-u", "acme/dash", "--password-file", broker.application("acme", "dash", directory)]
        yield broker


def retained(place, topic):
    """The last value of the topic, as bytes."""
    done = invoke(["sub", *place.flags, "-t", topic, "-C", "1", "-N", "-W", "5s"])
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_payload_is_bytes_whatever_they_are(place):
    assert invoke(["pub", *place.flags, "-t", "bytes", "-r", "-s"], stdin=BINARY).returncode == 0
    assert retained(place, "bytes") == BINARY
    last = BINARY.split(b"\n")[-1]
    assert invoke(["pub", *place.flags, "-t", "lines", "-r", "-l"], stdin=BINARY).returncode == 0
    assert retained(place, "lines") == last


def test_nothing_is_a_payload_too(place):
    with subprocess.Popen([MUSTER, *map(str, ["sub", *place.flags, "-t", "nothing", "-C", "2", "-o", "jsonl", "-i", "reader"])], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as reader:
        assert reader.stderr.readline().startswith(b"subscribed")
        for flags in (["-m", ""], ["-n"]):
            assert invoke(["pub", *place.flags, "-t", "nothing", *flags]).returncode == 0
        out, _ = reader.communicate(timeout=PATIENCE)
    assert [json.loads(text)["payload"] for text in out.splitlines()] == ["", ""]


def test_a_payload_larger_than_the_broker_takes_is_not_sent(place, tmp_path):
    file = tmp_path / "large"
    file.write_bytes(b"x" * 300_000)
    for qos in "012":
        refused(["pub", *place.flags, "-t", "x", "-f", file, "-q", qos], 12, "262144")
    refused(["bench", "pub", *place.flags, "-c", "1", "--duration", "300ms", "--payload-size", "300000"], 12, "262144")
    # 3.1.1 cannot tell a limit: the broker ends the connection.
    refused(["pub", *place.flags, "-t", "x", "-f", file, "-V", "3.1.1"], 7, "closed the connection")
    for kind in ("pub", "pingpong"):
        fruitless(["bench", kind, *place.flags, "-c", "1", "--messages", "1", "--payload-size", "300000", "-V", "3.1.1"], 7, "no message arrived: 127.0.0.1:")


def test_what_belongs_to_the_broker_is_not_published_to(place):
    refused(["pub", *place.flags, "-t", "$SYS/x", "-m", "1"], 4, "$SYS/x")
    for name in ("$share/a", "$share//x", "$share/+/x"):
        refused(["sub", *place.flags, "-t", name, "-W", "1ms"], 12, name)


def test_a_message_that_cannot_be_printed_is_a_failure(place):
    assert invoke(["pub", *place.flags, "-t", "kept", "-r", "-m", "1"]).returncode == 0
    for redirection in (">&-", ">/dev/full"):
        words = [*map(str, ["sub", *place.flags, "-t", "kept", "-C", "1"])]
        done = subprocess.run(["sh", "-c", f'exec "$@" {redirection}', "sh", MUSTER, *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False)
        assert done.returncode == 1
        check_error(done.stderr, "standard output could not be written")
