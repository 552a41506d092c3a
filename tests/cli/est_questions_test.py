# SPDX-License-Identifier: Apache-2.0
"""cert cacerts and cert csrattrs: the bundled broker's answers, and those of servers that are not to be believed."""
import base64
import http.server
import json
import ssl
import subprocess
import threading

import pytest
from peers import PATIENCE, Broker, need, run

HOST = "IP:127.0.0.1"


def openssl(*arguments, stdin=None):
    return subprocess.run([need("openssl"), *map(str, arguments)], input=stdin, capture_output=True, check=True, timeout=PATIENCE).stdout


class Ca:
    """A root, and the certificates of servers by it."""

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    def __init__(self, directory, name):
        self.directory, self.name = directory, name
        self.pem = directory / f"{name}.pem"
        openssl("req", "-x509", *self.curve, "-keyout", self.key, "-out", self.pem, "-subj", f"/CN={name}", "-days", "30", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")

    @property
    def key(self):
        return self.directory / f"{self.name}.key"

    @property
    def fingerprint(self):
        return run("cert", "fingerprint", self.pem).stdout.strip()

    def server(self, alt_name=HOST, usage="serverAuth"):
        """PEM of key and certificate in one file."""
        file = self.directory / "server.pem"
        openssl("req", "-x509", *self.curve, "-CA", self.pem, "-CAkey", self.key, "-keyout", self.directory / "s.key", "-out", self.directory / "s.crt", "-subj", "/CN=server", "-days", "3", "-addext", "basicConstraints=critical,CA:FALSE", "-addext", f"subjectAltName={alt_name}", "-addext", f"extendedKeyUsage={usage}")
        file.write_bytes((self.directory / "s.key").read_bytes() + (self.directory / "s.crt").read_bytes())
        return file


class Est:
    """An HTTPS server that gives one answer to each path."""

    def __init__(self, identity, answers):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                status, body = answers.get(self.path.rsplit("/", 1)[1], (404, b""))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(identity)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_port}/.well-known/est"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def cacerts(*cas):
    files = [flag for ca in cas for flag in ("-certfile", ca.pem)]
    return 200, base64.b64encode(openssl("crl2pkcs7", "-nocrl", *files, "-outform", "DER"))


@pytest.fixture
def root(tmp_path):
    return Ca(tmp_path, "root")


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    with Broker(tmp_path_factory.mktemp("broker") / "state") as running:
        running.muster("tenant", "create", "acme", check=True)
        yield running


def test_the_brokers_ca_certificates_come_by_its_file_and_by_its_fingerprint(broker, tmp_path):
    url = f"{broker.est_url}/acme"
    by_file = run("cert", "cacerts", "--est-url", url, "--cafile", broker.ca_file)
    assert by_file.returncode == 0, by_file.stderr
    assert by_file.stdout.count("BEGIN CERTIFICATE") >= 2
    fingerprint = run("cert", "fingerprint", broker.ca_file).stdout.strip()
    pairs = ":".join(fingerprint[i : i + 2] for i in range(0, 64, 2)).upper()
    for form in (fingerprint, pairs):
        out = tmp_path / "ca.pem"
        done = run("cert", "cacerts", "--est-url", url, "--fingerprint", form, "--out", out)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        assert out.read_text() == by_file.stdout
        assert fingerprint in done.stderr
    # What was written vouches for the server from now on.
    assert run("cert", "csrattrs", "--est-url", url, "--cafile", out).returncode == 0


def test_the_broker_asks_for_p256(broker):
    done = run("cert", "csrattrs", "--est-url", f"{broker.est_url}/acme", "--cafile", broker.ca_file, "-o", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        {"oid": "1.2.840.10045.2.1", "name": "id-ecPublicKey", "values": ["prime256v1"]},
        {"oid": "1.2.840.10045.4.3.2", "name": "ecdsa-with-SHA256", "values": []},
    ]
    text = run("cert", "csrattrs", "--est-url", f"{broker.est_url}/acme", "--cafile", broker.ca_file, "-o", "table").stdout
    assert text == "id-ecPublicKey: prime256v1\necdsa-with-SHA256\n"
    assert run("cert", "csrattrs", "--est-url", f"{broker.est_url}/nobody", "--cafile", broker.ca_file).returncode == 12
    done = run("cert", "csrattrs", "--est-url", broker.est_url, "--cafile", "/none.pem")
    assert done.returncode == 8 and "/none.pem" in done.stderr


def test_what_does_not_lead_to_the_root_is_left_out(root, tmp_path):
    other = Ca(tmp_path, "other")
    with Est(root.server(), {"cacerts": cacerts(other, root)}) as est:
        done = run("cert", "cacerts", "--est-url", est.url, "--fingerprint", root.fingerprint)
    assert done.returncode == 0, done.stderr
    assert done.stdout == openssl("x509", "-in", root.pem).decode()


def refused(est, fingerprint, tmp_path):
    out = tmp_path / "out.pem"
    done = run("cert", "cacerts", "--est-url", est.url, "--fingerprint", fingerprint, "--out", out)
    assert (done.returncode, done.stdout) == (8, ""), done.stderr
    assert not out.exists()
    return done.stderr


def test_who_only_relays_the_right_root_is_not_believed(root, tmp_path):
    impostor = Ca(tmp_path, "impostor")
    with Est(impostor.server(), {"cacerts": cacerts(root)}) as est:
        assert "does not lead to the root" in refused(est, root.fingerprint, tmp_path)


def test_who_takes_the_roots_name_is_not_believed(root, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    impostor = Ca(tmp_path / "elsewhere", "root")
    with Est(impostor.server(), {"cacerts": cacerts(impostor, root)}) as est:
        assert "does not lead to the root" in refused(est, root.fingerprint, tmp_path)
        assert "fingerprint" in refused(est, "0" * 64, tmp_path)


@pytest.mark.parametrize(("alt_name", "usage"), [("IP:127.0.0.2", "serverAuth"), ("DNS:est.example", "serverAuth"), (HOST, "clientAuth")])
def test_a_certificate_of_the_roots_for_something_else_is_not_believed(root, tmp_path, alt_name, usage):
    with Est(root.server(alt_name, usage), {"cacerts": cacerts(root)}) as est:
        refused(est, root.fingerprint, tmp_path)


def test_the_fingerprint_of_no_root_is_not_believed(root, tmp_path):
    identity = root.server()
    leaf = Ca.__new__(Ca)
    leaf.pem = tmp_path / "s.crt"
    with Est(identity, {"cacerts": cacerts(leaf, root)}) as est:
        assert "no root" in refused(est, leaf.fingerprint, tmp_path)
    with Est(identity, {"cacerts": cacerts(leaf)}) as est:
        assert "fingerprint" in refused(est, root.fingerprint, tmp_path)


@pytest.mark.parametrize(
    ("status", "body", "code", "names"),
    [
        (204, b"", 0, []),
        (404, b"", 0, []),
        (200, b"", 0, []),
        (200, base64.b64encode(bytes.fromhex("3000")), 0, []),
        (200, bytes.fromhex("300b06092a864886f70d010907"), 0, ["challengePassword"]),
        (200, base64.b64encode(bytes.fromhex("300706052a0304057f")), 0, ["1.2.3.4.5.127"]),
        (200, base64.b64encode(bytes.fromhex("3003020101")), 1, None),
        (200, base64.b64encode(bytes.fromhex("300b06092a864886f70d01090700")), 1, None),
        (200, base64.b64encode(bytes.fromhex("30840fffffff06")), 1, None),
        (200, b"<html>hello</html>", 1, None),
        (500, b"", 7, None),
        (302, b"", 12, None),
    ],
)
def test_attributes_of_other_servers(root, status, body, code, names):
    with Est(root.server(), {"csrattrs": (status, body), "cacerts": cacerts(root)}) as est:
        done = run("cert", "csrattrs", "--est-url", est.url, "--cafile", root.pem, "-o", "json")
    assert done.returncode == code, done.stderr
    if names is not None:
        assert [attribute["name"] for attribute in json.loads(done.stdout)] == names


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["cacerts"], 2, "--est-url"),
        (["cacerts", "--est-url", "https://127.0.0.1:1"], 2, "--fingerprint"),
        (["cacerts", "--est-url", "https://127.0.0.1:1", "--cafile", "x", "--fingerprint", "0" * 64], 2, "one of the two"),
        (["cacerts", "--est-url", "https://127.0.0.1:1", "--fingerprint", "0" * 63], 2, "64 hexadecimal digits"),
        (["cacerts", "--est-url", "https://127.0.0.1:1", "--fingerprint", "x" * 64], 2, "64 hexadecimal digits"),
        (["cacerts", "--est-url", "http://127.0.0.1:1", "--fingerprint", "0" * 64], 2, "https://"),
        (["cacerts", "--est-url", "https://127.0.0.1:1", "--fingerprint", "0" * 64], 7, "127.0.0.1"),
        (["csrattrs", "--est-url", "https://127.0.0.1:1"], 2, "--cafile"),
        (["csrattrs", "--est-url", "https://127.0.0.1:1", "--cafile", "/none.pem"], 7, "127.0.0.1"),
    ],
)
def test_a_question_that_cannot_be_asked(arguments, code, says):
    done = run("cert", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
