// SPDX-License-Identifier: Apache-2.0
// The columns of a list of devices, and its rows.
#include "bulk/fleet_list.hpp"

#include "bulk/device_id.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace muster::cli::bulk {
namespace {

// As Cumulocity has it, which is the strictest of those whose lists we take.
constexpr std::size_t max_one_time_password = 32;

constexpr std::array<std::string_view, 2> id_names{"id", "device-id"};
constexpr std::array<std::string_view, 3> otp_names{"otp", "one-time-password", "enrollment-otp"};
// Cumulocity's other columns: fine here, and of no use.
constexpr std::array<std::string_view, 8> ignored_names{"credentials", "name", "type", "idtype", "iccid", "path", "shell", "group"};

// ENROLLMENT_OTP, enrollment-otp and "Enrollment OTP" are one name.
std::string normal(std::string_view name) {
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    std::string text(name);
    for (char& c : text) c = c == '_' || c == ' ' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

template <std::size_t Size>
bool is_among(std::string_view name, const std::array<std::string_view, Size>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_printable(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

}  // namespace

Result<FleetRows> FleetRows::open(const FleetListOptions& options) {
    auto reader = CsvReader::open(options.file, options.delimiter);
    if (!reader) return std::move(reader).error();
    FleetRows rows(std::move(*reader), options);
    if (auto read = rows.read_header(); !read) return std::move(read).error();
    return rows;
}

Result<void> FleetRows::read_header() {
    const std::string file = options_.file.string();
    auto has_header = reader_.next(header_);
    if (!has_header) return std::move(has_header).error();
    if (!*has_header) return Error{Code::invalid_argument, file + " is empty", "its first line names the columns, such as: id,otp"};
    for (std::size_t i = 0; i < header_.fields.size(); ++i) {
        if (auto named = name_column(i, header_.fields[i].text); !named) return std::move(named).error().in(file + ":1");
    }
    if (!id_) {
        const std::string wanted = options_.id_column.empty() ? "id" : options_.id_column;
        return Error{Code::invalid_argument, file + ":1: no column is named '" + wanted + "'",
                     "the first line names the columns; --map ID=NAME says which one has the device ids"};
    }
    if (!options_.otp_column.empty() && !otp_)
        return Error{Code::invalid_argument, file + ":1: no column is named '" + options_.otp_column + "'"};
    if (options_.is_strict && !unknown_.empty())
        return Error{Code::invalid_argument, file + ":1: the column '" + unknown_.front() + "' is not known",
                     "leave out --strict to ignore it"};
    return {};
}

Result<void> FleetRows::name_column(std::size_t index, const std::string& name) {
    const std::string normalised = normal(name);
    const auto is = [&](const std::string& asked, const auto& known) {
        return asked.empty() ? is_among(normalised, known) : normalised == normal(asked);
    };
    const auto take = [&](std::optional<std::size_t>& column) -> Result<void> {
        if (column)
            return Error{Code::invalid_argument,
                         "columns " + std::to_string(*column + 1) + " and " + std::to_string(index + 1) + " both mean '" + name + "'"};
        column = index;
        return {};
    };
    from_cumulocity_ = from_cumulocity_ || name == "ENROLLMENT_OTP" || name == "AUTH_TYPE";
    if (is(options_.id_column, id_names)) return take(id_);
    if (is(options_.otp_column, otp_names)) return take(otp_);
    if (normalised == "tenant") return take(tenant_);
    if (normalised == "auth-type") return take(auth_type_);
    if (!is_among(normalised, ignored_names) && normalised.rfind("com-cumulocity", 0) != 0) unknown_.push_back(name.substr(0, 64));
    return {};
}

const CsvField* FleetRows::field(const std::optional<std::size_t>& column) const {
    return column && *column < record_.fields.size() ? &record_.fields[*column] : nullptr;
}

Result<bool> FleetRows::next(FleetRow& row, const OnProblem& on_problem) {
    if (options_.first != 0 && rows_ == options_.first) return false;
    auto read = reader_.next(record_);
    if (!read) return std::move(read).error();
    if (!*read) return false;
    const CsvField* id = field(id_);
    const CsvField* otp = field(otp_);
    row.number = rows_++;
    row.line = record_.line;
    row.id = id == nullptr ? "" : id->text;
    row.one_time_password = otp == nullptr ? "" : otp->text;
    row.raw.swap(record_.raw);
    if (on_problem) check(row, on_problem);
    return true;
}

void FleetRows::check(const FleetRow& row, const OnProblem& on_problem) const {
    const CsvField* id = field(id_);
    const CsvField* otp = field(otp_);
    const auto report = [&](const CsvField* where, std::string what) {
        on_problem({row.line, where == nullptr ? 1 : where->column, std::move(what)});
    };
    if (record_.fields.size() > header_.fields.size()) {
        report(&record_.fields[header_.fields.size()],
               "the row has " + std::to_string(record_.fields.size()) + " fields, and the header " + std::to_string(header_.fields.size()));
    }
    if (const auto wrong = why_no_device_id(row.id); !wrong.empty()) report(id, wrong);
    if (row.one_time_password.size() > max_one_time_password)
        report(otp, "the one-time password has more than " + std::to_string(max_one_time_password) + " characters");
    else if (!is_printable(row.one_time_password))
        report(otp, "the one-time password has a character that is not printable ASCII");
    else if (options_.needs_passwords && row.one_time_password.empty())
        report(otp, "there is no one-time password, and no --admin to get one from");
    const CsvField* tenant = field(tenant_);
    if (tenant != nullptr && !tenant->text.empty() && tenant->text != options_.tenant)
        report(tenant, "the row is for another tenant than " + (options_.tenant.empty() ? "none" : options_.tenant));
    const CsvField* auth_type = field(auth_type_);
    if (auth_type != nullptr && !auth_type->text.empty() && auth_type->text != "CERTIFICATES")
        report(auth_type, "AUTH_TYPE is not CERTIFICATES: the device is meant to get no certificate");
}

}  // namespace muster::cli::bulk
