// SPDX-License-Identifier: Apache-2.0
// Bytes as a peer would send them, read in memory of exactly their size.
#pragma once

#include "wire/decode.hpp"

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace muster::test {

inline std::string bytes_of(std::initializer_list<int> values) {
    std::string bytes;
    for (const int value : values) bytes += static_cast<char>(value);
    return bytes;
}

/// A string or binary field: two bytes of length, then the bytes.
inline std::string field(std::string_view bytes) {
    return bytes_of({static_cast<int>(bytes.size() >> 8U), static_cast<int>(bytes.size() & 255U)}) + std::string(bytes);
}

/// `body` behind its length, as a variable byte integer of two bytes at most.
inline std::string with_length(const std::string& body) {
    const auto size = static_cast<int>(body.size());
    return (size < 128 ? bytes_of({size}) : bytes_of({(size & 127) | 128, size >> 7})) + body;
}

/// A packet whose first byte and body are given.
inline std::string framed(int first, const std::string& body) {
    return bytes_of({first}) + with_length(body);
}

/// A copy without a byte to spare, so that a sanitizer sees a read beyond it.
struct Exact {
    explicit Exact(const std::string& bytes) : size(bytes.size()), data(std::make_unique<char[]>(bytes.size())) {
        bytes.copy(data.get(), size);
    }
    std::string_view view() const { return {data.get(), size}; }
    std::size_t size;
    std::unique_ptr<char[]> data;
};

using Read = std::variant<wire::Packet, wire::NeedMore, wire::DecodeError>;

/// The first packet of the bytes, which must outlive it.
inline Read read(std::string_view bytes, wire::Version version) {
    const auto next = wire::next_frame(bytes, 1U << 20U);
    if (const auto* more = std::get_if<wire::NeedMore>(&next)) return *more;
    if (const auto* error = std::get_if<wire::DecodeError>(&next)) return *error;
    const auto decoded = wire::decode(std::get<wire::Frame>(next), version);
    if (const auto* error = std::get_if<wire::DecodeError>(&decoded)) return *error;
    return std::get<wire::Packet>(decoded);
}

/// What a peer that sends these bytes did wrong; success if nothing, or if they are no whole packet.
inline wire::ReasonCode fault_of(const std::string& bytes, wire::Version version) {
    const Exact exact(bytes);
    const auto result = read(exact.view(), version);
    const auto* error = std::get_if<wire::DecodeError>(&result);
    return error == nullptr ? wire::ReasonCode::success : error->reason;
}

/// The bytes are a whole packet, of this type.
template <class P>
bool is_read_as(const std::string& bytes, wire::Version version) {
    const Exact exact(bytes);
    const auto result = read(exact.view(), version);
    const auto* packet = std::get_if<wire::Packet>(&result);
    return packet != nullptr && std::holds_alternative<P>(*packet);
}

/// One malformed packet and its reason.
struct Fault {
    const char* what;
    wire::Version version;
    std::string bytes;
    wire::ReasonCode reason;
};

}  // namespace muster::test
