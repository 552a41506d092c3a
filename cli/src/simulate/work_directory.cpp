// SPDX-License-Identifier: Apache-2.0
// mkdtemp, and its opposite.
#include "simulate/work_directory.hpp"

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

}  // namespace muster::cli::simulate
