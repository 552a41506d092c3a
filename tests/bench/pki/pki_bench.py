# SPDX-License-Identifier: Apache-2.0
"""Certificates in bulk: `muster device enroll` with a CA at hand beside bare OpenSSL calls and a shell loop over the openssl command, and over
EST beside bare TLS handshakes. Limits are printed as met or not met; the exit code says only whether everything was made."""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

LEAST_OF_BARE = 0.7
EXPECTED_OF_SHELL = 50


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True, **options)


def write_list(path, count):
    path.write_text("id\n" + "".join(f"d-{i}\n" for i in range(count)))
    return path


class Bench:
    def __init__(self, arguments, directory):
        self.arguments, self.directory = arguments, directory
        self.muster, self.bare = (arguments.bin.resolve() / name for name in ("muster", "bare_pki"))
        self.cores = len(os.sched_getaffinity(0))
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("MUSTER_")}
        self.ca_cert, self.ca_key = directory / "ca.pem", directory / "ca.key"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", self.ca_key, "-out", self.ca_cert,
            "-subj", "/CN=bench CA", "-days", "365", "-addext", "basicConstraints=critical,CA:TRUE")  # fmt: skip
        self.ca_key.chmod(0o600)

    def enroll(self, listed, out, *flags):
        """Seconds for the whole command: reading the list, identities, journal, checksums, everything on the disk."""
        start = time.monotonic()
        run(self.muster, "device", "enroll", "-f", listed, "--out-dir", out, "--workers", self.cores, "--quiet", *flags, env=self.environment)
        return time.monotonic() - start

    def ours(self, number):
        work = self.directory / f"ours-{number}"
        work.mkdir()
        listed = write_list(work / "fleet.csv", self.arguments.count)
        seconds = self.enroll(listed, work / "identities", "--ca-cert", self.ca_cert, "--ca-key", self.ca_key)
        made = len(list(work.glob("identities/*/chain.pem")))
        assert made == self.arguments.count, f"{made} identities"
        shutil.rmtree(work)
        return self.arguments.count / seconds

    def theirs(self, number):
        work = self.directory / f"bare-{number}"
        seconds = float(run(self.bare, "identities", work, self.arguments.count, self.cores, self.ca_cert, self.ca_key).stdout)
        shutil.rmtree(work)
        return self.arguments.count / seconds

    def shell(self):
        """A loop as it stands in many a factory's script, for a few devices."""
        work = self.directory / "shell"
        work.mkdir()
        loop = f"""for i in $(seq {self.arguments.shell_count}); do mkdir d-$i
            openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out d-$i/device.key
            openssl req -new -key d-$i/device.key -subj /CN=d-$i -out d-$i/device.csr
            openssl x509 -req -in d-$i/device.csr -CA {self.ca_cert} -CAkey {self.ca_key} -days 90 -out d-$i/device.crt
        done"""
        start = time.monotonic()
        run("bash", "-ec", loop, cwd=work)
        return self.arguments.shell_count / (time.monotonic() - start)

    def est(self):
        """Enrollments a second at the bundled server, and bare handshakes a second with the same one."""
        state = self.directory / "state"
        broker = subprocess.Popen([self.muster, "broker", "run", "--state", state], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=self.environment)
        try:
            ready = json.loads(broker.stdout.readline())
            self.environment["MUSTER_ADMIN"] = ready["admin"]
            run(self.muster, "tenant", "create", "bench", env=self.environment)
            count = self.arguments.est_count
            listed = write_list(self.directory / "est.csv", count)
            flags = ["--tenant", "bench", "--est-url", ready["est_url"] + "/bench", "--cafile", ready["cafile"]]
            enrolled = count / self.enroll(listed, self.directory / "est", *flags)
            port = ready["est_url"].split(":")[2].split("/")[0]
            handshakes = count / float(run(self.bare, "handshakes", port, count, self.cores, ready["cafile"]).stdout)
            return enrolled, handshakes
        finally:
            broker.terminate()
            broker.wait(30)


def verdict(sentence, is_met):
    print(f"  {'met    ' if is_met else 'NOT MET'}  {sentence}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="where muster and bare_pki are")
    parser.add_argument("--count", type=int, default=10_000, help="identities in a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shell-count", type=int, default=50, help="how many the shell loop makes")
    parser.add_argument("--est-count", type=int, default=500)
    parser.add_argument("--directory", type=pathlib.Path, help="where to write (default: the system's temporary directory; a disk, not a tmpfs)")
    parser.add_argument("--json", type=pathlib.Path, help="every figure, into this file")
    parser.add_argument("--smoke", action="store_true", help="whether it works, not how long it takes")
    arguments = parser.parse_args()
    if arguments.smoke:
        arguments.count, arguments.rounds, arguments.shell_count, arguments.est_count = 50, 1, 2, 5
    with contextlib.ExitStack() as stack:
        bench = Bench(arguments, pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(dir=arguments.directory))))
        # In alternation: what disturbs a round disturbs both.
        rounds = [(bench.theirs(i), bench.ours(i)) for i in range(arguments.rounds)]
        shell = bench.shell()
        enrolled, handshakes = bench.est()
    bare, ours = (statistics.median(column) for column in zip(*rounds))
    ratio = statistics.median(mine / least for least, mine in rounds)
    print(f"key + CSR + certificate, {arguments.count} on disk, {bench.cores} cores, median of {arguments.rounds} rounds")
    print(f"  bare OpenSSL calls           {bare:8.0f}/s")
    print(f"  muster device enroll         {ours:8.0f}/s   {ratio:.2f} x")
    print(f"  loop over the openssl command{shell:8.1f}/s   muster is {ours / shell:.0f} x as fast")
    print(f"EST over TLS at the bundled server, {arguments.est_count} devices, registered and enrolled (two handshakes each)")
    print(f"  enrollments                  {enrolled:8.0f}/s")
    print(f"  bare full handshakes         {handshakes:8.0f}/s   an enrollment takes as long as {handshakes / enrolled:.1f} of them")
    if not arguments.smoke:
        verdict(f"rate: {ratio:.2f} x bare OpenSSL calls, at least {LEAST_OF_BARE}", ratio >= LEAST_OF_BARE)
        print(f"  expected  beyond {EXPECTED_OF_SHELL} x the shell loop; it is {ours / shell:.0f} x")
    if arguments.json:
        arguments.json.write_text(json.dumps({"rounds": [{"bare": least, "muster": mine} for least, mine in rounds], "ratio": ratio, "shell": shell, "est": enrolled, "handshakes": handshakes}, indent=2) + "\n")


if __name__ == "__main__":
    main()
