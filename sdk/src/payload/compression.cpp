// SPDX-License-Identifier: Apache-2.0
// Payloads as gzip, by zlib.
#include "payload/compression.hpp"

#include <zlib.h>

#include <algorithm>

namespace muster::payload {
namespace {

constexpr int gzip_format = 16;  // Added to the bits of the window, it makes zlib write gzip's header and checksum.
// 64 KiB while it compresses instead of zlib's usual 256: a batch is seldom larger than this window of 8 KiB.
constexpr int window_bits = 13;
constexpr int memory_level = 6;

// Gzip's header and trailer are 18 bytes, and what is smaller hardly repeats itself.
constexpr std::size_t smallest_payload = 128;

// zlib's interface has no pointer to const, but does not write through it.
Bytef* bytes_of(std::string_view text) {
    return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

Bytef* bytes_of(std::string& text) {
    return reinterpret_cast<Bytef*>(text.data());
}

/// One decompression; ends with its scope. Threads: one.
class Inflation {
public:
    explicit Inflation(std::string_view from) {
        stream_.next_in = bytes_of(from);
        stream_.avail_in = static_cast<uInt>(from.size());
        is_open_ = inflateInit2(&stream_, gzip_format + MAX_WBITS) == Z_OK;
    }
    ~Inflation() {
        if (is_open_) inflateEnd(&stream_);
    }
    Inflation(const Inflation&) = delete;
    Inflation& operator=(const Inflation&) = delete;

    /// At most `max` bytes behind those that are there; zlib's answer.
    int append_to(std::string& out, std::size_t max) {
        if (!is_open_) return Z_MEM_ERROR;
        const std::size_t before = out.size();
        out.resize(before + max);
        stream_.next_out = bytes_of(out) + before;
        stream_.avail_out = static_cast<uInt>(max);
        const int answer = inflate(&stream_, Z_NO_FLUSH);
        out.resize(before + max - stream_.avail_out);
        return answer;
    }
    [[nodiscard]] std::size_t unread() const { return stream_.avail_in; }

private:
    z_stream stream_{};
    bool is_open_ = false;
};

Error damaged(const std::string& what) {
    return {Code::invalid_argument, "the compressed payload " + what};
}

}  // namespace

std::string compressed_if_smaller(std::string payload) {
    if (payload.size() < smallest_payload) return payload;
    z_stream stream{};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_format + window_bits, memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
        return payload;
    // What does not fit is not worth it.
    std::string out(payload.size() - payload.size() / 8, '\0');
    stream.next_in = bytes_of(payload);
    stream.avail_in = static_cast<uInt>(payload.size());
    stream.next_out = bytes_of(out);
    stream.avail_out = static_cast<uInt>(out.size());
    const int answer = deflate(&stream, Z_FINISH);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    return answer == Z_STREAM_END ? out : payload;
}

bool is_compressed(std::string_view payload) {
    return payload.substr(0, 2) == "\x1F\x8B";
}

Result<std::string> decompress(std::string_view payload, std::size_t max_bytes) {
    if (!is_compressed(payload)) return damaged("is no gzip");
    constexpr std::size_t step = 64U << 10U;
    Inflation inflation(payload);
    std::string out;
    int answer = Z_OK;
    // One byte more than allowed is asked for, to see whether there is one.
    while (answer == Z_OK && out.size() <= max_bytes) answer = inflation.append_to(out, std::min(step, max_bytes + 1 - out.size()));
    if (out.size() > max_bytes)
        return Error{Code::too_large, "a payload of more than " + std::to_string(max_bytes) + " bytes once decompressed"};
    if (answer == Z_BUF_ERROR) return damaged("ends too early");
    if (answer != Z_STREAM_END) return damaged("is damaged");
    if (inflation.unread() != 0) return damaged("has " + std::to_string(inflation.unread()) + " bytes behind its end");
    return out;
}

}  // namespace muster::payload
