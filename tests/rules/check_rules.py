#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the rules of docs/architecture.md: who may include whom, who may name which library, file length, no exceptions below, no dead links."""
import argparse
import json
import pathlib
import re
import sys

MAX_LINES = 400

VOCABULARY = {"result", "message", "metrics", "policy", "identity", "status", "log", "version", "reading", "sources", "telemetry_policy", "transport"}
FACADES = {"device", "device_config", "pki", "key_store", "issuer", "inspection", "server_inspection", "enroll", "enroller", "est", "est_observer", "duplicate_filter", "fleet_provisioning", "hooks", "renew", "stored_outbox", "telemetry"}

# layer -> (layers it may include, facades it may include); every layer may include the vocabulary and itself.
LAYERS = {
    "base": (set(), set()),
    "pki": ({"base"}, {"pki", "key_store", "issuer", "inspection"}),
    "payload": ({"base"}, {"duplicate_filter", "telemetry"}),
    "store": ({"base"}, set()),
    "outbox": ({"base", "store"}, {"stored_outbox"}),
    "policy": ({"base", "payload", "outbox"}, {"device_config"}),
    "transport": ({"base", "pki", "wire"}, set()),
    "session": ({"base", "outbox"}, {"device_config"}),
    "enroll": ({"base", "pki"}, {"enroll", "enroller", "est", "est_observer", "renew", "pki", "key_store", "inspection", "server_inspection"}),
    "provision": ({"base", "pki", "transport", "enroll"}, {"pki", "enroller", "fleet_provisioning"}),
    "device": ({"base", "pki", "payload", "store", "outbox", "policy", "transport", "session", "enroll"}, FACADES),
    "capi": (set(), FACADES | {"muster"}),
}
BROKER_PARTS = {"core", "tenancy", "authority", "registry", "net", "admin", "faults", "storage", "state"}
# What core and tenancy decide, they decide without sockets, databases and keys.
BROKER_LAYERS = {
    "tenancy": {"tenancy"},
    "core": {"core", "tenancy", "faults"},
    "storage": {"storage"},
    "state": {"state", "core", "tenancy", "storage"},
    "registry": {"registry", "tenancy", "authority", "storage"},
    "authority": {"authority", "registry", "tenancy"},
    "faults": {"faults"},
    "admin": BROKER_PARTS,
    "net": BROKER_PARTS,
}
# library -> (pattern of its headers, folders that may name them)
LIBRARIES = {
    "OpenSSL": (r"openssl/", ["sdk/src/pki", "sdk/src/enroll", "sdk/broker/src/authority", "sdk/broker/src/registry", "sdk/broker/src/net", "sdk/fleet/src"]),
    "PKCS#11": (r"p11-kit/", ["sdk/src/pki"]),
    "SQLite": (r"sqlite3\.h", ["sdk/src/store", "sdk/broker/src/storage"]),
    "libcurl": (r"curl/", ["sdk/src/enroll", "cli/src/engines"]),
    "Paho": (r"mqtt/|MQTT", ["sdk/src/transport"]),
    "nlohmann/json": (r"nlohmann/", ["sdk/src/payload", "sdk/src/provision", "sdk/src/device", "sdk/broker/src/admin", "cli/src"]),
    "Protobuf": (r"google/protobuf|\.pb\.h", ["sdk/src/payload", "cli/src/proto"]),
    "zlib": (r"zlib\.h", ["sdk/src/payload", "cli/src/doctor/archive"]),
    "Boost.Unordered": (r"boost/unordered/", ["sdk/broker/src"]),
    "Boost": (r"boost/(?!unordered/)", ["sdk/broker/src/net", "sdk/broker/src/admin", "sdk/broker/src/broker"]),
    "prometheus-cpp": (r"prometheus/", ["sdk/broker/src/admin"]),
    "CLI11": (r"CLI/", ["cli/src/tree/parser.cpp"]),
    "pybind11": (r"pybind11/", ["bindings/python"]),
}
# What the one public header for C includes.
C_HEADERS = {"stdbool.h", "stddef.h", "stdint.h"}
NO_EXCEPTIONS = ["base", "pki", "payload", "store", "outbox", "policy", "transport", "session", "enroll", "provision"]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
SOURCES = (".cpp", ".hpp", ".h", ".c", ".py")


def sources(root):
    for top in ("sdk", "cli", "bindings", "examples", "tests", "ports"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in SOURCES and path.is_file():
                yield path


def under(path, folder):
    return path == folder or path.startswith(folder + "/") or path.startswith(folder + ".")


def check_length(where, text):
    lines = text.count("\n")
    if lines > MAX_LINES:
        yield f"{where}: {lines} lines, more than {MAX_LINES}; give each responsibility a file of its own"


def check_libraries(where, text):
    if under(where, "tests"):
        return
    for _, name in INCLUDE.findall(text):
        for library, (pattern, folders) in LIBRARIES.items():
            if re.match(pattern, name) and not any(under(where, folder) for folder in folders):
                yield f"{where}: names {library} (<{name}>), which only {', '.join(folders)} may"


def check_public_header(where, text):
    """Public headers speak the vocabulary and the standard library only."""
    stem = pathlib.PurePath(where).stem
    for _, name in INCLUDE.findall(text):
        parts = name.split("/")
        if parts[0] == "muster" and len(parts) == 2:
            target = pathlib.PurePath(parts[1]).stem
            if stem in VOCABULARY and target not in VOCABULARY:
                yield f"{where}: vocabulary includes the facade <{name}>"
        elif parts[:2] == ["muster", "testbroker"] and where.startswith("sdk/broker/include/"):
            continue
        elif stem == "muster" and name in C_HEADERS:
            continue
        elif "/" in name or name.endswith((".h", ".hpp")):
            yield f"{where}: a public header includes <{name}>"


def check_layer(where, layer, text):
    layers, facades = LAYERS[layer]
    for _, name in INCLUDE.findall(text):
        parts = name.split("/")
        if parts[0] == "muster":
            target = pathlib.PurePath(parts[1]).stem
            if target not in VOCABULARY and target not in facades:
                yield f"{where}: layer {layer} may not include <{name}>"
        elif parts[0] in LAYERS and len(parts) > 1 and parts[0] != layer and parts[0] not in layers:
            yield f'{where}: layer {layer} may not include layer {parts[0]} ("{name}")'
        elif parts[0] in (BROKER_PARTS | {"wire", "boost"}) - layers:
            yield f'{where}: the SDK may not include "{name}"'


def check_broker(where, part, text):
    for _, name in INCLUDE.findall(text):
        first = name.split("/")[0]
        if first in BROKER_PARTS and part in BROKER_LAYERS and first not in BROKER_LAYERS[part]:
            yield f'{where}: broker part {part} may not include "{name}"'
        if first in set(LAYERS) - {"base", "pki"} and "/" in name:
            yield f'{where}: the broker may include base and pki of the SDK only, not "{name}"'


def check_user(where, text):
    """The CLI, the bindings and the examples see public headers; the CLI also three helpers of base."""
    allowed = {"base/files.hpp", "base/base64.hpp", "base/text.hpp", "base/topic.hpp"} if where.startswith("cli/") else set()
    for _, name in INCLUDE.findall(text):
        first = name.split("/")[0]
        if "/" in name and first in set(LAYERS) | BROKER_PARTS | {"wire"} and name not in allowed:
            yield f'{where}: only public headers may be included here, not "{name}"'


def check_text(where, text):
    """Every problem of one file, as sentences."""
    yield from check_length(where, text)
    if not where.endswith((".cpp", ".hpp", ".h", ".c")):
        return
    yield from check_libraries(where, text)
    parts = where.split("/")
    if where.startswith(("sdk/include/", "sdk/broker/include/")):
        yield from check_public_header(where, text)
    elif where.startswith("sdk/src/"):
        yield from check_layer(where, parts[2], text)
    elif where.startswith("sdk/broker/src/"):
        yield from check_broker(where, parts[3], text)
    elif where.startswith("sdk/wire/"):
        for _, name in INCLUDE.findall(text):
            if name.split("/")[0] in (set(LAYERS) - {"base"}) | BROKER_PARTS:
                yield f'{where}: wire may include the vocabulary and base only, not "{name}"'
    elif where.startswith("sdk/fleet/"):
        for _, name in INCLUDE.findall(text):
            if name.split("/")[0] in (set(LAYERS) - {"base", "pki", "transport"}) | BROKER_PARTS:
                yield f'{where}: the fleet may include the vocabulary, base, pki, transport and wire only, not "{name}"'
    elif where.startswith(("cli/", "bindings/", "examples/")):
        yield from check_user(where, text)


def check_commands(root, commands):
    """The lower layers must have been compiled without exceptions; their adapters are named *_adapter in the build."""
    for entry in commands:
        path = pathlib.PurePath(entry["file"])
        where = str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
        parts = where.split("/")
        if len(parts) < 4 or parts[:2] != ["sdk", "src"] or parts[2] not in NO_EXCEPTIONS:
            continue
        is_adapter = parts[2] == "transport" and parts[3].startswith("paho")
        if not is_adapter and "-fno-exceptions" not in entry["command"]:
            yield f"{where}: layer {parts[2]} must be compiled with -fno-exceptions"


def check_links(root):
    """A page that names another one by a path must find it there."""
    for page in sorted(root.glob("*.md")) + sorted(root.glob("*/**/*.md")):
        where = str(page.relative_to(root))
        if where.startswith(("build/", ".")):
            continue
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            if not target.startswith(("http://", "https://", "mailto:")) and not (page.parent / target).exists():
                yield f"{where}: there is no {target}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("--commands", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    problems, checked = [], 0
    for path in sources(root):
        checked += 1
        problems += check_text(str(path.relative_to(root)), path.read_text(encoding="utf-8"))
    commands = json.loads(arguments.commands.read_text(encoding="utf-8"))
    problems += check_commands(root, commands)
    problems += check_links(root)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{checked} files checked, {len(problems)} problems")
    return 1 if problems or checked == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
