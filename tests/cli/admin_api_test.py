# SPDX-License-Identifier: Apache-2.0
"""The admin API is what docs/reference/admin-api.yaml says: every route of it answers, as its schema has it, and no other method does."""
import http.client
import json
import pathlib
import socket
import tempfile

import jsonschema
import pytest
import yaml
from external_ca import ExternalCa, request
from peers import PATIENCE, Broker, PahoClient, run

BOTH = ("--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0")
DOCUMENT = yaml.safe_load((pathlib.Path(__file__).parents[2] / "docs/reference/admin-api.yaml").read_text())
METHODS = ("get", "put", "post", "patch", "delete")
STREAMS = ("/v1/events",)


def operations():
    """(method, path, operation) of everything in the document."""
    for path, entry in DOCUMENT["paths"].items():
        for method, operation in entry.items():
            if method in METHODS:
                yield method, path, operation


def plain_schema(schema):
    """A schema of OpenAPI 3.0 as one of JSON Schema: references followed, `nullable` as a type."""
    if isinstance(schema, list):
        return [plain_schema(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target = DOCUMENT
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return plain_schema(target)
    plain = {key: plain_schema(value) for key, value in schema.items() if key != "nullable"}
    if schema.get("nullable"):
        plain["type"] = [plain["type"], "null"]
    return plain


class Connection(http.client.HTTPConnection):
    """HTTP over the admin socket."""

    def __init__(self, broker):
        super().__init__("localhost", timeout=PATIENCE)
        self.path = broker.admin.removeprefix("unix:")

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self.path)


def ask(broker, method, path, body=None):
    connection = Connection(broker)
    connection.request(method.upper(), path, body=None if body is None else json.dumps(body), headers={"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read() if not path.startswith(STREAMS) else b""
    connection.close()
    return answer.status, answer.headers["Content-Type"], content.decode()


def check(operation, status, content_type, content):
    """The answer is one that the document promises."""
    assert str(status) in operation["responses"], (status, content)
    promised = plain_schema(operation["responses"][str(status)])["content"]
    kind = content_type.split(";")[0]
    assert kind in promised
    if kind == "application/json":
        jsonschema.validate(json.loads(content), promised[kind]["schema"])


@pytest.fixture(name="broker", scope="module")
def running_broker(tmp_path_factory):
    directory = tmp_path_factory.mktemp("api")
    with Broker(directory / "data", *BOTH) as broker:
        broker.muster("tenant", "create", "acme")
        broker.application("acme", "dash", directory)
        assert ExternalCa(directory, "first ca").added_to(broker, "acme").returncode == 0
        EXAMPLES["{sha256}"] = json.loads(broker.muster("ca", "list", "--tenant", "acme").stdout)[0]["sha256"]
        broker.muster("device", "register", "press-00", "--tenant", "acme", "--otp-file", directory / "otp")
        broker.muster("tenant", "set", "acme", "--manual-approval")
        broker.muster("device", "register", "press-02", "--tenant", "acme", "--otp-file", directory / "otp-02")
        waiting = run("cert", "enroll", "--est-url", f"{broker.est_url}/acme", "--device-id", "press-02", "--otp-file", directory / "otp-02",
                      "--cafile", broker.ca_file, "--out-dir", directory / "press-02")  # fmt: skip
        assert waiting.returncode == 7, waiting.stderr
        client = PahoClient("dash")
        client.client.username_pw_set("acme/dash", "open sesame")
        assert client.connect(broker.plain_port) == 0
        yield broker
        client.client.loop_stop()


CSR = request("dash", "/dev/null")


def new_ca(broker):
    """A body that adds a CA nobody has seen before."""
    with tempfile.TemporaryDirectory() as directory:
        ca = ExternalCa(directory, "new ca")
        challenge = json.loads(ask(broker, "post", "/v1/tenants/acme/ca-challenge")[2])["challenge"]
        proof, _ = ca.sign(challenge, "proof")
        return {"certificate": ca.certificate.read_text(), "proof": proof.read_text()}


def approval(broker):
    """A body that approves the enrollment that waits."""
    waiting = json.loads(ask(broker, "get", "/v1/tenants/acme/enrollments")[2])
    return {"key_sha256": waiting[0]["key_sha256"], "approve": True}


GOOD = {
    ("post", "/v1/faults"): {"kind": "outage", "duration_ms": 1},
    ("post", "/v1/scenarios"): {"seed": 7, "steps": [{"at_ms": 1, "kind": "refuse", "tenant": "new", "times": 1}]},
    ("post", "/v1/tenants"): {"name": "new"},
    ("patch", "/v1/tenants/{tenant}"): {"device_passwords": True},
    ("patch", "/v1/tenants/{tenant}/limits"): {"connections": 100, "inflight": None},
    ("post", "/v1/tenants/{tenant}/devices"): {"id": "press-01", "attributes": {"type": "press"}},
    ("post", "/v1/tenants/{tenant}/registrations"): {"devices": [{"id": "press-03", "one_time_password": "given-by-hand"}, {"id": "no/id"}]},
    ("post", "/v1/tenants/{tenant}/revocations"): {"devices": ["press-03", "nobody"], "reason": "keyCompromise"},
    ("post", "/v1/tenants/{tenant}/deletions"): {"devices": ["press-03", "nobody"]},
    ("put", "/v1/tenants/{tenant}/devices/{id}/password"): {"password": "open sesame"},
    ("put", "/v1/tenants/{tenant}/applications/{user}"): {"password": "open sesame"},
    ("post", "/v1/tenants/{tenant}/applications/{user}/certificates"): {"csr": CSR},
    ("post", "/v1/tenants/{tenant}/cas"): new_ca,
    ("post", "/v1/tenants/{tenant}/enrollments/{device}"): approval,
    ("patch", "/v1/tenants/{tenant}/cas/{sha256}"): {"auto_register": True},
}
EXAMPLES = {
    "/faults/{id}": "/faults/1",
    "/devices/{id}": "/devices/press-00",
    "/clients/{id}": "/clients/dash",
    "{tenant}": "acme",
    "{user}": "dash",
    "{device}": "press-02",
    "{serial}": "01",
}
# What leaves nothing for the others to act upon.
LAST_DELETED = ("/v1/tenants/{tenant}/applications/{user}", "/v1/tenants/{tenant}/devices/{id}", "/v1/faults", "/v1/tenants/{tenant}")


def filled(path):
    for part, example in EXAMPLES.items():
        path = path.replace(part, example)
    return path


def turn(each):
    """Deletions last, and of those the widest at the end; faults after what needs a connection."""
    method, path, _ = each
    return method == "delete", path.startswith("/v1/faults"), LAST_DELETED.index(path) if method == "delete" and path in LAST_DELETED else -1


@pytest.mark.parametrize(("method", "path", "operation"), sorted(operations(), key=turn))
def test_every_route_of_the_document_answers_as_it_says(broker, method, path, operation):
    body = GOOD.get((method, path))
    body = body(broker) if callable(body) else body
    target = filled(path) if (method, path) != ("delete", "/v1/tenants/{tenant}") else "/v1/tenants/new"
    status, content_type, content = ask(broker, method, target, body)
    assert status < 300 or (method == "delete" and "/clients/" in path and status == 404), content
    check(operation, status, content_type, content)


@pytest.mark.parametrize(("method", "path", "operation"), [each for each in operations() if "requestBody" in each[2]])
def test_a_body_that_is_not_the_document_s_is_an_error_of_the_document_s(broker, method, path, operation):
    status, content_type, content = ask(broker, method, filled(path), {"unknown": 1})
    assert status == 400
    check(operation, status, content_type, content)


def test_no_path_has_a_method_that_the_document_does_not_name(broker):
    documented = {(method, path) for method, path, _ in operations()}
    for path in DOCUMENT["paths"]:
        for method in METHODS:
            if (method, path) not in documented:
                assert ask(broker, method, filled(path), {})[0] == 405, (method, path)


def test_a_wrong_method_is_told_the_right_ones(broker):
    connection = Connection(broker)
    connection.request("PUT", "/v1/tenants")
    assert connection.getresponse().headers["Allow"] == "GET, POST"
    connection.close()


def test_what_is_nowhere_is_not_found_in_the_document_s_words(broker):
    status, _, content = ask(broker, "get", "/v1/nothing")
    assert status == 404
    jsonschema.validate(json.loads(content), plain_schema(DOCUMENT["components"]["schemas"]["Error"]))
