# SPDX-License-Identifier: Apache-2.0
"""Every example of the help pages, and every shell block of the pages that guide_test does not run, does what it shows."""
import json
import pathlib
import re
import tempfile

import example_world
import pytest
from help_pages import commands
from peers import run

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What must have happened before an example: the beginning of its line, and what a user would have done.
BEFORE = {
    "muster device import": "muster device delete lathe-001 -T acme; muster device delete lathe-002 -T acme; rm -f fleet.csv.* fleet.otp.csv",
    "muster key create press-01": "rm press-01/device.key",
    "muster cert enroll": "rm -r press-01; muster device delete press-01 -T acme; rm press-01.otp; muster device register press-01 -T acme --otp-file press-01.otp",
    "muster cert import": "rm -r press-01",
    "muster tenant create acme": "muster tenant delete acme",
    "muster device register press-01": "muster device delete press-01 -T acme; rm press-01.otp",
    "muster device approve": "waiting",
    "muster device deny": "waiting",
    "muster ca add": "cp factory.pem ca.pem; cp factory.key ca.key; challenged",
    "muster ca set": "cp factory.pem ca.pem; cp factory.key ca.key; challenged; muster ca add ca.pem --proof proof.pem -T acme",
    "muster ca remove": "cp factory.pem ca.pem; cp factory.key ca.key; challenged; muster ca add ca.pem --proof proof.pem -T acme",
    "muster ca sign --ca-cert factory-ca": "rm -f press-01.crt",
    "muster ca show": "muster ca init factory-ca --name Acme --key-password-file ca.password",
    "muster broker kick": "muster sub -h mqtts://127.0.0.1:8883 --identity press-01 -t commands/# -C 2 >received 2>&1 & until muster broker clients -T acme -o json | grep -q 'press-01'; do :; done",
    "muster broker fault clear 1": "muster broker fault add refuse --reason server_busy",
    "muster broker logs": "hello",
    "muster context": "contexts",
    "muster context create": "rm .config/muster/config.toml",
    "muster config": "contexts",
    "muster device register pump-01": "muster device delete pump-01 -T acme; rm pump-01.otp",
    "muster device password": "muster tenant set acme --device-passwords",
    "muster device enroll": "muster device delete lathe-001 -T acme; muster device delete lathe-002 -T acme; rm -r identities fleet.csv.*",
    "muster rr": "answering",
    "muster bench pub": "anybody",
    "muster bench sub": "anybody",
    "muster bench pingpong": "anybody",
    "muster bench fanin": "anybody",
    "muster cert needs-renewal press-01 && muster cert renew": "muster tenant set acme --certificate-hours 1",
    "openssl req": "cp factory.pem ca.pem; cp factory.key ca.key",
}
# As BEFORE, for a line that is not its command's first.
BETWEEN = {
    "muster device register -f": "muster device delete lathe-001 lathe-002 -T acme",
    "muster device register lamp-01": "muster tenant set acme --device-passwords",
    "muster rr": "cooking",
}
STEPS = {
    "hello": "muster pub -h mqtts://127.0.0.1:8883 --identity press-01 -t telemetry/hello -m hello",
    "contexts": "muster context create lab host=mqtts://broker.example:8883 tenant=acme; muster context create plant tenant=works",
    "anybody": "muster tenant create load --isolation flat --anonymous",
    # The topics of a request are the application's: those of a device have no client id before them.
    "answering": "(set -- $(muster sub -h mqtts://127.0.0.1:8883 --identity press-01 -t command/valve -C 1 -F '%R %D'); "
    "muster pub -h mqtts://127.0.0.1:8883 --identity press-01 -t ${1#press-01/} -D publish correlation-data $2 -m done) >answering 2>&1 & "
    "until muster broker clients -T acme -o json | grep -q 'press-01'; do :; done",
    "cooking": "echo 'syntax = \"proto3\"; package acme; message Question { int32 number = 1; } message Recipe { string name = 1; }' >recipes.proto; "
    "(set -- $(muster sub -h mqtts://127.0.0.1:8883 --identity press-01 -t recipes/get -C 1 -F '%R %D'); "
    "muster pub -h mqtts://127.0.0.1:8883 --identity press-01 -t ${1#press-01/} -D publish correlation-data $2 -m '{\"name\":\"bread\"}' "
    "--proto recipes.proto --message-type acme.Recipe) >cooking 2>&1 & "
    "until muster broker clients -T acme -o json | grep -q 'press-01'; do :; done",
    "waiting": "muster tenant set acme --manual-approval; muster device delete press-01 -T acme; rm -rf press-01 press-01.otp; "
    "muster device register press-01 -T acme --otp-file press-01.otp; "
    "muster cert enroll --est-url $EST/acme --device-id press-01 --otp-file press-01.otp --cafile ca.pem --out-dir press-01 || test $? = 7",
    "challenged": "openssl req -new -key ca.key -subj \"/CN=$(muster ca challenge -T acme)\" -out proof.csr; "
    "openssl x509 -req -in proof.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out proof.pem",
}
# Where an example's exit code is an answer, and not 0.
ANSWERS = {"muster cert needs-renewal press-01": 1}
# What cannot run here, and why.
CANNOT = {}
TREE = json.loads(run("__tree").stdout)
GUIDES_THAT_RUN = {"enroll-a-fleet.md", "load-a-broker.md", "provision-in-bulk.md", "quick-start.md", "simulate-a-fleet.md", "test-your-clients.md"}


def blocks():
    """Of pages that are no walk-through: each block stands for itself."""
    for page in [ROOT / "README.md", *sorted((ROOT / "docs" / "guide").glob("*.md"))]:
        if page.name in GUIDES_THAT_RUN:
            continue
        for number, block in enumerate(re.findall(r"^```sh\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)):
            yield pytest.param(re.sub(r" \\\n +", " ", block), id=f"{page.name}-{number}")


@pytest.fixture(scope="module")
def template():
    # Short, for the broker's socket is below it.
    with tempfile.TemporaryDirectory(prefix="muster") as directory:
        yield example_world.build(pathlib.Path(directory) / "world")


@pytest.fixture
def world(template):
    with tempfile.TemporaryDirectory(prefix="muster") as directory, example_world.copy(template, pathlib.Path(directory) / "world") as world:
        yield world


def matching(table, line):
    return [value for beginning, value in table.items() if line.startswith(beginning)]


def prepare(world, line, table):
    for steps in matching(table, line):
        for name, text in STEPS.items():
            steps = steps.replace(name, text)
        done = world.run(steps)
        assert done.returncode == 0, (steps, done.stderr)


def check(world, line):
    if re.match(r"muster broker run(?!.* -- )", line):
        assert world.serve(line) == 0
        return
    done = world.run(line)
    expected = (matching(ANSWERS, line) or [0])[0]
    assert done.returncode == expected, f"{world.here(line)}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("command", [command for command in commands(TREE) if command["examples"]], ids=lambda command: command["path"])
def test_an_example_of_help_does_what_it_shows(command, world):
    for number, line in enumerate(command["examples"].splitlines()):
        if line in CANNOT:
            continue
        prepare(world, line, BETWEEN if number else BEFORE)
        check(world, line)


@pytest.mark.parametrize("block", blocks())
def test_a_block_of_the_docs_does_what_it_shows(block, world):
    prepare(world, block, BEFORE)
    check(world, block)


def test_what_cannot_run_is_little_and_still_there():
    everything = "\n".join(command["examples"] for command in commands(TREE))
    assert len(CANNOT) <= 5
    assert all(line in everything for line in CANNOT)
