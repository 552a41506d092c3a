# SPDX-License-Identifier: Apache-2.0
"""A list of devices, and the command lines that work on it."""
import csv
import json
import pathlib

from peers import run


class Fleet:
    """A list, and the command lines that work on it."""

    def __init__(self, broker, tenant, directory, text, name="fleet.csv"):
        self.broker, self.tenant, self.directory = broker, tenant, pathlib.Path(directory)
        self.list = self.directory / name
        self.list.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.journal = self.directory / f"{name}.muster-journal.jsonl"
        self.otp = self.directory / f"{self.list.stem}.otp.csv"

    def command(self, verb, *arguments):
        agreed = ["--yes"] if verb in ("revoke", "delete") else []
        line = ["device", verb, "-f", self.list, "--tenant", self.tenant, "--admin", self.broker.admin, *agreed, *arguments]
        return [str(word) for word in line]

    def do(self, verb, *arguments, **options):
        return run(*self.command(verb, *arguments), timeout=120, **options)

    def devices(self, *arguments):
        listed = self.broker.muster("device", "list", "--tenant", self.tenant, "-o", "jsonl", *arguments)
        assert listed.returncode == 0, listed.stderr
        return [json.loads(line) for line in listed.stdout.splitlines()]

    def passwords(self):
        return dict(csv.reader(self.otp.open()))


def ids(count):
    return [f"d-{i:05}" for i in range(count)]


def as_csv(names):
    return "id\n" + "".join(f"{name}\n" for name in names)


def enrolled(broker, tenant, directory, names):
    """Identities of a fleet, and the line that renews them."""
    fleet = Fleet(broker, tenant, directory, as_csv(names))
    est = f"{broker.est_url}/{tenant}"
    done = fleet.do("enroll", "--out-dir", directory / "identities", "--cafile", broker.ca_file, "--est-url", est)
    assert done.returncode == 0, done.stderr
    line = ["device", "renew", "-f", fleet.list, "--tenant", tenant, "--out-dir", directory / "identities", "--est-url", est]
    return fleet, [*line, "--journal", directory / "renewal.jsonl"]


def serials(directory):
    shown = [run("cert", "inspect", path / "device.crt", "-o", "json") for path in sorted(directory.iterdir()) if path.is_dir()]
    return [json.loads(one.stdout)[0]["serial"] for one in shown]


def make_server_chain(directory):
    """A server's certificate and key for loopback, and the root that vouches for them: of a CA that is the test's own."""
    run("ca", "init", directory / "ca", "--name", "Acme", check=True)
    run("csr", "create", "--device-id", "broker", "--create-key", "--key", directory / "server.key", "--out", directory / "server.csr", check=True)
    run("csr", "sign", "--csr", directory / "server.csr", "--ca-cert", directory / "ca" / "issuing.pem", "--ca-key", directory / "ca" / "issuing.key",
        "--profile", "server", "--san", "IP:127.0.0.1", "--out", directory / "server.pem", check=True)  # fmt: skip
    chain = directory / "chain.pem"
    chain.write_text((directory / "server.pem").read_text() + (directory / "ca" / "issuing.pem").read_text())
    return chain, directory / "server.key", directory / "ca" / "root.pem"
