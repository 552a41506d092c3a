// SPDX-License-Identifier: Apache-2.0
// CSV as it is met in the field.
#include "bulk/csv.hpp"

#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <string>
#include <vector>

namespace muster::cli::bulk {
namespace {

using Rows = std::vector<std::vector<std::string>>;

/// A file, and what was read of it until the end or the first error.
class Csv {
public:
    explicit Csv(const std::string& content, char delimiter = 0) {
        std::ofstream(directory_ / "list.csv", std::ios::binary) << content;
        auto reader = CsvReader::open(directory_ / "list.csv", delimiter);
        if (!reader) {
            error = reader.error().message();
            return;
        }
        CsvRecord record;
        while (true) {
            const auto more = reader->next(record);
            if (!more) {
                error = more.error().message();
                return;
            }
            if (!*more) return;
            rows.emplace_back();
            lines.push_back(record.line);
            raws.push_back(record.raw);
            columns.clear();
            for (const auto& field : record.fields) {
                rows.back().push_back(field.text);
                columns.push_back(field.column);
            }
        }
    }

    Rows rows;
    std::vector<std::uint64_t> lines;
    std::vector<std::string> raws;
    std::vector<std::size_t> columns;  ///< Of the last record.
    std::string error;

private:
    test::TemporaryDirectory directory_;
};

TEST_CASE("a byte order mark, CRLF and a missing last line end make no difference") {
    const Rows expected{{"id", "otp"}, {"a", "1"}, {"b", "2"}};
    CHECK(Csv("id,otp\na,1\nb,2\n").rows == expected);
    CHECK(Csv("\xEF\xBB\xBFid,otp\r\na,1\r\nb,2").rows == expected);
    CHECK(Csv("\"id\",\"otp\"\r\n\"a\",\"1\"\r\nb,2\r\n\r\n").rows == expected);
}

TEST_CASE("the delimiter is the one that is most frequent in the header, outside quotes") {
    CHECK(Csv("a;b;c\n1,5;2;3\n").rows == Rows{{"a", "b", "c"}, {"1,5", "2", "3"}});
    CHECK(Csv("a\tb\n1\t2\n").rows == Rows{{"a", "b"}, {"1", "2"}});
    CHECK(Csv("\"a;;;\",b\n1,2\n").rows == Rows{{"a;;;", "b"}, {"1", "2"}});
    CHECK(Csv("id\na\n").rows == Rows{{"id"}, {"a"}});
    CHECK(Csv("a;b,c\n", ',').rows == Rows{{"a;b", "c"}});
}

TEST_CASE("quoted fields hold delimiters, quotes and line ends, and lines are counted all the same") {
    const Csv csv("id,name\na,\"one, \"\"two\"\"\nthree\"\nb,x\n");
    CHECK(csv.rows == Rows{{"id", "name"}, {"a", "one, \"two\"\nthree"}, {"b", "x"}});
    CHECK(csv.lines == std::vector<std::uint64_t>{1, 2, 4});
    CHECK(csv.raws[1] == "a,\"one, \"\"two\"\"\nthree\"");
    CHECK(csv.error.empty());
}

TEST_CASE("empty lines are passed over, empty fields are not, and places are known") {
    const Csv csv("id,b,c\n\n\r\n,,x\n");
    CHECK(csv.rows == Rows{{"id", "b", "c"}, {"", "", "x"}});
    CHECK(csv.lines == std::vector<std::uint64_t>{1, 4});
    CHECK(csv.columns == std::vector<std::size_t>{1, 2, 3});
}

TEST_CASE("what is no CSV is refused with its place") {
    CHECK_THAT(Csv("id\n\"a\nb\n").error, Catch::EndsWith("list.csv:2:1: a quote is never closed"));
    CHECK_THAT(Csv("id,b\na,\"x\"y\n").error, Catch::EndsWith("list.csv:2:6: there is text after a closing quote"));
    CHECK_THAT(Csv(std::string("id\na\0b\n", 7)).error, Catch::EndsWith("list.csv:2:2: there is a NUL byte in it"));
    CHECK_THAT(Csv("\xFF\xFEi\0d\0").error, Catch::Contains("is in UTF-16"));
}

TEST_CASE("a field of a megabyte is a field, and a record that never ends is refused") {
    const std::string megabyte(1U << 20U, 'x');
    CHECK(Csv("id,note\na," + megabyte + "\nb,y\n").rows[2] == std::vector<std::string>{"b", "y"});
    const std::string endless(CsvReader::max_record_bytes + 1, 'x');
    CHECK_THAT(Csv("id,note\na,\"" + endless + "\"\n").error, Catch::Contains("list.csv:2:1: a record of more than 8 MiB"));
}

TEST_CASE("what is no file is told from one") {
    const test::TemporaryDirectory directory;
    CHECK(CsvReader::open(directory / "none").error().code() == Code::not_found);
    CHECK(CsvReader::open(directory.path()).error().code() == Code::invalid_argument);
    CHECK(Csv("").rows.empty());
}

}  // namespace
}  // namespace muster::cli::bulk
