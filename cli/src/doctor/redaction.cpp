// SPDX-License-Identifier: Apache-2.0
// Secrets found by where they stand.
#include "doctor/redaction.hpp"

#include <algorithm>

namespace muster::cli::doctor {
namespace {

void remove_between(std::string& text, const std::string& begin, const std::string& end, const std::string& instead) {
    for (auto from = text.find(begin); from != std::string::npos; from = text.find(begin, from + instead.size())) {
        const auto to = text.find(end, from);
        text.replace(from, to == std::string::npos ? std::string::npos : to + end.size() - from, instead);
    }
}

}  // namespace

std::string redacted(std::string text) {
    constexpr const char* stars = "***";
    for (auto scheme = text.find("://"); scheme != std::string::npos; scheme = text.find("://", scheme + 3)) {
        const auto begin = scheme + 3;
        const auto end = std::min(text.find_first_of("/ \"'\n,", begin), text.size());
        const auto at = text.rfind('@', end);
        if (at != std::string::npos && at >= begin && at < end) text.replace(begin, at - begin, stars);
    }
    for (const char* kind : {"PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY"})
        remove_between(text, std::string("-----BEGIN ") + kind, std::string("-----END ") + kind + "-----", stars);
    return text;
}

}  // namespace muster::cli::doctor
