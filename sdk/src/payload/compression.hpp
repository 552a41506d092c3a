// SPDX-License-Identifier: Apache-2.0
// Payloads as gzip (RFC 1952), where that pays, and back.
#pragma once

#include <muster/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace muster::payload {

/// What gzip makes of it, if that is at least an eighth smaller; otherwise the payload as it is.
[[nodiscard]] std::string compressed_if_smaller(std::string payload);

/// Whether it begins as gzip does. No payload of readings does otherwise: 1f opens no text of JSON, is not well-formed in CBOR (RFC 8949,
/// appendix F) and is a wire type that Protobuf has not.
[[nodiscard]] bool is_compressed(std::string_view payload);

/// Fails with Code::invalid_argument (not gzip, cut off, damaged, or bytes behind it) and Code::too_large (more than `max_bytes` once
/// decompressed, of which no more than that many are ever made).
Result<std::string> decompress(std::string_view payload, std::size_t max_bytes);

}  // namespace muster::payload
