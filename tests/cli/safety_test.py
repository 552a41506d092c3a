# SPDX-License-Identifier: Apache-2.0
"""Dry runs of every command that changes something, and what is asked before something is lost."""
import http.client
import json
import socket

import pytest
from external_ca import ExternalCa
from peers import PATIENCE, Broker, PahoClient, run
from prompt_test import OnTerminal

TREE = json.loads(run("__tree", check=True).stdout)
BOTH = ("--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0")
A = ["-T", "acme"]

# Of each command that changes something for others: words that would, and how it ends where what they need is not there.
WORDS = {
    "broker fault add": (["cut", *A, "--after-packets", "3"], None, None),
    "broker fault clear": ([], None, None),
    "broker fault run": (["DIR/scenario.json"], ["/nonexistent"], 5),
    "broker kick": (["dash", *A], ["nobody", *A], 5),
    "broker stop": ([], None, None),
    "ca add": (["CA", "--proof", "CA", *A], None, None),
    "ca remove": (["SHA", *A], ["00", *A], 5),
    "ca set": (["SHA", *A, "--auto-register"], ["00", *A, "--auto-register"], 5),
    "tenant create": (["new"], ["acme"], 6),
    "tenant set": (["acme", "--manual-approval"], ["nope", "--manual-approval"], 5),
    "tenant limits": (["acme", "connections=5"], ["nope", "connections=5"], 5),
    "tenant delete": (["acme"], ["nope"], 5),
    "device register": (["press-09", *A, "--otp-file", "DIR/otp-09"], None, None),
    "device import": (["DIR/new.csv", *A], ["/nonexistent", *A], 5),
    "device enroll": (["-f", "DIR/fleet.csv", *A, "--out-dir", "DIR/out", "--est-url", "EST/acme", "--cafile", "CA"], ["-f", "/nonexistent", *A, "--out-dir", "DIR/out", "--est-url", "EST/acme", "--cafile", "CA"], 5),
    "device renew": (["press-01", "--out-dir", "DIR/out", "--est-url", "EST/acme"], ["-f", "/nonexistent", "--out-dir", "DIR/out", "--est-url", "EST/acme"], 5),
    "device password": (["press-01", *A, "--password-file", "DIR/dash.password"], ["press-01", "-T", "nope", "--password-file", "DIR/dash.password"], 5),
    "device approve": (["press-02", "-T", "patient"], ["nobody", "-T", "patient"], 5),
    "device deny": (["press-02", "-T", "patient"], ["nobody", "-T", "patient"], 5),
    "device revoke": (["press-01", *A], ["nobody", *A], 5),
    "device delete": (["press-01", *A], ["nobody", *A], 5),
    "application create": (["new", *A, "--password-file", "DIR/dash.password"], ["new", "-T", "nope", "--password-file", "DIR/dash.password"], 5),
    "application delete": (["dash", *A], ["dash", "-T", "nope"], 5),
    "pub": (["-h", "PLAIN", "-u", "acme/dash", "--password-file", "DIR/dash.password", "-t", "a", "-m", "b", "-r"], None, None),
    "rr": (["-h", "PLAIN", "-u", "acme/dash", "--password-file", "DIR/dash.password", "-t", "a", "-e", "b", "-m", "c"], None, None),
    "queue purge": (["DIR/outbox.db", "--all"], ["/nonexistent", "--all"], 5),
}  # fmt: skip


def leaves(command):
    if not command["is_group"]:
        yield command
    for child in command["commands"]:
        yield from leaves(child)


MUTATIONS = {leaf["path"].removeprefix("muster "): leaf for leaf in leaves(TREE) if leaf["mutates"] and leaf["has_dry_run"]}


def filled(broker, words):
    filling = {"DIR": str(broker.directory), "EST": broker.est_url, "SHA": broker.ca, "PLAIN": f"mqtt://127.0.0.1:{broker.plain_port}"}
    words = [broker.ca_file if word == "CA" else word for word in words]
    for part, text in filling.items():
        words = [word.replace(part, text) for word in words]
    return words


@pytest.fixture(name="broker", scope="module")
def running_broker(tmp_path_factory):
    directory = tmp_path_factory.mktemp("safety")
    (directory / "fleet.csv").write_text("id,otp\npress-20,wrong\n")
    (directory / "new.csv").write_text("id\npress-21\n")
    (directory / "scenario.json").write_text(json.dumps({"steps": [{"at_ms": 0, "kind": "cut", "tenant": "acme", "after_packets": 1000}]}))
    with Broker(directory / "state", *BOTH) as broker:
        broker.directory = directory
        broker.muster("tenant", "create", "acme", "--device-passwords", check=True)
        broker.muster("tenant", "create", "patient", "--manual-approval", check=True)
        broker.muster("device", "register", "press-01", *A, "--otp-file", directory / "otp", check=True)
        broker.muster("device", "register", "press-02", "-T", "patient", "--otp-file", directory / "otp-02", check=True)
        run("cert", "enroll", "--est-url", f"{broker.est_url}/patient", "--device-id", "press-02", "--otp-file", directory / "otp-02", "--cafile",
            broker.ca_file, "--out-dir", directory / "press-02")  # fmt: skip
        assert ExternalCa(directory, "first ca").added_to(broker, "acme").returncode == 0
        broker.ca = json.loads(broker.muster("ca", "list", *A).stdout)[0]["sha256"]
        broker.application("acme", "dash", directory)
        run("pub", "-h", "mqtt://127.0.0.1:1", "--queue", directory / "outbox.db", "-t", "a", "-m", "b", check=True)
        client = PahoClient("dash")
        client.client.username_pw_set("acme/dash", "open sesame")
        assert client.connect(broker.plain_port) == 0
        yield broker
        client.close()


def ask(broker, path):
    """What the admin API answers; a process for each question would take long."""
    connection = http.client.HTTPConnection("localhost", timeout=PATIENCE)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(broker.admin.removeprefix("unix:"))
    connection.request("GET", "/v1" + path)
    answer = json.load(connection.getresponse())
    connection.close()
    return answer


def state(broker):
    """What an administrator can see, and every file that is not the broker's own."""
    paths = ["/tenants", "/tenants/acme/limits", "/faults"]
    paths += [f"/tenants/{tenant}/{what}" for tenant in ("acme", "patient") for what in ("devices", "enrollments", "cas", "issuances")]
    answers = [ask(broker, path) for path in paths]
    clients = [(client["id"], client["since"]) for client in ask(broker, "/clients")]
    files = {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(broker.directory.rglob("*")) if "state" not in path.parts}
    return answers, clients, files


def test_every_command_that_changes_something_is_tried_here():
    assert set(MUTATIONS) == set(WORDS)


@pytest.mark.parametrize("command", sorted(MUTATIONS))
def test_a_dry_run_changes_nothing_and_says_what_it_would_do(broker, command):
    before = state(broker)
    done = broker.muster(*command.split(), *filled(broker, WORDS[command][0]), "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "would " in done.stderr
    assert state(broker) == before


@pytest.mark.parametrize("command", sorted(name for name, (_, words, _) in WORDS.items() if words))
def test_a_dry_run_fails_where_the_command_would(broker, command):
    _, words, code = WORDS[command]
    before = state(broker)
    dry = broker.muster(*command.split(), *filled(broker, words), "--dry-run")
    assert (dry.returncode, "would " in dry.stderr) == (code, False), dry.stderr
    assert broker.muster(*command.split(), *filled(broker, words), "--yes").returncode == code
    assert state(broker) == before


@pytest.mark.parametrize("words", [["tenant", "create", "x"], ["tenant", "delete", "x"], ["device", "delete", "x", *A], ["broker", "kick", "x", *A],
                                   ["broker", "fault", "clear"]], ids=" ".join)  # fmt: skip
def test_a_dry_run_needs_the_broker_as_the_command_does(words):
    assert run(*words, "--admin", "unix:/nonexistent", "--dry-run").returncode == 7


def test_what_cannot_be_told_before_is_refused(tmp_path):
    undecided = [leaf for leaf in leaves(TREE) if not leaf["has_dry_run"]]
    assert {leaf["path"] for leaf in undecided} >= {"muster key create", "muster cert enroll", "muster broker run", "muster bench pub"}
    done = run("key", "create", tmp_path / "x.key", "--dry-run")
    assert done.returncode == 2
    assert "leave out --dry-run" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_contexts_are_not_changed_by_dry_runs(tmp_path):
    config = tmp_path / "c.toml"
    config.write_text('context = "x"\n[contexts.x]\ntopic = "a"\n[contexts.y]\n')
    for words in (["context", "create", "z"], ["context", "use", "y"], ["context", "delete", "y"], ["config", "set", "topic", "b"], ["config", "unset", "topic"]):
        before = config.read_text()
        done = run(*words, "--config", config, "--dry-run")
        assert (done.returncode, "would " in done.stderr) == (0, True), done.stderr
        assert config.read_text() == before
    assert run("context", "delete", "nope", "--config", config, "--dry-run").returncode != 0


LOSSES = ("tenant delete", "device delete", "device revoke", "application delete", "ca remove", "queue purge")


@pytest.mark.parametrize("command", LOSSES)
def test_what_cannot_be_had_back_needs_a_yes_where_nobody_can_be_asked(broker, command):
    before = state(broker)
    done = broker.muster(*command.split(), *filled(broker, WORDS[command][0]))
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert state(broker) == before


@pytest.mark.parametrize(("answer", "code"), [("n\n", 2), ("\n", 2), ("y\n", 0)])
def test_it_is_asked_for_on_a_terminal(broker, answer, code):
    name = "asked-" + str(code)
    broker.application("acme", name, broker.directory)
    terminal = OnTerminal("application", "delete", name, *A, env={"MUSTER_ADMIN": broker.admin})
    try:
        terminal.shows(f"About to delete application {name} of tenant acme. Go on? [y/N]")
        terminal.type(answer)
        assert terminal.end()[0] == code
    finally:
        terminal.close()


@pytest.mark.parametrize(("answer", "code"), [("y\n", 2), ("doomed\n", 0)])
def test_a_tenants_name_is_typed(broker, answer, code):
    broker.muster("tenant", "create", "doomed")
    terminal = OnTerminal("tenant", "delete", "doomed", env={"MUSTER_ADMIN": broker.admin})
    try:
        terminal.shows("Type doomed to go on:")
        terminal.type(answer)
        assert terminal.end()[0] == code
    finally:
        terminal.close()


def test_a_tenants_name_can_be_given_instead(broker):
    broker.muster("tenant", "create", "brief", check=True)
    assert broker.muster("tenant", "delete", "brief", "--confirm", "acme").returncode == 2
    assert broker.muster("tenant", "delete", "brief", "--confirm", "brief").returncode == 0
