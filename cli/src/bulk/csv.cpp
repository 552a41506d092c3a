// SPDX-License-Identifier: Apache-2.0
// Comma-separated values, byte by byte.
#include "bulk/csv.hpp"

#include "base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

namespace muster::cli::bulk {
namespace {

constexpr int end_of_file = -1;
constexpr std::size_t chunk_bytes = 64U << 10U;

char most_frequent_delimiter(std::string_view text) {
    const std::string_view line = text.substr(0, text.find('\n'));
    constexpr std::string_view candidates = ";,\t";
    std::ptrdiff_t most = 0;
    char found = ',';
    for (const char candidate : candidates) {
        bool quoted = false;
        const auto count = std::count_if(line.begin(), line.end(), [&](char c) {
            if (c == '"') quoted = !quoted;
            return c == candidate && !quoted;
        });
        if (count > most) {
            most = count;
            found = candidate;
        }
    }
    return found;
}

}  // namespace

CsvReader::CsvReader(CsvReader&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      file_(std::move(other.file_)),
      buffer_(std::move(other.buffer_)),
      position_(other.position_),
      at_end_(other.at_end_),
      delimiter_(other.delimiter_),
      line_(other.line_),
      column_(other.column_) {}

CsvReader::~CsvReader() {
    if (fd_ >= 0) ::close(fd_);
}

Result<CsvReader> CsvReader::open(const std::filesystem::path& file, char delimiter, const std::string& shown) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return base::system_error(errno, "cannot open", file);
    CsvReader reader(fd, shown.empty() ? file : std::filesystem::path(shown));
    struct stat status {};
    if (::fstat(fd, &status) != 0) return base::system_error(errno, "cannot examine", file);
    if (!S_ISREG(status.st_mode)) {
        return Error{Code::invalid_argument, file.string() + " is not a regular file",
                     "a list is read more than once: save it as a file first"};
    }
    if (auto begun = reader.begin(delimiter); !begun) return std::move(begun).error();
    return reader;
}

Result<void> CsvReader::begin(char delimiter) {
    if (auto filled = fill(); !filled) return filled;
    constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";
    const std::string_view start = buffer_;
    if (start.substr(0, 2) == "\xFF\xFE" || start.substr(0, 2) == "\xFE\xFF")
        return Error{Code::invalid_argument, file_.string() + " is in UTF-16", "save it as CSV in UTF-8"};
    if (start.substr(0, utf8_mark.size()) == utf8_mark) position_ = utf8_mark.size();
    delimiter_ = delimiter != 0 ? delimiter : most_frequent_delimiter(start);
    return {};
}

Result<void> CsvReader::fill() {
    buffer_.resize(chunk_bytes);
    position_ = 0;
    while (true) {
        const auto count = ::read(fd_, buffer_.data(), buffer_.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return base::system_error(errno, "cannot read", file_);
        buffer_.resize(static_cast<std::size_t>(count));
        at_end_ = count == 0;
        return {};
    }
}

Result<int> CsvReader::take() {
    if (position_ == buffer_.size() && !at_end_) {
        if (auto filled = fill(); !filled) return std::move(filled).error();
    }
    if (at_end_) return end_of_file;
    const char c = buffer_[position_++];
    ++column_;
    if (c == '\n') {
        ++line_;
        column_ = 1;
    }
    return static_cast<unsigned char>(c);
}

Error CsvReader::wrong(std::uint64_t line, std::size_t column, const std::string& what) const {
    return {Code::corrupt, file_.string() + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + what};
}

/// One record being read.
class CsvReader::Parser {
public:
    Parser(CsvRecord& record, char delimiter) : record_(record), delimiter_(delimiter) {
        record_.fields.clear();
        record_.raw.clear();
        record_.fields.push_back({{}, 1});
    }

    enum class Next : std::uint8_t { more, end, stray_text };
    Next take(char c, std::size_t column_after) {
        const bool is_in_quotes = state_ == State::quoted;
        if (c == '\n' && !is_in_quotes) return Next::end;
        record_.raw += c;
        switch (state_) {
            case State::quoted:
                if (c == '"') {
                    state_ = State::quote_seen;
                } else {
                    text() += c;
                }
                return Next::more;
            case State::quote_seen:
                if (c == '"') {
                    state_ = State::quoted;
                    text() += c;
                    return Next::more;
                }
                if (c == '\r') return Next::more;  // Before the line end.
                if (c != delimiter_) return Next::stray_text;
                break;
            case State::start:
                if (c == '"') {
                    state_ = State::quoted;
                    return Next::more;
                }
                state_ = State::plain;
                break;
            case State::plain:
                break;
        }
        if (c == delimiter_) {
            record_.fields.push_back({{}, column_after});
            state_ = State::start;
        } else {
            text() += c;
        }
        return Next::more;
    }

    [[nodiscard]] bool is_open() const { return state_ == State::quoted; }
    /// Takes the CR of a CRLF away; whether anything is in the record.
    bool finish() {
        if (!record_.raw.empty() && record_.raw.back() == '\r') {
            record_.raw.pop_back();
            if (state_ != State::quote_seen && !text().empty()) text().pop_back();
        }
        return !record_.raw.empty();
    }

private:
    enum class State : std::uint8_t { start, plain, quoted, quote_seen };
    std::string& text() { return record_.fields.back().text; }

    CsvRecord& record_;
    char delimiter_;
    State state_ = State::start;
};

Result<bool> CsvReader::next(CsvRecord& record) {
    while (true) {
        record.line = line_;
        Parser parser(record, delimiter_);
        while (true) {
            auto taken = take();
            if (!taken) return std::move(taken).error();
            if (*taken == end_of_file) {
                if (parser.is_open()) return wrong(record.line, record.fields.back().column, "a quote is never closed");
                return parser.finish();
            }
            if (*taken == 0) return wrong(line_, column_ - 1, "there is a NUL byte in it");
            const auto next = parser.take(static_cast<char>(*taken), column_);
            if (next == Parser::Next::end) break;
            if (next == Parser::Next::stray_text) return wrong(line_, column_ - 1, "there is text after a closing quote");
            if (record.raw.size() > max_record_bytes) {
                return wrong(
                    record.line, 1,
                    "a record of more than " + std::to_string(max_record_bytes >> 20U) + " MiB begins here; is a quote never closed?");
            }
        }
        if (parser.finish()) return true;
    }
}

}  // namespace muster::cli::bulk
