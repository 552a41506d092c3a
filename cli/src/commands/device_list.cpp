// SPDX-License-Identifier: Apache-2.0
// `muster device list`: a tenant's devices and whether they have enrolled; all of them, or those that are looked for.
#include "commands/device_choice.hpp"
#include "output/device.hpp"
#include "output/time.hpp"

#include <algorithm>
#include <optional>

namespace muster::cli {
namespace {

// A certificate of 90 days is renewed when 30 are left: what has fewer is overdue.
constexpr std::chrono::hours soon(24 * 30);

/// Which devices are looked for.
class Filter {
public:
    explicit Filter(const DeviceListOptions& options)
        : options_(options), until_(rfc3339(std::chrono::system_clock::now() + options.expiring_within.value_or(soon))) {}

    [[nodiscard]] Result<bool> takes(const engines::Device& device) const {
        const auto& statuses = options_.statuses;
        const bool has_status = statuses.empty() || std::any_of(statuses.begin(), statuses.end(), [&](const std::string& wanted) {
                                    return wanted == status_of(device) || (wanted == "expired" && ends_by(device, now_)) ||
                                           (wanted == "expiring" && ends_by(device, until_) && !ends_by(device, now_));
                                });
        if (!has_status) return false;
        if (options_.expiring_within && !ends_by(device, until_)) return false;
        return is_selected(device, options_.selector);
    }

private:
    // Times of one form and zone: they are in the order of their texts.
    [[nodiscard]] static bool ends_by(const engines::Device& device, const std::string& time) {
        return !device.revoked && device.certificate_not_after && *device.certificate_not_after <= time;
    }

    const DeviceListOptions& options_;
    const std::string now_ = rfc3339(std::chrono::system_clock::now());
    const std::string until_;
};

}  // namespace

Exit run_device_list(const DeviceListOptions& options, OpenEngine open, Io& io) {
    for (const auto& text : options.selector) {
        if (const auto known = parse_selection(text); !known) return io.fail(known.error());
    }
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const Filter filter(options);
    // What can be printed line by line is not kept: a list may be long.
    const bool is_streamed = io.format == Format::jsonl || io.format == Format::csv || io.format == Format::name;
    RecordStream stream(io, device_view());
    if (const auto possible = is_streamed ? stream.check() : Result<void>(); !possible) return io.fail(possible.error());
    auto list = nlohmann::json::array();
    std::uint64_t count = 0;
    const auto listed = for_each_device(**engine, options.tenant, options.page_size, [&](const engines::Device& device) -> Result<bool> {
        const auto taken = filter.takes(device);
        if (!taken || !*taken) return taken ? Result<bool>(true) : taken;
        if (is_streamed)
            stream.print(to_json(device));
        else
            list.push_back(to_json(device));
        return ++count != options.limit;
    });
    if (!listed) return io.fail(listed.error());
    // An empty list has its own form in each format.
    return is_streamed && count > 0 ? Exit::ok : print_list(io, list, device_view());
}

}  // namespace muster::cli
