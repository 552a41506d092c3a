// SPDX-License-Identifier: Apache-2.0
// Comma-separated values (RFC 4180), as spreadsheets and cloud platforms write them, one record at a time.
#pragma once

#include <muster/result.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace muster::cli::bulk {

struct CsvField {
    std::string text;
    std::size_t column = 1;  ///< Where it begins in its line, in bytes from 1.
};

struct CsvRecord {
    std::uint64_t line = 0;  ///< Where it begins, from 1.
    std::vector<CsvField> fields;
    std::string raw;  ///< As it stands in the file, without its line end.
};

/// Reads a file forwards, in memory that depends on its longest record only. A byte order mark, CRLF, quoted fields with delimiters and
/// line ends in them are understood; empty lines are skipped.
/// Threads: one at a time.
class CsvReader {
public:
    /// Longer records are refused: a quote that nobody closes must not read the rest of the file into memory.
    static constexpr std::size_t max_record_bytes = 8U << 20U;

    /// `delimiter` 0: the one of `;`, `,` and tab that is most frequent in the first line. Errors name it `shown`. Fails with
    /// Code::not_found, Code::io, Code::invalid_argument if it is no regular file or is in UTF-16.
    static Result<CsvReader> open(const std::filesystem::path& file, char delimiter = 0, const std::string& shown = {});

    CsvReader(CsvReader&& other) noexcept;
    CsvReader& operator=(CsvReader&&) = delete;
    ~CsvReader();

    /// The next record; false at the end. Fails with Code::corrupt, naming file, line and column; after that, the place in the file is
    /// lost.
    Result<bool> next(CsvRecord& record);

    [[nodiscard]] char delimiter() const { return delimiter_; }

private:
    class Parser;
    CsvReader(int fd, std::filesystem::path file) : fd_(fd), file_(std::move(file)) {}
    [[nodiscard]] Result<void> begin(char delimiter);
    [[nodiscard]] Result<void> fill();
    [[nodiscard]] Result<int> take();
    [[nodiscard]] Error wrong(std::uint64_t line, std::size_t column, const std::string& what) const;

    int fd_;
    std::filesystem::path file_;
    std::string buffer_;
    std::size_t position_ = 0;
    bool at_end_ = false;
    char delimiter_ = ',';
    std::uint64_t line_ = 1;
    std::size_t column_ = 1;
};

}  // namespace muster::cli::bulk
