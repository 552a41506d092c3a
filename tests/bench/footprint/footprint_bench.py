#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How small a device is: the stripped program, and the memory of one that is connected and idle, beside a program with nothing but Paho.
Mosquitto is the broker; plain and with mutual TLS. Numbers are printed, nothing is judged: memory is no test."""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
PATIENCE = 20


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def make_identities(directory):
    """A CA, a server's certificate for 127.0.0.1, and an identity directory."""
    identity = directory / "identity"
    identity.mkdir(mode=0o700)
    openssl("req", "-x509", *NEW_KEY, "-keyout", directory / "ca.key", "-out", identity / "ca.pem", "-days", 30, "-subj", "/CN=bench CA",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip
    for name, key, certificate, usage in [
        ("server", directory / "server.key", directory / "server.crt", "serverAuth"),
        ("idle", identity / "device.key", identity / "device.crt", "clientAuth"),
    ]:
        csr, extensions = directory / f"{name}.csr", directory / f"{name}.ext"
        extensions.write_text(f"keyUsage=critical,digitalSignature\nextendedKeyUsage={usage}\nsubjectAltName=IP:127.0.0.1\n")
        openssl("req", "-new", *NEW_KEY, "-keyout", key, "-out", csr, "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", csr, "-CA", identity / "ca.pem", "-CAkey", directory / "ca.key", "-CAcreateserial", "-days", 7,
                "-extfile", extensions, "-out", certificate)  # fmt: skip
        key.chmod(0o600)
    shutil.copy(identity / "device.crt", identity / "chain.pem")
    return identity


@contextlib.contextmanager
def mosquitto(directory, *settings):
    """Debian's Mosquitto at a port that was free; its port."""
    program = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
    config = directory / "mosquitto.conf"
    for _ in range(5):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        user = ["user root"] if os.geteuid() == 0 else []
        config.write_text("\n".join([f"listener {port} 127.0.0.1", "allow_anonymous true", *user, *settings]) + "\n")
        process = subprocess.Popen([program, "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                try:
                    yield port
                finally:
                    process.terminate()
                    process.wait(PATIENCE)
                return
            time.sleep(0.01)  # There is no event for "somebody listens now".
        process.kill()
        process.wait(PATIENCE)
    sys.exit("footprint: mosquitto did not start")


def memory_of(command):
    """KiB of a program that has said that it is connected: resident, and private (what is its alone)."""
    with subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = process.stdout.readline()
            assert said == "connected\n", f"{command[0]} did not connect"
            rollup = pathlib.Path(f"/proc/{process.pid}/smaps_rollup").read_text()
        finally:
            process.stdin.close()
    kib = {line.split(":")[0]: int(line.split()[1]) for line in rollup.splitlines()[1:]}
    return kib["Rss"], kib["Private_Clean"] + kib["Private_Dirty"]


def stripped(program, directory):
    """Bytes of the program, stripped, and how many shared libraries it loads."""
    copy = directory / program.name
    subprocess.run(["strip", "-o", copy, program], check=True)
    listed = subprocess.run(["ldd", copy], check=True, capture_output=True, text=True).stdout
    libraries = [pathlib.Path(line.split("=>")[1].split()[0]) for line in listed.splitlines() if "=>" in line and "/" in line]
    return copy.stat().st_size, len(libraries)


def rows(build, directory, rounds):
    identity = make_identities(directory)
    tls = [f"cafile {identity / 'ca.pem'}", f"certfile {directory / 'server.crt'}", f"keyfile {directory / 'server.key'}", "require_certificate true"]
    bin_directory = build / "bin"
    with mosquitto(directory) as plain:
        tls_directory = directory / "tls"
        tls_directory.mkdir()
        with mosquitto(tls_directory, *tls) as secure:
            commands = {
                "bare Paho, plain": [bin_directory / "idle_paho", f"tcp://127.0.0.1:{plain}"],
                "muster, plain, outbox in memory": [bin_directory / "idle_device", f"mqtt://127.0.0.1:{plain}", "-"],
                "bare Paho, mutual TLS": [bin_directory / "idle_paho", f"ssl://127.0.0.1:{secure}", identity],
                "muster, mutual TLS, outbox in memory": [bin_directory / "idle_device", f"mqtts://127.0.0.1:{secure}", "-", identity],
            }
            if has_sqlite(build):
                commands["muster, mutual TLS, outbox on disk"] = [bin_directory / "idle_device", f"mqtts://127.0.0.1:{secure}", directory / "outbox.db", identity]
            for name, command in commands.items():
                measured = [memory_of(command) for _ in range(rounds)]
                size, libraries = stripped(pathlib.Path(command[0]), directory)
                resident, private = (statistics.median(column) for column in zip(*measured))
                yield {"what": name, "program_kib": round(size / 1024), "libraries": libraries, "resident_kib": resident, "private_kib": private}


def has_sqlite(build):
    return "MUSTER_SDK_SQLITE:BOOL=ON" in (build / "CMakeCache.txt").read_text()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True, action="append", help="a build directory; again for another one beside it")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path, help="write the numbers there, too")
    arguments = parser.parse_args()
    result = {}
    for build in arguments.build:
        with tempfile.TemporaryDirectory() as directory:
            result[build.name] = list(rows(build.resolve(), pathlib.Path(directory), arguments.rounds))
    print("| build | what | program, stripped | shared libraries | resident | of it its own |")
    print("| --- | --- | --- | --- | --- | --- |")
    for build, measured in result.items():
        for row in measured:
            print(f"| {build} | {row['what']} | {row['program_kib']} KiB | {row['libraries']} | {row['resident_kib'] / 1024:.1f} MiB | {row['private_kib'] / 1024:.1f} MiB |")
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
