# SPDX-License-Identifier: Apache-2.0
"""An EST server (RFC 7030) on loopback that answers whatever a test says: good certificates, bad ones, and what is no answer at all."""
import base64
import contextlib
import pathlib
import socket
import ssl
import struct
import subprocess
import threading
import time

NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8")
DEVICE = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n"
ISSUING = "[ca]\ndefault_ca=x\n[x]\ndatabase={0}/index\nserial={0}/serial\nnew_certs_dir={0}/issued\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=optional\norganizationName=optional\n"


def openssl(*arguments, stdin=None):
    done = subprocess.run(["openssl", *map(str, arguments)], input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout


class TestCa:
    """A root that issues with any dates and extensions; `pem` is its certificate."""

    __test__ = False  # To pytest.

    def __init__(self, directory, name="root"):
        self.directory = pathlib.Path(directory) / f"ca-{name}"
        self.directory.mkdir()
        self.pem, self.key = self.directory / "ca.pem", self.directory / "ca.key"
        openssl("req", "-x509", *NEW_KEY, "-keyout", self.key, "-out", self.pem, "-subj", f"/CN={name}", "-days", "30", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        (self.directory / "issued").mkdir()
        (self.directory / "index").touch()
        (self.directory / "index.attr").write_text("unique_subject = no\n")
        (self.directory / "serial").write_text("1001\n")
        self.config = self.directory / "ca.cnf"
        self.config.write_text(ISSUING.format(self.directory))

    def issue(self, csr, extensions=DEVICE, start=-60, end=86_400, subject=None):
        """The DER of a certificate for the PEM request, valid from `start` to `end` seconds from now."""
        (self.directory / "request").write_bytes(csr)
        (self.directory / "extensions").write_text(extensions)
        times = [time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + offset)) for offset in (start, end)]
        line = ["ca", "-batch", "-notext", "-config", self.config, "-cert", self.pem, "-keyfile", self.key, "-in", self.directory / "request", "-out", self.directory / "issued.pem", "-extfile", self.directory / "extensions"]
        openssl(*line, "-startdate", times[0], "-enddate", times[1], *(["-subj", subject] if subject else []))
        return openssl("x509", "-in", self.directory / "issued.pem", "-outform", "DER")

    def server_identity(self):
        """Key and certificate of 127.0.0.1 in one file."""
        both = self.directory / "server.pem"
        csr = openssl("req", "-new", *NEW_KEY, "-keyout", self.directory / "server.key", "-subj", "/CN=server")
        der = self.issue(csr, "basicConstraints=critical,CA:FALSE\nsubjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
        both.write_bytes((self.directory / "server.key").read_bytes() + openssl("x509", "-inform", "DER", stdin=der))
        return both


def certs_only(*ders):
    """A PKCS#7 message that holds them."""
    pems = b"".join(openssl("x509", "-inform", "DER", stdin=der) for der in ders)
    return openssl("crl2pkcs7", "-nocrl", "-certfile", "/dev/stdin", "-outform", "DER", stdin=pems)


def http(status, body=b"", kind="application/pkcs7-mime", *headers, length=None):
    head = [f"HTTP/1.1 {status} x", f"Content-Type: {kind}", f"Content-Length: {len(body) if length is None else length}", "Connection: close", *headers]
    return ("\r\n".join(head) + "\r\n\r\n").encode() + body


def good(*ders):
    return http(200, base64.b64encode(certs_only(*ders)))


class HostileEst:
    """`answer(csr)` makes what is sent to who enrolls or renews: bytes, an iterator of bytes, or a function of the connection.
    /cacerts is answered truly unless `issuers` says otherwise. `taken` counts the bytes that the client has let itself be sent."""

    def __init__(self, ca, answer, issuers=None, tls=True):
        self.ca, self.answer, self.issuers, self.tls = ca, answer, issuers, tls
        self.taken, self.failure, self.workers = 0, None, []
        self.stopped = threading.Event()

    def __enter__(self):
        if self.tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(self.ca.server_identity())
            self.context.load_verify_locations(self.ca.pem)
            self.context.verify_mode = ssl.CERT_OPTIONAL
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(0.1)  # To look whether it is over.
        self.port = self.listener.getsockname()[1]
        self.url = f"https://127.0.0.1:{self.port}/.well-known/est"
        self.thread = threading.Thread(target=self.accept)
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.stopped.set()
        self.thread.join()
        for worker in self.workers:
            worker.join()
        self.listener.close()
        assert self.failure is None, self.failure

    def accept(self):
        while not self.stopped.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = self.listener.accept()
                connection.settimeout(20)
                self.workers.append(threading.Thread(target=self.serve, args=(connection,)))
                self.workers[-1].start()

    def serve(self, connection):
        try:
            if not self.tls:
                return self.send(connection, self.answer(None))
            with self.context.wrap_socket(connection, server_side=True) as secured:
                path, body = read_request(secured)
                if path.endswith("/cacerts"):
                    return self.send(secured, self.issuers or good(openssl("x509", "-in", self.ca.pem, "-outform", "DER")))
                csr = openssl("req", "-inform", "DER", stdin=base64.b64decode(body))
                return self.send(secured, self.answer(csr))
        except (OSError, ValueError):  # The client has gone, as it may.
            pass
        except BaseException as error:  # noqa: BLE001, told by who waits for this thread.
            self.failure = error
        finally:
            connection.close()

    def send(self, connection, answer):
        if callable(answer):
            return answer(connection, self.stopped)
        for part in [answer] if isinstance(answer, bytes) else answer:
            if self.stopped.is_set():
                return
            connection.sendall(part)
            self.taken += len(part)


def read_request(stream):
    """Path and body."""
    text = b""
    while b"\r\n\r\n" not in text:
        part = stream.recv(65_536)
        if not part:
            raise ValueError("no request")
        text += part
    head, _, body = text.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while lengths and len(body) < int(lengths[0]):
        body += stream.recv(65_536)
    return head.split(b" ")[1].decode(), body


def silence(connection, stopped):
    """Says nothing until the client has gone."""
    connection.settimeout(0.05)
    while not stopped.is_set():
        with contextlib.suppress(TimeoutError):
            if not connection.recv(65_536):
                return


def reset(text):
    """Sends this, then a TCP reset."""

    def answer(connection, _):
        connection.sendall(text)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    return answer
