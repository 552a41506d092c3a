# SPDX-License-Identifier: Apache-2.0
"""The broker's own certificate is renewed while it serves: who is connected stays, and who comes next is shown the new one."""
import json
import socket
import ssl
import subprocess
import urllib.parse

import pytest
from peers import PATIENCE, Broker, PahoClient, need, run

LISTENERS = ["--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0", "--listen", "wss://127.0.0.1:0", "--tenant", "acme", "--anonymous", "--isolation", "flat"]
RENEWED = "the broker's own certificate was renewed"


def shown_at(url):
    """The certificate that a new client is shown, as PEM. Whether it is in time is not looked at: on a busy machine three seconds are soon over."""
    place = urllib.parse.urlsplit(url)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((place.hostname, place.port), PATIENCE) as plain, context.wrap_socket(plain) as secured:
        return ssl.DER_cert_to_PEM_cert(secured.getpeercert(binary_form=True))


def stay_connected(url):
    """A client that is not shown the certificate again unless it is cut."""
    client = PahoClient(urllib.parse.urlsplit(url).scheme, transport="websockets" if url.startswith("wss") else "tcp")
    client.client.tls_set(cert_reqs=ssl.CERT_NONE)
    client.client.tls_insecure_set(True)
    if url.startswith("wss"):
        client.client.ws_set_options(path="/mqtt")
    assert client.connect(urllib.parse.urlsplit(url).port) == 0
    assert client.subscribe("all") == [1]
    return client


def await_line(broker, words):
    while words not in (line := broker.process.stderr.readline()):
        assert line, "the broker has ended"
    return json.loads(line)


def test_a_new_certificate_is_shown_before_the_old_one_ends_and_nobody_is_cut(tmp_path):
    with Broker(tmp_path / "state", *LISTENERS, "--server-certificate-lifetime", "3s", "--log-format", "json", stderr=subprocess.PIPE) as broker:
        entrances = [url for url in broker.urls if not url.startswith("mqtt:")]
        places = [*entrances, broker.est_url]
        assert [url.split(":")[0] for url in places] == ["mqtts", "wss", "https"]
        clients = [stay_connected(url) for url in entrances]
        before = {shown_at(url) for url in places}
        while any(shown_at(url) in before for url in places):
            await_line(broker, RENEWED)
        for url in places:
            (tmp_path / "shown.pem").write_text(shown_at(url))
            words = [need("openssl"), "verify", "-no_check_time", "-x509_strict", "-CAfile", broker.ca_file, "-verify_ip", "127.0.0.1", tmp_path / "shown.pem"]
            assert subprocess.run(words, check=False).returncode == 0
        clients[0].publish("all", "still here")
        for client in clients:
            assert client.message().payload == b"still here"
            assert "disconnect" not in dict(client.events.queue)
            client.close()
        issued = json.loads(broker.muster("ca", "log", "-o", "json", check=True).stdout)
        assert sum(entry["profile"] == "broker" for entry in issued) >= 2


def test_a_renewal_that_fails_is_told_and_tried_again_while_the_old_one_is_shown(tmp_path):
    with Broker(tmp_path / "state", "--server-certificate-lifetime", "3s", "--log-format", "json", stderr=subprocess.PIPE) as broker:
        key = tmp_path / "state" / "ca" / "broker.key"
        whole = key.read_text()
        key.write_text("junk")
        told = await_line(broker, "is not renewed")
        assert told["level"] == "warning" and "tried again in" in told["message"] and str(key) in told["message"]
        before = shown_at(broker.est_url)
        key.write_text(whole)
        await_line(broker, RENEWED)
        assert shown_at(broker.est_url) != before


def test_a_certificate_that_would_live_longer_than_asked_for_is_replaced_at_the_start(tmp_path):
    def lifetime(*flags):
        with Broker(tmp_path / "state", *flags) as broker:
            (tmp_path / "shown.pem").write_text(shown_at(broker.est_url))
        return json.loads(run("cert", "inspect", tmp_path / "shown.pem", "-o", "json", check=True).stdout)[0]["remaining_s"]

    assert lifetime() > 89 * 86400
    assert lifetime("--server-certificate-lifetime", "1h") <= 3600
    assert lifetime() <= 3600  # It is kept as long as it is good.


@pytest.mark.parametrize(("lifetime", "why"), [("2s", "must be 3 s to 397 days"), ("25h", "from 1ms to 24h"), ("long", "from 1ms to 24h")])
def test_a_lifetime_that_makes_no_sense_is_refused(lifetime, why):
    done = run("broker", "run", "--server-certificate-lifetime", lifetime)
    assert done.returncode == 2, done.stderr
    assert why in done.stderr
