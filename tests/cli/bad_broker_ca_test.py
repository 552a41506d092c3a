# SPDX-License-Identifier: Apache-2.0
"""The files of a broker's CA and of its own certificate, wrong in every way: what stops it, what it mends, and what it does when told to reload."""
import json
import os
import signal
import subprocess

import pytest
from bad_input import refused
from external_ca import openssl
from peers import MUSTER, PATIENCE, Broker, run

LISTEN = ["--listen", "mqtts://127.0.0.1:0"]


@pytest.fixture(name="ca")
def ca_of_a_stopped_broker(tmp_path):
    """The directory `ca` of a broker with one tenant, and copies of what is in it."""
    with Broker(tmp_path / "state", "--tenant", "acme"):
        pass
    return tmp_path / "state" / "ca"


def certificate(ca, name, key, *extensions, days="30", signer="root"):
    """Another certificate of this name by the root, for this key."""
    request, config = ca.parent / "request", ca.parent / "extensions"
    openssl("req", "-new", "-key", key, "-out", request, "-subj", f"/O=muster test/CN={name}")
    config.write_text("\n".join(extensions) + "\n")
    made = openssl("x509", "-req", "-in", request, "-CA", ca / f"{signer}.pem", "-CAkey", ca / f"{signer}.key", "-days", days, "-extfile", config)
    for file in (request, config):
        file.unlink()
    return made


def encrypted(key):
    return openssl("pkcs8", "-topk8", "-in", key, "-passout", "pass:secret", "-v2", "aes-256-cbc")


# Of what all hang on: name of the file, what is written into it, and what is said.
FATAL = {
    "root no CA": ("root.pem", lambda ca: openssl("req", "-x509", "-key", ca / "root.key", "-subj", "/CN=muster test root CA", "-days", "30", "-addext", "basicConstraints=critical,CA:FALSE"), "is no CA's certificate"),
    "issuer no CA": ("acme.pem", lambda ca: certificate(ca, "x", ca / "acme.key", "basicConstraints=critical,CA:FALSE"), "is no CA's certificate"),
    "root expired": ("root.pem", lambda ca: certificate(ca, "muster test root CA", ca / "root.key", "basicConstraints=critical,CA:TRUE", days="-1"), "expired"),
    "issuer expired": ("acme.pem", lambda ca: certificate(ca, "x", ca / "acme.key", "basicConstraints=critical,CA:TRUE", days="-1"), "expired"),
    "issuer of another root": ("acme.pem", lambda ca: openssl("req", "-x509", "-key", ca / "acme.key", "-subj", "/CN=x", "-days", "30"), "is not signed by"),
    "issuer of another key": ("acme.pem", lambda ca: certificate(ca, "x", ca / "broker.key", "basicConstraints=critical,CA:TRUE"), "do not belong together"),
    "issuer not the registry's": ("acme.pem", lambda ca: certificate(ca, "x", ca / "acme.key", "basicConstraints=critical,CA:TRUE"), "is not the certificate in the registry"),
    "root's key encrypted": ("root.key", lambda ca: encrypted(ca / "root.key"), "unencrypted"),
    "issuer's key encrypted": ("acme.key", lambda ca: encrypted(ca / "acme.key"), "unencrypted"),
    "broker's key encrypted": ("broker.key", lambda ca: encrypted(ca / "broker.key"), "unencrypted"),
    "root a directory": ("root.pem", None, "root.pem"),
    "issuer text": ("acme.pem", lambda ca: "hello\n", "acme.pem"),
}  # fmt: skip


@pytest.mark.parametrize("what", FATAL)
def test_a_ca_that_is_none_is_named_and_nothing_is_made_in_its_place(ca, what):
    name, content, says = FATAL[what]
    file = ca / name
    good = file.read_bytes()
    if content is None:
        file.unlink()
        file.mkdir()
    else:
        file.write_text(content(ca))
    before = None if content is None else file.read_bytes()
    refused(["broker", "run", "--state", ca.parent, *LISTEN], (1, 8), [file, says])
    assert content is None or file.read_bytes() == before
    if content is None:
        file.rmdir()
    file.write_bytes(good)
    file.chmod(0o600)
    with Broker(ca.parent):
        pass


# Nobody's trust hangs on the broker's own certificate: whatever is wrong with it, it is made anew, and clients see no difference.
MENDED = {
    "missing": None,
    "expired": lambda ca: certificate(ca, "muster test broker", ca / "broker.key", "subjectAltName=IP:127.0.0.1", days="-1"),
    "of another key": lambda ca: certificate(ca, "muster test broker", ca / "acme.key", "subjectAltName=IP:127.0.0.1"),
    "for another address": lambda ca: certificate(ca, "muster test broker", ca / "broker.key", "subjectAltName=IP:127.0.0.2"),
    "of another CA": lambda ca: openssl("req", "-x509", "-key", ca / "broker.key", "-subj", "/CN=x", "-days", "30", "-addext", "subjectAltName=IP:127.0.0.1"),
    "empty": lambda ca: "",
    "text": lambda ca: "hello\n",
}


@pytest.mark.parametrize("what", MENDED)
def test_a_certificate_of_the_brokers_own_that_is_wrong_is_made_anew(ca, what):
    file = ca / "broker.pem"
    wrong = MENDED[what](ca) if MENDED[what] else None
    file.unlink()
    if wrong is not None:
        file.write_text(wrong)
    with Broker(ca.parent) as broker:
        assert run("cert", "inspect", broker.mqtts_url, "--cafile", ca / "root.pem").returncode == 0
        assert run("cert", "inspect", f"{broker.est_url.removesuffix('/.well-known/est')}", "--cafile", ca / "root.pem").returncode == 0
    assert file.read_text() != wrong


@pytest.mark.parametrize("is_ignored", [False, True])
def test_the_end_of_its_terminal_leaves_nothing_and_nohup_outlives_it(tmp_path, is_ignored):
    def prepare():
        if is_ignored:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    command = [MUSTER, "broker", "run", "--ephemeral", *LISTEN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment, preexec_fn=prepare) as process:
        ready = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGHUP)
        if is_ignored:
            assert run("broker", "status", "--admin", ready["admin"]).returncode == 0
            process.terminate()
        assert process.wait(PATIENCE) == 0
    assert list(tmp_path.iterdir()) == []


def test_sighup_ends_it_in_order_and_the_next_one_has_the_new_files(ca):
    """There is nothing to reload: certificates are made by the broker itself, and looked at when it starts."""
    command = [MUSTER, "broker", "run", "--state", str(ca.parent), *LISTEN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().startswith('{"admin"')
        (ca / "broker.pem").write_text("hello\n")
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
    assert not (ca.parent / "admin.sock").exists()
    with Broker(ca.parent) as broker:
        assert run("cert", "inspect", broker.mqtts_url, "--cafile", ca / "root.pem").returncode == 0
