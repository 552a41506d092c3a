# SPDX-License-Identifier: Apache-2.0
"""device register --auth password: devices that show a user name and a password, alone and in lists, from their registration to their end."""
import csv
import json
import random
import subprocess

import pytest
from fleets import Fleet, as_csv, ids
from peers import MUSTER, PATIENCE, Broker, PahoClient, run

BAD_USER_NAME_OR_PASSWORD, NOT_AUTHORIZED = 0x86, 0x87
BY_PASSWORD = ("--auth", "password")


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    state = tmp_path_factory.mktemp("broker") / "data"
    with Broker(state, "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0", "--password-cost", "4") as running:
        running.state = state
        yield running


@pytest.fixture(name="tenant")
def tenant_with_passwords(broker, tenant):
    broker.muster("tenant", "set", tenant, "--device-passwords", check=True)
    return tenant


def credentials_in(file):
    """User name and password by device; nobody else can read them."""
    assert file.stat().st_mode & 0o777 == 0o600
    with file.open() as lines:
        return {row["id"]: (row["username"], row["password"]) for row in csv.DictReader(lines)}


def enter(broker, device, credentials):
    """A client, and CONNACK's reason code."""
    client = PahoClient(device)
    client.client.username_pw_set(*credentials)
    return client, client.connect(broker.plain_port)


def code_of(broker, device, credentials):
    client, code = enter(broker, device, credentials)
    client.close()
    return code


def test_cumulocity_s_rows_with_credentials_are_taken_beside_those_with_certificates(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, "ID;AUTH_TYPE;CREDENTIALS;ENROLLMENT_OTP;TYPE\n"
                  "lamp-1;BASIC;chosen-by=hand;;lamp\nlamp-2;BASIC;;;lamp\npump-1;CERTIFICATES;;;pump\n")  # fmt: skip
    done = fleet.do("register", "--results", tmp_path / "results.csv")
    assert done.returncode == 0, done.stderr
    assert "3 rows, 3 valid, delimiter ';', Cumulocity header (5 columns)" in done.stderr
    made = credentials_in(tmp_path / "fleet.credentials.csv")
    assert list(made) == ["lamp-2"] and made["lamp-2"][0] == f"{tenant}/lamp-2" and len(made["lamp-2"][1]) == 26
    assert list(fleet.passwords()) == ["id", "pump-1"]
    assert code_of(broker, "lamp-1", (f"{tenant}/lamp-1", "chosen-by=hand")) == 0
    assert code_of(broker, "lamp-2", made["lamp-2"]) == 0
    assert code_of(broker, "lamp-2", (f"{tenant}/lamp-2", fleet.passwords()["pump-1"])) == BAD_USER_NAME_OR_PASSWORD
    assert {device["id"]: (device["status"], device["has_password"]) for device in fleet.devices()} == {
        "lamp-1": ("accepted", True),
        "lamp-2": ("accepted", True),
        "pump-1": ("waiting", False),
    }
    with (tmp_path / "results.csv").open() as lines:
        results = {row["id"]: row for row in csv.DictReader(lines)}
    assert {(row["status"], row["change"]) for row in results.values()} == {("ok", "created")}
    assert [results[name]["credentials_file"] for name in ("lamp-1", "lamp-2", "pump-1")] == ["", str(tmp_path / "fleet.credentials.csv"), ""]
    assert results["pump-1"]["otp_file"] == str(fleet.otp) and results["lamp-2"]["expires"] == "" != results["pump-1"]["expires"]
    # The broker has hashes of them only.
    stored = b"".join(path.read_bytes() for path in broker.state.glob("registry.db*"))
    assert b"lamp-2" in stored and made["lamp-2"][1].encode() not in stored and b"chosen-by=hand" not in stored


def test_a_list_is_imported_with_passwords(broker, tenant, tmp_path):
    (tmp_path / "lamps.csv").write_text(as_csv("a"))
    done = broker.muster("device", "import", tmp_path / "lamps.csv", "--tenant", tenant, *BY_PASSWORD, "--credentials-out", tmp_path / "secret.csv")
    assert done.returncode == 0, done.stderr
    assert code_of(broker, "a", credentials_in(tmp_path / "secret.csv")["a"]) == 0


def test_devices_are_named_and_get_their_passwords_in_a_file(broker, tenant, tmp_path):
    file = tmp_path / "lamps.csv"
    line = ["device", "register", "a", "b", "--tenant", tenant, *BY_PASSWORD, "--credentials-out", file]
    done = broker.muster(*line, "--type", "lamp", "-o", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [{"id": name, "tenant": tenant, "username": f"{tenant}/{name}", "credentials_file": str(file)} for name in "ab"]
    first = credentials_in(file)
    assert not [secret for _, secret in first.values() if secret in done.stdout + done.stderr]
    assert [code_of(broker, name, first[name]) for name in "ab"] == [0, 0]
    again = broker.muster(*line)
    assert again.returncode == 6 and "--reset-otp" in again.stderr and credentials_in(file) == first
    assert broker.muster(*line, "--reset-otp").returncode == 0
    assert code_of(broker, "a", first["a"]) == BAD_USER_NAME_OR_PASSWORD
    assert code_of(broker, "a", credentials_in(file)["a"]) == 0
    # As the file has it, `muster pub` takes it.
    (tmp_path / "secret").write_text(credentials_in(file)["b"][1])
    (tmp_path / "secret").chmod(0o600)
    sent = run("pub", "-h", broker.urls[1], "-i", "b", "-u", f"{tenant}/b", "--password-file", tmp_path / "secret", "-t", "n", "-m", "1", "-q", "1")
    assert sent.returncode == 0, sent.stderr


def test_a_refused_device_leaves_the_passwords_of_those_before_it(broker, tenant, tmp_path):
    file = tmp_path / "lamps.csv"
    done = broker.muster("device", "register", "a", "not an id", "--tenant", tenant, *BY_PASSWORD, "--credentials-out", file)
    assert done.returncode == 2, done.stderr
    assert list(credentials_in(file)) == ["a"] and code_of(broker, "a", credentials_in(file)["a"]) == 0
    nobody = broker.muster("device", "register", "not an id", "--tenant", tenant, *BY_PASSWORD, "--credentials-out", tmp_path / "none.csv")
    assert nobody.returncode == 2 and not (tmp_path / "none.csv").exists()


def test_devices_with_passwords_are_isolated_and_thrown_out_as_those_with_certificates(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, as_csv("abc"))
    assert fleet.do("register", *BY_PASSWORD).returncode == 0
    made = credentials_in(tmp_path / "fleet.credentials.csv")
    clients = {}
    for name in "abc":
        clients[name], code = enter(broker, name, made[name])
        assert code == 0
        clients[name].subscribe("#")
    clients["a"].publish("state", "mine")
    assert clients["a"].message().payload == b"mine"
    clients["b"].publish("state", "own")
    assert clients["b"].message().payload == b"own"
    # A device has its own client id only.
    assert code_of(broker, "b", made["a"]) == NOT_AUTHORIZED
    gone = Fleet(broker, tenant, tmp_path, as_csv("a"), "gone.csv")
    assert gone.do("revoke", "--reason", "keyCompromise").returncode == 0
    assert clients["a"].wait("disconnect") == NOT_AUTHORIZED
    assert code_of(broker, "a", made["a"]) in (BAD_USER_NAME_OR_PASSWORD, NOT_AUTHORIZED)
    assert fleet.do("register", *BY_PASSWORD, "--no-resume").returncode == 10  # Who is revoked stays so.
    assert Fleet(broker, tenant, tmp_path, as_csv("b"), "end.csv").do("delete").returncode == 0
    assert clients["b"].wait("disconnect") == NOT_AUTHORIZED
    assert code_of(broker, "b", made["b"]) == BAD_USER_NAME_OR_PASSWORD
    assert clients["c"].messages.empty()
    for client in clients.values():
        client.close()


def test_a_tenant_without_passwords_is_told_apart_before_anything_is_done(broker, tenant, tmp_path):
    broker.muster("tenant", "set", tenant, "--no-device-passwords", check=True)
    fleet = Fleet(broker, tenant, tmp_path, "id,auth\na,certificates\nb,password\n")
    named = broker.muster("device", "register", "a", "--tenant", tenant, *BY_PASSWORD, "--credentials-out", tmp_path / "named.csv")
    for done in (fleet.do("register"), named):
        assert done.returncode == 4, done.stderr
        assert f"muster tenant set {tenant} --device-passwords" in done.stderr
    assert fleet.devices() == []
    assert not [path.name for path in tmp_path.iterdir() if path.suffix == ".csv" and path != fleet.list]


def test_killed_and_run_again_each_device_has_the_password_that_is_in_the_file(broker, tenant, tmp_path):
    names, moments = ids(400), random.Random(26)
    fleet = Fleet(broker, tenant, tmp_path, as_csv(names))
    for _ in range(5):
        running = subprocess.Popen([MUSTER, *fleet.command("register", *BY_PASSWORD)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            running.wait(moments.uniform(0.01, 0.3))
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait(PATIENCE)
    done = fleet.do("register", *BY_PASSWORD)
    assert done.returncode == 0, done.stderr
    made = credentials_in(tmp_path / "fleet.credentials.csv")
    assert list(made) == names == [device["id"] for device in fleet.devices()]
    again = fleet.do("register", *BY_PASSWORD, "--no-resume", "-o", "jsonl")
    assert [json.loads(line)["change"] for line in again.stdout.splitlines()] == ["unchanged"] * 400
    assert code_of(broker, names[200], made[names[200]]) == 0
    # What was written is a list itself.
    (tmp_path / "copy.csv").write_text((tmp_path / "fleet.credentials.csv").read_text())
    copy = Fleet(broker, tenant, tmp_path, (tmp_path / "copy.csv").read_text(), "copy.csv").do("register", *BY_PASSWORD)
    assert copy.returncode == 0 and "0 registered, 400 unchanged" in copy.stderr, copy.stderr


def test_passwords_are_shown_only_if_they_are_asked_for(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, "id,auth-type,password\na,password,\nb,password,hunter2hunter2\n")
    out = tmp_path / "elsewhere.csv"
    done = fleet.do("register", "--credentials-out", out, "-o", "jsonl", "--results", tmp_path / "results.jsonl")
    assert done.returncode == 0, done.stderr
    secrets = [credentials_in(out)["a"][1], "hunter2hunter2"]
    everything = done.stdout + done.stderr + (tmp_path / "results.jsonl").read_text() + fleet.journal.read_text()
    assert not [secret for secret in secrets if secret in everything]
    shown = fleet.do("register", "--credentials-out", out, "-o", "csv", "--show-secrets")
    assert [row["password"] for row in csv.DictReader(shown.stdout.splitlines())] == secrets
    # The journal knows where the passwords are.
    moved = fleet.do("register")
    assert moved.returncode == 6, moved.stderr


def test_what_is_wrong_with_rows_of_passwords_is_told_with_its_place(tmp_path):
    (tmp_path / "fleet.csv").write_text(f"ID;AUTH_TYPE;CREDENTIALS\na;BASIC;short\nb;BASIC;two words\nc;MAGIC;\nd;BASIC;{'x' * 1025}\ne;BASIC;{'x' * 1024}\nf;;short\n")
    done = run("device", "register", "-f", tmp_path / "fleet.csv", "--tenant", "t", "--check")
    assert done.returncode == 2
    for place, what in {"2:9": "the password has fewer than 8 characters", "3:9": "not printable ASCII", "4:3": "AUTH_TYPE is neither CERTIFICATES nor BASIC", "5:9": "more than 1024"}.items():
        assert what in next(line for line in done.stderr.splitlines() if f"fleet.csv:{place}:" in line), done.stderr
    assert "4 problems, and nothing has been done" in done.stderr
    enrolled = run("device", "enroll", "-f", tmp_path / "fleet.csv", "--check")
    assert enrolled.returncode == 2 and "AUTH_TYPE is not CERTIFICATES" in enrolled.stderr


@pytest.mark.parametrize(("words", "said"), [
    (["a", *BY_PASSWORD], "--credentials-out FILE"),
    (["a", *BY_PASSWORD, "--otp-file", "x"], "--credentials-out FILE"),
    (["a", *BY_PASSWORD, "--otp-dir", "x"], "--credentials-out FILE"),
    (["a", "--otp-file", "x", "--credentials-out", "y"], "--auth password"),
    (["a", "--auth", "magic"], "certificates"),
])  # fmt: skip
def test_one_kind_of_secret_has_one_place(tmp_path, words, said):
    done = run("device", "register", *words, "--tenant", "t")
    assert done.returncode == 2 and said in done.stderr, done.stderr


def test_a_file_of_others_or_of_something_else_is_left_alone(broker, tenant, tmp_path):
    fleet = Fleet(broker, tenant, tmp_path, as_csv("a"))
    out = tmp_path / "out.csv"
    for text, mode, code in (("id,otp\nx,y\n", 0o600, 6), ("id,username,password\n", 0o644, 1)):
        out.write_text(text)
        out.chmod(mode)
        done = fleet.do("register", *BY_PASSWORD, "--credentials-out", out)
        assert done.returncode == code and str(out) in done.stderr, done.stderr
        assert out.read_text() == text and fleet.devices() == []
