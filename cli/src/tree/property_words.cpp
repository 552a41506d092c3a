// SPDX-License-Identifier: Apache-2.0
// Before the words are sorted: whoever sorts them knows flags of one value only.
#include "tree/property_words.hpp"

#include <algorithm>
#include <cstddef>

namespace muster::cli {
namespace {

constexpr std::size_t usual_words = 3;
constexpr std::size_t user_property_words = 4;

bool has_no_space(const std::string& word) {
    return word.find(' ') == std::string::npos && word.find(property_separator) == std::string::npos;
}

}  // namespace

void join_property_words(std::vector<std::string>& words) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        // In one word they stand where somebody has quoted them.
        if ((words[i] != "-D" && words[i] != "--property") || !has_no_space(words[i + 1])) continue;
        const bool is_user = i + 2 < words.size() && words[i + 2] == "user-property";
        const std::size_t end = std::min(words.size(), i + 1 + (is_user ? user_property_words : usual_words));
        for (std::size_t next = i + 2; next < end; ++next) words[i + 1] += property_separator + words[next];
        words.erase(words.begin() + static_cast<std::ptrdiff_t>(i + 2), words.begin() + static_cast<std::ptrdiff_t>(end));
    }
}

}  // namespace muster::cli
