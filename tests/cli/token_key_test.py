# SPDX-License-Identifier: Apache-2.0
"""pub, sub, rr, bench, simulate and others with a key that stays in its token, named by a URI (RFC 7512)."""
import shutil

import pytest
from bench_runs import bench, result
from doctoring import examine
from external_ca import openssl
from peers import Broker, Mosquitto, run
from simulations import SENSOR, account, check_sums
from tokens import MODULE, PIN, SoftToken

KEY = f"pkcs11:token=muster;object=muster;type=private?module-path={MODULE}"


class Place:
    """A broker, and a device whose key is in a token."""

    def __init__(self, broker, token, directory):
        broker.muster("tenant", "create", "acme", check=True)
        otp, identity = directory / "otp", directory / "press-01"
        broker.muster("device", "register", "press-01", "--tenant", "acme", "--otp-file", otp, check=True)
        run("cert", "enroll", "--est-url", f"{broker.est_url}/acme", "--device-id", "press-01", "--otp-file", otp, "--cafile", broker.ca_file, "--out-dir", identity, "--key-store", token.store, "--key-password-file", token.pin_file, env=token.environment, check=True)
        self.reference = (identity / "device.key").read_text()
        (identity / "device.key").unlink()  # Only the token has it, and the URI leads there.
        self.token = token
        self.words = ["-h", broker.mqtts_url, "--cafile", broker.ca_file, "--cert", identity / "chain.pem", "--key"]

    def run(self, verb, key, *arguments, **options):
        return run(verb, *self.words, key, *arguments, env=self.token.environment | options.pop("env", {}), **options)

    def publish(self, key, *arguments, **options):
        return self.run("pub", key, "-t", "x", "-m", "1", *arguments, **options)


@pytest.fixture(name="place", scope="module")
def device_with_token(tmp_path_factory):
    directory = tmp_path_factory.mktemp("token")
    with Broker(directory / "state", "--listen", "mqtts://127.0.0.1:0") as broker:
        yield Place(broker, SoftToken(directory), directory)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_key_in_a_token_is_a_client(place, version):
    done = place.publish(KEY, "--key-password-file", place.token.pin_file, "--tls-version", version, "--verbose")
    assert done.returncode == 0, done.stderr
    assert "as press-01" in done.stderr


def test_the_uri_says_which_file_has_the_pin(place):
    for source in (place.token.pin_file, f"file:{place.token.pin_file}", f"file://{place.token.pin_file}"):
        done = place.publish(f"{KEY}&pin-source={source}")
        assert done.returncode == 0, done.stderr


def test_sub_and_rr_and_the_environment_take_it_too(place):
    key = f"{KEY}&pin-source={place.token.pin_file}"
    done = run("sub", *place.words[:-1], "-t", "a", "-W", "1ms", env=place.token.environment | {"MUSTER_KEY": key})
    assert done.returncode == 0 and "subscribed" in done.stderr, done.stderr
    done = place.run("rr", key, "-t", "a", "-e", "a", "-m", "hello")  # It answers itself: the request comes back with its correlation data.
    assert done.returncode == 0, done.stderr
    assert done.stdout == "hello\n"


def test_a_pin_on_the_command_line_is_refused_before_anything_is_connected_to(place):
    done = place.publish(f"{KEY}&pin-value={PIN}", "-h", "mqtts://127.0.0.1:1")
    assert done.returncode == 2
    assert "--key: the PKCS#11 URI has a pin-value" in done.stderr
    assert "pin-source=file:" in done.stderr and PIN not in done.stderr


@pytest.mark.parametrize(
    ("key", "arguments", "code", "says"),
    [
        (KEY, [], 4, "--key-password-file"),  # Nobody can be asked here.
        (KEY.replace("object=muster", "object=nothing"), ["--key-password-file", "PIN"], 5, "no such private key"),
        (KEY.replace("token=muster", "token=nobody"), ["--key-password-file", "PIN"], 5, "nobody"),
        (KEY + "&pin-source=PIN", ["--key-password-file", "PIN"], 2, "two PINs"),
        (KEY + "&pin-source=/nonexistent", [], 5, "/nonexistent"),
        (KEY + "&pin-source=%7C/bin/echo", [], 2, "pin-source"),
        ("pkcs11:object=muster", [], 2, "names no token"),
        ("pkcs11:token=muster", [], 2, "module-path"),
    ],
)
def test_what_is_wrong_with_the_key_is_said(place, key, arguments, code, says):
    pin_file = str(place.token.pin_file)
    done = place.publish(key.replace("PIN", pin_file), *[word.replace("PIN", pin_file) for word in arguments], stdin="")
    assert done.returncode == code, done.stderr
    assert says in done.stderr


def test_a_wrong_pin_and_one_that_others_can_read_are_refused(place, tmp_path):
    wrong = tmp_path / "wrong"
    wrong.write_text("4712\n")
    wrong.chmod(0o600)
    done = place.publish(KEY, "--key-password-file", wrong)
    assert done.returncode == 4 and "the PIN is wrong" in done.stderr, done.stderr
    wrong.chmod(0o644)
    done = place.publish(f"{KEY}&pin-source={wrong}")
    assert done.returncode == 1 and "chmod 600" in done.stderr, done.stderr


def test_doctor_examines_a_key_in_a_token(place, tmp_path):
    def findings(key, *arguments, code):
        return examine(*place.words, key, *arguments, env=place.token.environment, code=code)

    for key, flags in ((KEY, ["--key-password-file", place.token.pin_file]), (f"{KEY}&pin-source={place.token.pin_file}", [])):
        found = findings(key, *flags, "--only", "connect", code=0)
        assert {found[name]["state"] for name in ("files", "permissions", "key", "tls", "connect")} == {"ok"}, found
    wrong = tmp_path / "wrong"
    wrong.write_text("4712\n")
    wrong.chmod(0o600)
    assert "the PIN is wrong" in findings(KEY, "--key-password-file", wrong, "--only", "key", code=13)["key"]["found"]
    assert "pin-value" in findings(f"{KEY}&pin-value={PIN}", "--only", "key", code=13)["key"]["found"]


def test_a_request_is_made_with_the_key_that_is_there(place, tmp_path):
    key = f"{KEY}&pin-source={place.token.pin_file}"
    request = run("csr", "create", "--device-id", "press-01", "--key", key, "--out", tmp_path / "csr", env=place.token.environment)
    assert request.returncode == 0, request.stderr
    described = run("key", "inspect", key, "-o", "table", env=place.token.environment)
    assert described.stdout.startswith("Key         EC, 256 bits"), described.stdout
    public = run("key", "public", key, env=place.token.environment, check=True).stdout
    assert openssl("req", "-verify", "-noout", "-pubkey", "-in", tmp_path / "csr") == public
    assert run("key", "inspect", f"{KEY}&pin-value={PIN}", env=place.token.environment).returncode == 2


@pytest.fixture(name="wants_certificates", scope="module")
def broker_that_wants_certificates(place, tmp_path_factory):
    """One that lets many clients have the same certificate."""
    directory = tmp_path_factory.mktemp("mosquitto")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", directory / "s.key", "-out", directory / "s.pem", "-subj", "/CN=s", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2")
    with Mosquitto(directory, f"cafile {place.words[3]}", f"certfile {directory / 's.pem'}", f"keyfile {directory / 's.key'}", "require_certificate true") as broker:
        broker.words = ["-h", f"mqtts://127.0.0.1:{broker.port}", "--cafile", directory / "s.pem"]
        yield broker


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize(("kind", "ends"), [("conn", []), ("pub", ["--messages", "2"]), ("pingpong", ["--messages", "2"]), ("storm", ["--spread", "50ms"])])
def test_the_clients_of_a_load_share_a_key_in_a_token(place, wants_certificates, version, kind, ends):
    key = f"{KEY}&pin-source={place.token.pin_file}"
    words = [*wants_certificates.words, "--cert", place.words[5], "--tls-version", version, "-c", 6, "--threads", 3, *ends]
    told = result(bench(kind, *words, "--key", key, env=place.token.environment))
    assert told["connections"]["connected"] == (12 if kind == "storm" else 6) and told["errors"] == 0
    assert kind not in ("pub", "pingpong") or (told["messages"]["sent"], told["messages"]["lost"]) == (12, 0)


def test_a_load_of_one_device_takes_the_pin_from_a_file(place):
    done = bench("conn", *place.words, KEY, "--key-password-file", place.token.pin_file, "-i", "press-01", env=place.token.environment)
    assert result(done)["connections"]["connected"] == 1


@pytest.mark.parametrize(
    ("key", "arguments", "code", "says"),
    [
        (KEY, [], 4, "give --key-password-file FILE"),  # Nobody can be asked here.
        (KEY.replace("object=muster", "object=nothing"), ["--key-password-file", "PIN"], 5, "no such private key"),
        (KEY + "&pin-source=PIN", ["--key-password-file", "PIN"], 2, "two PINs"),
        (KEY + "&pin-source=/nonexistent", [], 5, "/nonexistent"),
        (f"{KEY}&pin-value={PIN}", [], 2, "--key: the PKCS#11 URI has a pin-value"),
        ("pkcs11:object=muster", [], 2, "names no token"),
    ],
)
def test_what_is_wrong_with_the_key_of_a_load_is_said(place, key, arguments, code, says):
    pin_file = str(place.token.pin_file)
    done = bench("conn", *place.words, key.replace("PIN", pin_file), *[word.replace("PIN", pin_file) for word in arguments], env=place.token.environment, stdin="")
    assert (done.returncode, done.stdout) == (code, "") and says in done.stderr, done
    assert PIN not in done.stderr


def test_a_wrong_pin_is_told_before_a_load_of_many_would_try_it(place, tmp_path):
    """A token locks after some: each client would be one of them. That nobody listens there is not even found out."""
    wrong = tmp_path / "wrong"
    wrong.write_text("4712\n")
    wrong.chmod(0o600)
    done = bench("conn", "-h", "mqtts://127.0.0.1:1", *place.words[2:], KEY, "--key-password-file", wrong, "-c", 20, env=place.token.environment)
    assert done.returncode == 4 and "the PIN is wrong" in done.stderr, done.stderr


KINDS = pytest.mark.parametrize("kind", ["full", "light"])


def fleet_of(kind):
    return f'kind = "{kind}"\n{SENSOR}[config]\ntopic_root = "d/{{client_id}}"\n'


@KINDS
@pytest.mark.parametrize("has_file", [False, True])
def test_simulated_devices_and_their_observer_share_a_key_in_a_token(place, wants_certificates, scenario, kind, has_file):
    pin = ["--key", KEY, "--key-password-file", place.token.pin_file] if has_file else ["--key", f"{KEY}&pin-source={place.token.pin_file}"]
    words = [*wants_certificates.words, "--cert", place.words[5], *pin, "-c", 4, "--scenario", scenario(fleet_of(kind)), "--duration", "1s"]
    told = account(run("simulate", "-o", "json", *words, "--observe", "--retries", 0, "--assert", "waiting==0", "--assert", "missing==0", env=place.token.environment))
    check_sums(told)
    assert told["connections"]["connected"] == 4 and told["observed"]["unique"] > 0


def test_groups_of_both_kinds_share_it(place, wants_certificates, scenario):
    text = fleet_of("light") + '[[group]]\nname = "pumps"\nshare = 0.5\n[[group]]\nname = "gateways"\nkind = "full"\n[[takeover]]\nat = "300ms"\nfor = "300ms"\n'
    words = [*wants_certificates.words, "--cert", place.words[5], "--key", KEY, "--key-password-file", place.token.pin_file, "-c", 4]
    told = account(run("simulate", "-o", "json", *words, "--scenario", scenario(text), "--duration", "1s", env=place.token.environment))
    check_sums(told)
    assert told["never_connected"] == 0 and told["rivals"] == 4


@KINDS
@pytest.mark.parametrize(
    ("key", "arguments", "code", "says"),
    [
        (KEY, [], 4, "give --key-password-file FILE"),  # Nobody can be asked here.
        (KEY, ["--key-password-file", "WRONG"], 4, "the PIN is wrong"),
        (KEY.replace("object=muster", "object=nothing"), ["--key-password-file", "PIN"], 5, "no such private key"),
        (KEY + "&pin-source=PIN", ["--key-password-file", "PIN"], 2, "two PINs"),
        (f"{KEY}&pin-value={PIN}", [], 2, "--key: the PKCS#11 URI has a pin-value"),
        ("pkcs11:object=muster", [], 2, "names no token"),
    ],
)
def test_what_is_wrong_with_the_key_of_a_fleet_is_said_once(place, scenario, tmp_path, kind, key, arguments, code, says):
    """Before each of many devices has tried it: a token locks after some. That nobody listens there is not even found out."""
    wrong = tmp_path / "wrong"
    wrong.write_text("4712\n")
    wrong.chmod(0o600)
    files = {"PIN": str(place.token.pin_file), "WRONG": str(wrong)}
    words = ["simulate", "-h", "mqtts://127.0.0.1:1", *place.words[2:], key.replace("PIN", files["PIN"]), "-c", 5, "--scenario", scenario(fleet_of(kind))]
    done = run(*words, *[files.get(word, word) for word in arguments], env=place.token.environment, stdin="")
    assert (done.returncode, done.stdout) == (code, "") and says in done.stderr, done
    assert PIN not in done.stderr and "4712" not in done.stderr


@KINDS
def test_a_key_of_credentials_may_be_in_a_token_and_a_wrong_pin_of_it_is_told_at_once(place, scenario, tmp_path, kind):
    identity, wrong = tmp_path / "fleet" / "press-01", tmp_path / "wrong"
    identity.mkdir(parents=True)
    shutil.copy(place.words[5], identity / "chain.pem")
    shutil.copy(place.words[3], identity / "ca.pem")
    for file, text in ((identity / "device.key", place.reference), (wrong, "4712\n")):
        file.write_text(text)
        file.chmod(0o600)
    words = ["simulate", "-o", "json", *place.words[:2], "--credentials", identity.parent, "-c", 1, "--scenario", scenario(fleet_of(kind)), "--duration", "500ms"]
    done = run(*words, "--key-password-file", wrong, env=place.token.environment)
    assert (done.returncode, done.stdout) == (4, "") and "the PIN is wrong" in done.stderr, done
    done = run(*words, "--key-password-file", place.token.pin_file, env=place.token.environment)
    assert account(done)["connections"]["connected"] == 1
