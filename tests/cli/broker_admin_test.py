# SPDX-License-Identifier: Apache-2.0
"""broker status, clients and kick, over the UNIX socket and over TCP with a token."""
import json
import signal
import socket
import subprocess
import urllib.error
import urllib.request

import pytest
from peers import MUSTER, PATIENCE, Broker, PahoClient, paho, run

BOTH = ("--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0")


def application_client(broker, directory, client_id="dash"):
    """A connected application of tenant acme."""
    broker.muster("tenant", "create", "acme")
    broker.application("acme", "dash", directory)
    client = PahoClient(client_id)
    client.client.username_pw_set("acme/dash", "open sesame")
    assert client.connect(broker.plain_port) == 0
    return client


@pytest.fixture(name="broker")
def running_broker(tmp_path):
    with Broker(tmp_path / "data", *BOTH, "--admin-http", "http://127.0.0.1:0") as broker:
        yield broker


def request(broker, path, token=None, method="GET"):
    """Status and body of a request over TCP."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(broker.admin_url + path, headers=headers, method=method), timeout=PATIENCE) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_status_says_where_it_serves_and_what_it_counted(broker, tmp_path):
    client = application_client(broker, tmp_path)
    status = json.loads(broker.muster("broker", "status", "-o", "json").stdout)
    assert status["mqtts_url"] == broker.mqtts_url
    assert status["counters"]["open_connections"] == 1
    assert [(one["url"], one["kind"], one["client_certificates"]) for one in status["listeners"]] == [
        (broker.urls[0], "mqtts", "optional"),
        (broker.urls[1], "mqtt", None),
    ]
    table = broker.muster("broker", "status", "-o", "table").stdout
    assert "mqtts_url" in table and broker.mqtts_url in table
    assert f"{broker.mqtts_url} (client certificates: optional)" in table
    client.close()


def test_clients_lists_who_is_connected(broker, tmp_path):
    client = application_client(broker, tmp_path)
    client.subscribe("#")
    [listed] = json.loads(broker.muster("broker", "clients", "-o", "json").stdout)
    assert (listed["tenant"], listed["id"], listed["role"], listed["connected"]) == ("acme", "dash", "application", True)
    assert (listed["version"], listed["keep_alive_s"], listed["subscriptions"]) == ("5.0", 30, 1)
    assert listed["peer"] == "127.0.0.1:{}".format(client.client.socket().getsockname()[1])
    assert listed["peer"] in broker.muster("broker", "clients", "-o", "table").stdout
    assert json.loads(broker.muster("broker", "clients", "--tenant", "other", "-o", "json").stdout) == []
    assert "dash" in broker.muster("broker", "clients", "-o", "table").stdout
    client.close()


def test_a_kicked_client_is_told_and_one_that_is_not_there_is_an_error(broker, tmp_path):
    client = application_client(broker, tmp_path)
    client.client.reconnect_delay_set(60)
    assert broker.muster("broker", "kick", "dash", "--tenant", "acme").returncode == 0
    assert client.wait("disconnect") == 0x98
    client.client.loop_stop()
    done = broker.muster("broker", "kick", "dash", "--tenant", "acme")
    assert done.returncode != 0
    assert "no client 'dash' of tenant 'acme' is connected" in done.stderr


def test_tcp_needs_the_token(broker):
    token = broker.admin_token_file.read_text().strip()
    assert broker.admin_token_file.stat().st_mode & 0o777 == 0o600
    for wrong in (None, "wrong", token[:-1], token + "0"):
        status, body = request(broker, "/v1/status", wrong)
        assert (status, body["error"]["code"]) == (401, "denied")
        assert request(broker, "/v1/tenants/acme/clients/dash", wrong, "DELETE")[0] == 401
    assert request(broker, "/v1/status", token)[1]["mqtts_url"] == broker.mqtts_url


def test_the_commands_go_over_tcp_too(broker):
    environment = {"MUSTER_ADMIN": broker.admin_url, "MUSTER_ADMIN_TOKEN_FILE": str(broker.admin_token_file)}
    assert run("tenant", "create", "acme", env=environment).returncode == 0
    assert json.loads(run("tenant", "list", "-o", "json", env=environment).stdout)[0]["name"] == "acme"
    done = run("tenant", "list", env={"MUSTER_ADMIN": broker.admin_url})
    assert done.returncode == 2
    assert "MUSTER_ADMIN_TOKEN_FILE" in done.stderr


def test_a_token_can_be_given_by_file_and_must_be_private(tmp_path):
    given = tmp_path / "token"
    given.write_text("0123456789abcdef\n")
    given.chmod(0o644)
    arguments = ("--admin-http", "http://127.0.0.1:0", "--admin-token-file", given)
    done = run("broker", "run", "--state", tmp_path / "data", *arguments)
    assert done.returncode != 0
    assert "chmod" in done.stderr
    given.chmod(0o600)
    with Broker(tmp_path / "data", *map(str, arguments)) as broker:
        assert request(broker, "/v1/status", "0123456789abcdef")[0] == 200


def test_the_admin_api_is_not_public_by_accident(tmp_path):
    done = run("broker", "run", "--state", tmp_path / "data", "--admin-http", "http://0.0.0.0:0")
    assert done.returncode == 2
    assert "--allow-public" in done.stderr


def test_without_a_broker_the_commands_say_how_to_start_one():
    for command in (["status"], ["clients"], ["kick", "x", "--tenant", "acme"]):
        done = run("broker", *command, "--admin", "unix:/nonexistent/admin.sock")
        assert done.returncode == 7
        assert "muster broker run" in done.stderr


def test_a_broker_that_was_stopped_is_gone_and_its_directory_free(broker, tmp_path):
    done = broker.muster("broker", "stop")
    assert done.returncode == 0, done.stderr
    assert broker.process.wait(PATIENCE) == 0
    assert run("broker", "stop", "--admin", broker.admin).returncode == 7
    with Broker(tmp_path / "data") as again:
        assert again.muster("broker", "status").returncode == 0


def test_a_stop_takes_as_long_as_timeout_allows(broker):
    """The broker cannot end while it is halted: at first nobody may wait so long, then somebody may wait longer than is usual."""
    broker.process.send_signal(signal.SIGSTOP)
    done = broker.muster("broker", "stop", "--timeout", "200ms")
    assert done.returncode == 9 and "not done within 200 ms" in done.stderr
    with subprocess.Popen([MUSTER, "broker", "stop", "--admin", broker.admin, "--timeout", "2m"], stderr=subprocess.PIPE, text=True) as patient:
        with pytest.raises(subprocess.TimeoutExpired):
            patient.wait(31)  # Without --timeout it is over after 30 s.
        broker.process.send_signal(signal.SIGCONT)
        assert patient.wait(PATIENCE) == 0, patient.stderr.read()
    assert broker.process.wait(PATIENCE) == 0


def test_what_no_broker_run_serves_is_not_stopped(broker, tmp_path):
    for admin in (broker.admin_url, "", "unix:"):
        assert run("broker", "stop", "--admin", admin, env={"MUSTER_ADMIN_TOKEN_FILE": str(broker.admin_token_file)}).returncode in (2, 7)
    with socket.socket(socket.AF_UNIX) as ours:
        ours.bind(str(tmp_path / "ours.sock"))
        ours.listen()
        done = run("broker", "stop", "--admin", f"unix:{tmp_path}/ours.sock")
    assert done.returncode == 4
    assert "part of another program" in done.stderr
    assert broker.muster("broker", "status").returncode == 0
