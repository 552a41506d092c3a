// SPDX-License-Identifier: Apache-2.0
// Whether a side of a TLS handshake said why it ends it, as seen from outside.
#include "transport/tls_alert.hpp"

#include <algorithm>

namespace muster::transport {

void TlsTail::add(std::string_view bytes) {
    bytes.remove_prefix(bytes.size() - std::min(bytes.size(), last_.size()));
    const std::size_t kept = std::min(size_, last_.size() - bytes.size());
    std::copy(last_.begin() + static_cast<std::ptrdiff_t>(size_ - kept), last_.begin() + static_cast<std::ptrdiff_t>(size_), last_.begin());
    std::copy(bytes.begin(), bytes.end(), last_.begin() + static_cast<std::ptrdiff_t>(kept));
    size_ = kept + bytes.size();
}

bool TlsTail::is_alert() const {
    constexpr char alert = 21;
    constexpr char application_data = 23;
    constexpr char major_version = 3;
    const auto ends_with_record = [this](std::size_t whole, char type) {
        constexpr std::size_t header = 5;
        if (size_ < whole) return false;
        const char* record = last_.data() + (size_ - whole);
        return record[0] == type && record[1] == major_version && record[3] == 0 && static_cast<std::size_t>(record[4]) == whole - header;
    };
    return ends_with_record(plain_size, alert) || ends_with_record(sealed_size, application_data);
}

}  // namespace muster::transport
