// SPDX-License-Identifier: Apache-2.0
// Which devices a command is for.
#include "commands/device_choice.hpp"

#include "bulk/anonymous_file.hpp"

#include <algorithm>

namespace muster::cli {
namespace {

// Ids from elsewhere may have what CSV gives a meaning.
std::string quoted(const std::string& id) {
    std::string out = "\"";
    for (const char c : id) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"\n";
}

Result<void> write_selected(const ChosenDevices& devices, engines::Engine& engine, bulk::AnonymousFile& file) {
    if (auto written = file.write("id\n"); !written) return written;
    constexpr std::uint64_t page_size = 1'000;
    return for_each_device(engine, devices.run.tenant, page_size, [&](const engines::Device& device) -> Result<bool> {
        auto selected = is_selected(device, devices.selector);
        if (!selected || !*selected) return selected ? Result<bool>(true) : selected;
        auto written = file.write(quoted(device.id));
        return written ? Result<bool>(true) : Result<bool>(written.error());
    });
}

std::string join(const std::vector<std::string>& parts) {
    std::string all;
    for (const auto& part : parts) all += (all.empty() ? "" : ",") + part;
    return all;
}

}  // namespace

Result<void> check_choice(const ChosenDevices& devices, const std::string& command) {
    const int ways =
        static_cast<int>(!devices.ids.empty()) + static_cast<int>(!devices.run.list.empty()) + static_cast<int>(!devices.selector.empty());
    if (ways == 1) return {};
    const std::string hint = "muster " + command + " ID... --tenant TENANT, or -f FILE";
    return Error{Code::invalid_argument, ways == 0 ? "no device is named" : "devices are named in more than one way", hint};
}

std::vector<std::string> ids_of(const ChosenDevices& devices, std::istream& in) {
    if (devices.ids.size() != 1 || devices.ids.front() != "-") return devices.ids;
    std::vector<std::string> ids;
    for (std::string line; std::getline(in, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (!line.empty()) ids.push_back(line);
    }
    return ids;
}

Result<std::pair<std::string, std::string>> parse_selection(const std::string& text) {
    const auto equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const auto& names = bulk::attribute_names;
    if (equals != std::string::npos && std::find(names.begin(), names.end(), name) != names.end())
        return std::pair{name, text.substr(equals + 1)};
    return Error{Code::invalid_argument, "'" + text + "' selects nothing",
                 "for example type=pump; by name, type, group, iccid or external-id-type"};
}

Result<bool> is_selected(const engines::Device& device, const std::vector<std::string>& selector) {
    for (const auto& text : selector) {
        const auto wanted = parse_selection(text);
        if (!wanted) return wanted.error();
        const auto found = device.attributes.find(wanted->first);
        if ((found == device.attributes.end() ? std::string() : found->second) != wanted->second) return false;
    }
    return true;
}

Result<void> for_each_device(engines::Engine& engine, const std::string& tenant, std::uint64_t page_size,
                             const std::function<Result<bool>(const engines::Device&)>& on_device) {
    std::string after;
    while (true) {
        const auto page = engine.list_devices(tenant, after, page_size);
        if (!page) return page.error();
        for (const auto& device : *page) {
            const auto more = on_device(device);
            if (!more) return more.error();
            if (!*more) return {};
        }
        if (page->size() < page_size) return {};
        after = page->back().id;
    }
}

Result<std::pair<bulk::DeviceOperationOptions, bulk::Engines>> open_for_list(const bulk::ListRunOptions& run, const std::string& admin,
                                                                             OpenEngine open) {
    bulk::Engines engines;
    while (engines.size() < run.workers) {
        auto engine = open(admin);
        if (!engine) return std::move(engine).error();
        engines.push_back(std::move(*engine));
    }
    const auto tenant = engines.front()->find_tenant(run.tenant);
    if (!tenant) return tenant.error();
    return std::pair{bulk::DeviceOperationOptions{run.tenant, tenant->issuing_ca_sha256, run.retries, {}, tenant->device_passwords},
                     std::move(engines)};
}

Exit lose_many(const ChosenDevices& devices, const std::string& verb, const std::string& admin, OpenEngine open, const MakeOperation& make,
               Io& io) {
    bulk::FleetListOptions needs;
    needs.takes_any_id = true;
    const bulk::OpenOperation open_operation = [&]() -> Result<std::unique_ptr<bulk::Operation>> {
        auto opened = open_for_list(devices.run, admin, open);
        if (!opened) return std::move(opened).error();
        return make(std::move(opened->first), std::move(opened->second));
    };
    auto run = devices.run;
    run.verb = verb;
    run.is_asked_for = true;
    if (devices.selector.empty()) return bulk::run_list(run, std::move(needs), open_operation, io);
    auto engine = open(admin);
    if (!engine) return io.fail(engine.error());
    auto selected = bulk::AnonymousFile::create();
    if (!selected) return io.fail(selected.error());
    if (const auto written = write_selected(devices, **engine, *selected); !written) return io.fail(written.error());
    run.list = selected->path();
    run.shown = join(devices.selector);
    run.delimiter = ',';
    run.columns.clear();
    return bulk::run_list(run, std::move(needs), open_operation, io);
}

}  // namespace muster::cli
