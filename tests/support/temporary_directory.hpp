// SPDX-License-Identifier: Apache-2.0
// A directory of the test's own, gone when the test is.
#pragma once

#include <muster/result.hpp>

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace muster::test {

/// Made with mode 0700 under the system's temporary directory; removed with everything in it.
/// Threads: any one at a time.
class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string name = (std::filesystem::temp_directory_path() / "muster-test-XXXXXX").string();
        MUSTER_REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

}  // namespace muster::test
