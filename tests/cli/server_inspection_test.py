# SPDX-License-Identifier: Apache-2.0
"""cert inspect of servers: the bundled broker's entrances, and servers of Python's ssl that ask for certificates or are wrong in some way."""
import contextlib
import json
import shutil
import socket
import ssl
import subprocess
import threading

import pytest
from peers import PATIENCE, Broker, held_port, need, run


def inspect(url, *flags, **options):
    return run("cert", "inspect", url, *flags, **options)


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    with Broker(tmp_path_factory.mktemp("broker") / "state", "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0", "--listen", "wss://127.0.0.1:0") as running:
        yield running


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    """A CA, another one of the same name, and a server's key with a chain for broker.example and 127.0.0.2."""
    directory = tmp_path_factory.mktemp("pki")
    run("ca", "init", directory / "ca", "--name", "Acme", check=True)
    run("ca", "init", directory / "other", "--name", "Acme", check=True)
    run("csr", "create", "--device-id", "broker.example", "--key", directory / "server.key", "--create-key", "--out", directory / "server.csr", check=True)
    sign = ["ca", "sign", "--csr", directory / "server.csr", "--ca-cert", directory / "ca" / "issuing.pem", "--ca-key", directory / "ca" / "issuing.key"]
    run(*sign, "--profile", "server", "--san", "DNS:broker.example", "--san", "IP:127.0.0.2", "--out", directory / "server.crt", check=True)
    run(*sign, "--out", directory / "client.crt", check=True)
    issuing = (directory / "ca" / "issuing.pem").read_text()
    for name in ("server", "client"):
        (directory / f"{name}.pem").write_text((directory / f"{name}.crt").read_text() + issuing)
    return directory


@contextlib.contextmanager
def serving(address, chain, key, version=None, client_ca=None):
    """Accepts TLS, one connection after the other, until the context is left."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    if version:
        context.maximum_version = version
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    listener = socket.create_server((address, 0))

    def serve():
        while True:
            try:
                stream, _ = listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), stream, context.wrap_socket(stream, server_side=True) as secured:
                secured.recv(1)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(PATIENCE)


def test_every_entrance_of_a_broker_is_judged_by_its_root(broker):
    for url in (broker.mqtts_url, broker.est_url, broker.urls[2]):
        done = inspect(url, "--cafile", broker.ca_file)
        assert done.returncode == 0, done.stderr
        shown = json.loads(done.stdout)
        assert shown["verdict"] == {"ok": True} and shown["refusal"] is None
        assert shown["tls_version"] == "TLSv1.3" and shown["cipher"].startswith("TLS_")
        assert "IP:127.0.0.1" in shown["certificates"][0]["subject_alt_names"]
        assert shown["certificates"][0]["remaining_s"] > 0
    text = inspect(broker.mqtts_url, "--cafile", broker.ca_file, "-o", "table").stdout
    assert "Verdict     good" in text and "TLSv1.3" in text


def test_without_a_ca_there_is_no_verdict(broker):
    done = inspect(broker.mqtts_url)
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, None)
    assert "--cafile is not given" in inspect(broker.mqtts_url, "-o", "table").stdout


def test_the_chain_is_the_one_that_the_server_sends(pki):
    with serving("127.0.0.2", pki / "server.pem", pki / "server.key", ssl.TLSVersion.TLSv1_2) as port:
        shown = json.loads(inspect(f"mqtts://127.0.0.2:{port}", "--cafile", pki / "ca" / "root.pem").stdout)
    assert shown["verdict"] == {"ok": True}
    assert shown["tls_version"] == "TLSv1.2" and "GCM" in shown["cipher"]
    assert "".join(certificate["pem"] for certificate in shown["certificates"]) == (pki / "server.pem").read_text()


def test_a_server_is_judged_by_the_anchors_of_an_identity(pki, tmp_path):
    shutil.copy(pki / "ca" / "root.pem", tmp_path / "ca.pem")
    with serving("127.0.0.2", pki / "server.pem", pki / "server.key") as port:
        assert inspect(f"https://127.0.0.2:{port}/some/path", "--identity", tmp_path).returncode == 0
        assert inspect(f"https://127.0.0.2:{port}", "--identity", tmp_path, "--cafile", tmp_path / "ca.pem").returncode == 2
        assert inspect(f"https://127.0.0.2:{port}", "--cafile", tmp_path / "none.pem").returncode == 5


@pytest.mark.parametrize(
    ("address", "chain", "anchors", "says", "depth"),
    [
        ("127.0.0.1", "server.pem", "ca", "IP address mismatch", 0),
        ("127.0.0.2", "server.pem", "other", "", 1),
        ("127.0.0.2", "server.crt", "ca", "unable to get local issuer certificate", 0),
        ("127.0.0.2", "client.pem", "ca", "", 0),
    ],
    ids=["wrong host", "another CA of that name", "no intermediate", "a client's certificate"],
)
def test_what_is_wrong_with_a_server_is_told(pki, address, chain, anchors, says, depth):
    with serving(address, pki / chain, pki / "server.key") as port:
        flags = [f"mqtts://{address}:{port}", "--cafile", pki / anchors / "root.pem"]
        done, text = inspect(*flags, "-o", "json"), inspect(*flags, "-o", "table")
    assert done.returncode == 13
    shown = json.loads(done.stdout)
    assert not shown["verdict"]["ok"] and shown["verdict"]["depth"] == depth and says in shown["verdict"]["reason"]
    assert text.returncode == 13 and f"certificate {depth} of the chain" in text.stderr and "Subject" in text.stdout


def test_an_expired_server_is_told(pki, tmp_path):
    expired = tmp_path / "expired.pem"
    command = ["x509", "-req", "-in", pki / "server.csr", "-CA", pki / "ca" / "issuing.pem", "-CAkey", pki / "ca" / "issuing.key", "-days", "-1", "-out", expired]
    subprocess.run([need("openssl"), *map(str, command)], check=True, capture_output=True, timeout=PATIENCE)
    expired.write_text(expired.read_text() + (pki / "ca" / "issuing.pem").read_text())
    with serving("127.0.0.2", expired, pki / "server.key") as port:
        done = inspect(f"mqtts://127.0.0.2:{port}", "--cafile", pki / "ca" / "root.pem", "-o", "table")
    assert done.returncode == 13 and "EXPIRED" in done.stdout


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_wants_a_certificate_is_shown_all_the_same(pki, version):
    with serving("127.0.0.2", pki / "server.pem", pki / "server.key", version, client_ca=pki / "ca" / "root.pem") as port:
        done = inspect(f"mqtts://127.0.0.2:{port}", "--cafile", pki / "ca" / "root.pem")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert len(shown["certificates"]) == 2
    # With TLS 1.3 the server says so only once its first answer is read.
    assert (shown["refusal"] is not None) == (version == ssl.TLSVersion.TLSv1_2)


@pytest.mark.parametrize("url", ["mqtt://127.0.0.1:1883", "ftp://127.0.0.1", "mqtts://", "mqtts://127.0.0.1:0", "mqtts://127.0.0.1:65536", "https://me:secret@127.0.0.1", "mqtts://a b"])
def test_what_is_no_url_of_a_tls_server_is_usage(url):
    done = inspect(url)
    assert (done.returncode, done.stdout) == (2, "")
    assert "mqtts://HOST:PORT" in done.stderr


def test_who_shows_no_certificate_is_told_apart(broker):
    plain = inspect(f"mqtts://127.0.0.1:{broker.plain_port}")
    assert plain.returncode == 8 and "plain mqtt://" in plain.stderr
    with held_port() as port:
        assert inspect(f"mqtts://127.0.0.1:{port}").returncode == 7
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert inspect(f"mqtts://127.0.0.1:{silent.getsockname()[1]}", "--timeout", "1s").returncode == 9
    assert inspect("mqtts://nobody.invalid").returncode == 7
    assert inspect(broker.mqtts_url, "--timeout", "1ms").returncode == 2


def test_a_files_judge_is_another_command(broker):
    done = inspect(broker.ca_file, "--cafile", broker.ca_file)
    assert done.returncode == 2 and "muster cert verify" in done.stderr
