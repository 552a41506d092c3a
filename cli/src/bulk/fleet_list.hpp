// SPDX-License-Identifier: Apache-2.0
// A list of devices as CSV or JSON lines: which column is what, and whether every row makes sense, before anything is done with the first.
#pragma once

#include "bulk/csv.hpp"
#include "bulk/json_lines.hpp"

#include <muster/result.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace muster::cli::bulk {

/// What a device shows to be let in: a certificate, which it gets for a one-time password, or a password.
enum class Auth : std::uint8_t { certificates, password };

struct FleetListOptions {
    std::filesystem::path file;
    std::string shown = {};  ///< What it is called in messages; empty: as it is.
    char delimiter = 0;      ///< 0: found out.
    /// From a field (`id`, `otp`, `password` or an attribute) to its column's name; fields that are not here go by the names that are
    /// known.
    std::map<std::string, std::string> columns = {};
    std::string tenant;
    bool needs_passwords = false;  ///< Nobody else has any.
    std::size_t min_password_bytes = 0;
    bool is_strict = false;   ///< Columns that are not known are an error.
    std::uint64_t first = 0;  ///< Only so many rows; 0: all.
    /// Devices that are known elsewhere may have ids that could not be enrolled, and their passwords do not matter.
    bool takes_any_id = false;
    bool takes_passwords = false;    ///< Rows may be of devices with passwords.
    Auth auth = Auth::certificates;  ///< Of rows that do not say.

    [[nodiscard]] std::string name() const { return shown.empty() ? file.string() : shown; }
};

/// What a list can say of a device beside its id and its one-time password, as columns are named.
inline constexpr std::array<std::string_view, 5> attribute_names{"name", "type", "group", "iccid", "external-id-type"};

struct FleetRow {
    std::uint64_t number = 0;  ///< From 0.
    std::uint64_t line = 0;
    std::string id;
    std::string one_time_password;
    std::string raw;
    std::map<std::string, std::string> attributes = {};  ///< Those that are not empty.
    Auth auth = Auth::certificates;
    std::string password = {};  ///< Of a device with one; empty: it is to be made.
};

/// A row's content as it stands in the file, in a few characters.
[[nodiscard]] std::uint64_t hash_of_row(std::string_view raw);

/// What is wrong, and where.
struct Problem {
    std::uint64_t line = 0;
    std::size_t column = 0;
    std::string what;
};

/// The rows of a list, read forwards. What its first character is says whether it is CSV or JSON lines.
/// Threads: one at a time.
class FleetRows {
public:
    /// Fails as CsvReader::open does, and with Code::invalid_argument if the header is missing or ambiguous, or has no column of ids.
    static Result<FleetRows> open(const FleetListOptions& options);

    using OnProblem = std::function<void(Problem)>;
    /// The next row; false at the end. What is wrong with it goes to `on_problem`, if there is one. Fails as CsvReader::next.
    Result<bool> next(FleetRow& row, const OnProblem& on_problem = {});

    [[nodiscard]] const std::string& header() const { return header_.raw; }
    /// Columns that nobody knows, and are most likely a mistake; of JSON lines, those seen so far.
    [[nodiscard]] const std::vector<std::string>& unknown_columns() const { return unknown_; }
    /// For people: `delimiter ';', Cumulocity header (12 columns; 1 ignored: SHELL)`.
    [[nodiscard]] std::string format() const;

private:
    using Reader = std::variant<CsvReader, JsonLinesReader>;
    /// By field.
    using Columns = std::map<std::string, std::size_t>;
    FleetRows(Reader reader, const FleetListOptions& options) : reader_(std::move(reader)), options_(options) {}
    Result<void> read_header();
    Result<void> name_columns();
    Result<void> name_column(std::size_t index, const std::string& name);
    [[nodiscard]] std::string field_named(const std::string& name) const;
    Result<bool> read(std::optional<Problem>& problem);
    [[nodiscard]] const CsvField* field(const std::string& name) const;
    void check(const FleetRow& row, const OnProblem& on_problem) const;
    [[nodiscard]] std::optional<Auth> auth_of_row() const;
    void check_auth(const FleetRow& row, const OnProblem& on_problem) const;
    void check_password(const FleetRow& row, const OnProblem& on_problem) const;
    void check_one_time_password(const FleetRow& row, const OnProblem& on_problem) const;

    Reader reader_;
    FleetListOptions options_;
    CsvRecord header_;
    CsvRecord record_;
    Columns columns_;
    std::vector<std::string> unknown_;
    std::vector<std::string> ignored_;
    bool from_cumulocity_ = false;
    std::uint64_t rows_ = 0;
};

/// What a whole list looks like. 24 bytes are kept for each row, whatever is in it.
class FleetCheck {
public:
    /// Reads the file from its first byte to its last. Fails as FleetRows::open does; what is wrong with rows is among the problems.
    static Result<FleetCheck> of(const FleetListOptions& options);

    [[nodiscard]] std::uint64_t rows() const { return rows_; }
    /// Those of devices with passwords.
    [[nodiscard]] std::uint64_t password_rows() const { return password_rows_; }
    /// Of all rows, the first hundred; `problem_count` has all.
    [[nodiscard]] const std::vector<Problem>& problems() const { return problems_; }
    [[nodiscard]] std::uint64_t problem_count() const { return problem_count_; }
    [[nodiscard]] const std::vector<std::string>& unknown_columns() const { return unknown_; }
    /// As FleetRows::format.
    [[nodiscard]] const std::string& format() const { return format_; }
    /// The row of a device.
    [[nodiscard]] std::optional<std::uint64_t> row_of(const std::string& id) const;
    /// hash_of_row() of a row, by its number.
    [[nodiscard]] std::uint64_t content_of(std::uint64_t row) const { return contents_[row]; }

private:
    struct Place {
        std::uint64_t hash;
        std::uint64_t row;
        bool operator<(const Place& other) const { return hash != other.hash ? hash < other.hash : row < other.row; }
    };
    Result<void> read_rows(FleetRows& rows);
    Result<void> find_duplicates(const FleetListOptions& options);
    void add(Problem problem);

    std::vector<Place> places_;            // Sorted.
    std::vector<std::uint64_t> contents_;  // By row.
    std::uint64_t rows_ = 0;
    std::uint64_t password_rows_ = 0;
    std::vector<Problem> problems_;
    std::uint64_t problem_count_ = 0;
    std::vector<std::string> unknown_;
    std::string format_;
};

}  // namespace muster::cli::bulk
