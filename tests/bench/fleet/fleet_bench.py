#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `muster bench pub` costs beside the same load with mosquitto's client library: processor time for each message, against one
Mosquitto, in interleaved rounds."""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

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
             "-c", plan.clients, "--payload-size", plan.payload, "--duration", "1h", "--report-interval", "1h"]
    told, cost = measured(words)
    assert told["messages"]["acknowledged"] == plan.messages and told["errors"] == 0, told["failures"]
    return cost | {"late": told["messages"]["late"], "p50_ms": told["latency_ms"]["p50"], "p99_ms": told["latency_ms"]["p99"]}


def mosquitto_load(program, port, plan):
    told, cost = measured([program, port, plan.clients, plan.rate, plan.messages, plan.payload])
    assert told["acknowledged"] == plan.messages
    return cost


def ratio(pair, kind="all"):
    least = 1e-6  # A short run may have been between the kernel's ticks.
    return max(pair["muster"][kind], least) / max(pair["mosquitto"][kind], least)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="where muster and mosquitto_load are")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--rate", type=int, default=20_000)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--payload", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path)
    plan = parser.parse_args()
    os.environ.setdefault("MUSTER_PROGRAM", str(plan.bin / "muster"))
    from peers import Mosquitto  # Looks for the program above.

    rounds = []
    with tempfile.TemporaryDirectory() as directory, Mosquitto(directory, "max_inflight_messages 0") as broker:
        for number in range(plan.rounds):
            pair = {}
            for side in ("muster", "mosquitto") if number % 2 == 0 else ("mosquitto", "muster"):
                if side == "muster":
                    pair[side] = muster_load(plan.bin / "muster", broker.port, plan)
                else:
                    pair[side] = mosquitto_load(plan.bin / "mosquitto_load", broker.port, plan)
            rounds.append(pair)
            each = {side: {kind: pair[side][kind] / plan.messages * 1e6 for kind in ("user", "all")} for side in ("muster", "mosquitto")}
            print(f"round {number + 1}: muster {each['muster']['all']:.2f} us a message ({each['muster']['user']:.2f} of it not in the kernel), "
                  f"libmosquitto {each['mosquitto']['all']:.2f} us ({each['mosquitto']['user']:.2f}), x{ratio(pair):.2f}", flush=True)
    ratios, user = ([ratio(pair, kind) for pair in rounds] for kind in ("all", "user"))
    result = {"clients": plan.clients, "rate": plan.rate, "messages": plan.messages, "payload_bytes": plan.payload, "rounds": rounds,
              "ratio_median": statistics.median(ratios), "ratio_worst": max(ratios), "user_ratio_median": statistics.median(user)}
    print(f"median x{result['ratio_median']:.2f} (outside the kernel x{result['user_ratio_median']:.2f}), worst x{result['ratio_worst']:.2f}; wanted: at most x0.50")
    if plan.json:
        plan.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
