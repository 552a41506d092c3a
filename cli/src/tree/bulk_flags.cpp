// SPDX-License-Identifier: Apache-2.0
// The flags of commands over a list, and how their values are read.
#include "tree/bulk_flags.hpp"

#include "tree/duration.hpp"

#include <algorithm>
#include <cctype>
#include <limits>

namespace muster::cli {
namespace {

constexpr unsigned max_workers = 64;
constexpr unsigned max_retries = 100;

Error refusal(const std::string& what) {
    return Error{Code::invalid_argument, what};
}

Result<double> parse_rate(const std::string& text) {
    const auto [number, unit] = split_unit(text);
    const auto value = parse_number(number);
    const double seconds = unit == "/s" || unit.empty() ? 1 : unit == "/m" ? 60 : unit == "/h" ? 3'600 : 0;
    constexpr double most = 1e6;
    if (!value || seconds == 0 || !(*value > 0 && *value <= most))
        return refusal("'" + text + "' is not a rate, such as 50/s, 100/m or 1000/h");
    return *value / seconds;
}

Result<char> parse_delimiter(const std::string& text) {
    if (text == "tab" || text == "\\t" || text == "\t") return '\t';
    if (text == ";" || text == "," || text == "|") return text.front();
    return refusal("'" + text + "' is not a delimiter: give ; , | or tab");
}

Result<void> parse_map(const std::string& text, bulk::ListRunOptions& options) {
    const auto equals = text.find('=');
    std::string field = text.substr(0, equals);
    for (char& c : field) c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const auto& attributes = bulk::attribute_names;
    const bool is_known = field == "id" || field == "otp" || field == "password" ||
                          std::find(attributes.begin(), attributes.end(), field) != attributes.end();
    if (equals == std::string::npos || equals + 1 == text.size() || !is_known)
        return refusal("'" + text +
                       "' names no column: give ID=COLUMN, OTP=, PASSWORD=, NAME=, TYPE=, GROUP=, ICCID= or EXTERNAL-ID-TYPE=");
    options.columns[field] = text.substr(equals + 1);
    return {};
}

void add_reading_flags(Command& command, bulk::ListRunOptions& options) {
    command
        .add_values(
            "--map", [&options](const std::string& pair) { return parse_map(pair, options); },
            "Which columns are what: ID=serial,NAME=label; OTP, PASSWORD, TYPE, GROUP, ICCID, EXTERNAL-ID-TYPE too (default: by the names "
            "that are "
            "known)")
        .split_at(',')
        .type_name("FIELD=COLUMN");
    command
        .add_value(
            "--delimiter",
            [&options](const std::string& text) -> Result<void> {
                const auto delimiter = parse_delimiter(text);
                if (!delimiter) return delimiter.error();
                options.delimiter = *delimiter;
                return {};
            },
            "; , | or tab (default: found out)")
        .type_name("CHAR");
    command.add_flag("--strict", options.is_strict, "Refuse columns that are not known, instead of ignoring them");
    command.add_option("--first", options.first, "Only so many rows").range(1, std::numeric_limits<std::int64_t>::max());
    command.add_flag("--check", options.check_only, "Check the list and do nothing");
}

void add_pace_flags(Command& command, bulk::ListRunOptions& options) {
    command.add_option("--workers", options.workers, "How many requests at a time").range(1U, max_workers).show_default();
    command
        .add_value(
            "--rate",
            [&options](const std::string& text) -> Result<void> {
                const auto rate = parse_rate(text);
                if (!rate) return rate.error();
                options.rows_per_second = *rate;
                return {};
            },
            "At most so many devices in a time: 50/s, 100/m (default: as fast as it goes)")
        .type_name("RATE");
    add_duration(
        command, "--delay", [&options](std::chrono::milliseconds delay) { options.delay = delay; },
        "How long a worker waits after each device, which it then asks for alone (default: it does not)");
    command.add_option("--max-errors", options.max_errors, "Stop after so many failures; 0 never").show_default();
    command.add_option("--retries", options.retries, "How often a device is tried again when the server is busy or away")
        .range(0U, max_retries)
        .show_default();
}

void add_record_flags(Command& command, bulk::ListRunOptions& options) {
    command.add_option("--results", options.results, "What became of each row, as CSV, or as JSON lines to a name that ends so");
    command.add_option("--failed-out", options.failed_out, "The rows that failed, to be given again (default: LIST.failed.csv)");
    command.add_option("--journal", options.journal, "What has been done (default: LIST.muster-journal.jsonl)");
    command.add_flag("--no-resume", options.is_anew, "Begin anew: do every row, whatever the journal says");
    command.add_flag("--retry-failed", options.failed_only, "Only the rows that failed before");
}

}  // namespace

Option& add_list_flag(Command& command, bulk::ListRunOptions& options) {
    return command.add_option("-f,--file", options.list, "A list of devices: CSV with a header, or JSON lines; - is stdin")
        .type_name("FILE");
}

void add_bulk_flags(Command& command, bulk::ListRunOptions& options) {
    add_reading_flags(command, options);
    add_pace_flags(command, options);
    add_record_flags(command, options);
}

}  // namespace muster::cli
