# SPDX-License-Identifier: Apache-2.0
"""--trace of enrollments, renewals and questions over EST: requests, statuses and Retry-After, and no secret anywhere."""
import base64
import re

import pytest
from hostile_est import HostileEst, TestCa, good, http
from peers import Broker, held_port, run

LINE = re.compile(r"^\d+\.\d{3} (→|←|=) .+$", re.M)
KEY_PASSWORD, OTP = "correct horse battery", "7Kq-secret-otp-0815"


def secret_file(path, text):
    path.write_text(text + "\n")
    path.chmod(0o600)
    return path


@pytest.fixture(name="broker", scope="module")
def running_broker(tmp_path_factory):
    with Broker(tmp_path_factory.mktemp("trace") / "state") as broker:
        broker.muster("tenant", "create", "acme", check=True)
        yield broker


@pytest.fixture(name="ca", scope="module")
def test_ca(tmp_path_factory):
    return TestCa(tmp_path_factory.mktemp("est"))


def told(text):
    """The lines of a trace, without its times."""
    return [match.group(0).split(" ", 1)[1] for match in LINE.finditer(text)]


def check_hidden(texts, device, *secrets):
    for secret in secrets:
        for shown in (secret, base64.b64encode(f"{device}:{secret}".encode()).decode()):
            assert not any(shown in text for text in texts), shown
    assert not any("PRIVATE KEY" in text for text in texts)


def test_an_enrollment_and_a_renewal_tell_of_every_request_and_no_secret(broker, tmp_path):
    otp, key, log = tmp_path / "otp", secret_file(tmp_path / "key.password", KEY_PASSWORD), tmp_path / "log.txt"
    broker.muster("device", "register", "press-01", "-T", "acme", "--otp-file", otp, check=True)
    url = f"{broker.est_url}/acme"
    common = ["--est-url", url, "--key-password-file", key, "--cafile", broker.ca_file, "--trace", "-v", "--log-file", log]
    enrolled = run("cert", "enroll", *common, "--device-id", "press-01", "--otp-file", otp, "--out-dir", tmp_path / "id")
    assert enrolled.returncode == 0, enrolled.stderr
    lines = told(enrolled.stderr)
    assert [line.split(" Content-Type")[0].split(" (")[0] for line in lines] == [f"→ GET {url}/cacerts", "← HTTP 200", f"→ POST {url}/simpleenroll Authorization: Basic ***", "← HTTP 200"]
    renewed = run("cert", "renew", *common, "--identity", tmp_path / "id", "--force")
    assert renewed.returncode == 0, renewed.stderr
    lines = told(renewed.stderr)
    assert lines[0] == f"→ GET {url}/cacerts with the certificate in use"
    assert lines[2].startswith(f"→ POST {url}/simplereenroll with the certificate in use (")
    check_hidden([enrolled.stdout + enrolled.stderr, renewed.stdout + renewed.stderr, log.read_text()], "press-01", otp.read_text().strip(), KEY_PASSWORD)


def test_questions_are_told_in_a_file(broker, tmp_path):
    file = tmp_path / "trace.txt"
    for command in ("cacerts", "csrattrs"):
        done = run("cert", command, "--est-url", f"{broker.est_url}/acme", "--cafile", broker.ca_file, f"--trace={file}")
        assert done.returncode == 0 and "→" not in done.stderr, done.stderr
    lines = told(file.read_text())
    assert [line.rsplit("/", 1)[1] for line in lines if line.startswith("→")] == ["cacerts", "csrattrs"]
    assert sum(line.startswith("← HTTP 20") for line in lines) == 2
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_list_is_told_with_the_registrations_and_without_passwords(broker, tmp_path):
    fleet = tmp_path / "fleet.csv"
    fleet.write_text("id\nd-1\nd-2\n")
    words = ["device", "enroll", "-f", fleet, "-T", "acme", "--out-dir", tmp_path / "ids", "--cafile", broker.ca_file, "--est-url", f"{broker.est_url}/acme"]
    done = broker.muster(*words, "--trace")
    assert done.returncode == 0, done.stderr
    lines = told(done.stderr)
    assert sum("/simpleenroll Authorization: Basic ***" in line for line in lines) == 2
    assert any("one_time_password" in line and "***" in line for line in lines)
    renewed = broker.muster("device", "renew", "-f", fleet, "-T", "acme", "--out-dir", tmp_path / "ids", "--est-url", f"{broker.est_url}/acme", "--force", "--trace")
    assert renewed.returncode == 0, renewed.stderr
    assert sum("/simplereenroll with the certificate in use" in line for line in told(renewed.stderr)) == 2


def attempt(est, directory, *flags):
    otp = secret_file(directory / "otp", OTP)
    return run("cert", "enroll", "--est-url", est.url, "--device-id", "press-01", "--otp-file", otp, "--cafile", est.ca.pem, "--out-dir", directory / "id", "--trace", *flags)


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (http(202, b"", "text/plain", "Retry-After: 30"), "← HTTP 202 Retry-After: 30 Content-Type: text/plain (0 bytes)"),
        (http(503, b"", "text/plain", "Retry-After: Fri, 31 Dec 2100 23:59:59 GMT"), "← HTTP 503 Retry-After: Fri, 31 Dec 2100 23:59:59 GMT Content-Type: text/plain (0 bytes)"),
        (http(401, OTP.encode(), OTP, f"Retry-After: {OTP}"), f"← HTTP 401 Retry-After: *** Content-Type: *** ({len(OTP)} bytes)"),
        (http(429, b"", "a\x1b[31mb", "Retry-After: 5"), "← HTTP 429 Retry-After: 5 Content-Type: a\\x1b[31mb (0 bytes)"),
        (b"", "← no answer"),
    ],
    ids=["accepted", "a date", "the password sent back", "a terminal's codes", "nothing"],
)
def test_an_answer_is_told_as_it_came_but_for_the_password(ca, tmp_path, answer, line):
    with HostileEst(ca, lambda csr: answer) as est:
        done = attempt(est, tmp_path)
    assert done.returncode != 0
    assert told(done.stderr)[-1] == line
    check_hidden([done.stdout + done.stderr], "press-01", OTP)


def test_without_it_nothing_is_told(ca, tmp_path):
    with HostileEst(ca, lambda csr: good(ca.issue(csr))) as est:
        otp = secret_file(tmp_path / "otp", OTP)
        done = run("cert", "enroll", "--est-url", est.url, "--device-id", "press-01", "--otp-file", otp, "--cafile", ca.pem, "--out-dir", tmp_path / "id", "-v")
    assert done.returncode == 0, done.stderr
    assert "→" not in done.stderr


def test_the_trial_of_a_new_certificate_tells_of_its_connection(broker, tmp_path):
    otp, url = tmp_path / "otp", f"{broker.est_url}/acme"
    broker.muster("device", "register", "press-09", "-T", "acme", "--otp-file", otp, check=True)
    run("cert", "enroll", "--est-url", url, "--device-id", "press-09", "--otp-file", otp, "--cafile", broker.ca_file, "--out-dir", tmp_path / "id", check=True)
    renew = ["cert", "renew", "--est-url", url, "--cafile", broker.ca_file, "--identity", tmp_path / "id", "--force", "--trace"]
    done = run(*renew, "--host", broker.mqtts_url)
    assert done.returncode == 0, done.stderr
    lines = told(done.stderr)
    at = f"at={broker.mqtts_url} v5"
    begin = lines.index(f"= connecting {at} client=press-09")
    assert "simplereenroll" in lines[begin - 2]
    assert lines[begin + 1 :] == [f"= connected {at} client=press-09", f"= draining {at} client=press-09", f"= stopped {at} delivered=0 client=press-09"]
    with held_port() as nobody:
        done = run(*renew, "--host", f"mqtts://127.0.0.1:{nobody}")
    assert done.returncode != 0
    assert any(line.startswith(f'= waiting at=mqtts://127.0.0.1:{nobody} v5 reason="') for line in told(done.stderr))
