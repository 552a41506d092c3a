// SPDX-License-Identifier: Apache-2.0
// mkdtemp, and its opposite.
#include "simulate/work_directory.hpp"

#include "base/files.hpp"

#include <cstdlib>
#include <string>
#include <system_error>

namespace muster::cli::simulate {

Result<std::unique_ptr<WorkDirectory>> WorkDirectory::make() {
    std::string name = (std::filesystem::temp_directory_path() / "muster-simulate-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return Error{Code::io, "cannot make a temporary directory " + name};
    return std::unique_ptr<WorkDirectory>(new WorkDirectory(name));
}

WorkDirectory::~WorkDirectory() {
    std::error_code ignored;  // Nobody is left to tell.
    std::filesystem::remove_all(path_, ignored);
}

Result<std::filesystem::path> keep_secret(const std::string& secret, const std::filesystem::path& file) {
    if (secret.empty()) return std::filesystem::path();
    if (auto stored = base::store_file(file, secret, base::Access::owner_only, base::Existing::refuse); !stored)
        return std::move(stored).error();
    return file;
}

}  // namespace muster::cli::simulate
