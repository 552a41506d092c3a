// SPDX-License-Identifier: Apache-2.0
// `muster device register`: makes devices known and gives each its one-time password, or its password, in a file that only its owner can
// read.
#include "base/files.hpp"
#include "commands/device_choice.hpp"
#include "consent.hpp"
#include "output/records.hpp"
#include "output/whole_file.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <system_error>

namespace muster::cli {
namespace {

// Of the shortest that the broker takes.
constexpr std::size_t min_password_bytes = 8;

bool is_by_password(const DeviceRegisterOptions& options) {
    return options.auth == bulk::Auth::password;
}

Result<void> check_list(const DeviceRegisterOptions& options) {
    if (options.otp_file.empty() || options.otp_dir.empty()) return {};
    return Error{Code::invalid_argument, "the one-time passwords need one place to go", "give --otp-file FILE or --otp-dir DIR"};
}

// One kind of secret is made for all of them, and it has its own place.
Result<void> check_auth(const DeviceRegisterOptions& options) {
    if (!is_by_password(options) && !options.credentials_out.empty())
        return Error{Code::invalid_argument, "--credentials-out is for devices with passwords", "give --auth password as well"};
    if (!is_by_password(options)) return {};
    if (!options.otp_file.empty() || !options.otp_dir.empty())
        return Error{Code::invalid_argument, "devices with passwords get no one-time password", "give --credentials-out FILE instead"};
    if (options.credentials_out.empty())
        return Error{Code::invalid_argument, "the passwords need a place to go", "give --credentials-out FILE"};
    return {};
}

// What is there already may be all that is left of somebody's passwords.
Result<void> refuse_existing(const std::string& flag, const std::filesystem::path& file, bool resets) {
    std::error_code ignored;  // What keeps it from being looked at keeps it from being written: check_places() tells.
    if (file.empty() || resets || !std::filesystem::exists(file, ignored)) return {};
    return Error{Code::conflict, flag + " " + file.string() + " exists already", "choose another name, or give --reset-otp to replace it"};
}

Result<void> check_ids(const DeviceRegisterOptions& options, const std::vector<std::string>& ids) {
    if (ids.empty())
        return Error{Code::invalid_argument, "no device id is given", "muster device register ID... --tenant TENANT --otp-dir DIR"};
    if (auto checked = check_auth(options); !checked) return checked;
    if (!is_by_password(options) && options.otp_file.empty() == options.otp_dir.empty()) {
        return Error{Code::invalid_argument, "the one-time passwords need one place to go",
                     "give --otp-file FILE for one device, or --otp-dir DIR for DIR/<id>.otp each"};
    }
    if (!options.otp_file.empty() && ids.size() > 1) {
        return Error{Code::invalid_argument, "--otp-file takes one device, and " + std::to_string(ids.size()) + " are given",
                     "use --otp-dir DIR"};
    }
    const bool is_password = is_by_password(options);
    const auto refused = refuse_existing(is_password ? "--credentials-out" : "--otp-file",
                                         is_password ? options.credentials_out : options.otp_file, options.resets);
    if (!refused) return refused;
    for (const auto& id : ids) {
        if (id.find('/') != std::string::npos)
            return Error{Code::invalid_argument, "device id '" + id + "' has a slash", "use [A-Za-z0-9._:-] only"};
    }
    return {};
}

std::filesystem::path place_of(const DeviceRegisterOptions& options, const std::string& id) {
    return options.otp_dir.empty() ? options.otp_file : options.otp_dir / (id + ".otp");
}

// Before anything is registered: with a password that cannot be kept nobody can enroll.
Result<void> check_places(const DeviceRegisterOptions& options, const std::vector<std::string>& ids) {
    if (!options.otp_dir.empty()) {
        if (auto made = base::make_private_directory(options.otp_dir); !made) return std::move(made).error().in("--otp-dir");
    }
    for (const auto& id : ids) {
        const auto file = place_of(options, id);
        std::error_code why;
        if (std::filesystem::status(file, why).type() == std::filesystem::file_type::none)
            return base::system_error(why.value(), "cannot write", file);
        if (auto writable = WholeFile::create(file); !writable) return std::move(writable).error();  // Nothing is left of it.
    }
    return {};
}

Exit register_ids(const DeviceRegisterOptions& options, const std::vector<std::string>& ids, engines::Engine& engine, Io& io) {
    const std::string& tenant = options.devices.run.tenant;
    auto registered = nlohmann::json::array();
    for (const auto& id : ids) {
        const std::string password = bulk::make_one_time_password();
        const auto answer = engine.register_devices(tenant, {{id, password, options.attributes, {}}});
        if (!answer) return io.fail(answer.error().in(id));
        const auto& registration = answer->front();
        if (registration.error) return io.fail(registration.error->in(id));
        const auto file = place_of(options, id);
        // A password given anew makes the old one worthless, so the old file may go.
        const auto stored = base::store_file(file, password + "\n", base::Access::owner_only, base::Existing::replace);
        if (!stored) return io.fail(stored.error().in(id + " is registered, but its one-time password could not be kept"));
        std::string said = "Device    " + id;
        said += "  registered in " + tenant + "; one-time password in " + file.string() + ", valid until " + registration.expires;
        io.say(said);
        registered.push_back({{"id", id}, {"tenant", tenant}, {"otp_file", file.string()}, {"expires", registration.expires}});
    }
    if (!io.asks_data()) return Exit::ok;
    return print_list(io, registered, {"id", {{"ID", "id"}, {"TENANT", "tenant"}, {"FILE", "otp_file"}, {"VALID UNTIL", "expires"}}});
}

// What is right of the first of them is in the file even if the next one is refused.
Exit register_passwords(const DeviceRegisterOptions& options, const std::vector<std::string>& ids, engines::Engine& engine, Io& io) {
    const std::string& tenant = options.devices.run.tenant;
    const std::string place = options.credentials_out.string();
    auto file = WholeFile::create(options.credentials_out);
    if (!file) return io.fail(file.error());
    if (const auto written = file->write(bulk::credentials_header()); !written) return io.fail(written.error());
    auto registered = nlohmann::json::array();
    Result<void> done;
    for (std::size_t i = 0; i < ids.size() && done; ++i) {
        const std::string& id = ids[i];
        const std::string password = bulk::make_one_time_password();
        const auto answer = engine.register_devices(tenant, {{id, {}, options.attributes, password}});
        if (!answer || answer->front().error) {
            done = (answer ? *answer->front().error : answer.error()).in(id);
            break;
        }
        done = file->write(bulk::credentials_line(tenant, id, password));
        io.say("Device    " + id + "  registered in " + tenant + "; user name " + tenant + "/" + id + ", password in " + place);
        registered.push_back({{"id", id}, {"tenant", tenant}, {"username", tenant + "/" + id}, {"credentials_file", place}});
    }
    if (!registered.empty()) {
        const auto kept = file->commit();
        if (!kept) return io.fail(kept.error().in("devices are registered, but their passwords could not be kept"));
    }
    if (!done) return io.fail(done.error());
    if (!io.asks_data()) return Exit::ok;
    return print_list(io, registered,
                      {"id", {{"ID", "id"}, {"TENANT", "tenant"}, {"USER NAME", "username"}, {"FILE", "credentials_file"}}});
}

// Of a list: beside it, unless it came through a pipe.
std::filesystem::path default_place(const DeviceRegisterOptions& options, const std::string& infix) {
    const auto& list = options.devices.run.list;
    return list == "-" ? std::filesystem::path("devices." + infix + ".csv") : bulk::beside(list, infix).replace_extension(".csv");
}

bulk::RegistrationStores make_stores(const DeviceRegisterOptions& options) {
    const auto place = [&](const std::filesystem::path& asked, const char* infix) {
        return asked.empty() ? default_place(options, infix) : asked;
    };
    bulk::RegistrationStores stores;
    stores.one_time_passwords = options.otp_dir.empty() ? bulk::make_password_list(place(options.otp_file, "otp"), options.resets)
                                                        : bulk::make_password_directory(options.otp_dir, options.resets);
    stores.passwords =
        bulk::make_credentials_list(place(options.credentials_out, "credentials"), options.devices.run.tenant, options.resets);
    stores.has_own_place = !options.credentials_out.empty();
    return stores;
}

Exit register_list(const DeviceRegisterOptions& options, OpenEngine open, Io& io) {
    if (const auto checked = check_list(options); !checked) return io.fail(checked.error());
    auto run = options.devices.run;
    run.verb = "register";
    bulk::FleetListOptions needs;
    needs.min_password_bytes = min_password_bytes;
    needs.takes_passwords = true;
    needs.auth = options.auth;
    return bulk::run_list(
        run, std::move(needs),
        [&]() -> Result<std::unique_ptr<bulk::Operation>> {
            auto opened = open_for_list(run, options.admin, open);
            if (!opened) return std::move(opened).error();
            opened->first.attributes = options.attributes;
            return std::unique_ptr<bulk::Operation>(
                new bulk::Registration(std::move(opened->first), std::move(opened->second), make_stores(options), options.shows_secrets));
        },
        io);
}

}  // namespace

Exit run_device_register(const DeviceRegisterOptions& options, OpenEngine open, Io& io) {
    if (const auto chosen = check_choice(options.devices, "device register"); !chosen) return io.fail(chosen.error());
    if (!options.devices.run.list.empty()) return register_list(options, open, io);
    const auto ids = ids_of(options.devices, io.in);
    if (const auto checked = check_ids(options, ids); !checked) return io.fail(checked.error());
    if (const auto end = stop_before(io, "register " + std::to_string(ids.size()) + " devices in tenant " + options.devices.run.tenant))
        return *end;
    const auto places = is_by_password(options) ? Result<void>() : check_places(options, ids);
    if (!places) return io.fail(places.error());
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    if (is_by_password(options)) return register_passwords(options, ids, **engine, io);
    return register_ids(options, ids, **engine, io);
}

}  // namespace muster::cli
