# SPDX-License-Identifier: Apache-2.0
"""mosquitto_pub and mosquitto_sub, clients that we did not write, over a UNIX socket and over IPv6 with and without TLS."""
import subprocess

import pytest
from peers import PATIENCE, Broker, has_ipv6, need

PASSWORD = "open sesame"
NEEDS_IPV6 = pytest.mark.skipif(not has_ipv6(), reason="there is no IPv6 loopback here")
TRANSPORTS = ["unix", pytest.param("ipv6", marks=NEEDS_IPV6), pytest.param("ipv6-tls", marks=NEEDS_IPV6)]


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    directory = tmp_path_factory.mktemp("broker")
    listen = {"tls": "mqtts://127.0.0.1:0", "tcp": "mqtt://127.0.0.1:0", "unix": f"unix:{directory}/mqtt.sock"}
    if has_ipv6():
        listen |= {"ipv6": "mqtt://[::1]:0", "ipv6-tls": "mqtts://[::1]:0"}
    with Broker(directory / "data", *(word for url in listen.values() for word in ("--listen", url))) as running:
        assert running.muster("tenant", "create", "acme").returncode == 0
        running.application("acme", "dash", directory, PASSWORD)
        running.by_name = dict(zip(listen, running.urls))
        yield running


def mosquitto(program, broker, transport, version, *arguments):
    url = broker.by_name[transport]
    place = ["--unix", url.removeprefix("unix:")] if transport == "unix" else ["-h", "::1", "-p", url.rsplit(":", 1)[1]]
    tls = ["--cafile", broker.ca_file] if transport.endswith("tls") else []
    command = [need(program), *place, *tls, "-V", version, "-i", "dash", "-u", "acme/dash", "-P", PASSWORD, *arguments]
    return subprocess.run([str(word) for word in command], capture_output=True, timeout=PATIENCE)


@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_what_mosquitto_pub_retains_mosquitto_sub_receives(broker, tmp_path, transport, version):
    payload = tmp_path / "payload"
    payload.write_bytes(bytes(range(256)) * 400)
    published = mosquitto("mosquitto_pub", broker, transport, version, "-t", "press-01/a", "-f", payload, "-q", "2", "-r")
    assert (published.returncode, published.stderr) == (0, b"")
    received = mosquitto("mosquitto_sub", broker, transport, version, "-t", "press-01/#", "-q", "2", "-C", "1", "-N", "-W", "10")
    assert received.stdout == payload.read_bytes(), received.stderr
