# SPDX-License-Identifier: Apache-2.0
"""Fixtures: a broker with one tenant, and a device that has enrolled there."""
import json
import uuid

import pytest
from peers import Broker, run


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    with Broker(tmp_path_factory.mktemp("renewal") / "state") as running:
        assert running.muster("tenant", "create", "acme").returncode == 0
        yield running


@pytest.fixture
def identity(broker, tmp_path):
    return broker.enroll("acme", f"press-{uuid.uuid4()}", tmp_path)


def inspected(identity):
    return json.loads(run("cert", "inspect", identity / "chain.pem", "-o", "json", check=True).stdout)[0]


def certificate(identity):
    """What is said of it, but for what changes with every second."""
    return {key: value for key, value in inspected(identity).items() if key != "remaining_s"}
