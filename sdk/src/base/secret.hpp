// SPDX-License-Identifier: Apache-2.0
// A password or key that leaves no copy behind.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace muster::base {

/// Overwrites the text, in a way the compiler cannot leave out, and empties it.
void wipe(std::string& text) noexcept;

/// Holds a secret: moved but not copied, not printed, overwritten on destruction.
/// Threads: any one at a time.
class Secret {
public:
    Secret() = default;
    /// Takes the text and wipes the caller's: a moved-from short string still holds its bytes.
    explicit Secret(std::string&& text);
    ~Secret();
    Secret(Secret&& other) noexcept = default;  // The buffer changes hands; no byte is copied.
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;

    [[nodiscard]] bool is_empty() const { return view().empty(); }
    [[nodiscard]] std::string_view view() const { return {c_str(), bytes_.empty() ? 0 : bytes_.size() - 1}; }
    /// Ends with a NUL, for C libraries.
    [[nodiscard]] const char* c_str() const { return bytes_.empty() ? "" : bytes_.data(); }

private:
    std::vector<char> bytes_;  // With a final NUL, or empty.
};

}  // namespace muster::base
