// SPDX-License-Identifier: Apache-2.0
// What is known to have passed, in the identity directory.
#include "enroll/known_time.hpp"

#include "base/files.hpp"
#include "enroll/generations.hpp"
#include "pki/identity_check.hpp"

#include <cstddef>
#include <string>

namespace muster::est {
namespace {

using std::chrono::seconds;

constexpr const char* file_name = "time";
constexpr std::size_t most_digits = 11;  // The year 5138.

base::WallTime stored_time(const std::filesystem::path& identity_dir) {
    const auto content = base::load_file(identity_dir / file_name);
    if (!content) return {};
    const std::string digits = content->substr(0, content->find('\n'));
    const bool is_number = !digits.empty() && digits.size() <= most_digits && digits.find_first_not_of("0123456789") == std::string::npos;
    if (!is_number) return {};
    return base::WallTime(seconds(std::stoll(digits)));
}

}  // namespace

base::WallTime known_time(const std::filesystem::path& identity_dir) {
    const auto identity = pki::read_identity(files_in_use(identity_dir));
    const auto stored = stored_time(identity_dir);
    return identity ? std::max(stored, identity->not_before) : stored;
}

Result<void> remember_time(const std::filesystem::path& identity_dir, base::WallTime now, const Term& in_use) {
    const bool is_believable = now >= in_use.not_before && now <= in_use.not_after;
    if (!is_believable || now <= stored_time(identity_dir)) return {};
    const auto count = std::chrono::duration_cast<seconds>(now.time_since_epoch()).count();
    return base::store_file(identity_dir / file_name, std::to_string(count) + "\n", base::Access::everyone_reads, base::Existing::replace);
}

}  // namespace muster::est
