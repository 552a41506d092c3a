// SPDX-License-Identifier: Apache-2.0
// tar and gzip, as much of them as a bundle needs.
#include "doctor/archive.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

namespace muster::cli::doctor {
namespace {

constexpr std::size_t block = 512;
constexpr std::size_t checksum_at = 148;
constexpr std::size_t checksum_bytes = 8;
constexpr int gzip_format = 15 + 16;  // zlib's word for: a window of 32 KiB, and gzip's header around it.

void put(std::string& header, std::size_t at, const std::string& text) {
    std::copy(text.begin(), text.end(), header.begin() + static_cast<std::ptrdiff_t>(at));
}

std::string octal(unsigned long long number, int digits) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%0*llo", digits, number);
    return text.data();
}

std::string header_of(const ArchiveEntry& entry, long long time) {
    std::string header(block, '\0');
    put(header, 0, entry.name.substr(0, 100));
    put(header, 100, octal(0600, 7));
    put(header, 108, octal(0, 7));  // Owner and group: nobody's business.
    put(header, 116, octal(0, 7));
    put(header, 124, octal(entry.content.size(), 11));
    put(header, 136, octal(static_cast<unsigned long long>(std::max(time, 0LL)), 11));
    put(header, checksum_at, std::string(checksum_bytes, ' '));
    put(header, 156, "0");
    put(header, 257, std::string("ustar\00000", 8));
    unsigned long long sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    put(header, checksum_at, octal(sum, 6) + std::string(1, '\0') + " ");
    return header;
}

Result<std::string> compress(const std::string& text) {
    z_stream stream{};
    if (::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_format, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return Error{Code::internal, "zlib could not be initialised"};
    std::string packed(::deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
    std::string input = text;  // zlib's interface is not const.
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    const int outcome = ::deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    ::deflateEnd(&stream);
    if (outcome != Z_STREAM_END) return Error{Code::internal, "zlib could not compress the bundle"};
    return packed;
}

}  // namespace

Result<std::string> make_tar_gz(const std::vector<ArchiveEntry>& entries, std::chrono::system_clock::time_point time) {
    std::string tar;
    for (const auto& entry : entries) {
        tar += header_of(entry, static_cast<long long>(std::chrono::system_clock::to_time_t(time)));
        tar += entry.content;
        tar.append((block - entry.content.size() % block) % block, '\0');
    }
    tar.append(2 * block, '\0');
    return compress(tar);
}

}  // namespace muster::cli::doctor
