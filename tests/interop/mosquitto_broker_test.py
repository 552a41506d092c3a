# SPDX-License-Identifier: Apache-2.0
"""The SDK against a broker that we did not write: Mosquitto, plain and with TLS."""
import subprocess

import pytest
from peers import PATIENCE, Mosquitto, need, run


def subscriber(port, topic, count, *arguments):
    """mosquitto_sub that has subscribed when this returns."""
    # Line by line: its debug lines tell when it has subscribed.
    process = subprocess.Popen([need("stdbuf"), "-oL", need("mosquitto_sub"), "-p", str(port), "-t", topic, "-C", str(count), "-q", "1", "-W", "20", "-d", *arguments], stdout=subprocess.PIPE, text=True)
    while "SUBACK" not in process.stdout.readline():
        assert process.poll() is None
    return process


def payloads(process):
    """What it printed beside its debug lines."""
    return [line for line in process.communicate(timeout=PATIENCE)[0].splitlines() if not line.startswith(("Client ", "Subscribed"))]


def test_what_the_sdk_publishes_arrives(tmp_path):
    with Mosquitto(tmp_path) as broker:
        receiver = subscriber(broker.port, "readings/#", 3)
        done = run("pub", "-h", f"mqtt://127.0.0.1:{broker.port}", "-t", "readings/a", "-l", "-q", "1", stdin="1\n2\n3\n")
        assert done.returncode == 0, done.stderr
        assert payloads(receiver) == ["1", "2", "3"]


def test_what_others_publish_reaches_the_sdk(tmp_path):
    with Mosquitto(tmp_path) as broker:
        subprocess.run([need("mosquitto_pub"), "-p", str(broker.port), "-t", "a/b", "-m", "kept", "-r", "-q", "1"], check=True, timeout=PATIENCE)
        done = run("sub", "-h", f"mqtt://127.0.0.1:{broker.port}", "-t", "a/#", "-C", "1", "-v", "-W", "10s")
        assert (done.returncode, done.stdout) == (0, "a/b kept\n")


def test_a_queue_keeps_what_a_broker_that_is_away_did_not_take(tmp_path):
    with Mosquitto(tmp_path) as broker:
        queue = tmp_path / "queue" / "outbox.db"
        where = ["-h", f"mqtt://127.0.0.1:{broker.port}", "-t", "q", "--queue", queue]
        broker.stop()
        done = run("pub", *where, "-m", "first")
        assert done.returncode == 0, done.stderr
        assert "1 waiting" in done.stderr
        broker.start(broker.port)
        receiver = subscriber(broker.port, "q", 2)
        assert run("pub", *where, "-m", "second").returncode == 0
        assert payloads(receiver) == ["first", "second"]


@pytest.fixture
def tls_files(tmp_path):
    """A CA and certificates for 127.0.0.1 and for another host, made with openssl."""

    def openssl(*arguments):
        subprocess.run([need("openssl"), *map(str, arguments)], check=True, capture_output=True, timeout=PATIENCE)

    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *new_key, "-keyout", tmp_path / "ca.key", "-out", tmp_path / "ca.pem", "-subj", "/CN=test ca", "-days", 2)
    openssl("req", "-x509", *new_key, "-keyout", tmp_path / "other.key", "-out", tmp_path / "other.pem", "-subj", "/CN=other ca", "-days", 2)
    for name, alternative in (("right", "IP:127.0.0.1"), ("wrong", "DNS:elsewhere.example")):
        request, extension = tmp_path / f"{name}.csr", tmp_path / f"{name}.ext"
        extension.write_text(f"subjectAltName={alternative}\n")
        openssl("req", *new_key, "-keyout", tmp_path / f"{name}.key", "-out", request, "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", request, "-CA", tmp_path / "ca.pem", "-CAkey", tmp_path / "ca.key", "-CAcreateserial", "-days", 2, "-extfile", extension, "-out", tmp_path / f"{name}.pem")
    return tmp_path


def publish_over_tls(tls_files, server, cafile):
    with Mosquitto(tls_files, f"certfile {tls_files / server}.pem", f"keyfile {tls_files / server}.key", f"cafile {tls_files / 'ca.pem'}") as broker:
        return run("pub", "-h", f"mqtts://127.0.0.1:{broker.port}", "-t", "t", "-m", "1", "--cafile", tls_files / cafile)


def test_tls_with_a_pinned_ca_connects(tls_files):
    assert publish_over_tls(tls_files, "right", "ca.pem").returncode == 0


def test_a_server_that_another_ca_vouches_for_is_refused(tls_files):
    done = publish_over_tls(tls_files, "right", "other.pem")
    assert done.returncode == 8
    assert "the server's certificate cannot be trusted: self-signed certificate" in done.stderr


def test_a_server_certificate_for_another_host_is_refused(tls_files):
    done = publish_over_tls(tls_files, "wrong", "ca.pem")
    assert done.returncode == 8
    assert "it is not for 127.0.0.1" in done.stderr
