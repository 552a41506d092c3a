# SPDX-License-Identifier: Apache-2.0
"""What a leaf command of muster costs to start, beside `mosquitto_pub --help` and a program that does nothing: `./dev bench startup`."""
import argparse
import os
import shutil
import statistics
import sys
import time

LIMIT = 1.5  # Of mosquitto_pub's.
MEASURES = ("wall_ms", "cpu_ms")


def start(command, environment):
    """One run: wall time, and CPU of the process in user and kernel."""
    null = [(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDWR, 0) for fd in (0, 1, 2)]
    begin = time.perf_counter()
    process = os.posix_spawn(command[0], command, environment, file_actions=null)
    _, _, usage = os.wait4(process, 0)
    return (time.perf_counter() - begin) * 1e3, (usage.ru_utime + usage.ru_stime) * 1e3


def measure(commands, runs):
    """Medians of each command; they take turns, so that what else the machine does strikes all of them."""
    environment = {"PATH": os.environ["PATH"], "XDG_CONFIG_HOME": "/nonexistent"}
    samples = {name: [] for name in commands}
    for run in range(runs + 1):
        for name, command in commands.items():
            sample = start(command, environment)
            if run > 0:  # The first fills the caches.
                samples[name].append(sample)
    return {name: [statistics.median(column) for column in zip(*rows)] for name, rows in samples.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, help="where muster is")
    parser.add_argument("--runs", type=int, default=401)
    arguments = parser.parse_args()
    muster, mosquitto = f"{arguments.bin}/muster", shutil.which("mosquitto_pub")
    commands = {
        "muster device list --help": [muster, "device", "list", "--help"],
        "muster pub --help": [muster, "pub", "--help"],
        "muster version": [muster, "version"],
        "muster __complete dev": [muster, "__complete", "dev"],
        "muster context list": [muster, "context", "list"],
        "muster simulate --list": [muster, "simulate", "--list"],  # The worker's: what a command costs before it does anything.
        "mosquitto_pub --help": [mosquitto, "--help"],
        "true": [shutil.which("true")],
    }
    medians = measure(commands, arguments.runs)
    base = medians["mosquitto_pub --help"]
    print(f"| command | {' | '.join(f'{name} | ratio' for name in MEASURES)} |")
    for name, values in medians.items():
        print(f"| `{name}` | " + " | ".join(f"{value:.2f} | {value / reference:.2f}" for value, reference in zip(values, base)) + " |")
    leaves = [values for name, values in medians.items() if name.startswith("muster") and name.endswith("--help")]
    worst = max(value / reference for values in leaves for value, reference in zip(values, base))
    print(f"a leaf's start costs at most {worst:.2f} of mosquitto_pub's; {LIMIT} is the limit")
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
