# SPDX-License-Identifier: Apache-2.0
"""--trace: what is sent and received over HTTP, with times, and never a secret."""
import json
import re

import pytest
from peers import Broker, run

LINE = re.compile(r"^\d+\.\d{3} (→|←) .+$")


@pytest.fixture(name="broker", scope="module")
def running_broker(tmp_path_factory):
    directory = tmp_path_factory.mktemp("trace")
    with Broker(directory / "state", "--admin-http", "http://127.0.0.1:0") as broker:
        broker.directory = directory
        broker.muster("tenant", "create", "acme", "--device-passwords", check=True)
        broker.application("acme", "dash", directory)
        yield broker


def test_requests_and_answers_are_told_with_their_times(broker):
    done = broker.muster("tenant", "create", "traced", "--trace")
    assert done.returncode == 0
    sent, received, said = done.stderr.splitlines()
    assert LINE.match(sent) and LINE.match(received)
    assert "→ POST unix:" in sent and '"name":"traced"' in sent
    assert "← HTTP 201 " in received
    assert said.startswith("Tenant ")


def test_without_it_nothing_is_told(broker):
    assert "→" not in broker.muster("tenant", "list", "-v").stderr


@pytest.mark.parametrize(
    ("words", "secret_of"),
    [
        (["device", "register", "press-01", "-T", "acme", "--otp-file", "DIR/press-01.otp"], "DIR/press-01.otp"),
        (["device", "password", "press-02", "-T", "acme", "--password-file", "DIR/dash.password"], "DIR/dash.password"),
        (["application", "create", "dash", "-T", "acme", "--password-file", "DIR/dash.password"], "DIR/dash.password"),
    ],
    ids=lambda words: words[1] if isinstance(words, list) else "",
)
def test_passwords_are_hidden(broker, words, secret_of):
    directory = str(broker.directory)
    done = broker.muster(*(word.replace("DIR", directory) for word in words), "--trace", "-v")
    assert done.returncode == 0, done.stderr
    with open(secret_of.replace("DIR", directory)) as file:
        secret = file.readline().strip()
    assert len(secret) > 5
    assert secret not in done.stdout + done.stderr
    assert "***" in done.stderr


def test_the_admin_token_is_hidden(broker):
    token = broker.admin_token_file.read_text().strip()
    done = run("tenant", "list", "--admin", broker.admin_url, "--trace", env={"MUSTER_ADMIN_TOKEN_FILE": str(broker.admin_token_file)})
    assert done.returncode == 0, done.stderr
    assert token not in done.stderr
    assert "Authorization: Bearer ***" in done.stderr


def test_a_file_can_have_it_which_nobody_else_reads(broker, tmp_path):
    file = tmp_path / "trace.txt"
    for _ in range(2):
        done = broker.muster("broker", "status", f"--trace={file}", "-o", "json")
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)
    assert file.stat().st_mode & 0o777 == 0o600
    lines = file.read_text().splitlines()
    assert len(lines) == 4 and all(LINE.match(line) for line in lines)
    assert broker.muster("broker", "status", "--trace=/nonexistent/x").returncode == 5


def test_a_refusal_is_told_as_it_came(broker):
    done = broker.muster("tenant", "create", "acme", "--trace")
    assert done.returncode == 6
    assert "← HTTP 409 " in done.stderr


def test_it_can_come_from_the_environment(broker):
    env = {"MUSTER_ADMIN": broker.admin}
    assert "→" in run("tenant", "list", env=env | {"MUSTER_TRACE": "1"}).stderr
    assert "→" not in run("tenant", "list", env=env | {"MUSTER_TRACE": "0"}).stderr
