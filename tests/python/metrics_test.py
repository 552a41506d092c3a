# SPDX-License-Identifier: Apache-2.0
"""A device's counters in Python, and served over HTTP as the guide says."""
import http.server
import os
import pathlib
import re
import threading
import urllib.request

import muster
import pytest

GUIDE = pathlib.Path(os.environ["MUSTER_WATCH_GUIDE"])


@pytest.fixture
def device(tmp_path):
    device = muster.Device(endpoints=["mqtt://127.0.0.1:1"], client_id="press-01", outbox_path=tmp_path / "outbox.db")
    device.publish("a", b"1")
    yield device
    device.stop(0)


# >>> quoted in docs/guide/watch-a-device.md
def serve(device):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            text = device.metrics_text({"client_id": device.status.client_id}).encode()
            self.send_response(200)
            self.send_header("Content-Type", muster.METRICS_CONTENT_TYPE)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    return http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
# <<<


def test_metrics_are_numbers_by_name(device):
    with pytest.raises(muster.Error):
        device.publish("a/#", b"2")
    metrics = device.metrics()
    assert metrics["muster_outbox_accepted_total"] == 1
    assert metrics["muster_outbox_waiting_bytes"] == 2
    assert metrics["muster_publish_refused_total"]["invalid_argument"] == 1
    assert metrics["muster_connection_state"]["stopped"] == 1
    assert sum(metrics["muster_connection_state"].values()) == 1
    assert metrics["muster_build_info"] == {muster.__version__: 1}


def test_the_text_has_the_same_names(device):
    assert set(re.findall(r"^# TYPE (\w+) ", device.metrics_text(), re.MULTILINE)) == set(device.metrics())
    assert 'muster_outbox_accepted_total{site="Zürich"} 1\n' in device.metrics_text({"site": "Zürich"})
    with pytest.raises(muster.Error, match="no name of a label"):
        device.metrics_text({"no-name": "x"})


def test_the_guide_serves_them(device):
    with serve(device) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_address[1]}/metrics", timeout=20) as answer:
            text = answer.read().decode()
            assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        server.shutdown()
    assert 'muster_outbox_accepted_total{client_id="press-01"} 1\n' in text


def test_the_guide_shows_this_server_and_names_that_exist(device):
    source, guide = pathlib.Path(__file__).read_text(), GUIDE.read_text()
    quoted = source.split("# >>> quoted in docs/guide/watch-a-device.md\n")[1].split("# <<<")[0]
    assert f"```python\n{quoted}```" in guide
    # A label's value in a name of the guide must be one that the metric has, or `...`.
    metrics = device.metrics()
    for name, value in re.findall(r"`?\b(muster_\w+)(?:\{\w+=\"?([\w.]+)\"?\})?", guide):
        if name.startswith("muster_device_"):
            continue  # A function of C.
        assert name in metrics or name == "muster_credential_not_after_timestamp_seconds", name
        assert not value or value == "..." or value in metrics[name], (name, value)
