// SPDX-License-Identifier: Apache-2.0
// What a device is called, by every scheme, and where its topics are rooted.
#include "device/names.hpp"

#include "device/topic_root.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <fstream>

namespace muster::test {
namespace {

using device::client_id_of;

struct Machine {
    TemporaryDirectory directory;
    device::MachineFiles files{directory / "machine-id", directory / "net"};

    Machine() { std::filesystem::create_directory(directory / "net"); }
    void set_id(const std::string& content) const { std::ofstream(files.machine_id) << content; }
    void add(const std::string& interface, const std::string& address, bool is_physical = true) const {
        const auto path = files.interfaces / interface;
        std::filesystem::create_directories(is_physical ? path / "device" : path);
        std::ofstream(path / "address") << address << "\n";
    }
};

DeviceConfig with(ClientIdScheme scheme, const std::string& salt = "press-app") {
    DeviceConfig config;
    config.client_id_scheme = scheme;
    config.client_id_salt = salt;
    return config;
}

}  // namespace

TEST_CASE("by itself a device has its certificate's name, or a UUID v7") {
    CHECK(client_id_of({}, "press-01").value() == "press-01");
    CHECK(client_id_of({}, "").value().at(14) == '7');
    CHECK(client_id_of(with(ClientIdScheme::certificate), "press-01").value() == "press-01");
    CHECK(client_id_of(with(ClientIdScheme::certificate), "").error().code() == Code::invalid_argument);
}

TEST_CASE("a UUID of either version is made once for an outbox") {
    const auto [scheme, version] = GENERATE(table<ClientIdScheme, char>({{ClientIdScheme::uuid_v4, '4'}, {ClientIdScheme::uuid_v7, '7'}}));
    const TemporaryDirectory directory;
    auto config = with(scheme);
    config.outbox_path = directory / "outbox.db";
    const auto id = client_id_of(config, "press-01").value();
    CHECK(id.size() == 36);
    CHECK(id.at(14) == version);
    CHECK(client_id_of(config, "press-01").value() == id);
}

TEST_CASE("a machine's id makes a UUID v8 that tells neither of it nor of another application's") {
    const Machine machine;
    machine.set_id("0123456789abcdef0123456789abcdef\n");
    const auto id = client_id_of(with(ClientIdScheme::machine_id), "", machine.files).value();
    // sha256sum of "press-app", NUL and the id, cut, with version and variant.
    CHECK(id == device::hashed_id("press-app", "0123456789abcdef0123456789abcdef"));
    CHECK(id.at(14) == '8');
    CHECK(std::string("89ab").find(id.at(19)) != std::string::npos);
    CHECK(client_id_of(with(ClientIdScheme::machine_id), "", machine.files).value() == id);
    CHECK(client_id_of(with(ClientIdScheme::machine_id, "other"), "", machine.files).value() != id);
}

TEST_CASE("a hashed id is what others compute from the same bytes") {
    // SHA-256 of both with a NUL between, by another implementation (Python's hashlib), cut, with version and variant.
    CHECK(device::hashed_id("salt", "source") == "63c43991-8c45-8d5c-955e-7c355aff90da");
}

TEST_CASE("an image that was never started, or a damaged file, has no machine id") {
    const Machine machine;
    CHECK(client_id_of(with(ClientIdScheme::machine_id), "", machine.files).error().code() == Code::not_found);
    machine.set_id(GENERATE("uninitialized\n", "", "0123456789abcdef", "0123456789abcdef0123456789abcdeg"));
    CHECK(client_id_of(with(ClientIdScheme::machine_id), "", machine.files).error().code() == Code::invalid_argument);
}

TEST_CASE("the MAC address is that of the first physical interface which was given one for life") {
    const Machine machine;
    const auto none = client_id_of(with(ClientIdScheme::mac), "", machine.files);
    CHECK(none.error().code() == Code::not_found);
    machine.add("docker0", "00:42:ac:11:00:02", false);
    machine.add("eth0", "02:00:5e:00:53:01");  // Locally administered: made up, perhaps at every start.
    machine.add("eth1", "00:00:00:00:00:00");
    CHECK(client_id_of(with(ClientIdScheme::mac), "", machine.files).error().code() == Code::not_found);
    machine.add("eth3", "00:00:5e:00:53:03");
    machine.add("eth2", "00:00:5e:00:53:02");
    CHECK(client_id_of(with(ClientIdScheme::mac), "", machine.files).value() == device::hashed_id("press-app", "00:00:5e:00:53:02"));
}

TEST_CASE("templates give the broker its form of a name, and topics their root") {
    DeviceConfig config;
    config.client_id = "press-01";
    config.tenant = "acme";
    config.client_id_template = "{tenant}:{device}";
    config.topic_root = "t/{tenant}/{device}/{client_id}";
    const auto id = client_id_of(config, "").value();
    CHECK(id == "acme:press-01");
    CHECK(device::topic_root_of(config, id).value() == "t/acme/press-01/acme:press-01");
    CHECK(device::topic_root_of({}, "press-01").value().empty());
}

TEST_CASE("a name that would move a device elsewhere in the tree is refused") {
    DeviceConfig config;
    config.topic_root = "d/{client_id}";
    const auto* const name = GENERATE("a/b", "+", "#", "../x");
    CHECK(device::topic_root_of(config, name).error().code() == Code::invalid_argument);
}

TEST_CASE("a root is added on the way out and taken off on the way in") {
    const device::TopicRoot root("d/press-01");
    CHECK(root.add_to_topic("cmd/open") == "d/press-01/cmd/open");
    CHECK(root.take_off("d/press-01/cmd/open") == "cmd/open");
    CHECK(root.add_to_filter("#") == "d/press-01/#");
    CHECK(root.add_to_filter("$share/g/cmd/+") == "$share/g/d/press-01/cmd/+");
    CHECK(root.add_to_filter("$share/g/$SYS/#") == "$share/g/$SYS/#");
    CHECK(root.add_to_topic("$SYS/x") == "$SYS/x");
    CHECK(root.take_off("$SYS/x") == "$SYS/x");
    CHECK(root.take_off("d/press-011/x") == "d/press-011/x");
    Message message;
    message.topic = "cmd/open";
    MessageProperties properties;
    properties.response_topic = "answer/1";
    message.properties = std::make_shared<const MessageProperties>(properties);
    root.add_to(message);
    CHECK(message.topic == "d/press-01/cmd/open");
    CHECK(message.properties->response_topic == "d/press-01/answer/1");
    root.take_off(message);
    CHECK(message.topic == "cmd/open");
    CHECK(message.properties->response_topic == "answer/1");
    const device::TopicRoot none;
    CHECK(none.add_to_filter("$share/g/a") == "$share/g/a");
    CHECK(none.take_off("a/b") == "a/b");
}

}  // namespace muster::test
