# SPDX-License-Identifier: Apache-2.0
"""device export: what the devices have goes with them, where it is wanted, and no secret where it can be read."""
import csv
import json

import pytest
from fleets import Fleet, as_csv
from peers import run


def export(broker, tenant, kind, *arguments):
    return broker.muster("device", "export", "--tenant", tenant, "--format", kind, *arguments)


def enrolled(broker, tenant, directory, names):
    """Identity directories, as device enroll leaves them; and the certificates in them."""
    identities = directory / "identities"
    done = Fleet(broker, tenant, directory, as_csv(names), "enrolled.csv").do("enroll", "--out-dir", identities, "--cafile", broker.ca_file, "--est-url", f"{broker.est_url}/{tenant}")
    assert done.returncode == 0, done.stderr
    return identities


def test_aws_gets_a_line_of_parameters_for_each_device(broker, tenant, tmp_path):
    identities = enrolled(broker, tenant, tmp_path, ["pump-1", "pump-2"])
    fleet = Fleet(broker, tenant, tmp_path, 'id,name,type,group\nlamp-1,"Lamp ""1""",lamp,eu/hall 1\n')
    assert fleet.do("register").returncode == 0
    broker.muster("device", "revoke", "pump-2", "--tenant", tenant, "--yes", check=True)
    done = export(broker, tenant, "aws-json", "--credentials", identities)
    assert done.returncode == 0 and f"1 devices have nothing in {identities}" in done.stderr, done.stderr
    lamp, pump = [json.loads(line) for line in done.stdout.splitlines()]
    assert lamp == {"ThingName": "lamp-1", "SerialNumber": "lamp-1", "Name": 'Lamp "1"', "ThingType": "lamp", "ThingGroup": "eu/hall 1"}
    assert pump["CertificatePem"].split() == (identities / "pump-1" / "device.crt").read_text().split()
    assert pump["CertificatePem"].strip() + "\n" + pump["CACertificatePem"].strip() == (identities / "pump-1" / "chain.pem").read_text().strip()
    assert "PRIVATE" not in done.stdout
    bare = export(broker, tenant, "aws-json")
    assert bare.stderr == "" and [list(json.loads(line)) for line in bare.stdout.splitlines()][1] == ["SerialNumber", "ThingName"]


@pytest.mark.parametrize(("kind", "id"), [("aws-json", "a.1"), ("rabbitmq-definitions", "a.1"), ("rabbitmq-definitions", "a/b"), ("mosquitto-dynsec", "a/b"), ("mosquitto-dynsec", "a+")])
def test_a_device_whose_name_would_be_another_s_topics_or_none_is_refused(broker, tenant, tmp_path, kind, id):
    broker.muster("tenant", "set", tenant, "--device-passwords", check=True)
    broker.muster("device", "password", "--tenant", tenant, "--password-file", "-", "--", id, stdin="open sesame\n", check=True)
    done = export(broker, tenant, kind, "--out", tmp_path / "out")
    assert done.returncode == 2 and f"'{id}'" in done.stderr, done.stderr
    assert not (tmp_path / "out").exists()


def test_one_time_passwords_go_with_their_devices_into_a_file_that_is_nobody_else_s(broker, tenant, tmp_path):
    broker.muster("tenant", "set", tenant, "--device-passwords", check=True)
    fleet = Fleet(broker, tenant, tmp_path, "id,auth\na,\nb,\nlamp,password\n")
    otp, out = tmp_path / "otp", tmp_path / "out.csv"
    assert fleet.do("register", "--otp-dir", otp).returncode == 0
    (otp / "b.otp").unlink()
    password = (otp / "a.otp").read_text().strip()
    done = export(broker, tenant, "c8y-csv", "--credentials", otp, "--out", out)
    assert done.returncode == 0 and "1 devices have nothing in" in done.stderr, done.stderr
    rows = list(csv.DictReader(out.read_text().splitlines(), delimiter=";"))
    assert [(row["ID"], row["AUTH_TYPE"], row["ENROLLMENT_OTP"]) for row in rows] == [("a", "CERTIFICATES", password), ("b", "CERTIFICATES", ""), ("lamp", "BASIC", "")]
    assert out.stat().st_mode & 0o777 == 0o600
    # Printed only if it is asked for.
    for words in ([], ["--out", "-"]):
        refused = export(broker, tenant, "muster", "--credentials", otp, *words)
        assert refused.returncode == 2 and "--show-secrets" in refused.stderr and refused.stdout == ""
    printed = export(broker, tenant, "muster", "--credentials", otp, "--show-secrets")
    assert [row["otp"] for row in csv.DictReader(printed.stdout.splitlines())] == [password, "", ""]
    # It is a list that devices can enroll from.
    assert export(broker, tenant, "muster", "--credentials", otp, "--out", tmp_path / "moved.csv").returncode == 0
    assert run("device", "register", "-f", tmp_path / "moved.csv", "--tenant", "t", "--check").returncode == 0
    (otp / "a.otp").chmod(0o644)
    unsafe = export(broker, tenant, "muster", "--credentials", otp, "--out", out)
    assert unsafe.returncode == 1 and f"chmod 600 {otp / 'a.otp'}" in unsafe.stderr, unsafe.stderr


def test_what_has_no_place_or_is_not_there_is_refused(broker, tenant, tmp_path):
    for kind in ("mosquitto-dynsec", "rabbitmq-definitions"):
        done = export(broker, tenant, kind, "--credentials", tmp_path)
        assert done.returncode == 2 and "no place for --credentials" in done.stderr
    missing = export(broker, tenant, "aws-json", "--credentials", tmp_path / "nowhere")
    assert missing.returncode == 5 and "is not a directory" in missing.stderr
