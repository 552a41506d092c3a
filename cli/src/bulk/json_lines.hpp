// SPDX-License-Identifier: Apache-2.0
// JSON lines: an object of texts and numbers on each line, one record at a time.
#pragma once

#include "bulk/csv.hpp"

#include <muster/result.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace muster::cli::bulk {

/// What one line says: names, and under the same index what each has.
struct JsonRecord {
    std::vector<CsvField> names;
    CsvRecord record;
    std::string problem;  ///< Not empty: the line is no such object.
    std::size_t problem_column = 1;
};

/// Reads a file forwards, in memory that depends on its longest line only. Empty lines are skipped.
/// Threads: one at a time.
class JsonLinesReader {
public:
    /// Whether the file's first character is the beginning of an object. False also if it cannot be read.
    [[nodiscard]] static bool is_suitable(const std::filesystem::path& file);
    /// Fails as CsvReader::open does.
    static Result<JsonLinesReader> open(const std::filesystem::path& file, const std::string& shown = {});

    JsonLinesReader(JsonLinesReader&& other) noexcept;
    JsonLinesReader& operator=(JsonLinesReader&&) = delete;
    ~JsonLinesReader();

    /// The next line; false at the end. A line that is wrong says so itself, and the next can be read. Fails with Code::io, and
    /// Code::corrupt for a line of more than CsvReader::max_record_bytes.
    Result<bool> next(JsonRecord& record);

private:
    JsonLinesReader(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
    Result<bool> read_line(std::string& line);

    int fd_;
    std::string name_;
    std::string buffer_;
    std::size_t position_ = 0;
    std::uint64_t line_ = 0;
};

}  // namespace muster::cli::bulk
