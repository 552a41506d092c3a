# SPDX-License-Identifier: Apache-2.0
"""`muster bench` against several nodes: the clients are spread over them, and those of a node that is away go on to the next."""
import contextlib
import json
import subprocess

import jsonschema
import pytest
from bench_runs import SCHEMA, bench, result
from peers import MUSTER, PATIENCE, Broker, Mosquitto, held_port, run


@pytest.fixture(name="nodes", scope="module")
def two_brokers(tmp_path_factory):
    with contextlib.ExitStack() as stack:
        yield [f"mqtt://127.0.0.1:{stack.enter_context(Mosquitto(tmp_path_factory.mktemp('node'))).port}" for _ in range(2)]


def shares(told, *names):
    return [tuple(node[name] for name in names) for node in told["nodes"]]


def partial(done):
    """The result of a run that some connections failed in."""
    assert done.returncode == 10, done
    told = json.loads(done.stdout)
    jsonschema.Draft202012Validator(SCHEMA).validate(told)
    return told


@pytest.mark.parametrize("threads", [1, 3])
def test_clients_are_spread_over_the_nodes(nodes, threads):
    told = result(bench("conn", "-h", nodes[0], "-h", nodes[1], "-c", 7, "--threads", threads))
    assert shares(told, "clients", "connected", "failed", "disconnected") == [(4, 4, 0, 0), (3, 3, 0, 0)]
    assert [f"mqtt://{node['host']}:{node['port']}" for node in told["nodes"]] == nodes
    assert (told["host"], told["port"]) == ("127.0.0.1", told["nodes"][0]["port"])
    assert shares(result(bench("conn", "-h", nodes[1], "-c", 2)), "clients", "connected") == [(2, 2)]


def test_a_load_is_spread_with_them(nodes):
    told = result(bench("pingpong", "-h", ",".join(nodes), "-c", 6, "--messages", 20, "-r", 600))
    assert (told["messages"]["received"], told["messages"]["lost"]) == (120, 0)
    assert shares(told, "clients") == [(3,), (3,)]


def test_each_nodes_share_is_printed(nodes):
    done = run("bench", "conn", "-h", ",".join(nodes), "-c", 4, "-o", "table")
    for node in nodes:
        assert f"node            {node.removeprefix('mqtt://')}   clients 2   connected 2   failed 0   disconnected 0" in done.stdout, done
    assert "node  " not in run("bench", "conn", "-h", nodes[0], "-o", "table").stdout


@pytest.mark.parametrize("away", [0, 1, 2])
def test_clients_of_a_node_that_is_down_go_on_to_the_next(nodes, away):
    with held_port() as held:
        places = list(nodes)
        places.insert(away, f"mqtt://127.0.0.1:{held}")
        done = bench("pub", "-h", ",".join(places), "-c", 9, "--messages", 5, "-r", 300)
        told = partial(done)
    expected = [3, 3, 3]
    expected[away], expected[(away + 1) % 3] = 0, 6
    assert [node["clients"] for node in told["nodes"]] == expected
    assert told["nodes"][away]["failed"] == told["connections"]["failed"] == 3 and told["connections"]["connected"] == 9
    assert (told["messages"]["acknowledged"], told["messages"]["lost"], told["messages"]["unsent"]) == (45, 0, 0)
    assert told["failures"] == {f"127.0.0.1:{held}: connecting failed: Connection refused": 3}
    assert "3 connections failed" in done.stderr and f"127.0.0.1:{held}" in done.stderr


def test_how_many_attempts_may_fail_an_assertion_can_say(nodes):
    with held_port() as held:
        words = ["-h", f"{nodes[0]},mqtt://127.0.0.1:{held}", "-c", "4", "--assert"]
        assert result(bench("conn", *words, "failed<=2"))["connections"]["failed"] == 2
        assert bench("conn", *words, "failed<2").returncode == 13


@pytest.mark.parametrize("clients", [1, 4])
def test_every_node_is_tried_once_before_the_load_and_named_if_it_is_away(clients):
    with held_port() as first, held_port() as second, held_port() as third:
        nodes = ",".join(f"mqtt://127.0.0.1:{port}" for port in (first, second, third))
        done = run("bench", "conn", "-h", nodes, "-c", clients, "--threads", 2 if clients > 1 else 1)
    assert (done.returncode, done.stdout) == (7, "")
    assert "muster: error: " + "; ".join(f"127.0.0.1:{port}: connecting failed: Connection refused" for port in (first, second, third)) + "\n" in done.stderr


def test_who_is_refused_does_not_try_elsewhere(tmp_path, nodes):
    with Broker(tmp_path / "data", "--listen", "mqtt://127.0.0.1:0") as broker:
        told = partial(bench("conn", "-h", f"{broker.mqtts_url},{nodes[0]}", "-c", 2))
    assert shares(told, "clients", "failed") == [(0, 1), (1, 0)]


def test_a_fleet_comes_back_to_where_it_was(nodes):
    told = result(bench("storm", "-h", ",".join(nodes), "-c", 6, "--spread", "100ms"))
    assert shares(told, "clients", "connected", "disconnected") == [(3, 6, 0), (3, 6, 0)]


def test_a_node_that_goes_during_the_load_loses_its_clients_to_the_next(nodes, tmp_path):
    with Mosquitto(tmp_path) as going:
        words = ["-h", f"{nodes[0]},mqtt://127.0.0.1:{going.port}", "-c", "4", "-r", "200", "-q", "0", "--duration", "60s", "--report-interval", "100ms"]
        process = subprocess.Popen([MUSTER, "bench", "pub", "-o", "jsonl", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            is_loaded = lambda told: told["messages"]["sent"] > 0 and told["standing"] == 4
            assert any(is_loaded(json.loads(line)) for line in process.stdout)
            going.stop()
            assert any(json.loads(line)["standing"] < 4 for line in process.stdout)
            assert any(json.loads(line)["standing"] == 4 for line in process.stdout)
            process.terminate()
            rest, _ = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
            process.wait(PATIENCE)
    told = json.loads(rest.splitlines()[-1])
    assert shares(told, "clients", "disconnected") == [(4, 0), (0, 2)]
    assert told["nodes"][0]["connected"] == 4


def test_each_node_is_verified_by_its_own_name_over_websocket_too(tmp_path):
    listeners = [word for scheme in ("mqtts", "mqtt", "wss") for word in ("--listen", f"{scheme}://127.0.0.1:0")]
    with Broker(tmp_path / "data", *listeners) as broker, held_port() as held:
        broker.muster("tenant", "create", "acme", check=True)
        who = ("-u", "acme/dash", "--password-file", broker.application("acme", "dash", tmp_path), "--cafile", broker.ca_file)
        for url in (broker.urls[0], broker.urls[2]):
            by_name = url.replace("127.0.0.1", "localhost")
            assert shares(result(bench("conn", *who, "-h", f"{url},{by_name}", "-c", 2)), "host", "clients") == [("127.0.0.1", 1), ("localhost", 1)]
            away = f"{url.split(':')[0]}://127.0.0.1:{held}"
            assert shares(partial(bench("pingpong", *who, "-h", f"{away},{url}", "-c", 4, "--messages", 2)), "clients", "failed") == [(0, 2), (4, 0)]
            wrong = url.replace("127.0.0.1", "127.0.0.2")
            told = partial(bench("conn", *who, "-h", f"{url},{wrong}", "-c", 2, "--connect-timeout", "10s"))
            assert told["nodes"][0]["clients"] >= 1 and told["nodes"][1]["clients"] == 0
