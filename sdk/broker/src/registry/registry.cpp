// SPDX-License-Identifier: Apache-2.0
// Opening the registry: the directory's lock, then the database.
#include "registry/registry.hpp"

#include "base/files.hpp"
#include "registry/schema.hpp"
#include "registry/state.hpp"

#include <filesystem>
#include <system_error>

namespace muster::testbroker::registry {

namespace {

// The registry is made before the CA: an empty one beside a CA has lost its content, and with a new one no device of any tenant is known.
Result<void> check_content_kept(const std::filesystem::path& state_dir) {
    const auto path = state_dir / "registry.db";
    std::error_code missing;
    const auto size = std::filesystem::file_size(path, missing);
    std::error_code ignored;
    if (missing || size > 0 || !std::filesystem::exists(state_dir / "ca" / "root.pem", ignored)) return {};
    return Error{Code::corrupt, path.string() + " is empty, and the CA beside it says that it was not: its tenants and devices are lost",
                 "restore the directory from a backup, or begin with no tenants: move " + path.string() + " aside"};
}

}  // namespace

Result<std::unique_ptr<Registry>> Registry::open(const std::filesystem::path& state_dir, const base::Clock& clock,
                                                 const Settings& settings) {
    if (settings.password_cost < min_password_cost || settings.password_cost > max_password_cost)
        return Error{Code::invalid_argument, "the password cost " + std::to_string(settings.password_cost) + " is not from 4 to 16"};
    if (auto made = base::make_private_directory(state_dir); !made) return std::move(made).error();
    // A lock beside the database rather than SQLite's own: it covers the CA's files too, and is held before anything is read.
    auto lock = base::FileLock::acquire(state_dir / "broker.lock");
    if (!lock && lock.error().code() == Code::in_use)
        return Error{Code::in_use, "the state directory " + state_dir.string() + " is in use by another broker",
                     "stop that broker, or name another state directory"};
    if (!lock) return std::move(lock).error();
    if (auto kept = check_content_kept(state_dir); !kept) return std::move(kept).error();
    auto connection = open_database(state_dir / "registry.db");
    if (!connection) return std::move(connection).error();
    if (!settings.survives_power_cut) {
        if (auto set = connection->execute("PRAGMA synchronous = OFF"); !set) return std::move(set).error();
    }
    auto directory = RegistryDirectory::make(settings.password_cost);
    if (!directory) return std::move(directory).error();
    if (auto loaded = load_directory(*connection, **directory); !loaded) return std::move(loaded).error();
    return std::unique_ptr<Registry>(new Registry(std::make_unique<State>(std::move(lock).value(), std::move(connection).value(), clock,
                                                                          std::move(directory).value(), settings.password_cost)));
}

Registry::Registry(std::unique_ptr<State> state) : state_(std::move(state)) {}

Registry::~Registry() = default;

const RegistryDirectory& Registry::directory() const noexcept {
    return *state_->directory;
}

}  // namespace muster::testbroker::registry
