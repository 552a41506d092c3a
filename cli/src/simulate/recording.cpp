// SPDX-License-Identifier: Apache-2.0
// A column of numbers.
#include "simulate/recording.hpp"

#include "bulk/csv.hpp"

#include <charconv>
#include <cmath>

namespace muster::cli::simulate {
namespace {

Error refuse(const std::filesystem::path& file, std::uint64_t line, std::size_t column, const std::string& what) {
    return {Code::invalid_argument, file.string() + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + what};
}

Result<std::size_t> find_column(const std::filesystem::path& file, const bulk::CsvRecord& head, const std::string& column) {
    std::string all;
    for (std::size_t i = 0; i < head.fields.size(); ++i) {
        if (head.fields[i].text == column) return i;
        all += (all.empty() ? "" : ", ") + head.fields[i].text;
    }
    return refuse(file, head.line, 1, "there is no column '" + column + "', only " + all);
}

}  // namespace

Result<std::vector<double>> load_recording(const std::filesystem::path& file, const std::string& column) {
    auto reader = bulk::CsvReader::open(file);
    if (!reader) return std::move(reader).error();
    bulk::CsvRecord record;
    auto more = reader->next(record);
    if (!more) return std::move(more).error();
    if (!*more) return Error{Code::invalid_argument, file.string() + " is empty", "its first line names the columns"};
    const auto index = find_column(file, record, column);
    if (!index) return index.error();
    std::vector<double> values;
    while (true) {
        more = reader->next(record);
        if (!more) return std::move(more).error();
        if (!*more) break;
        if (*index >= record.fields.size()) return refuse(file, record.line, 1, "there is no field for the column '" + column + "'");
        const bulk::CsvField& field = record.fields[*index];
        double value = 0;
        const auto [end, failure] = std::from_chars(field.text.data(), field.text.data() + field.text.size(), value);
        if (failure != std::errc() || end != field.text.data() + field.text.size() || !std::isfinite(value))
            return refuse(file, record.line, field.column, "'" + field.text + "' is no number");
        values.push_back(value);
    }
    if (values.empty()) return Error{Code::invalid_argument, file.string() + " has no rows below its first line"};
    return values;
}

}  // namespace muster::cli::simulate
