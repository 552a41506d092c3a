# SPDX-License-Identifier: Apache-2.0
"""What the tests of `muster doctor` share: a device's files without a broker, and its reports by check."""
import contextlib
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import threading

from peers import PATIENCE, need, run


def examine(*words, env=None, code=None):
    """The findings by check. `code`: how it must end; without one it goes by what the findings are."""
    done = run("doctor", "-o", "json", *words, env=env)
    assert done.returncode in (0, 13), done.stderr
    reports = {report["check"]: report for report in json.loads(done.stdout)}
    has_failed = any(report["state"] == "fail" for report in reports.values())
    assert done.returncode == (13 if has_failed else 0) and (code is None or done.returncode == code), reports
    assert has_failed == bool(done.stderr)
    for report in reports.values():
        assert bool(report["fix"]) == (report["state"] in ("warn", "fail")) or report["state"] == "skipped", report
        assert "\n" not in report["found"] + (report["fix"] or ""), report
    return reports


def the_fault(reports):
    """The one check that has failed."""
    failed = [report for report in reports.values() if report["state"] == "fail"]
    assert len(failed) == 1, failed
    return failed[0]


def unhealthy(reports):
    return {name for name, report in reports.items() if report["state"] in ("warn", "fail")}


class Authority:
    """A CA of files, and devices' identity directories by it."""

    def __init__(self, directory, name="Acme"):
        self.directory = pathlib.Path(directory)
        run("ca", "init", self.directory / "ca", "--name", name, check=True)
        self.root, self.issuing = self.directory / "ca" / "root.pem", self.directory / "ca" / "issuing.pem"
        self.key = self.directory / "ca" / "issuing.key"

    @classmethod
    def of(cls, directory, issuing, key):
        """An issuing CA that is there already; what it signs leaves its traces in the directory."""
        authority = cls.__new__(cls)
        authority.directory, authority.issuing, authority.key = pathlib.Path(directory), issuing, key
        return authority

    def device(self, device_id, dates=None):
        """A new identity directory; `dates`: from when to when it is valid, as YYMMDDHHMMSSZ."""
        place = self.directory / device_id
        place.mkdir(mode=0o700)
        request, certificate = self.directory / f"{device_id}.csr", place / "device.crt"
        run("csr", "create", "--device-id", device_id, "--create-key", "--key", place / "device.key", "--out", request, check=True)
        if dates:
            self.sign_dated(request, certificate, *dates)
        else:
            run("ca", "sign", "--csr", request, "--ca-cert", self.issuing, "--ca-key", self.key, "--out", certificate, check=True)
        (place / "chain.pem").write_text(certificate.read_text() + self.issuing.read_text())
        shutil.copy(self.root, place / "ca.pem")
        return place

    def sign_dated(self, request, certificate, begin, end):
        work = self.directory / f"{certificate.parent.name}.signing"
        work.mkdir()
        (work / "index").touch()
        (work / "serial").write_text(os.urandom(8).hex() + "\n")
        lines = ["[ca]", "default_ca=x", "[x]", f"database={work}/index", f"serial={work}/serial", f"new_certs_dir={work}", "policy=p", "default_md=sha256", "[p]", "commonName=supplied", "[e]"]
        lines += ["keyUsage=critical,digitalSignature", "extendedKeyUsage=clientAuth"]
        (work / "ca.cnf").write_text("\n".join(lines) + "\n")
        dates = ["-startdate", begin, "-enddate", end]
        command = ["ca", "-batch", "-notext", "-config", work / "ca.cnf", "-extensions", "e", "-in", request, "-out", certificate, "-cert", self.issuing, "-keyfile", self.key, *dates]
        subprocess.run([need("openssl"), *map(str, command)], check=True, capture_output=True, timeout=PATIENCE)

    def server(self, name, *alt_names, days=None):
        """A server's chain and key; `days`: how long it is valid from now, also less than none."""
        key, request, certificate, chain = (self.directory / f"{name}.{kind}" for kind in ("key", "csr", "crt", "pem"))
        run("csr", "create", "--device-id", name, "--create-key", "--key", key, "--out", request, check=True)
        command = ["--csr", request, "--ca-cert", self.issuing, "--ca-key", self.key, "--profile", "server", "--out", certificate]
        run("ca", "sign", *command, *[word for alt_name in alt_names for word in ("--san", alt_name)], check=True)
        if days is not None:
            extensions = self.directory / f"{name}.cnf"
            extensions.write_text(f"subjectAltName={','.join(alt_names)}\n")
            command = ["x509", "-req", "-in", request, "-CA", self.issuing, "-CAkey", self.key, "-days", days, "-extfile", extensions, "-out", certificate]
            subprocess.run([need("openssl"), *map(str, command)], check=True, capture_output=True, timeout=PATIENCE)
        chain.write_text(certificate.read_text() + self.issuing.read_text())
        return chain, key


@contextlib.contextmanager
def answering(answer):
    """A server on loopback: `answer` gets each connection, one after the other, until the context is left."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                stream, _ = listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), stream:
                stream.settimeout(PATIENCE)
                answer(stream)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(PATIENCE)


def over_tls(chain, key, answer, tickets=2):
    """`answer` behind a TLS handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    context.num_tickets = tickets

    def shake(stream):
        with context.wrap_socket(stream, server_side=True) as secured:
            answer(secured)

    return shake


def http_answer(*headers, status="200 OK"):
    def answer(stream):
        stream.recv(4096)
        stream.sendall("\r\n".join([f"HTTP/1.1 {status}", *headers, "Content-Length: 0", "Connection: close", "", ""]).encode())

    return answer


def until_closed(stream):
    """Takes everything and says nothing."""
    while stream.recv(4096):
        pass
