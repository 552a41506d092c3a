// SPDX-License-Identifier: Apache-2.0
// Text, files and standard input.
#include "messages/payloads.hpp"

#include "messages/proto_type.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace muster::cli {
namespace {

using Clock = std::chrono::steady_clock;

// The largest MQTT packet, which is more than any broker takes.
constexpr std::size_t max_payload_bytes = 268'435'455;
constexpr std::size_t read_bytes = 64U << 10U;

Result<std::string> whole(std::istream& stream, const std::string& name) {
    std::string content(std::istreambuf_iterator<char>(stream), {});
    if (stream.bad()) return Error{Code::io, "cannot read " + name};
    if (content.size() > max_payload_bytes) return Error{Code::too_large, name + " is larger than a packet of MQTT can be"};
    return content;
}

Result<std::string> load_payload(const std::string& file, std::istream& in) {
    if (file == "-") return whole(in, "standard input");
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored)) return Error{Code::invalid_argument, "--file: " + file + " is a directory"};
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return Error{Code::not_found, "cannot read " + file, "give -f a readable file, or - for standard input"};
    return whole(stream, file);
}

}  // namespace

Result<void> check_input(const PubOptions& options) {
    const bool reads_input = options.lines || options.whole_input || options.file == "-";
    for (const std::string& file :
         {options.connection.password_file, options.connection.key_password_file.string(), options.connection.proxy_password_file}) {
        if (reads_input && file == "-")
            return Error{Code::invalid_argument, "standard input is the message and cannot be a password too",
                         "give the password in a file"};
    }
    return {};
}

Result<Payloads> Payloads::open(const PubOptions& options, std::istream& in) {
    Payloads payloads(options);
    payloads.due_ = Clock::now();
    auto type = load_type(options.proto);
    if (!type) return std::move(type).error();
    payloads.type_ = std::move(*type);
    if (options.lines) return payloads;
    payloads.left_ = options.repeat;
    if (options.is_null) return payloads;
    const std::string file = options.whole_input ? "-" : options.file;
    auto loaded = options.message ? Result<std::string>(*options.message) : load_payload(file, in);
    if (!loaded) return std::move(loaded).error();
    payloads.whole_ = std::move(*loaded);
    if (!payloads.type_) return payloads;
    auto encoded = payloads.type_->encode(payloads.whole_);
    if (!encoded) return std::move(encoded).error().in(options.message ? "--message" : file == "-" ? "standard input" : file);
    payloads.whole_ = std::move(*encoded);
    return payloads;
}

Result<Payloads::Next> Payloads::next() {
    if (options_.lines) return next_line();
    if (left_ == 0) return Next{std::nullopt, true, -1, std::nullopt};
    if (Clock::now() < due_) return Next{std::nullopt, false, -1, due_};
    --left_;
    due_ += options_.repeat_delay;
    return Next{whole_, false, -1, std::nullopt};
}

Result<Payloads::Next> Payloads::line_of(std::string text) {
    ++lines_;
    if (!type_) return Next{std::move(text), false, -1, std::nullopt};
    auto encoded = type_->encode(text);
    if (!encoded) return std::move(encoded).error().in("line " + std::to_string(lines_));
    return Next{std::move(*encoded), false, -1, std::nullopt};
}

Result<Payloads::Next> Payloads::next_line() {
    for (;;) {
        if (const auto end = read_.find('\n', at_); end != std::string::npos) {
            std::string line = read_.substr(at_, end - at_);
            at_ = end + 1;
            return line_of(std::move(line));
        }
        read_.erase(0, at_);
        at_ = 0;
        if (has_ended_ && read_.empty()) return Next{std::nullopt, true, -1, std::nullopt};
        if (has_ended_) {
            at_ = read_.size();
            return line_of(read_);
        }
        if (read_.size() > max_payload_bytes) return Error{Code::too_large, "a line is larger than a packet of MQTT can be"};
        pollfd input{STDIN_FILENO, POLLIN, 0};
        if (::poll(&input, 1, 0) == 0) return Next{std::nullopt, false, STDIN_FILENO, std::nullopt};
        const std::size_t before = read_.size();
        read_.resize(before + read_bytes);
        const auto got = ::read(STDIN_FILENO, read_.data() + before, read_bytes);
        const int failure = errno;
        read_.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
        if (got < 0 && failure != EINTR && failure != EAGAIN)
            return Error{Code::io, "standard input: " + std::generic_category().message(failure)};
        has_ended_ = got == 0;
    }
}

}  // namespace muster::cli
