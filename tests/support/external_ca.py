# SPDX-License-Identifier: Apache-2.0
"""A CA from elsewhere, played by the openssl command."""
import pathlib
import subprocess

NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8")


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=True, text=True).stdout


def request(name, key):
    """A PKCS#10 request with a new key, as PEM."""
    return openssl("req", "-new", *NEW_KEY, "-keyout", key, "-subj", f"/CN={name}")


class ExternalCa:
    """Its own root, in a directory of its own."""

    def __init__(self, directory, name):
        self.directory = pathlib.Path(directory) / name.replace(" ", "-")
        self.directory.mkdir(parents=True)
        self.certificate, self.key = self.directory / "ca.pem", self.directory / "ca.key"
        openssl("req", "-x509", *NEW_KEY, "-keyout", self.key, "-out", self.certificate, "-days", "30", "-subj", f"/CN={name}")

    def sign(self, name, file):
        """A certificate with this CN and its key: `<file>.crt` and `<file>.key` in the CA's directory."""
        certificate, key, csr = (self.directory / f"{file}.{kind}" for kind in ("crt", "key", "csr"))
        csr.write_text(request(name, key))
        openssl("x509", "-req", "-in", csr, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial", "-days", "7", "-out", certificate)
        return certificate, key

    def added_to(self, broker, tenant, *options):
        """Proves that it is its own, through the command-line tool."""
        challenge = broker.muster("ca", "challenge", "--tenant", tenant)
        assert challenge.returncode == 0, challenge.stderr
        proof, _ = self.sign(challenge.stdout.strip(), "proof")
        return broker.muster("ca", "add", self.certificate, "--proof", proof, "--tenant", tenant, *options)
