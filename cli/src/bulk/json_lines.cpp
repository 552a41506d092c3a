// SPDX-License-Identifier: Apache-2.0
// JSON lines, read without building a document: what is nested is refused, however deep it is.
#include "bulk/json_lines.hpp"

#include "base/files.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

namespace muster::cli::bulk {
namespace {

constexpr std::size_t chunk_bytes = 64U << 10U;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Takes one flat object apart.
class FlatObject final : public nlohmann::json_sax<nlohmann::json> {
public:
    explicit FlatObject(JsonRecord& record) : record_(record) {}

    bool null() override { return add(""); }
    bool boolean(bool value) override { return add(value ? "true" : "false"); }
    bool number_integer(number_integer_t value) override { return add(std::to_string(value)); }
    bool number_unsigned(number_unsigned_t value) override { return add(std::to_string(value)); }
    bool number_float(number_float_t, const string_t& text) override { return add(text); }
    bool string(string_t& value) override { return add(std::move(value)); }
    bool binary(binary_t&) override { return refuse("there are bytes in it"); }
    bool start_object(std::size_t) override {
        if (is_open_) return refuse_nested();
        is_open_ = true;
        return true;
    }
    bool key(string_t& name) override {
        record_.names.push_back({std::move(name), 1});
        return true;
    }
    bool end_object() override { return true; }
    bool start_array(std::size_t) override { return is_open_ ? refuse_nested() : refuse("the line is no JSON object"); }
    bool end_array() override { return true; }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
        record_.problem_column = position == 0 ? 1 : position;
        return refuse("the line is no JSON object");
    }

private:
    bool add(std::string value) {
        if (!is_open_) return refuse("the line is no JSON object");
        record_.record.fields.push_back({std::move(value), 1});
        return true;
    }
    bool refuse_nested() { return refuse("the value of '" + record_.names.back().text.substr(0, 64) + "' is neither a text nor a number"); }
    bool refuse(std::string what) {
        record_.problem = std::move(what);
        return false;
    }

    JsonRecord& record_;
    bool is_open_ = false;
};

}  // namespace

bool JsonLinesReader::is_suitable(const std::filesystem::path& file) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return false;
    std::array<char, 256> start{};
    const auto count = ::read(fd, start.data(), start.size());
    ::close(fd);
    std::string_view text(start.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    if (text.substr(0, byte_order_mark.size()) == byte_order_mark) text.remove_prefix(byte_order_mark.size());
    const auto first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && text[first] == '{';
}

Result<JsonLinesReader> JsonLinesReader::open(const std::filesystem::path& file, const std::string& shown) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return base::system_error(errno, "cannot open", file);
    JsonLinesReader reader(fd, shown.empty() ? file.string() : shown);
    struct stat status {};
    if (::fstat(fd, &status) != 0) return base::system_error(errno, "cannot examine", file);
    if (!S_ISREG(status.st_mode)) return Error{Code::invalid_argument, file.string() + " is not a regular file"};
    return reader;
}

JsonLinesReader::JsonLinesReader(JsonLinesReader&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      name_(std::move(other.name_)),
      buffer_(std::move(other.buffer_)),
      position_(other.position_),
      line_(other.line_) {}

JsonLinesReader::~JsonLinesReader() {
    if (fd_ >= 0) ::close(fd_);
}

Result<bool> JsonLinesReader::read_line(std::string& line) {
    line.clear();
    while (true) {
        const auto end = buffer_.find('\n', position_);
        line.append(buffer_, position_, end == std::string::npos ? std::string::npos : end - position_);
        if (line.size() > CsvReader::max_record_bytes) {
            return Error{Code::corrupt, name_ + ":" + std::to_string(line_ + 1) + ":1: a line of more than " +
                                            std::to_string(CsvReader::max_record_bytes >> 20U) + " MiB begins here"};
        }
        if (end != std::string::npos) {
            position_ = end + 1;
            return true;
        }
        buffer_.resize(chunk_bytes);
        position_ = 0;
        const auto count = ::read(fd_, buffer_.data(), buffer_.size());
        buffer_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        if (count < 0 && errno != EINTR) return base::system_error(errno, "cannot read", name_);
        if (count == 0) return !line.empty();
    }
}

Result<bool> JsonLinesReader::next(JsonRecord& record) {
    while (true) {
        auto more = read_line(record.record.raw);
        if (!more || !*more) return more;
        std::string& line = record.record.raw;
        if (++line_ == 1 && line.compare(0, byte_order_mark.size(), byte_order_mark) == 0) line.erase(0, byte_order_mark.size());
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (line.find_first_not_of(" \t") == std::string::npos) continue;
        record.record.line = line_;
        record.record.fields.clear();
        record.names.clear();
        record.problem.clear();
        record.problem_column = 1;
        FlatObject object(record);
        if (!nlohmann::json::sax_parse(line, &object) && record.problem.empty()) record.problem = "the line is no JSON object";
        return true;
    }
}

}  // namespace muster::cli::bulk
