// SPDX-License-Identifier: Apache-2.0
// Whether a side of a TLS handshake said why it ends it, as seen from outside.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace muster::transport {

/// The last bytes of one side, of which an alert would be the end.
class TlsTail {
public:
    void add(std::string_view bytes);
    /// An alert in the clear (RFC 5246, section 7.2), or one under the handshake's keys of TLS 1.3, which shows by its length alone: no
    /// other record of a handshake is as short (RFC 8446, sections 5.2 and 6).
    [[nodiscard]] bool is_alert() const;

private:
    // Header, level and description; under keys also the content type and the tag of 16 bytes that every suite of TLS 1.3 but one has.
    static constexpr std::size_t plain_size = 5 + 2;
    static constexpr std::size_t sealed_size = plain_size + 1 + 16;
    std::array<char, sealed_size> last_{};
    std::size_t size_ = 0;
};

}  // namespace muster::transport
