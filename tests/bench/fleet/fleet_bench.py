#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `muster bench pub` costs beside the same load with mosquitto's client library, and beside a loop of bare sends, which is the least
that it can cost: processor time for each message, against one Mosquitto, in interleaved rounds."""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

RATIOS = [("muster", "mosquitto"), ("muster", "mosquitto in turns"), ("bare", "mosquitto"), ("bare", "mosquitto in turns"), ("muster", "bare")]
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))


def measured(words):
    """What the program printed, and the processor time that it took as a whole: user, all."""
    process = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, text=True)
    told = json.loads(process.stdout.read())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, told
    return told, {"user": usage.ru_utime, "all": usage.ru_utime + usage.ru_stime}


def muster_load(muster, port, plan):
    words = [muster, "bench", "pub", "-o", "json", "-h", f"127.0.0.1:{port}", "-V", "3.1.1", "-q", 1, "--threads", 1, "--limit", plan.messages, "-r", plan.rate,
             "-c", plan.clients, "--payload-size", plan.payload, "--duration", "1h", "--report-interval", "1h", *(["--precise"] if plan.precise else [])]
    told, cost = measured(words)
    assert told["messages"]["acknowledged"] == plan.messages and told["errors"] == 0, told["failures"]
    return cost | {"late": told["messages"]["late"], "p50_ms": told["latency_ms"]["p50"], "p99_ms": told["latency_ms"]["p99"]}


def other_load(program, turn_us, port, plan):
    told, cost = measured([plan.bin / program, port, plan.clients, plan.rate, plan.messages, plan.payload, turn_us])
    assert told["acknowledged"] == plan.messages
    return cost


def sides(plan):
    """Who takes turns, as functions of the broker's port. Turns of 0: woken for whatever comes."""
    return {
        "muster": lambda port: muster_load(plan.bin / "muster", port, plan),
        "mosquitto": lambda port: other_load("mosquitto_load", 0, port, plan),
        "mosquitto in turns": lambda port: other_load("mosquitto_load", plan.turn, port, plan),
        "bare": lambda port: other_load("bare_load", plan.turn, port, plan),
    }


def ratio(round_, over, below="mosquitto", kind="all"):
    least = 1e-6  # A short run may have been between the kernel's ticks.
    return max(round_[over][kind], least) / max(round_[below][kind], least)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="where muster and mosquitto_load are")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--rate", type=int, default=20_000)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--payload", type=int, default=64)
    parser.add_argument("--turn", type=int, default=500, help="microseconds for which the bare loop sleeps, and libmosquitto the second time")
    parser.add_argument("--precise", action="store_true", help="muster bench --precise")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path)
    plan = parser.parse_args()
    os.environ.setdefault("MUSTER_PROGRAM", str(plan.bin / "muster"))
    from peers import Mosquitto  # Looks for the program above.

    rounds = []
    with tempfile.TemporaryDirectory() as directory, Mosquitto(directory, "max_inflight_messages 0") as broker:
        for number in range(plan.rounds):
            order = list(sides(plan).items())
            costs = {name: load(broker.port) for name, load in (order if number % 2 == 0 else reversed(order))}
            rounds.append(costs)
            each = {name: [cost[kind] / plan.messages * 1e6 for kind in ("all", "user")] for name, cost in costs.items()}
            print(f"round {number + 1}: us a message, and of them not in the kernel: "
                  + ", ".join(f"{name} {each[name][0]:.2f} ({each[name][1]:.2f})" for name in sides(plan)) + f", x{ratio(costs, 'muster'):.2f}", flush=True)
    against = {f"{over} / {below}": [ratio(one, over, below) for one in rounds] for over, below in RATIOS}
    user = [ratio(one, "muster", kind="user") for one in rounds]
    result = {"clients": plan.clients, "rate": plan.rate, "messages": plan.messages, "payload_bytes": plan.payload, "turn_us": plan.turn, "rounds": rounds,
              "ratios": {name: {"median": statistics.median(ratios), "worst": max(ratios)} for name, ratios in against.items()}, "user_ratio_median": statistics.median(user)}
    for name, ratios in result["ratios"].items():
        print(f"{name}: median x{ratios['median']:.2f}, worst x{ratios['worst']:.2f}")
    print(f"muster / mosquitto outside the kernel: median x{result['user_ratio_median']:.2f}; wanted of the whole: at most x0.50")
    if plan.json:
        plan.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
