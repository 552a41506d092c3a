// SPDX-License-Identifier: Apache-2.0
// `muster device register`: makes devices known and gives each its one-time password, in a file that only its owner can read.
#include "base/files.hpp"
#include "commands/commands.hpp"
#include "output/records.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace muster::cli {
namespace {

std::vector<std::string> ids_from(std::istream& in) {
    std::vector<std::string> ids;
    for (std::string line; std::getline(in, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (!line.empty()) ids.push_back(line);
    }
    return ids;
}

Result<void> check(const DeviceRegisterOptions& options, const std::vector<std::string>& ids) {
    if (ids.empty())
        return Error{Code::invalid_argument, "no device id is given", "muster device register ID... --tenant TENANT --otp-dir DIR"};
    if (options.otp_file.empty() == options.otp_dir.empty()) {
        return Error{Code::invalid_argument, "the one-time passwords need one place to go",
                     "give --otp-file FILE for one device, or --otp-dir DIR for DIR/<id>.otp each"};
    }
    if (!options.otp_file.empty() && ids.size() > 1) {
        return Error{Code::invalid_argument, "--otp-file takes one device, and " + std::to_string(ids.size()) + " are given",
                     "use --otp-dir DIR"};
    }
    if (!options.otp_file.empty() && std::filesystem::exists(options.otp_file)) {
        return Error{Code::conflict, "--otp-file " + options.otp_file + " exists already", "choose another name, or remove the file"};
    }
    for (const auto& id : ids) {
        if (id.find('/') != std::string::npos)
            return Error{Code::invalid_argument, "device id '" + id + "' has a slash", "use [A-Za-z0-9._:-] only"};
    }
    return {};
}

}  // namespace

Exit run_device_register(const DeviceRegisterOptions& options, OpenEngine open, Io& io) {
    const bool from_stdin = options.ids.size() == 1 && options.ids.front() == "-";
    const auto ids = from_stdin ? ids_from(io.in) : options.ids;
    if (const auto checked = check(options, ids); !checked) return io.fail(checked.error());
    if (!options.otp_dir.empty()) {
        if (const auto made = base::make_private_directory(options.otp_dir); !made) return io.fail(made.error());
    }
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());

    auto registered = nlohmann::json::array();
    for (const auto& id : ids) {
        const auto registration = (*engine)->register_device(options.tenant, id);
        if (!registration) return io.fail(registration.error().in(id));
        const auto file =
            options.otp_dir.empty() ? std::filesystem::path(options.otp_file) : std::filesystem::path(options.otp_dir) / (id + ".otp");
        // A password given anew makes the old one worthless, so the old file may go.
        const auto stored =
            base::store_file(file, registration->one_time_password + "\n", base::Access::owner_only, base::Existing::replace);
        if (!stored) return io.fail(stored.error().in(id + " is registered, but its one-time password could not be kept"));
        io.say("Device    " + id + "  registered in " + options.tenant + "; one-time password in " + file.string() + ", valid until " +
               registration->expires);
        registered.push_back({{"id", id}, {"tenant", options.tenant}, {"otp_file", file.string()}, {"expires", registration->expires}});
    }
    if (!io.asks_data()) return Exit::ok;
    return print_list(io, registered, {"id", {{"ID", "id"}, {"TENANT", "tenant"}, {"FILE", "otp_file"}, {"VALID UNTIL", "expires"}}});
}

}  // namespace muster::cli
