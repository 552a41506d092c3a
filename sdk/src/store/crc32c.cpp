// SPDX-License-Identifier: Apache-2.0
// CRC-32C: by the processor's own instruction where it has one, otherwise by tables, eight bytes at once.
#include "store/crc32c.hpp"

#include <array>
#include <cstddef>
#include <cstring>

#if defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

namespace muster::store {
namespace {

constexpr std::size_t word_bytes = sizeof(std::uint64_t);
using Table = std::array<std::uint32_t, 256>;

// The first is that of one byte; each other one is that of a byte with one more zero byte behind it.
constexpr std::array<Table, word_bytes> make_tables() {
    constexpr std::uint32_t reflected_polynomial = 0x82F63B78U;
    std::array<Table, word_bytes> tables{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) value = (value >> 1U) ^ ((value & 1U) != 0 ? reflected_polynomial : 0U);
        tables[0][i] = value;
    }
    for (std::size_t zeros = 1; zeros < word_bytes; ++zeros) {
        for (std::size_t i = 0; i < 256; ++i) {
            const std::uint32_t before = tables[zeros - 1][i];
            tables[zeros][i] = (before >> 8U) ^ tables[0][before & 255U];
        }
    }
    return tables;
}

constexpr auto tables = make_tables();

std::uint64_t byte_of(const char* bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

std::uint32_t by_tables(std::uint32_t crc, const char* bytes, std::size_t size) {
    for (; size >= word_bytes; bytes += word_bytes, size -= word_bytes) {
        std::uint64_t word = crc;
        for (std::size_t i = 0; i < word_bytes; ++i) word ^= byte_of(bytes, i) << (8 * i);
        crc = 0;
        for (std::size_t i = 0; i < word_bytes; ++i) crc ^= tables[word_bytes - 1 - i][(word >> (8 * i)) & 255U];
    }
    for (std::size_t i = 0; i < size; ++i) crc = tables[0][(crc ^ byte_of(bytes, i)) & 255U] ^ (crc >> 8U);
    return crc;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::uint32_t crc, const char* bytes, std::size_t size) {
    std::uint64_t wide = crc;
    for (; size >= word_bytes; bytes += word_bytes, size -= word_bytes) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes, word_bytes);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    auto narrow = static_cast<std::uint32_t>(wide);
    for (std::size_t i = 0; i < size; ++i) narrow = __builtin_ia32_crc32qi(narrow, static_cast<unsigned char>(bytes[i]));
    return narrow;
}

bool has_instruction() {
    static const bool has = __builtin_cpu_supports("sse4.2") != 0;
    return has;
}

#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)

std::uint32_t by_instruction(std::uint32_t crc, const char* bytes, std::size_t size) {
    for (; size >= word_bytes; bytes += word_bytes, size -= word_bytes) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes, word_bytes);
        crc = __crc32cd(crc, word);
    }
    for (std::size_t i = 0; i < size; ++i) crc = __crc32cb(crc, static_cast<unsigned char>(bytes[i]));
    return crc;
}

constexpr bool has_instruction() {
    return true;
}

#else

std::uint32_t by_instruction(std::uint32_t crc, const char* bytes, std::size_t size) {
    return by_tables(crc, bytes, size);
}

constexpr bool has_instruction() {
    return false;
}

#endif

}  // namespace

std::uint32_t crc32c(std::uint32_t crc, std::string_view bytes) {
    return has_instruction() ? ~by_instruction(~crc, bytes.data(), bytes.size()) : crc32c_by_tables(crc, bytes);
}

std::uint32_t crc32c_by_tables(std::uint32_t crc, std::string_view bytes) {
    return ~by_tables(~crc, bytes.data(), bytes.size());
}

}  // namespace muster::store
