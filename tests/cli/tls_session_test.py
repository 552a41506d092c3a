# SPDX-License-Identifier: Apache-2.0
"""--tls-session-file: a TLS session that outlives the program, and is taken up by nobody else."""
import base64
import re
import ssl

import pytest
from external_ca import openssl
from peers import Broker, run
from scripted_mqtt import PUBACK, Scripted, packet

ACCEPT = {3: lambda body: packet(PUBACK << 4, body[2 + body[1] :][:2])}
RESUMED = "TLS session resumed"


@pytest.fixture(name="place", scope="module")
def running_broker(tmp_path_factory):
    directory = tmp_path_factory.mktemp("session")
    with Broker(directory / "state", "--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0", "--listen", "wss://127.0.0.1:0") as broker:
        broker.muster("tenant", "create", "acme", check=True)
        broker.identity = broker.enroll("acme", "press-01", directory)
        broker.password = broker.application("acme", "dash", directory)
        yield broker


@pytest.fixture(name="file")
def session_file(tmp_path):
    return tmp_path / "session"


def publish(file, *arguments, **options):
    return run("pub", "-t", "x", "-m", "1", "--tls-session-file", file, "--verbose", *arguments, **options)


def as_device(place, file, *arguments):
    done = publish(file, "-h", place.mqtts_url, "--identity", place.identity, *arguments)
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_the_next_run_takes_up_the_session_of_the_last(place, file, version):
    done = as_device(place, file, "--tls-version", version)
    assert f"TLS session not resumed: there is no session in {file} yet" in done.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    for _ in range(2):  # Whatever the server does with a ticket that was used.
        assert RESUMED in as_device(place, file, "--tls-version", version).stderr
    assert RESUMED not in run("pub", "-t", "x", "-m", "1", "-h", place.mqtts_url, "--identity", place.identity, "--tls-version", version).stderr


def test_a_session_is_for_one_server(place, file):
    as_device(place, file)
    other = publish(file, "-h", place.urls[2], "--identity", place.identity)
    assert other.returncode == 0, other.stderr
    assert f"{file} has a session with 127.0.0.1:{place.port}" in other.stderr
    assert RESUMED in publish(file, "-h", place.urls[2], "--identity", place.identity).stderr  # The newest is the one that is kept.


def test_a_session_is_for_one_identity_and_one_trust(place, file, tmp_path):
    def as_application(cafile):
        done = publish(file, "-h", place.mqtts_url, "--cafile", cafile, "-u", "acme/dash", "--password-file", place.password)
        assert done.returncode == 0, done.stderr
        return done.stderr

    as_device(place, file)
    assert "made with other certificates or settings" in as_application(place.ca_file)
    assert RESUMED in as_application(place.ca_file)
    more = tmp_path / "more.pem"
    more.write_text(open(place.ca_file).read() + "\n")
    assert "made with other certificates or settings" in as_application(more)


def test_what_was_not_verified_is_not_taken_up_by_who_verifies(place, file):
    where = ["-h", place.mqtts_url, "-u", "acme/dash", "--password-file", place.password, "-t", "press-01/x"]
    assert publish(file, *where, "--insecure-skip-verify").returncode == 0
    assert RESUMED in publish(file, *where, "--insecure-skip-verify").stderr
    done = publish(file, *where)
    assert done.returncode == 8, done.stderr
    assert "cannot be trusted" in done.stderr


def damage(text):
    lines = text.splitlines(keepends=True)
    return "".join(lines[:5] + lines[6:])


def age(text):
    """Its time eight days earlier: [1] EXPLICIT INTEGER of OpenSSL's SSL_SESSION."""
    body = re.search("-----BEGIN [^\n]*\n(.*?)-----END", text, re.DOTALL).group(1)
    der = base64.b64decode(body)
    at = der.index(b"\xa1\x06\x02\x04") + 4
    time = int.from_bytes(der[at : at + 4], "big") - 8 * 86_400
    der = der[:at] + time.to_bytes(4, "big") + der[at + 4 :]
    return text.replace(body, base64.encodebytes(der).decode())


def strip_server(text):
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("server "))


@pytest.mark.parametrize(("change", "says"), [(damage, "is damaged"), (age, "has expired"), (strip_server, "a session with nobody"), (lambda text: "", "there is no TLS session in"), (lambda text: text[:60], "made with other")])
def test_a_session_that_does_not_do_costs_a_full_handshake_and_no_more(place, file, change, says):
    as_device(place, file)
    file.write_text(change(file.read_text()))
    assert says in as_device(place, file).stderr
    assert RESUMED in as_device(place, file).stderr


def test_a_session_that_others_could_read_is_not_taken_up_and_written_anew(place, file):
    as_device(place, file)
    file.chmod(0o644)
    assert "not resumed: " in as_device(place, file).stderr
    assert file.stat().st_mode & 0o777 == 0o600
    assert RESUMED in as_device(place, file).stderr


def test_another_file_is_left_as_it_is(place, file):
    file.write_text("my notes\n")
    file.chmod(0o600)
    done = as_device(place, file)
    assert f"warning: --tls-session-file: {file} holds something else" in done.stderr
    assert file.read_text() == "my notes\n"
    done = as_device(place, file.parent / "none" / "session")
    assert "warning: --tls-session-file: " in done.stderr


def test_the_server_sees_the_session_again(tmp_path, file):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", tmp_path / "s.key", "-out", tmp_path / "s.pem", "-subj", "/CN=s", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "s.pem", tmp_path / "s.key")
    reused = []
    with Scripted(ACCEPT, wrap=lambda stream: context.wrap_socket(stream, server_side=True), greet=lambda stream: reused.append(stream.session_reused)) as server:
        for _ in range(2):
            assert publish(file, "-h", f"mqtts://127.0.0.1:{server.port}", "--cafile", tmp_path / "s.pem").returncode == 0
    assert reused == [False, True]
    with Scripted(ACCEPT, wrap=lambda stream: context.wrap_socket(stream, server_side=True), greet=lambda stream: reused.append(stream.session_reused)) as server:
        file.write_text(re.sub(r"^server .*$", f"server 127.0.0.1:{server.port}", file.read_text(), flags=re.MULTILINE))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # It knows no ticket of the old one.
        context.load_cert_chain(tmp_path / "s.pem", tmp_path / "s.key")
        done = publish(file, "-h", f"mqtts://127.0.0.1:{server.port}", "--cafile", tmp_path / "s.pem")
        assert done.returncode == 0 and "the server has not taken up the session" in done.stderr, done.stderr
    assert reused == [False, True, False]


def test_sub_keeps_it_too_and_the_device_of_a_queue_has_none(place, file, tmp_path):
    words = ["sub", "-h", place.mqtts_url, "--identity", place.identity, "-t", "x", "-W", "1ms", "--tls-session-file", file, "--verbose"]
    assert run(*words).returncode == 0
    assert RESUMED in run(*words).stderr
    done = publish(file, "-h", place.mqtts_url, "--identity", place.identity, "--queue", tmp_path / "queue.db")
    assert done.returncode == 2 and "--tls-session-file" in done.stderr
