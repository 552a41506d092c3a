# SPDX-License-Identifier: Apache-2.0
"""What several files of tests of the command line share; a fixture of a file's own comes before one of these."""
import pytest
from external_ca import openssl
from peers import Broker
from simulations import PressBroker


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    with Broker(tmp_path_factory.mktemp("broker") / "data") as running:
        yield running


@pytest.fixture
def tenant(broker, request):
    """A tenant of the test's own."""
    name = f"t{abs(hash(request.node.name)) % 10**9}"
    assert broker.muster("tenant", "create", name).returncode == 0
    return name


@pytest.fixture(scope="module")
def presses(tmp_path_factory):
    """A broker with devices to simulate."""
    with PressBroker(tmp_path_factory.mktemp("presses")) as running:
        yield running


@pytest.fixture
def scenario(tmp_path):
    """Writes a scenario's file."""

    def write(text):
        file = tmp_path / "mine.toml"
        file.write_text(text)
        return file

    return write


@pytest.fixture(name="server_files", scope="module")
def made_certificate(tmp_path_factory):
    """Of a server on 127.0.0.1, that vouches for itself: `s.key` and `s.pem`."""
    directory = tmp_path_factory.mktemp("server")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", directory / "s.key", "-out", directory / "s.pem", "-subj", "/CN=s", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2")
    return directory
