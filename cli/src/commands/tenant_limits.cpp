// SPDX-License-Identifier: Apache-2.0
// `muster tenant limits`: what a tenant may use, shown and changed.
#include "commands/commands.hpp"
#include "commands/look_up.hpp"
#include "consent.hpp"
#include "output/records.hpp"
#include "output/table.hpp"

#include <charconv>

namespace muster::cli {
namespace {

Result<engines::TenantLimit> parse_limit(const std::string& text) {
    const auto equals = text.find('=');
    const Error error{Code::invalid_argument, "'" + text + "' is not NAME=NUMBER or NAME=none", "for example connections=100"};
    if (equals == std::string::npos || equals == 0) return error;
    engines::TenantLimit limit{text.substr(0, equals), std::nullopt};
    const std::string value = text.substr(equals + 1);
    if (value == "none") return limit;
    std::uint64_t number = 0;
    const char* end = value.data() + value.size();
    const auto [stop, status] = std::from_chars(value.data(), end, number);
    if (status != std::errc() || stop != end) return error;
    limit.value = number;
    return limit;
}

}  // namespace

Exit run_tenant_limits(const TenantLimitsOptions& options, OpenEngine open, Io& io) {
    std::vector<engines::TenantLimit> wanted;
    for (const auto& text : options.limits) {
        const auto limit = parse_limit(text);
        if (!limit) return io.fail(limit.error());
        wanted.push_back(*limit);
    }
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    if (io.is_dry_run && !wanted.empty()) {
        if (const auto found = find_tenant(**engine, options.name); !found) return io.fail(found.error());
        if (const auto end = stop_before(io, "change limits of tenant " + options.name)) return *end;
    }
    const auto limits = (*engine)->set_tenant_limits(options.name, wanted);
    if (!limits) return io.fail(limits.error());
    auto object = nlohmann::json::object();
    View view;
    for (const auto& limit : *limits) {
        object[limit.name] = limit.value ? nlohmann::json(*limit.value) : nlohmann::json();
        view.columns.push_back({limit.name, limit.name});
    }
    return print_record(io, object, view, [&](std::ostream& out) {
        Table table({"LIMIT", "VALUE"});
        for (const auto& limit : *limits) table.add({limit.name, limit.value ? std::to_string(*limit.value) : "none"});
        table.print(out, style_of(io));
    });
}

}  // namespace muster::cli
