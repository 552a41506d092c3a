// SPDX-License-Identifier: Apache-2.0
// The flags of device enroll.
#include "commands/device_enroll.hpp"
#include "engines/muster_engine.hpp"
#include "tree/duration.hpp"
#include "tree/tree.hpp"

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
    std::size_t end = 0;
    double value = 0;
    try {
        value = std::stod(text, &end);
    } catch (const std::exception&) {
        end = 0;
    }
    const std::string unit = text.substr(end);
    const double seconds = unit == "/s" || unit.empty() ? 1 : unit == "/m" ? 60 : unit == "/h" ? 3'600 : 0;
    constexpr double most = 1e6;
    if (end == 0 || seconds == 0 || !(value > 0 && value <= most))
        return refusal("'" + text + "' is not a rate, such as 50/s, 100/m or 1000/h");
    return value / seconds;
}

Result<char> parse_delimiter(const std::string& text) {
    if (text == "tab" || text == "\\t" || text == "\t") return '\t';
    if (text == ";" || text == "," || text == "|") return text.front();
    return refusal("'" + text + "' is not a delimiter: give ; , | or tab");
}

Result<void> parse_map(const std::string& text, DeviceEnrollOptions& options) {
    const auto equals = text.find('=');
    std::string field = text.substr(0, equals);
    for (char& c : field) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (equals == std::string::npos || equals + 1 == text.size() || (field != "ID" && field != "OTP"))
        return refusal("'" + text + "' names no column: give ID=NAME or OTP=NAME");
    (field == "ID" ? options.id_column : options.otp_column) = text.substr(equals + 1);
    return {};
}

void add_list_flags(Command& command, DeviceEnrollOptions& options) {
    command.add_option("-f,--file", options.list, "The list as CSV: a header, then a row for each device").required().type_name("CSV");
    command
        .add_values(
            "--map", [&options](const std::string& pair) { return parse_map(pair, options); },
            "Which columns are what: ID=NAME, OTP=NAME (default: id, device-id; otp, one-time-password, ENROLLMENT_OTP)")
        .split_at(',')
        .type_name("FIELD=NAME");
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

void add_output_flags(Command& command, DeviceEnrollOptions& options) {
    command.add_option("--out-dir", options.out_dir, "Where identities go: DIR/<id>/ for each, and DIR/SHA256SUMS");
    command.add_option("--key-password-file", options.key_password_file, "File of mode 0600 with a password: encrypt the keys by it");
    command.add_option("--p12-password-file", options.p12_password_file,
                       "File of mode 0600 with a password: write DIR/<id>/device.p12 too (PKCS#12)");
    command.add_option("--results", options.results, "What became of each row, as CSV");
    command.add_option("--failed-out", options.failed_out, "The rows that failed, to be given again (default: LIST.failed.csv)");
}

void add_ca_flags(Command& command, DeviceEnrollOptions& options) {
    command.add_option("--ca-cert", options.ca_cert, "Instead of a server: the certificate of a CA whose key is at hand, as PEM");
    command.add_option("--ca-key", options.ca_key, "Its key, a file of mode 0600");
    command.add_option("--ca-key-password-file", options.ca_key_password_file, "File of mode 0600 with the key's password, if it has one");
    add_lifetime(
        command, "--not-after", [&options](std::chrono::seconds lifetime) { options.lifetime = lifetime; },
        "How long certificates live that --ca-cert signs (default: 90d)");
}

void add_run_flags(Command& command, DeviceEnrollOptions& options) {
    command.add_option("--workers", options.workers, "How many devices at a time").range(1U, max_workers).show_default();
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
    command.add_option("--max-errors", options.max_errors, "Stop after so many failures; 0 never").show_default();
    command.add_option("--retries", options.retries, "How often a device is tried again when the server is busy or away")
        .range(0U, max_retries)
        .show_default();
    command.add_option("--journal", options.journal, "What has been done (default: LIST.muster-journal.jsonl)");
    command.add_flag("--no-resume", options.is_anew, "Begin anew: enroll every device of the list, whatever has been done");
}

}  // namespace

void add_device_enroll_command(Command& device) {
    add_command<DeviceEnrollOptions>(
        device, "enroll", "Make keys and get certificates for a whole list, over EST; run again, it goes on where it was stopped",
        [](Command& command, DeviceEnrollOptions& options) {
            command.mutates();
            add_list_flags(command, options);
            add_output_flags(command, options);
            command.add_option("--est-url", options.est_url, "The EST server: https://HOST:PORT/.well-known/est/TENANT");
            command.add_option("--cafile", options.cafile, "PEM file with the CA certificates that vouch for the server");
            command.add_option("-T,--tenant", options.tenant, "The tenant that devices are registered in");
            command.add_option("--admin", options.admin,
                               "The broker's admin socket: registers devices that have no one-time password in the list");
            add_ca_flags(command, options);
            add_run_flags(command, options);
            command.examples(
                "muster device enroll -f fleet.csv --tenant acme --out-dir identities --cafile ca.pem \\\n"
                "    --est-url https://127.0.0.1:8443/.well-known/est/acme --p12-password-file p12.password");
        },
        [](const DeviceEnrollOptions& options, Io& io) { return run_device_enroll(options, &engines::open_muster_engine, io); });
}

}  // namespace muster::cli
