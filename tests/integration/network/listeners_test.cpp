// SPDX-License-Identifier: Apache-2.0
// Where clients may come in: several listeners of every kind, on both families of addresses and on UNIX sockets.
#include "conformance/bench.hpp"
#include "support/temporary_directory.hpp"
#include "wire/encode.hpp"

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace muster::test {
namespace {

using namespace std::chrono_literals;
using testbroker::Broker;
using testbroker::BrokerConfig;
using testbroker::ClientCertificates;
using testbroker::Listener;
using testbroker::ListenerScheme;

constexpr auto patience = 10s;

/// A connection to wherever a listener's URL says. Threads: one.
class Caller {
public:
    explicit Caller(const std::string& url) {
        sockaddr_storage address{};
        const socklen_t size = parse(url, address);
        fd_ = ::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        is_connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), size) == 0;
    }
    Caller(const Caller&) = delete;
    Caller& operator=(const Caller&) = delete;
    ~Caller() { ::close(fd_); }
    [[nodiscard]] bool is_connected() const { return is_connected_; }
    /// Whether a CONNACK comes; the client may well be refused.
    [[nodiscard]] bool is_answered() {
        std::string bytes;
        wire::encode(hello(Version::v311), Version::v311, bytes);
        return is_connected_ && ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0 && next_byte() == 0x20;
    }
    [[nodiscard]] bool is_cut() { return next_byte() < 0; }

private:
    static socklen_t parse(const std::string& url, sockaddr_storage& address) {
        if (url.rfind("unix:", 0) == 0) {
            auto& unix_address = reinterpret_cast<sockaddr_un&>(address);
            unix_address.sun_family = AF_UNIX;
            std::strncpy(unix_address.sun_path, url.c_str() + 5, sizeof unix_address.sun_path - 1);
            return sizeof unix_address;
        }
        const auto begin = url.find("://") + 3;
        const auto colon = url.rfind(':');
        const auto port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(colon + 1))));
        if (url[begin] == '[') {
            auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
            v6.sin6_family = AF_INET6;
            v6.sin6_port = port;
            REQUIRE(::inet_pton(AF_INET6, url.substr(begin + 1, colon - begin - 2).c_str(), &v6.sin6_addr) == 1);
            return sizeof v6;
        }
        auto& v4 = reinterpret_cast<sockaddr_in&>(address);
        v4.sin_family = AF_INET;
        v4.sin_port = port;
        REQUIRE(::inet_pton(AF_INET, url.substr(begin, colon - begin).c_str(), &v4.sin_addr) == 1);
        return sizeof v4;
    }
    // Negative: the connection has ended.
    int next_byte() {
        pollfd waiting{fd_, POLLIN, 0};
        REQUIRE(::poll(&waiting, 1, static_cast<int>(std::chrono::milliseconds(patience).count())) == 1);
        unsigned char byte = 0;
        return ::recv(fd_, &byte, 1, 0) == 1 ? byte : -1;
    }

    int fd_ = -1;
    bool is_connected_ = false;
};

bool has_ipv6() {
    const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    const bool is_there = fd >= 0 && ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    if (fd >= 0) ::close(fd);
    if (!is_there) WARN("there is no IPv6 loopback here: listeners on ::1 are not checked");
    return is_there;
}

Listener at(ListenerScheme scheme, const std::string& address) {
    Listener listener;
    listener.scheme = scheme;
    listener.address = address;
    return listener;
}

Listener at_path(const std::filesystem::path& path) {
    Listener listener;
    listener.scheme = ListenerScheme::unix_socket;
    listener.path = path;
    return listener;
}

// Plain ones only, which `Caller` understands.
BrokerConfig plain_listeners(const std::filesystem::path& directory) {
    BrokerConfig config;
    config.mqtts_port.reset();
    config.listeners = {at(ListenerScheme::mqtt, "127.0.0.1"), at(ListenerScheme::mqtt, "127.0.0.1"), at(ListenerScheme::mqtt, "127.0.0.2"),
                        at_path(directory / "a.sock"), at_path(directory / "b.sock")};
    if (has_ipv6()) config.listeners.push_back(at(ListenerScheme::mqtt, "::1"));
    return config;
}

std::unique_ptr<Broker> start(const BrokerConfig& config) {
    auto started = Broker::start(config);
    INFO((started ? "" : started.error().message()));
    REQUIRE(started);
    return std::move(*started);
}

Error refused(const Listener& listener) {
    BrokerConfig config;
    config.listeners = {listener};
    const auto started = Broker::start(config);
    REQUIRE(!started);
    return started.error();
}

bool contains(const std::string& text, const std::string& part) {
    INFO(text);
    return text.find(part) != std::string::npos;
}

bool starts_with(const std::string& text, const std::string& beginning) {
    INFO(text);
    return text.rfind(beginning, 0) == 0;
}

}  // namespace

TEST_CASE("several listeners of a kind, addresses of both families and UNIX sockets serve side by side") {
    const TemporaryDirectory directory;
    const auto config = plain_listeners(directory.path());
    const auto broker = start(config);
    const auto& urls = broker->addresses().listeners;
    REQUIRE(urls.size() == config.listeners.size());
    for (const auto& url : urls) {
        CAPTURE(url);
        CHECK(Caller(url).is_answered());
    }
    CHECK(broker->addresses().mqtt_url == urls[0]);
    CHECK(broker->addresses().mqtts_url.empty());
    CHECK(starts_with(urls[2], "mqtt://127.0.0.2:"));
    CHECK(urls[3] == "unix:" + (directory.path() / "a.sock").string());
    if (urls.size() > 5) CHECK(starts_with(urls[5], "mqtt://[::1]:"));
}

TEST_CASE("the listeners of the ports come first, the others in their order") {
    const TemporaryDirectory directory;
    BrokerConfig config;
    config.wss_port = 0;
    config.mqtt_port = 0;
    config.listeners = {at_path(directory.path() / "sock"), at(ListenerScheme::ws, "127.0.0.2"), at(ListenerScheme::mqtts, "127.0.0.2")};
    const auto broker = start(config);
    const auto& addresses = broker->addresses();
    REQUIRE(addresses.listeners.size() == 6);
    CHECK(addresses.listeners[0] == addresses.mqtts_url);
    CHECK(addresses.listeners[1] == addresses.mqtt_url);
    CHECK(addresses.listeners[2] == addresses.wss_url);
    CHECK(starts_with(addresses.listeners[3], "unix:/"));
    CHECK(addresses.listeners[4] == addresses.ws_url);
    CHECK(starts_with(addresses.listeners[5], "mqtts://127.0.0.2:"));
}

TEST_CASE("an outage cuts what came in anywhere and closes all listeners") {
    const TemporaryDirectory directory;
    const auto broker = start(plain_listeners(directory.path()));
    std::vector<std::unique_ptr<Caller>> callers;
    for (const auto& url : broker->addresses().listeners) callers.push_back(std::make_unique<Caller>(url));
    REQUIRE(broker->begin_outage(10min));
    for (const auto& caller : callers) CHECK(caller->is_cut());
    for (const auto& url : broker->addresses().listeners) {
        CAPTURE(url);
        CHECK(!Caller(url).is_connected());
    }
}

TEST_CASE("after an outage all listeners serve again") {
    const TemporaryDirectory directory;
    const auto broker = start(plain_listeners(directory.path()));
    Caller witness(broker->addresses().listeners[0]);
    REQUIRE(broker->begin_outage(20ms));
    CHECK(witness.is_cut());
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (const auto& url : broker->addresses().listeners) {
        CAPTURE(url);
        while (!Caller(url).is_connected()) REQUIRE(std::chrono::steady_clock::now() < deadline);
        CHECK(Caller(url).is_answered());
    }
}

TEST_CASE("a UNIX socket is for its owner only, and goes with its broker") {
    const TemporaryDirectory directory;
    const auto broker = start(plain_listeners(directory.path()));
    struct stat status {};
    REQUIRE(::lstat((directory.path() / "a.sock").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    broker->stop();
    CHECK(!std::filesystem::exists(directory.path() / "a.sock"));
}

TEST_CASE("a dead broker's UNIX socket is replaced; a living one's, and a file, are left alone") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "sock";
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    ::close(fd);

    BrokerConfig config;
    config.listeners = {at_path(path)};
    const auto broker = start(config);
    const auto error = refused(at_path(path));
    CHECK(error.code() == Code::in_use);
    CHECK(starts_with(error.message(), "unix:" + path.string() + ": another broker answers"));
    CHECK(Caller(broker->addresses().listeners[1]).is_answered());

    std::ofstream(directory.path() / "file") << "precious";
    CHECK(contains(refused(at_path(directory.path() / "file")).message(), "is not a socket"));
    CHECK(std::filesystem::file_size(directory.path() / "file") == 8);
}

TEST_CASE("a listener that cannot be is named, and so is what is wrong with it") {
    CHECK(starts_with(refused(at(ListenerScheme::mqtt, "192.0.2.1")).message(), "mqtt://192.0.2.1:0: the test broker does not listen on"));
    CHECK(starts_with(refused(at(ListenerScheme::wss, "2001:db8::1")).message(), "wss://[2001:db8::1]:0: the test broker does not listen"));
    CHECK(refused(at(ListenerScheme::ws, "0.0.0.0")).code() == Code::invalid_argument);
    CHECK(refused(at(ListenerScheme::mqtts, "::")).code() == Code::invalid_argument);
    CHECK(starts_with(refused(at(ListenerScheme::mqtts, "nowhere")).message(), "mqtts://nowhere:0: 'nowhere' is not an IP address"));
    CHECK(contains(refused(at_path("")).message(), "needs a path"));
    CHECK(contains(refused(at_path("/" + std::string(107, 'x'))).message(), "has more than 107 bytes"));
    auto plain = at(ListenerScheme::mqtt, "127.0.0.1");
    plain.client_certificates = ClientCertificates::required;
    CHECK(contains(refused(plain).message(), "only mqtts:// and wss:// can ask for client certificates"));
}

TEST_CASE("a port that is taken is named with its listener") {
    BrokerConfig config;
    config.mqtt_port = 0;
    const auto broker = start(config);
    const std::string& url = broker->addresses().mqtt_url;
    auto same = at(ListenerScheme::mqtt, "127.0.0.1");
    same.port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    const auto error = refused(same);
    CHECK(error.code() == Code::in_use);
    CHECK(starts_with(error.message(), url + ": "));
}

TEST_CASE("a public listener among local ones is enough for faults to be refused") {
    BrokerConfig config;
    config.allow_public = true;
    config.listeners = {at(ListenerScheme::mqtt, "0.0.0.0")};
    const auto broker = start(config);
    const auto outage = broker->begin_outage(1s);
    REQUIRE(!outage);
    CHECK(outage.error().code() == Code::denied);
}

}  // namespace muster::test
