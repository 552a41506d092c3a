# SPDX-License-Identifier: Apache-2.0
"""Each rule of check_rules.py fails on a violation made for it, and passes on its neighbour that is allowed."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import check_rules  # noqa: E402


@pytest.mark.parametrize(
    ("where", "text", "expected"),
    [
        ("sdk/src/base/x.cpp", "int a;\n" * 401, "401 lines"),
        ("tests/python/x.py", "a = 1\n" * 401, "401 lines"),
        ("sdk/src/base/x.cpp", '#include "session/session.hpp"\n', "layer base may not include layer session"),
        ("sdk/src/outbox/x.cpp", '#include "transport/paho_transport.hpp"\n', "layer outbox may not include layer transport"),
        ("sdk/src/session/x.cpp", '#include "transport/paho_transport.hpp"\n', "layer session may not include layer transport"),
        ("sdk/src/store/x.cpp", "#include <muster/device.hpp>\n", "may not include <muster/device.hpp>"),
        ("sdk/src/session/x.cpp", '#include "wire/packets.hpp"\n', "the SDK may not include"),
        ("sdk/src/outbox/x.cpp", "#include <sqlite3.h>\n", "names SQLite"),
        ("sdk/src/session/x.cpp", "#include <mqtt/async_client.h>\n", "names Paho"),
        ("sdk/src/base/x.cpp", "#include <openssl/evp.h>\n", "names OpenSSL"),
        ("sdk/include/muster/device.hpp", "#include <nlohmann/json.hpp>\n", "names nlohmann/json"),
        ("sdk/include/muster/result.hpp", "#include <muster/device.hpp>\n", "vocabulary includes the facade"),
        ("sdk/include/muster/device.hpp", '#include "base/clock.hpp"\n', "a public header includes"),
        ("sdk/include/muster/muster.h", "#include <pthread.h>\n", "a public header includes"),
        ("sdk/include/muster/device.hpp", "#include <stdint.h>\n", "a public header includes"),
        ("sdk/src/capi/x.cpp", '#include "session/session.hpp"\n', "layer capi may not include layer session"),
        ("sdk/broker/src/core/x.cpp", '#include "net/shard.hpp"\n', "broker part core may not include"),
        ("sdk/broker/src/core/x.cpp", "#include <boost/asio.hpp>\n", "names Boost"),
        ("sdk/broker/src/net/x.cpp", '#include "session/session.hpp"\n', "base and pki of the SDK only"),
        ("sdk/wire/x.cpp", '#include "session/session.hpp"\n', "wire may include"),
        ("sdk/fleet/src/load/x.cpp", '#include "net/shard.hpp"\n', "the fleet may include"),
        ("cli/src/commands/x.cpp", '#include "session/session.hpp"\n', "only public headers"),
        ("cli/src/commands/x.cpp", "#include <CLI/CLI.hpp>\n", "names CLI11"),
        ("examples/a/main.cpp", '#include "base/files.hpp"\n', "only public headers"),
    ],
)
def test_a_violation_is_reported(where, text, expected):
    problems = list(check_rules.check_text(where, text))
    assert any(expected in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("sdk/src/base/x.cpp", "int a;\n" * 400),
        ("sdk/src/session/x.cpp", '#include <muster/transport.hpp>\n#include "outbox/outbox.hpp"\n#include "base/clock.hpp"\n'),
        ("sdk/src/store/x.cpp", "#include <sqlite3.h>\n#include <vector>\n"),
        ("sdk/broker/src/net/x.cpp", '#include "core/broker_core.hpp"\n#include <boost/asio.hpp>\n#include "base/clock.hpp"\n'),
        ("sdk/broker/src/core/x.cpp", "#include <boost/unordered/unordered_map.hpp>\n"),
        ("cli/src/commands/x.cpp", '#include <muster/device.hpp>\n#include "base/files.hpp"\n'),
        ("sdk/include/muster/device.hpp", "#include <muster/result.hpp>\n#include <string>\n"),
    ],
)
def test_what_is_allowed_passes(where, text):
    assert list(check_rules.check_text(where, text)) == []


def test_a_lower_layer_compiled_with_exceptions_is_reported():
    root = pathlib.Path("/project")
    commands = [
        {"file": "/project/sdk/src/session/session.cpp", "command": "g++ -c session.cpp"},
        {"file": "/project/sdk/src/session/plan.cpp", "command": "g++ -fno-exceptions -c plan.cpp"},
        {"file": "/project/sdk/src/transport/paho_transport.cpp", "command": "g++ -c paho_transport.cpp"},
        {"file": "/project/sdk/src/device/device.cpp", "command": "g++ -c device.cpp"},
    ]
    problems = list(check_rules.check_commands(root, commands))
    assert problems == ["sdk/src/session/session.cpp: layer session must be compiled with -fno-exceptions"]


def test_a_dead_link_is_reported_and_a_good_one_is_not(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("[b](b.md#part), [readme](../README.md), [web](https://example.net/x.md), [gone](gone.md)")
    (tmp_path / "docs" / "b.md").write_text("")
    (tmp_path / "README.md").write_text("")
    assert list(check_rules.check_links(tmp_path)) == ["docs/a.md: there is no gone.md"]
