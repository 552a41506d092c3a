# SPDX-License-Identifier: Apache-2.0
"""RabbitMQ with its MQTT plugin on loopback: a node of the test's own, with a data directory of its own, stopped by its process id."""
import contextlib
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import time

import pytest
from peers import PATIENCE, free_port

HOME = pathlib.Path("/usr/lib/rabbitmq/bin")
STARTING = 1_200.0  # Erlang and Mnesia, on a busy machine.


class Rabbit:
    """A node for devices with certificates, as a context manager. Its name service, epmd, is the test's own as well."""

    def __init__(self, directory, chain, key, cafile):
        if not (HOME / "rabbitmq-server").exists() or not shutil.which("epmd"):
            pytest.skip("RabbitMQ is not installed")
        self.directory = pathlib.Path(directory)
        self.port, self.names = free_port(), free_port()
        config = ["listeners.tcp = none", "mqtt.listeners.tcp = none", f"mqtt.listeners.ssl.1 = 127.0.0.1:{self.port}", "mqtt.ssl_cert_login = true",
                  "mqtt.allow_anonymous = false", "ssl_cert_login_from = distinguished_name", f"ssl_options.cacertfile = {cafile}",
                  f"ssl_options.certfile = {chain}", f"ssl_options.keyfile = {key}", "ssl_options.verify = verify_peer",
                  "ssl_options.fail_if_no_peer_cert = true", "ssl_options.depth = 2"]  # fmt: skip
        (self.directory / "rabbitmq.conf").write_text("\n".join(config) + "\n")
        (self.directory / "plugins").write_text("[rabbitmq_mqtt,rabbitmq_auth_mechanism_ssl].\n")
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith(("MUSTER_", "RABBITMQ_"))} | {
            "HOME": str(self.directory), "RABBITMQ_NODENAME": f"muster{secrets.token_hex(4)}@localhost", "RABBITMQ_CONFIG_FILE": str(self.directory / "rabbitmq.conf"),
            "RABBITMQ_MNESIA_BASE": str(self.directory / "mnesia"), "RABBITMQ_LOG_BASE": str(self.directory / "log"), "RABBITMQ_LOGS": "-",
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.directory / "plugins"), "RABBITMQ_PID_FILE": str(self.directory / "pid"),
            "RABBITMQ_DIST_PORT": str(free_port()), "ERL_EPMD_PORT": str(self.names), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1", "RABBITMQ_CTL_ERL_ARGS": "+S 1:1", "LC_ALL": "C.UTF-8",
        }  # fmt: skip

    def __enter__(self):
        self.log = open(self.directory / "rabbitmq.log", "w")
        self.running = []
        try:
            self.start(["epmd", "-port", str(self.names), "-address", "127.0.0.1"], self.names)
            self.start([HOME / "rabbitmq-server"], self.port)
        except BaseException:  # Nobody leaves a context that was not entered.
            self.stop()
            raise
        return self

    def start(self, command, port):
        process = subprocess.Popen(command, env=self.environment, stdout=self.log, stderr=self.log, cwd=self.directory, start_new_session=True)
        self.running.append(process)
        deadline = time.monotonic() + STARTING
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return
            time.sleep(0.05)  # There is no event for "somebody listens now".
        raise AssertionError(self.said())

    def said(self):
        return (self.directory / "rabbitmq.log").read_text()

    def control(self, *arguments):
        return subprocess.run([HOME / "rabbitmqctl", *map(str, arguments)], env=self.environment, cwd=self.directory, capture_output=True, text=True, timeout=STARTING, check=False)

    def stop(self):
        for process in reversed(self.running):
            # Each has a group of its own: the server's script and what it has started end together.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(PATIENCE)
        self.log.close()

    def __exit__(self, *exception):
        self.stop()
