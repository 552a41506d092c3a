// SPDX-License-Identifier: Apache-2.0
// Where a broker keeps its files.
#include "broker/state_directory.hpp"

#include "base/files.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

namespace muster::testbroker {

Result<std::unique_ptr<StateDirectory>> StateDirectory::make(const std::filesystem::path& given) {
    if (!given.empty()) {
        if (auto made = base::make_private_directory(given); !made) {
            const Error& error = made.error();
            const char* const usual = "choose a directory that you can make or write to, or none to keep nothing: --state DIR";
            return Error{error.code(), error.message(), error.hint().empty() ? usual : error.hint()};
        }
        return std::unique_ptr<StateDirectory>(new StateDirectory(std::filesystem::absolute(given), false));
    }
    std::string name = (std::filesystem::temp_directory_path() / "muster-broker-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return base::system_error(errno, "cannot make a temporary directory", name);
    return std::unique_ptr<StateDirectory>(new StateDirectory(name, true));
}

StateDirectory::~StateDirectory() {
    std::error_code ignored;  // Nobody is left to tell.
    if (temporary_) std::filesystem::remove_all(path_, ignored);
}

}  // namespace muster::testbroker
