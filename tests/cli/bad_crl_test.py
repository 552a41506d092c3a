# SPDX-License-Identifier: Apache-2.0
"""cert verify --crl: lists of revoked certificates that are cut, none, another CA's or from the future say so; and what is revoked twice stays revoked."""
import datetime
import pathlib

import pytest
from bad_input import invoke, refused
from external_ca import openssl
from peers import Broker, run

DAY = datetime.timedelta(days=1)


class Issued:
    """A CA, a certificate of it, and lists that it or another signs."""

    def __init__(self, directory):
        self.directory = directory
        for name in ("ca", "other"):
            run("ca", "init", directory / name, "--name", name, check=True)
        run("csr", "create", "--device-id", "press-01", "--key", directory / "d.key", "--create-key", "--out", directory / "d.csr", check=True)
        run("ca", "sign", "--ca-cert", directory / "ca" / "issuing.pem", "--ca-key", directory / "ca" / "issuing.key", "--csr", directory / "d.csr", "--out", directory / "d.crt", check=True)
        self.roots = directory / "roots.pem"
        self.roots.write_bytes(b"".join((directory / "ca" / name).read_bytes() for name in ("issuing.pem", "root.pem")))
        (directory / "index").touch()
        (directory / "cnf").write_text(f"[ca]\ndefault_ca=x\n[x]\ndatabase={directory}/index\ndefault_md=sha256\n")

    def crl(self, name, ca="ca", since=-DAY, until=DAY):
        now = datetime.datetime.now(datetime.timezone.utc)
        times = [f"{now + moment:%Y%m%d%H%M%SZ}" for moment in (since, until)]
        file = self.directory / name
        openssl("ca", "-gencrl", "-config", self.directory / "cnf", "-cert", self.directory / ca / "issuing.pem", "-keyfile", self.directory / ca / "issuing.key", "-crl_lastupdate", times[0], "-crl_nextupdate", times[1], "-out", file)
        return file

    def verify(self, crl):
        return ["cert", "verify", self.directory / "d.crt", "--cafile", self.roots, "--crl", crl]


@pytest.fixture(scope="module")
def issued(tmp_path_factory):
    return Issued(tmp_path_factory.mktemp("crl"))


def test_a_list_that_is_good_is_taken(issued):
    done = invoke(issued.verify(issued.crl("good")))
    assert done.returncode == 0, done.stderr


def flipped(text):
    lines = text.splitlines()
    lines[-2] = ("A" if lines[-2][0] != "A" else "B") + lines[-2][1:]
    return "\n".join(lines) + "\n"


DAMAGES = {"half": lambda text: text[: len(text) // 2], "no end": lambda text: text[: text.index("-----END")], "empty": lambda text: "", "text": lambda text: "hello\n", "shifted": lambda text: text.replace("\n", "\nA", 1)}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_list_that_is_damaged_is_named(issued, damage):
    file = issued.directory / damage
    file.write_text(DAMAGES[damage](issued.crl("whole").read_text()))
    refused(issued.verify(file), 1, file)


def test_a_certificate_is_no_list(issued):
    refused(issued.verify(issued.directory / "d.crt"), 1, issued.directory / "d.crt")


BAD = {"another CA's": ("CRL", {"ca": "other"}), "from tomorrow": ("not yet valid", {"since": DAY, "until": 2 * DAY}), "of yesterday": ("expired", {"since": -2 * DAY, "until": -DAY})}


@pytest.mark.parametrize("name", BAD)
def test_a_list_that_says_nothing_of_today_vouches_for_nobody(issued, name):
    says, given = BAD[name]
    refused(issued.verify(issued.crl(name.replace(" ", "-"), **given)), 13, says)


def test_a_list_that_somebody_has_changed_is_not_believed(issued):
    file = issued.directory / "changed"
    file.write_text(flipped(issued.crl("whole").read_text()))
    refused(issued.verify(file), (1, 13), "signature")


def test_what_is_revoked_stays_revoked(tmp_path):
    with Broker(tmp_path / "state") as broker:
        broker.muster("tenant", "create", "acme", check=True)
        identity = broker.enroll("acme", "press-01", tmp_path)
        for _ in range(2):
            assert broker.muster("device", "revoke", "press-01", "-T", "acme", "--yes").returncode in (0, 6)
        assert broker.muster("ca", "crl", "-T", "acme", "--out", tmp_path / "crl").returncode == 0
        (tmp_path / "roots").write_bytes((identity / "chain.pem").read_bytes() + pathlib.Path(broker.ca_file).read_bytes())
        refused(["cert", "verify", identity / "device.crt", "--cafile", tmp_path / "roots", "--crl", tmp_path / "crl"], 13, "revoked")
        refused(["pub", "-h", broker.mqtts_url, "--identity", identity, "-t", "x", "-m", "1"], (4, 8))
