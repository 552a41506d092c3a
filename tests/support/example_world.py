# SPDX-License-Identifier: Apache-2.0
"""The world that the examples of help and docs speak of: a broker, the tenant acme with its devices, and every file that an example names."""
import json
import os
import pathlib
import re
import shutil
import subprocess

from peers import MUSTER, PATIENCE, Broker

LISTENERS = ["--listen", "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0"]
# Made once, in the directory that examples run in; $EST and $MQTTS are the broker's.
SETTING = """
mkdir -p .local/share/bash-completion/completions .zfunc .config/fish/completions bin
printf '#!/bin/sh\\n' > bin/systemctl && chmod +x bin/systemctl
for name in ca p12 dashboard press-01; do printf 'open sesame\\n' > $name.password; done
cp fleet/ca/root.pem ca.pem
cp fleet/ca/root.pem root.pem
muster tenant create acme
for id in press-01 pump-01; do
    muster device register $id --tenant acme --otp-file $id.otp
    muster cert enroll --est-url $EST/acme --device-id $id --otp-file $id.otp --cafile ca.pem --out-dir $id
done
muster csr create --device-id press-01 --key press-01/device.key --out press-01.csr
openssl pkcs12 -export -inkey press-01/device.key -in press-01/chain.pem -passout file:press-01.password -out press-01.p12
muster application create dashboard --tenant acme --password-file dashboard.password
printf 'id\\nlathe-001\\nlathe-002\\n' > fleet.csv
printf 'id\\npump-01\\n' > gone.csv
muster device enroll -f fleet.csv --tenant acme --out-dir identities --cafile ca.pem --est-url $EST/acme
muster pub -h mqtt://127.0.0.1:1 --queue outbox.db -t telemetry/hello -m hello
printf '{"seed": 7, "steps": [{"at_ms": 0, "kind": "drop_acknowledgements", "probability": 0.1, "duration_ms": 60000}]}' > bad-day.json
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout factory.key -out factory.pem -subj /CN=Factory -days 9 \\
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
"""
PORTS = {"8883": "port", "1883": "plain_port", "8443": "est_port"}


def environment_in(directory, **more):
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("MUSTER_", "XDG_"))}
    path = f"{directory}/bin:{pathlib.Path(MUSTER).parent}:{os.environ['PATH']}"
    # What has no end of its own in an example gets one, loads are small, and what would be asked on a terminal is answered.
    ends = {"MUSTER_COUNT": "1", "MUSTER_AFTER": "0", "MUSTER_DURATION": "1s", "MUSTER_READINGS": "30", "MUSTER_YES": "true"}
    return clean | ends | {"PATH": path, "HOME": str(directory), "XDG_CONFIG_HOME": f"{directory}/.config"} | more


def run_lines(lines, directory, environment):
    """As a user's bash would; what came of it."""
    return subprocess.run(["bash", "-c", f"umask 077\nset -e\n{lines}"], cwd=directory, env=environment, capture_output=True, text=True, timeout=4 * PATIENCE)


class World:
    """A broker over the files of one directory."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.broker = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exception):
        self.stop()

    def start(self):
        self.broker = Broker(self.directory / "fleet", *LISTENERS).__enter__()
        self.ports = {old: str(self.port(attribute)) for old, attribute in PORTS.items()}

    def port(self, attribute):
        return int(re.search(r":(\d+)/", self.broker.est_url).group(1)) if attribute == "est_port" else getattr(self.broker, attribute)

    def stop(self):
        if self.broker is not None:
            self.broker.__exit__()
            self.broker = None

    def environment(self):
        named = {"MUSTER_ADMIN": self.broker.admin, "EST": self.broker.est_url} if self.broker else {}
        return environment_in(self.directory, **named)

    def here(self, line):
        """The line with this world's ports and names, and with less load."""
        line = re.sub(r"\b(127\.0\.0\.1|broker\.example):(\d{4})\b", lambda match: f"127.0.0.1:{self.ports.get(match[2], match[2])}", line)
        line = line.replace("broker.example.net", f"127.0.0.1:{self.ports['8883']}").replace("est.example.net", f"127.0.0.1:{self.ports['8443']}")
        if line.startswith(("muster bench", "muster simulate")):
            duration = "1s" if line.startswith("muster bench") else "8s"  # Simulated devices start over two.
            for flag, little in (("-c", "2"), ("-r", "20"), ("-R", "50"), ("--duration", duration), ("--spread", "1s")):
                line = re.sub(rf"(?<= {flag} )\S+", little, line)
            line = re.sub(r"p99<\d+ms", "p99<60s", line)
        return line

    def run(self, line):
        environment = self.environment()
        if line.startswith("muster broker run"):
            del environment["MUSTER_ADMIN"]  # It is to be another broker.
        if line.startswith("muster bench storm"):
            del environment["MUSTER_DURATION"]  # It ends when all are back.
        return run_lines(self.here(line), self.directory, environment)

    def serve(self, line):
        """A broker that an example starts: until it is ready, then told to stop. Its exit code."""
        self.stop()
        line = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:0", line)
        process = subprocess.Popen(["bash", "-c", f"exec {line}"], cwd=self.directory, env=self.environment(), stdout=subprocess.PIPE, text=True)
        try:
            assert json.loads(process.stdout.readline())["listeners"]
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE)
        self.start()
        return process.returncode


def build(directory):
    """The files of a world, for copies of it to live in."""
    with World(directory) as world:
        done = run_lines(SETTING, world.directory, world.environment())
        assert done.returncode == 0, done.stderr
        # Something to see for who subscribes.
        done = world.run("muster pub -h mqtts://127.0.0.1:8883 --identity press-01 -t telemetry/hello -m hello -r")
        assert done.returncode == 0, done.stderr
    return world.directory


def copy(template, directory):
    shutil.copytree(template, directory, symlinks=True)
    return World(directory)
