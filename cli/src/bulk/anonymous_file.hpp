// SPDX-License-Identifier: Apache-2.0
// A file without a name: what can be read once only is kept in one, and nothing is left of it however the process ends.
#pragma once

#include <muster/result.hpp>

#include <filesystem>
#include <istream>
#include <string_view>

namespace muster::cli::bulk {

/// Threads: one at a time.
class AnonymousFile {
public:
    /// In the directory for temporary files. Fails with Code::io, Code::no_space.
    static Result<AnonymousFile> create();
    AnonymousFile(AnonymousFile&& other) noexcept;
    AnonymousFile& operator=(AnonymousFile&&) = delete;
    ~AnonymousFile();

    Result<void> write(std::string_view text);
    Result<void> copy(std::istream& in);
    /// By which it can be opened while this lives.
    [[nodiscard]] std::filesystem::path path() const;

private:
    explicit AnonymousFile(int fd) : fd_(fd) {}
    int fd_;
};

}  // namespace muster::cli::bulk
