// SPDX-License-Identifier: Apache-2.0
// Names of eight hexadecimal digits, a dot and a number.
#include "messages/hashed_directory.hpp"

#include <algorithm>
#include <string>
#include <system_error>

namespace muster::cli {

std::vector<std::filesystem::path> hashed_certificates(const std::filesystem::path& directory) {
    constexpr std::size_t hash_digits = 8;
    constexpr const char* hexadecimal = "0123456789abcdef";
    std::error_code failure;
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(directory, failure)) {
        const std::string name = entry.path().filename().string();
        const bool has_hash =
            name.size() > hash_digits + 1 && name.find_first_not_of(hexadecimal) == hash_digits && name[hash_digits] == '.';
        if (has_hash && name.find_first_not_of("0123456789", hash_digits + 1) == std::string::npos) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace muster::cli
