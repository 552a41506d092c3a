// SPDX-License-Identifier: Apache-2.0
// A broker that says what the test wants.
#include "support/scripted_broker.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace muster::test {
namespace {

Packet type_of(const std::string& packet) {
    return static_cast<Packet>(static_cast<unsigned char>(packet.front()) >> 4U);
}

// The fixed header with its length (MQTT 5.0, section 2.1.4); none if it is not there yet.
std::optional<std::pair<std::size_t, std::size_t>> header_and_body(const std::string& bytes) {
    std::size_t length = 0;
    for (std::size_t i = 1; i < bytes.size() && i <= 4; ++i) {
        const auto byte = static_cast<unsigned char>(bytes[i]);
        length |= std::size_t{byte & 0x7FU} << (7 * (i - 1));
        if (byte < 0x80) return std::pair{i + 1, length};
    }
    return std::nullopt;
}

// Where SUBSCRIBE and PUBLISH have it.
std::string identifier_of(const std::string& packet) {
    std::size_t at = header_and_body(packet)->first;
    if (type_of(packet) == Packet::publish) {
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(packet[i]); };
        at += 2U + (std::size_t{byte(at)} << 8U) + byte(at + 1);
    }
    return packet.substr(at, 2);
}

}  // namespace

ScriptedBroker::ScriptedBroker(Script script, Refused refused)
    : script_(std::move(script)), refused_(std::move(refused)), thread_([this] { run(); }) {}

ScriptedBroker::~ScriptedBroker() {
    ::shutdown(listener_.fd(), SHUT_RDWR);
    connection_.with([](int& fd) {
        if (fd >= 0) ::shutdown(fd, SHUT_RDWR);
    });
    thread_.join();
}

std::vector<std::string> ScriptedBroker::received(Packet type) const {
    return received_.with([&](const auto& all) {
        std::vector<std::string> found;
        std::copy_if(all.begin(), all.end(), std::back_inserter(found), [&](const auto& packet) { return type_of(packet) == type; });
        return found;
    });
}

void ScriptedBroker::run() {
    while (true) {
        const int connection = ::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0) return;
        connection_.with([&](int& fd) { fd = connection; });
        serve(connection);
        connection_.with([](int& fd) { fd = -1; });
        ::close(connection);
    }
}

void ScriptedBroker::serve(int connection) {
    std::string bytes;
    std::array<char, 4096> buffer{};
    while (true) {
        const auto got = ::recv(connection, buffer.data(), buffer.size(), 0);
        if (got <= 0) return;
        bytes.append(buffer.data(), static_cast<std::size_t>(got));
        for (auto parts = header_and_body(bytes); parts && bytes.size() >= parts->first + parts->second; parts = header_and_body(bytes)) {
            const std::string packet = bytes.substr(0, parts->first + parts->second);
            bytes.erase(0, packet.size());
            received_.with([&](auto& all) { all.push_back(packet); });
            const std::string reply = answer(type_of(packet), packet);
            if (reply == hang_up) return;
            if (!reply.empty() && ::send(connection, reply.data(), reply.size(), MSG_NOSIGNAL) < 0) return;
        }
    }
}

// MQTT 5.0 and 3.1.1, section 3.9: one code for each filter of the request.
std::string ScriptedBroker::suback(const std::string& packet) const {
    std::string codes;
    std::size_t at = header_and_body(packet)->first + 2;                     // After the identifier.
    if (has_properties_) at += 1U + static_cast<unsigned char>(packet[at]);  // Few enough for a length of one byte.
    while (at + 2 < packet.size()) {
        const std::size_t length = static_cast<unsigned char>(packet[at + 1]);
        const auto found = refused_.find(packet.substr(at + 2, length));
        codes += found == refused_.end() ? packet[at + 2 + length] : found->second;
        at += 2 + length + 1;
    }
    const std::string properties(has_properties_ ? 1 : 0, '\0');
    return "\x90" + std::string(1, static_cast<char>(2 + properties.size() + codes.size())) + identifier_of(packet) + properties + codes;
}

std::string ScriptedBroker::answer(Packet type, const std::string& packet) {
    constexpr std::size_t version_at = 6;  // Behind the protocol's name.
    if (type == Packet::connect) has_properties_ = packet.at(header_and_body(packet)->first + version_at) == '\x05';
    const auto found = script_.find(type);
    if (found == script_.end()) return type == Packet::subscribe ? suback(packet) : std::string();
    const auto& answers = found->second;
    std::string reply = answers[std::min(answered_[type]++, answers.size() - 1)];
    if (const auto at = reply.find("II"); at != std::string::npos) reply.replace(at, 2, identifier_of(packet));
    return reply;
}

}  // namespace muster::test
