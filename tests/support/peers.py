# SPDX-License-Identifier: Apache-2.0
"""What the Python tests share: the built program, a running broker, Mosquitto, and independent clients."""
import contextlib
import json
import os
import pathlib
import queue
import shutil
import socket
import subprocess
import time

import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

MUSTER = os.environ["MUSTER_PROGRAM"]
PATIENCE = 60.0
# A developer's own contexts are not the tests'.
os.environ["XDG_CONFIG_HOME"] = "/nonexistent"


def need(program):
    """The path of a program that the tests cannot do without: a missing one fails, it does not skip."""
    path = shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    assert path, f"{program} is not installed; run ./dev setup"
    return path


def run(*arguments, stdin=None, check=False, env=None, timeout=PATIENCE):
    """Runs `muster` and returns what came of it, as text."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MUSTER_")} | (env or {})
    return subprocess.run([MUSTER, *map(str, arguments)], input=stdin, capture_output=True, text=True, check=check, env=environment, timeout=timeout)


class Broker:
    """`muster broker run` in a state directory, as a context manager."""

    def __init__(self, state_dir, *arguments, stderr=subprocess.DEVNULL):
        self.stderr = stderr
        self.command = [MUSTER, "broker", "run", "--state", str(state_dir), *arguments]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=self.stderr, text=True)
        try:
            self.read_ready_line()
        except BaseException:  # Nobody leaves a context that was not entered.
            self.process.kill()
            self.process.wait(PATIENCE)
            raise
        return self

    def read_ready_line(self):
        ready = json.loads(self.process.stdout.readline())
        self.mqtts_url = ready["listeners"][0]["url"]
        self.port = int(self.mqtts_url.rsplit(":", 1)[1])
        self.plain_port = int(ready["listeners"][1]["url"].rsplit(":", 1)[1]) if len(ready["listeners"]) > 1 else None
        self.urls = [listener["url"] for listener in ready["listeners"]]
        self.est_url = ready["est_url"]
        self.ca_file = ready["cafile"]
        self.admin = ready["admin"]
        self.admin_url = ready.get("admin_url")
        self.crl_url = ready.get("crl_url")
        self.admin_token_file = pathlib.Path(ready["admin_token_file"]) if self.admin_url else None

    def __exit__(self, *exception):
        self.process.terminate()
        assert self.process.wait(PATIENCE) == 0

    def muster(self, *arguments, **options):
        return run(*arguments, env={"MUSTER_ADMIN": self.admin}, **options)

    def enroll(self, tenant, device, directory):
        """Registers and enrolls; returns the identity directory."""
        otp = pathlib.Path(directory) / f"{device}.otp"
        done = self.muster("device", "register", device, "--tenant", tenant, "--otp-file", otp)
        assert done.returncode == 0, done.stderr
        identity = pathlib.Path(directory) / device
        done = run("cert", "enroll", "--est-url", f"{self.est_url}/{tenant}", "--device-id", device, "--otp-file", otp, "--cafile", self.ca_file, "--out-dir", identity)
        assert done.returncode == 0, done.stderr
        return identity

    def application(self, tenant, user, directory, password="open sesame"):
        """Creates an application; returns its password file."""
        file = pathlib.Path(directory) / f"{user}.password"
        file.write_text(password + "\n")
        file.chmod(0o600)
        done = self.muster("application", "create", user, "--tenant", tenant, "--password-file", file)
        assert done.returncode == 0, done.stderr
        return file


class PahoClient:
    """Eclipse Paho for Python: a client that we did not write. Its events are waited for, never slept for."""

    def __init__(self, client_id, version=paho.MQTTv5, clean=True, session_expiry=0, transport="tcp", **options):
        options |= {"clean_session": clean} if version != paho.MQTTv5 else {}
        self.client = paho.Client(client_id, protocol=version, transport=transport, **options)
        self.version, self.clean, self.session_expiry = version, clean, session_expiry
        self.messages, self.events = queue.Queue(), queue.Queue()
        self.client.on_message = lambda client, data, message: self.messages.put(message)
        self.client.on_connect = lambda client, data, flags, code, *rest: self.events.put(("connect", int(getattr(code, "value", code))))
        self.client.on_disconnect = lambda client, data, code, *rest: self.events.put(("disconnect", int(getattr(code, "value", code))))
        self.client.on_subscribe = lambda client, data, mid, codes, *rest: self.events.put(("subscribe", [int(getattr(code, "value", code)) for code in codes]))
        self.client.on_publish = lambda client, data, mid: self.events.put(("publish", mid))

    def connect(self, port):
        options = {}
        if self.version == paho.MQTTv5:
            options = {"clean_start": self.clean, "properties": paho_properties(self.session_expiry)}
        self.client.connect("127.0.0.1", port, keepalive=30, **options)
        self.client.loop_start()
        return self.wait("connect")

    def wait(self, kind):
        """The value of the next event of this kind."""
        deadline = time.monotonic() + PATIENCE
        while True:
            event, value = self.events.get(timeout=max(0.01, deadline - time.monotonic()))
            if event == kind:
                return value

    def subscribe(self, topic, qos=1):
        self.client.subscribe(topic, qos)
        return self.wait("subscribe")

    def publish(self, topic, payload, qos=1, retain=False):
        self.client.publish(topic, payload, qos, retain)
        self.wait("publish")

    def message(self):
        return self.messages.get(timeout=PATIENCE)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def paho_properties(session_expiry):
    properties = Properties(PacketTypes.CONNECT)
    if session_expiry:
        properties.SessionExpiryInterval = session_expiry
    return properties


def has_ipv6():
    """Whether this machine has an IPv6 loopback."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


def free_port():
    """A port that the kernel chose; somebody else could take it before it is used, which is why servers are started in a loop."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def held_port():
    """A port that the kernel chose, and gives to nobody else meanwhile: bound, but not listened at. A server with SO_REUSEADDR can have it."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


class Mosquitto:
    """Debian's Mosquitto on loopback with a configuration of its own; stopped by its process id."""

    def __init__(self, directory, *lines):
        self.directory, self.lines = pathlib.Path(directory), lines

    def __enter__(self):
        self.start()
        return self

    def start(self, port=None):
        for _ in range(5):
            self.port = port or free_port()
            config = self.directory / "mosquitto.conf"
            # Started as root it would become another user, who cannot read the test's keys.
            user = ["user root"] if os.geteuid() == 0 else []
            config.write_text("\n".join([f"listener {self.port} 127.0.0.1", "allow_anonymous true", *user, *self.lines]) + "\n")
            log = open(self.directory / "mosquitto.log", "a")
            self.process = subprocess.Popen([need("mosquitto"), "-c", str(config)], stdout=log, stderr=log)
            log.close()
            if self.is_up():
                return
        raise AssertionError((self.directory / "mosquitto.log").read_text())

    def is_up(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
            time.sleep(0.01)  # There is no event for "somebody listens now".
        return False

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)

    def __exit__(self, *exception):
        self.stop()
