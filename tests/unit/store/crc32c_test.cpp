// SPDX-License-Identifier: Apache-2.0
// CRC-32C against published vectors.
#include "store/crc32c.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

namespace muster::store {
namespace {

std::string counting(int from, int step) {
    std::string bytes;
    for (int i = 0; i < 32; ++i) bytes += static_cast<char>(from + i * step);
    return bytes;
}

TEST_CASE("the checksum agrees with the vectors of RFC 3720, appendix B.4") {
    CHECK(crc32c(0, "") == 0U);
    CHECK(crc32c(0, "123456789") == 0xE3069283U);
    CHECK(crc32c(0, std::string(32, '\0')) == 0x8A9136AAU);
    CHECK(crc32c(0, std::string(32, '\xFF')) == 0x62A8AB43U);
    CHECK(crc32c(0, counting(0, 1)) == 0x46DD794EU);
    CHECK(crc32c(0, counting(31, -1)) == 0x113FDB5CU);
    CHECK(crc32c_by_tables(0, "123456789") == 0xE3069283U);
    CHECK(crc32c_by_tables(0, counting(31, -1)) == 0x113FDB5CU);
}

TEST_CASE("every processor computes the same, wherever the bytes begin and end") {
    std::string bytes;
    for (unsigned i = 0; i < 100; ++i) bytes += static_cast<char>(i * i * 37 % 251);
    for (std::size_t first = 0; first < 16; ++first) {
        for (std::size_t size = 0; first + size <= bytes.size(); ++size) {
            const std::string_view part(bytes.data() + first, size);
            CHECK(crc32c(0x12345678U, part) == crc32c_by_tables(0x12345678U, part));
        }
    }
}

TEST_CASE("a checksum taken in parts is that of the whole") {
    const std::string text = "the quick brown fox jumps over the lazy dog";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) CHECK(crc32c(crc32c(0, text.substr(0, cut)), text.substr(cut)) == crc32c(0, text));
}

}  // namespace
}  // namespace muster::store
