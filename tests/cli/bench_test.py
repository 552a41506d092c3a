# SPDX-License-Identifier: Apache-2.0
"""`muster bench` against the bundled broker and Mosquitto: what it counts, what it says, how it ends."""
import csv
import json
import re
import signal
import subprocess

import pytest
from bench_runs import bench, result
from peers import MUSTER, PATIENCE, Broker, Mosquitto, free_port, run
from scripted_mqtt import PUBACK, PUBLISH, Scripted, packet

CLIENTS = 4


@pytest.fixture(name="mosquitto", scope="module")
def running_mosquitto(tmp_path_factory):
    with Mosquitto(tmp_path_factory.mktemp("mosquitto")) as mosquitto:
        yield mosquitto


@pytest.fixture(name="broker", scope="module")
def running_broker(tmp_path_factory):
    """With a tenant of isolated devices, their identities, and an application."""
    directory = tmp_path_factory.mktemp("broker")
    with Broker(directory / "data") as broker:
        broker.muster("tenant", "create", "acme", check=True)
        broker.fleet = directory / "fleet"
        broker.fleet.mkdir()
        for number in range(CLIENTS):
            broker.enroll("acme", f"press-{number}", broker.fleet)
        broker.password_file = broker.application("acme", "dash", directory)
        yield broker


def url(mosquitto):
    return f"mqtt://127.0.0.1:{mosquitto.port}"


@pytest.mark.parametrize("version", ["5", "3.1.1"])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_what_is_published_arrives_once(mosquitto, version, qos):
    for kind, expected in (("pub", 60), ("pingpong", 60), ("fanin", 60)):
        told = result(bench(kind, "-h", url(mosquitto), "-c", 3, "--messages", 20, "-r", 600, "-q", qos, "-V", version, "--assert", "lost==0", "--assert", "errors==0"))
        messages = told["messages"]
        assert (messages["sent"], messages["expected"], messages["lost"], messages["duplicates"]) == (expected, expected, 0, 0), kind
        assert told["latency_ms"]["count"] == expected
        assert told["latency_ms"]["p50"] <= told["latency_ms"]["p99_9"] <= told["latency_ms"]["max"]
        assert told["mqtt_version"] == version and told["qos"] == qos and told["bench"] == kind


def test_each_subscriber_gets_each_message(mosquitto):
    told = result(bench("sub", "-h", url(mosquitto), "-c", 5, "--messages", 10, "-r", 100))
    assert told["messages"]["sent"] == 10
    assert told["messages"]["received"] == told["messages"]["expected"] == 50


def test_what_another_bench_publishes_is_counted_by_its_run_id(mosquitto):
    where = ("-h", url(mosquitto), "--run-id", "both")
    waiting = subprocess.Popen([MUSTER, "bench", "sub", *where, "-o", "jsonl", "-t", "elsewhere/#", "-q", "1", "--limit", "30", "--report-interval", "100ms"], stdout=subprocess.PIPE, text=True)
    assert json.loads(waiting.stdout.readline())["standing"] >= 0
    while json.loads(waiting.stdout.readline())["standing"] == 0:
        pass
    result(bench("pub", *where, "-t", "elsewhere/%i", "-c", 2, "--messages", 15, "-r", 300, "-i", "sender-%i"))
    last = waiting.communicate(timeout=PATIENCE)[0].splitlines()[-1]
    told = json.loads(last)
    assert waiting.returncode == 0
    assert (told["messages"]["received"], told["messages"]["foreign"]) == (30, 0)
    assert told["latency_ms"]["count"] == 30


def test_devices_connect_by_their_certificates_and_resume_their_sessions(broker):
    told = result(bench("conn", "-h", broker.mqtts_url, "--credentials", broker.fleet, "-c", CLIENTS, "--resume", "-R", 100))
    assert told["connections"]["connected"] == 2 * CLIENTS
    assert told["connections"]["resumed"] == CLIENTS
    assert told["tls_full_ms"]["count"] == told["tls_resumed_ms"]["count"] == CLIENTS
    assert told["tcp_ms"]["count"] == told["connect_ms"]["count"] == 2 * CLIENTS


def test_isolated_devices_ping_themselves(broker):
    told = result(bench("pingpong", "-h", broker.mqtts_url, "--credentials", broker.fleet, "-c", CLIENTS, "--messages", 10, "-r", 200))
    assert (told["messages"]["sent"], told["messages"]["lost"]) == (10 * CLIENTS, 0)


def test_an_application_gets_what_devices_publish(broker):
    peers = ("--filter", "+/bench/+", "--peer-username", "acme/dash", "--peer-password-file", broker.password_file)
    told = result(bench("fanin", "-h", broker.mqtts_url, "--credentials", broker.fleet, "-c", CLIENTS, "--messages", 10, "-r", 200, *peers))
    assert (told["messages"]["received"], told["messages"]["lost"]) == (10 * CLIENTS, 0)


def test_a_fleet_comes_back_after_a_storm(broker):
    words = ("-h", broker.mqtts_url, "--credentials", broker.fleet, "-c", CLIENTS, "--spread", "200ms")
    for more in ([], ["--jitter"], ["--no-jitter"], ["--resume"]):
        told = result(bench("storm", *words, *more, "--assert", "recovered.all<60s"))
        assert told["storm"]["recovered"] == CLIENTS
        assert told["storm"]["recovered_ms"]["p50"] <= told["storm"]["recovered_ms"]["all"]
        assert told["connections"]["resumed"] == (CLIENTS if more == ["--resume"] else 0)


def test_one_certificate_for_all_and_a_server_that_is_not_checked(broker, tmp_path):
    identity = broker.fleet / "press-0"
    pair = ("--cert", identity / "chain.pem", "--key", identity / "device.key", "-i", "press-0")
    assert result(bench("conn", "-h", broker.mqtts_url, "--cafile", identity / "ca.pem", *pair))["connections"]["connected"] == 1
    careless = ("conn", "-h", broker.mqtts_url, "--insecure-skip-verify", *pair)
    done = bench(*careless)
    assert result(done)["connections"]["connected"] == 1 and "warning: --insecure-skip-verify" in done.stderr
    config = tmp_path / "config.toml"
    config.write_text('context = "plant"\n[contexts.plant]\nmode = "prod"\n')
    done = bench(*careless, "--config", config)
    assert (done.returncode, done.stdout) == (2, "") and "--insecure-skip-verify: context plant is a production's" in done.stderr
    done = bench("conn", "-h", broker.mqtts_url, "--cafile", identity / "chain.pem", *pair)
    assert done.returncode == 8 and "the broker's certificate" in done.stderr
    done = bench("conn", "-h", broker.mqtts_url.replace("127.0.0.1", "127.0.0.2"), "--credentials", broker.fleet)
    assert done.returncode in (7, 8), done.stderr  # Nobody listens there, or the certificate is for another address.


def test_an_assertion_that_does_not_hold_is_told_and_ends_in_13(mosquitto):
    done = bench("pub", "-h", url(mosquitto), "--messages", 5, "-r", 100, "--assert", "sent==6", "--assert", "lost==0", "--assert", "recovered.p50<1s")
    assert done.returncode == 13
    told = json.loads(done.stdout)
    assert [(verdict["passed"], verdict["unit"]) for verdict in told["assertions"]] == [(False, None), (True, None), (False, "ms")]
    error = json.loads(done.stderr.splitlines()[-1])["error"]
    assert error["code"] == "check_failed" and "sent==6 (it is 5)" in error["message"] and "not measured" in error["message"]
    done = run("bench", "pub", "-o", "table", "-h", url(mosquitto), "--messages", 5, "-r", 100, "--assert", "sent==5", "--assert", "p99<1us")
    assert done.returncode == 13
    assert "PASS sent==5 (5)" in done.stdout and re.search(r"FAIL p99<1us \([0-9.]+ ms\)", done.stdout)
    assert "latency ms" in done.stdout and "latency: from the time a message was meant to leave" in done.stderr


def test_a_run_is_compared_with_an_older_one_and_drawn(mosquitto, tmp_path):
    old, page = tmp_path / "old.json", tmp_path / "report.html"
    words = ("-h", url(mosquitto), "-c", 2, "--messages", 10, "-r", 100)
    old.write_text(bench("pingpong", *words).stdout)
    done = run("bench", "pingpong", "-o", "table", *words, "--compare", old, "--report", page)
    assert done.returncode == 0, done.stderr
    assert "sent 20 (x1.00)" in done.stdout
    assert re.search(r"p50 [0-9.]+ \(x[0-9.]+\)", done.stdout)
    text = page.read_text()
    assert text.count("<svg") == text.count("</svg>") == 5
    assert "http" not in text.replace("http-equiv", "")  # One page that needs nothing else.
    assert "<td>sent</td><td>20</td>" in text and re.search("<td>p50</td><td>[0-9.]+ ms</td>", text)
    assert "Latency by percentile" in text and "prefers-color-scheme: dark" in text
    assert result(bench("pingpong", *words, "--compare", old))["compared"]["sent"] == {"before": 20.0, "ratio": 1.0}


def check_distribution(text, times):
    """What HdrHistogram's plotters read: value, percentile, count and 1/(1-percentile), then what they leave out."""
    head, _, *lines = text.splitlines()
    assert head.split() == ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"]
    rows = [[float(word) for word in line.split()] for line in lines if not line.startswith("#")]
    assert [len(row) for row in rows] == [4] * (len(rows) - 1) + [3]
    values, percentiles, counts = ([row[column] for row in rows] for column in range(3))
    assert values == sorted(values) and counts == sorted(counts) and percentiles == sorted(set(percentiles))
    assert percentiles[0] == 0 and percentiles[-1] == 1 and counts[-1] == times["count"]
    assert values[percentiles.index(0.5)] == pytest.approx(times["p50"], abs=0.001)
    assert values[-1] == pytest.approx(times["max"], abs=0.001)
    assert all(row[3] == pytest.approx(1 / (1 - row[1]), abs=0.01) for row in rows[:-1])
    assert all(count + 1e-6 >= percentile * times["count"] for percentile, count in zip(percentiles, counts))
    found = re.search(r"#\[Mean    = +([0-9.]+), StdDeviation   = +([0-9.]+)\]\n#\[Max     = +([0-9.]+), Total count    = +([0-9]+)\]\n#\[Buckets = +37, SubBuckets     = +1024\]\n", text)
    assert float(found[1]) == pytest.approx(times["mean"], abs=0.001) and float(found[3]) == values[-1] and int(found[4]) == times["count"]


def test_a_distribution_is_written_for_plotters(mosquitto, tmp_path):
    file = tmp_path / "latency.hgrm"
    told = result(bench("pub", "-h", url(mosquitto), "-c", 2, "--messages", 50, "-r", 1000, "--hdr-out", file))
    check_distribution(file.read_text(), told["latency_ms"])
    told = result(bench("conn", "-h", url(mosquitto), "-c", 5, "--hdr-out", file))
    check_distribution(file.read_text(), told["connect_ms"])


def test_a_busy_load_takes_turns_unless_it_is_to_be_precise(mosquitto):
    words = ("-h", url(mosquitto), "-c", 4, "--threads", 1, "-r", 5000, "--limit", 1000)
    for more in ([], ["--precise"]):
        for kind in ("pub", "pingpong"):
            messages = result(bench(kind, *words, *more))["messages"]
            assert (messages["sent"], messages["lost"], messages["unsent"]) == (1000, 0, 0), (kind, more)


def test_intervals_come_as_lines_before_the_whole(mosquitto):
    done = run("bench", "pub", "-o", "jsonl", "-h", url(mosquitto), "-r", 50, "--duration", "500ms", "--report-interval", "100ms")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) > 4 and "bench" in lines[-1] and "intervals" not in lines[-1]
    assert sum(line["messages"]["sent"] for line in lines[:-1]) == lines[-1]["messages"]["sent"] == 25


def test_intervals_are_the_rows_of_csv(mosquitto):
    done = run("bench", "pub", "-o", "csv", "-h", url(mosquitto), "-r", 50, "--duration", "300ms", "--report-interval", "100ms")
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert done.returncode == 0 and len(rows) >= 3
    assert sum(int(row["sent"]) for row in rows) == 15 and sum(int(row["connected"]) for row in rows) == 1


def test_the_first_signal_ends_the_run_with_what_was_measured(mosquitto):
    words = [MUSTER, "bench", "pub", "-o", "jsonl", "-h", url(mosquitto), "--duration", "1h", "-r", "100", "--report-interval", "100ms"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while json.loads(process.stdout.readline())["messages"]["sent"] == 0:
        pass
    process.send_signal(signal.SIGINT)
    out = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == 130
    told = json.loads(out.splitlines()[-1])
    assert told["interrupted"] and told["messages"]["sent"] > 0


def test_a_payload_comes_from_a_file_and_a_password_from_another(broker, mosquitto, tmp_path):
    payload = tmp_path / "payload"
    payload.write_bytes(b"x" * 100)
    assert result(bench("pingpong", "-h", url(mosquitto), "--messages", 3, "-r", 30, "--payload-file", payload))["payload_bytes"] == 132
    words = ("-h", broker.mqtts_url, "--cafile", broker.ca_file, "-u", "acme/dash", "-c", 2)
    assert result(bench("conn", *words, "--password-file", broker.password_file, "-k", 10))["connections"]["connected"] == 2
    wrong = tmp_path / "wrong"
    wrong.write_text("no\n")
    wrong.chmod(0o600)
    done = bench("conn", *words, "--password-file", wrong)
    assert done.returncode == 4 and "the broker said CONNACK" in done.stderr


def test_messages_that_are_missing_are_told_unless_an_assertion_allows_them():
    answers = iter([b"\x00\x00", b"\x97\x00", b"\x00\x00"])  # Taken, refused for a quota, taken.

    def acknowledge(body):
        length = int.from_bytes(body[:2], "big")
        return packet(PUBACK << 4, body[2 + length :][:2] + next(answers))

    words = ("-c", 1, "--messages", 3, "-r", 100)
    with Scripted({PUBLISH: acknowledge}) as server:
        done = bench("pub", "-h", server.url, *words)
        assert done.returncode == 10 and "messages are missing: 0 never acknowledged, 1 refused" in done.stderr, done
        assert json.loads(done.stdout)["messages"]["acknowledged"] == 2
        answers = iter([b"\x97\x00", b"\x00\x00", b"\x00\x00"])
        assert result(bench("pub", "-h", server.url, *words, "--assert", "refused<=1"))["messages"]["refused"] == 1


def test_a_port_where_nobody_listens_is_unreachable():
    port = free_port()
    done = bench("pub", "-h", "127.0.0.1", "-p", port, "--connect-timeout", "2s")
    assert done.returncode == 7 and f"127.0.0.1:{port}: connecting failed: Connection refused" in done.stderr


WRONG = [
    (["-h", "http://x"], "speaks mqtt://, mqtts://, ws:// and wss://"),
    (["-h", "mqtt://x:0"], "no such port"),
    (["-h", "mqtt://[::1"], "bracket"),
    (["-h", ""], "there is no host"),
    (["-p", "0"], "--port"),
    (["-c", "0"], "--clients"),
    (["-R", "-1"], "connect-rate"),
    (["-R", "many"], "--connect-rate"),
    (["--connecting", "0"], "--connecting"),
    (["--threads", "257"], "--threads"),
    (["--report-interval", "10ms"], "intervals are from 100 ms"),
    (["--duration", "0s"], "--duration"),
    (["--warmup", "soon"], "--warmup"),
    (["--messages", "-1"], "--messages"),
    (["--limit", "x"], "--limit"),
    (["-r", "0"], "a rate of 0 sends nothing"),
    (["--payload-size", "31"], "smaller than the 32"),
    (["--payload-file", "/nowhere"], "--payload-file"),
    (["-q", "3"], "--qos"),
    (["--in-flight", "0"], "--in-flight"),
    (["-V", "4"], "--mqtt-version"),
    (["-k", "65536"], "--keep-alive"),
    (["--connect-timeout", "-1s"], "--connect-timeout"),
    (["-t", "a/+"], "topic"),
    (["-c", "2", "-i", "same"], "all clients would have the client id 'same'"),
    (["--cert", "c", "--key", "k"], "certificates need TLS"),
    (["--cert", "/etc/hostname"], "--cert and --key go together"),
    (["-h", "mqtts://x", "--credentials", "/nowhere"], "--credentials /nowhere"),
    (["--password-file", "/nowhere"], "--password-file"),
    (["--assert", "p99"], "there is no comparison"),
    (["--assert", "p98<1ms"], "there is no figure 'p98'"),
    (["--assert", "p99<50"], "a time needs its unit"),
    (["--assert", "p99<50h"], "'h' is no unit"),
    (["--assert", "lost==0ms"], "has no unit"),
    (["--assert", "lost=0"], "'=' is no comparison"),
    (["--assert", "lost==none"], "'none' is no number"),
    (["--compare", "/etc/hostname"], "is no result of a bench"),
    (["--report", "/nowhere/report.html"], "--report"),
    (["--hdr-out", "/nowhere/latency.hgrm"], "--hdr-out"),
]


@pytest.mark.parametrize("words, says", WRONG, ids=[" ".join(words) for words, _ in WRONG])
def test_a_wrong_flag_is_told_before_anything_is_done(words, says):
    where = [] if "-h" in words else ["-h", "127.0.0.1"]
    done = run("bench", "pub", *where, *words)
    assert done.returncode in (1, 2, 5), done
    assert says in done.stderr and done.stdout == ""


@pytest.mark.parametrize("kind, words, says", [
    ("storm", ["--spread", "x"], "--spread"),
    ("storm", ["--duration", "0"], "--duration"),
    ("conn", ["--resume"], "--resume needs TLS"),
    ("fanin", ["--subscribers", "0"], "--subscribers"),
    ("fanin", ["--filter", "a/#/b"], "filter"),
    ("fanin", ["--peer-password-file", "/nowhere"], "--peer-password-file"),
    ("sub", ["--publishers", "0"], "--publishers"),
    ("sub", ["-t", "a+"], "filter"),
    ("sub", ["-r", "1", "--publish-topic", "a/#"], "topic"),
])
def test_a_wrong_flag_of_one_kind_is_told(kind, words, says):
    done = run("bench", kind, "-h", "127.0.0.1", *words)
    assert done.returncode in (2, 5), done
    assert says in done.stderr


def test_too_few_identities_are_told_with_what_to_do(broker):
    done = run("bench", "conn", "-h", broker.mqtts_url, "--credentials", broker.fleet, "-c", CLIENTS + 1)
    assert done.returncode == 5
    assert f"has {CLIENTS} identities for {CLIENTS + 1} clients" in done.stderr and "hint: enroll more" in done.stderr


def test_a_limit_of_open_files_that_is_too_low_is_told_before_the_start():
    words = "ulimit -n 100; exec setpriv --bounding-set -sys_resource --inh-caps -sys_resource " + MUSTER + " bench conn -h 127.0.0.1 -c 200"
    done = subprocess.run(["sh", "-c", words], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1, done
    assert "200 clients need" in done.stderr and "hint: raise it in this shell, as root: ulimit -n" in done.stderr
