// SPDX-License-Identifier: Apache-2.0
// The head of an HTTP/1.1 answer, off the front of what a stranger sends.
#pragma once

#include <muster/result.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace muster::transport {

inline constexpr std::size_t max_http_head_bytes = 16U << 10U;

/// Told of the HTTP before MQTT, line by line: `GET /mqtt`, and `101 Switching Protocols` as the answer. No secret is in it.
using HttpObserver = std::function<void(bool is_sent, const std::string& line)>;

struct HttpAnswer {
    int status = 0;
    std::string reason;  ///< Printable, with the status before it: `403 Forbidden`.
    std::string head;    ///< Its lines, each with its CRLF.

    /// The value of the header, whose name is given in lower case; of several with `, ` between them (RFC 9110, section 5.3).
    [[nodiscard]] std::string header(std::string_view name) const;
};

/// Takes an answer's head off the front of `got` once it is whole, and tells `observer`, if there is one; none before. `whose` answer it is
/// stands in the Error. It is judged by the first byte that decides, so it does not matter in which pieces it came. Fails with
/// Code::unreachable for what is no HTTP: another protocol, lines that end with LF alone, more than `max_http_head_bytes`.
[[nodiscard]] Result<std::optional<HttpAnswer>> take_http_answer(std::string& got, const char* whose, const HttpObserver& observer);

/// Of an answer that says no: Code::denied (401, 403, 407), else `otherwise`.
[[nodiscard]] Error http_refusal(int status, const std::string& reason, const std::string& whose, Code otherwise);

/// In ASCII alone, as HTTP means it.
[[nodiscard]] std::string in_lower_case(std::string_view text);

}  // namespace muster::transport
