// SPDX-License-Identifier: Apache-2.0
// A list of devices as a CSV file: which column is what, and whether every row makes sense, before anything is done with the first.
#pragma once

#include "bulk/csv.hpp"

#include <muster/result.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace muster::cli::bulk {

struct FleetListOptions {
    std::filesystem::path file;
    char delimiter = 0;  ///< 0: found out.
    std::string id_column;
    std::string otp_column;  ///< Both: by name; empty: by the names that are known.
    std::string tenant;
    bool needs_passwords = false;  ///< Nobody else has any.
    bool is_strict = false;        ///< Columns that are not known are an error.
    std::uint64_t first = 0;       ///< Only so many rows; 0: all.
};

struct FleetRow {
    std::uint64_t number = 0;  ///< From 0.
    std::uint64_t line = 0;
    std::string id;
    std::string one_time_password;
    std::string raw;
};

/// What is wrong, and where.
struct Problem {
    std::uint64_t line = 0;
    std::size_t column = 0;
    std::string what;
};

/// The rows of a list, read forwards.
/// Threads: one at a time.
class FleetRows {
public:
    /// Fails as CsvReader::open, and with Code::invalid_argument if the header is missing or ambiguous, or has no column of ids.
    static Result<FleetRows> open(const FleetListOptions& options);

    using OnProblem = std::function<void(Problem)>;
    /// The next row; false at the end. What is wrong with it goes to `on_problem`, if there is one. Fails as CsvReader::next.
    Result<bool> next(FleetRow& row, const OnProblem& on_problem = {});

    [[nodiscard]] const std::string& header() const { return header_.raw; }
    [[nodiscard]] char delimiter() const { return reader_.delimiter(); }
    [[nodiscard]] const std::vector<std::string>& unknown_columns() const { return unknown_; }
    [[nodiscard]] bool is_from_cumulocity() const { return from_cumulocity_; }

private:
    FleetRows(CsvReader reader, const FleetListOptions& options) : reader_(std::move(reader)), options_(options) {}
    Result<void> read_header();
    Result<void> name_column(std::size_t index, const std::string& name);
    [[nodiscard]] const CsvField* field(const std::optional<std::size_t>& column) const;
    void check(const FleetRow& row, const OnProblem& on_problem) const;

    CsvReader reader_;
    FleetListOptions options_;
    CsvRecord header_;
    CsvRecord record_;
    std::optional<std::size_t> id_;
    std::optional<std::size_t> otp_;
    std::optional<std::size_t> tenant_;
    std::optional<std::size_t> auth_type_;
    std::vector<std::string> unknown_;
    bool from_cumulocity_ = false;
    std::uint64_t rows_ = 0;
};

/// What a whole list looks like. 16 bytes are kept for each row, whatever is in it.
class FleetCheck {
public:
    /// Reads the file from its first byte to its last. Fails as FleetRows::open does; what is wrong with rows is among the problems.
    static Result<FleetCheck> of(const FleetListOptions& options);

    [[nodiscard]] std::uint64_t rows() const { return rows_; }
    /// Of all rows, the first hundred; `problem_count` has all.
    [[nodiscard]] const std::vector<Problem>& problems() const { return problems_; }
    [[nodiscard]] std::uint64_t problem_count() const { return problem_count_; }
    [[nodiscard]] const std::vector<std::string>& unknown_columns() const { return unknown_; }
    /// For people: `delimiter ';', Cumulocity header`.
    [[nodiscard]] const std::string& format() const { return format_; }
    /// The row of a device.
    [[nodiscard]] std::optional<std::uint64_t> row_of(const std::string& id) const;

private:
    struct Place {
        std::uint64_t hash;
        std::uint64_t row;
        bool operator<(const Place& other) const { return hash != other.hash ? hash < other.hash : row < other.row; }
    };
    Result<void> read_rows(FleetRows& rows);
    Result<void> find_duplicates(const FleetListOptions& options);
    void add(Problem problem);

    std::vector<Place> places_;  // Sorted.
    std::uint64_t rows_ = 0;
    std::vector<Problem> problems_;
    std::uint64_t problem_count_ = 0;
    std::vector<std::string> unknown_;
    std::string format_;
};

}  // namespace muster::cli::bulk
