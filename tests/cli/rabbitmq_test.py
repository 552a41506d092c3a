# SPDX-License-Identifier: Apache-2.0
"""device export --format rabbitmq-definitions, imported by RabbitMQ itself: devices get in with their certificates, into their own topics only."""
from fleets import Fleet, as_csv, make_server_chain
from peers import run
from rabbit import Rabbit

KICKED = "RabbitMQ closes the connection: MQTT 3.1.1 has no other answer"


def test_rabbitmq_lets_the_exported_devices_into_their_own_topics_only(broker, tenant, tmp_path):
    identities = tmp_path / "identities"
    fleet = Fleet(broker, tenant, tmp_path, as_csv(["press-01", "press-02", "stolen"]))
    enrolled = fleet.do("enroll", "--out-dir", identities, "--cafile", broker.ca_file, "--est-url", f"{broker.est_url}/{tenant}")
    assert enrolled.returncode == 0, enrolled.stderr
    broker.muster("device", "revoke", "stolen", "--tenant", tenant, "--yes", check=True)
    definitions = tmp_path / "definitions.json"
    broker.muster("device", "export", "--tenant", tenant, "--format", "rabbitmq-definitions", "--out", definitions, check=True)
    chain, key, root = make_server_chain(tmp_path)
    with Rabbit(tmp_path, chain, key, broker.ca_file) as rabbit:
        imported = rabbit.control("import_definitions", definitions)
        assert imported.returncode == 0, imported.stdout + imported.stderr

        def mqtt(command, device, topic, *words):
            where = ["-h", f"mqtts://127.0.0.1:{rabbit.port}", "--cafile", root, "-V", "3.1.1", "--identity", identities / device]
            return run(command, *where, "-t", topic, *words, timeout=60)

        def publish(device, topic):
            return mqtt("pub", device, topic, "-m", "1", "-q", "1").returncode

        assert publish("press-01", "d/press-01/telemetry") == 0, rabbit.said()
        assert publish("press-02", "d/press-02/telemetry") == 0
        assert publish("press-01", "d/press-02/telemetry") != 0, KICKED
        assert publish("stolen", "d/stolen/telemetry") != 0
        # Its vhost is the tenant's.
        assert rabbit.control("list_vhosts", "-q", "--no-table-headers").stdout.split() == sorted(["/", tenant])
        own = mqtt("sub", "press-01", "d/press-01/#", "-C", "1", "-W", "1")
        assert "denied" not in own.stderr, own.stderr
        assert mqtt("sub", "press-01", "d/press-02/#", "-C", "1", "-W", "5").returncode not in (0, own.returncode)
        again = rabbit.control("import_definitions", definitions)
        assert again.returncode == 0, again.stdout + again.stderr
