// SPDX-License-Identifier: Apache-2.0
// The columns of a list of devices, and its rows.
#include "bulk/fleet_list.hpp"

#include "bulk/device_id.hpp"
#include "bulk/utf8.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

namespace muster::cli::bulk {
namespace {

// As Cumulocity has it, which is the strictest of those whose lists we take.
constexpr std::size_t max_one_time_password = 32;
constexpr std::size_t min_password = 8;
constexpr std::size_t max_password = 1'024;
constexpr std::size_t max_attribute_bytes = 256;
constexpr std::size_t max_unknown_columns = 100;

constexpr std::string_view id_field = "id";
constexpr std::string_view otp_field = "otp";
constexpr std::string_view tenant_field = "tenant";
constexpr std::string_view auth_type_field = "auth-type";
constexpr std::string_view password_field = "password";

// Other people's names of our fields, and columns of Cumulocity's and our own that are fine here and of no use.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> other_names{{{"device-id", id_field},
                                                                                    {"auth", auth_type_field},
                                                                                    {"credentials", password_field},
                                                                                    {"one-time-password", otp_field},
                                                                                    {"enrollment-otp", otp_field},
                                                                                    {"path", "group"},
                                                                                    {"idtype", "external-id-type"}}};
constexpr std::array<std::string_view, 5> ignored_names{"credentials", "password", "username", "shell", "expires"};

// ENROLLMENT_OTP, enrollment-otp and "Enrollment OTP" are one name.
std::string normal(std::string_view name) {
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    std::string text(name);
    for (char& c : text) c = c == '_' || c == ' ' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

template <class Names>
bool is_among(std::string_view name, const Names& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_printable(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

// Empty if it is fine.
std::string why_no_attribute(std::string_view text) {
    if (text.size() > max_attribute_bytes) return "has more than " + std::to_string(max_attribute_bytes) + " bytes";
    if (!is_utf8(text)) return "is not UTF-8: is the file of another encoding?";
    if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == '\x7F'; }))
        return "has a line end or another control character";
    // Spreadsheets would run it when a list of devices is opened in one.
    if (!text.empty() && (text.front() == '=' || text.front() == '@')) return "begins as a formula of a spreadsheet does";
    return {};
}

}  // namespace

// FNV-1a: fast, and a row that was edited on purpose gets the same one once in 2^64 times.
std::uint64_t hash_of_row(std::string_view raw) {
    std::uint64_t hash = 0xCBF2'9CE4'8422'2325U;
    for (const char c : raw) hash = (hash ^ static_cast<unsigned char>(c)) * 0x0000'0100'0000'01B3U;
    return hash;
}

Result<FleetRows> FleetRows::open(const FleetListOptions& options) {
    if (options.delimiter == 0 && JsonLinesReader::is_suitable(options.file)) {
        auto reader = JsonLinesReader::open(options.file, options.name());
        if (!reader) return std::move(reader).error();
        return FleetRows(Reader(std::move(*reader)), options);
    }
    auto reader = CsvReader::open(options.file, options.delimiter, options.name());
    if (!reader) return std::move(reader).error();
    FleetRows rows(Reader(std::move(*reader)), options);
    if (auto read = rows.read_header(); !read) return std::move(read).error();
    return rows;
}

Result<void> FleetRows::read_header() {
    const std::string file = options_.name();
    auto has_header = std::get<CsvReader>(reader_).next(header_);
    if (!has_header) return std::move(has_header).error();
    if (!*has_header) return Error{Code::invalid_argument, file + " is empty", "its first line names the columns, such as: id,otp"};
    for (std::size_t i = 0; i < header_.fields.size(); ++i) {
        if (auto named = name_column(i, header_.fields[i].text); !named) return std::move(named).error().in(file + ":1");
    }
    const auto column_of = [this](std::string_view field) {
        const auto asked = options_.columns.find(std::string(field));
        return asked == options_.columns.end() ? std::string(field) : asked->second;
    };
    if (columns_.count(std::string(id_field)) == 0) {
        return Error{Code::invalid_argument, file + ":1: no column is named '" + column_of(id_field) + "'",
                     "the first line names the columns; --map ID=NAME says which one has the device ids"};
    }
    for (const auto& [field, column] : options_.columns) {
        if (columns_.count(field) != 0) continue;
        Error missing{Code::invalid_argument, "no column is named '" + column + "'"};
        return std::move(missing).in(file + ":1");
    }
    if (options_.is_strict && !unknown_.empty())
        return Error{Code::invalid_argument, file + ":1: the column '" + unknown_.front() + "' is not known",
                     "leave out --strict to ignore it"};
    return {};
}

// Empty: it is nothing that is used here.
std::string FleetRows::field_named(const std::string& name) const {
    const std::string normalised = normal(name);
    for (const auto& [field, column] : options_.columns) {
        if (normalised == normal(column)) return field;
    }
    std::string found;
    for (const auto field : {id_field, otp_field, tenant_field, auth_type_field, password_field}) {
        if (normalised == field) found = normalised;
    }
    if (is_among(normalised, attribute_names)) found = normalised;
    for (const auto& [other, field] : other_names) {
        if (normalised == other) found = field;
    }
    if (found == password_field && !options_.takes_passwords) return {};
    // A field that was given another column has no column of its usual name.
    return options_.columns.count(found) == 0 ? found : std::string();
}

Result<void> FleetRows::name_column(std::size_t index, const std::string& name) {
    from_cumulocity_ = from_cumulocity_ || name == "ENROLLMENT_OTP" || name == "AUTH_TYPE";
    const std::string field = field_named(name);
    if (!field.empty()) {
        const auto [known, is_new] = columns_.emplace(field, index);
        if (is_new) return {};
        return Error{Code::invalid_argument,
                     "columns " + std::to_string(known->second + 1) + " and " + std::to_string(index + 1) + " both mean '" + name + "'"};
    }
    const std::string normalised = normal(name);
    const bool is_known = is_among(normalised, ignored_names) || normalised.rfind("com-cumulocity", 0) == 0;
    auto& names = is_known ? ignored_ : unknown_;
    const std::string shown = name.substr(0, 64);
    if (names.size() < max_unknown_columns && !is_among(shown, names)) names.push_back(shown);
    return {};
}

std::string FleetRows::format() const {
    const auto* csv = std::get_if<CsvReader>(&reader_);
    if (csv == nullptr) return "JSON lines";
    std::string ignored;
    for (const auto& name : ignored_) ignored += (ignored.empty() ? ": " : ", ") + name;
    const auto columns = header_.fields.size();
    return "delimiter " + (csv->delimiter() == '\t' ? "tab" : "'" + std::string(1, csv->delimiter()) + "'") +
           (from_cumulocity_ ? ", Cumulocity header" : "") + " (" + std::to_string(columns) + (columns == 1 ? " column" : " columns") +
           (ignored_.empty() ? "" : "; " + std::to_string(ignored_.size()) + " ignored" + ignored) + ")";
}

const CsvField* FleetRows::field(const std::string& name) const {
    const auto column = columns_.find(name);
    return column != columns_.end() && column->second < record_.fields.size() ? &record_.fields[column->second] : nullptr;
}

// In JSON lines every line has its own names.
Result<bool> FleetRows::read(std::optional<Problem>& problem) {
    if (auto* csv = std::get_if<CsvReader>(&reader_)) return csv->next(record_);
    JsonRecord line;
    auto more = std::get<JsonLinesReader>(reader_).next(line);
    if (!more || !*more) return more;
    record_ = std::move(line.record);
    columns_.clear();
    if (!line.problem.empty()) problem = Problem{record_.line, line.problem_column, line.problem};
    for (std::size_t i = 0; i < line.names.size() && !problem; ++i) {
        const auto unknown = unknown_.size();
        const auto named = name_column(i, line.names[i].text);
        if (!named) problem = Problem{record_.line, 1, named.error().message()};
        if (options_.is_strict && unknown_.size() > unknown)
            problem = Problem{record_.line, 1, "the name '" + unknown_.back() + "' is not known"};
    }
    return true;
}

Result<bool> FleetRows::next(FleetRow& row, const OnProblem& on_problem) {
    if (options_.first != 0 && rows_ == options_.first) return false;
    std::optional<Problem> problem;
    auto more = read(problem);
    if (!more || !*more) return more;
    const auto text = [this](std::string_view name) {
        const CsvField* found = field(std::string(name));
        return found == nullptr ? std::string() : found->text;
    };
    row.number = rows_++;
    row.line = record_.line;
    row.id = text(id_field);
    row.one_time_password = text(otp_field);
    row.password = text(password_field);
    row.auth = auth_of_row().value_or(options_.auth);
    row.attributes.clear();
    for (const auto name : attribute_names) {
        if (auto value = text(name); !value.empty()) row.attributes.emplace(name, std::move(value));
    }
    row.raw.swap(record_.raw);
    if (problem && on_problem) on_problem(*problem);
    if (!problem && on_problem) check(row, on_problem);
    return true;
}

void FleetRows::check(const FleetRow& row, const OnProblem& on_problem) const {
    const auto report = [&](const CsvField* where, std::string what) {
        on_problem({row.line, where == nullptr ? 1 : where->column, std::move(what)});
    };
    const bool is_csv = std::holds_alternative<CsvReader>(reader_);
    if (is_csv && record_.fields.size() > header_.fields.size()) {
        report(&record_.fields[header_.fields.size()],
               "the row has " + std::to_string(record_.fields.size()) + " fields, and the header " + std::to_string(header_.fields.size()));
    }
    const auto wrong_id = options_.takes_any_id ? why_no_client_id(row.id) : why_no_device_id(row.id);
    if (!wrong_id.empty()) report(field(std::string(id_field)), wrong_id);
    const CsvField* tenant = field(std::string(tenant_field));
    if (tenant != nullptr && !tenant->text.empty() && tenant->text != options_.tenant)
        report(tenant, "the row is for another tenant than " + (options_.tenant.empty() ? "none" : options_.tenant));
    if (options_.takes_any_id) return;
    check_auth(row, on_problem);
    for (const auto& [name, value] : row.attributes) {
        if (auto wrong = why_no_attribute(value); !wrong.empty()) report(field(name), wrong.insert(0, "the " + name + " "));
    }
}

// None: the row does not say, or nothing that is known.
std::optional<Auth> FleetRows::auth_of_row() const {
    const CsvField* auth_type = field(std::string(auth_type_field));
    const std::string said = auth_type == nullptr ? std::string() : normal(auth_type->text);
    if (said == "certificates") return Auth::certificates;
    // Cumulocity's BASIC is our password.
    return said == "basic" || said == "password" ? std::optional(Auth::password) : std::nullopt;
}

void FleetRows::check_auth(const FleetRow& row, const OnProblem& on_problem) const {
    const CsvField* auth_type = field(std::string(auth_type_field));
    const auto report = [&](const char* what) { on_problem({row.line, auth_type == nullptr ? 1 : auth_type->column, what}); };
    const bool says_nothing = auth_type == nullptr || auth_type->text.empty();
    if (!says_nothing && !auth_of_row()) return report("AUTH_TYPE is neither CERTIFICATES nor BASIC");
    if (row.auth == Auth::certificates) return check_one_time_password(row, on_problem);
    if (!options_.takes_passwords) return report("AUTH_TYPE is not CERTIFICATES: the device is meant to get no certificate");
    check_password(row, on_problem);
}

void FleetRows::check_password(const FleetRow& row, const OnProblem& on_problem) const {
    const CsvField* password = field(std::string(password_field));
    const auto size = row.password.size();
    if (size == 0 || (size >= min_password && size <= max_password && is_printable(row.password))) return;
    on_problem({row.line, password == nullptr ? 1 : password->column,
                size < min_password   ? "the password has fewer than " + std::to_string(min_password) + " characters"
                : size > max_password ? "the password has more than " + std::to_string(max_password) + " characters"
                                      : "the password has a character that is not printable ASCII"});
}

void FleetRows::check_one_time_password(const FleetRow& row, const OnProblem& on_problem) const {
    const CsvField* otp = field(std::string(otp_field));
    const auto report = [&](std::string what) { on_problem({row.line, otp == nullptr ? 1 : otp->column, std::move(what)}); };
    const auto size = row.one_time_password.size();
    if (size > max_one_time_password)
        report("the one-time password has more than " + std::to_string(max_one_time_password) + " characters");
    else if (!is_printable(row.one_time_password))
        report("the one-time password has a character that is not printable ASCII");
    else if (size < options_.min_password_bytes && size > 0)
        report("the one-time password has fewer than " + std::to_string(options_.min_password_bytes) + " characters");
    else if (options_.needs_passwords && size == 0)
        report("there is no one-time password, and no --admin to get one from");
}

}  // namespace muster::cli::bulk
