// SPDX-License-Identifier: Apache-2.0
// What `muster help TOPIC` tells, and how it is laid out.
#include "tree/topics.hpp"

#include "tree/layout.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

namespace muster::cli {
namespace {

constexpr const char* environment =
    R"(Every flag has one name in three places: --foo-bar on the command line, MUSTER_FOO_BAR in the environment, foo-bar in a
context. The first of these that has a value counts; after them comes what is built in. `muster config list
--show-origin` says which it was, and --help shows the values of the environment and the context in place of what is
built in. A switch is yes, true, on or 1, or no, false, off or 0. A variable that is empty counts as not set.

Beside the flags' variables these count:

MUSTER_ADMIN_TOKEN_FILE | File of mode 0600 with the token for --admin http://ADDRESS:PORT
XDG_CONFIG_HOME | Where muster/config.toml is (default: ~/.config)
NO_COLOR | No colours, if it is not empty
CLICOLOR_FORCE | Colours also where no terminal is, if it is neither empty nor 0
CLICOLOR | 0: no colours
TERM | dumb: no colours
COLUMNS | How wide tables and help are (default: as the terminal)
https_proxy, http_proxy | The HTTP proxy of devices whose own configuration says proxy.from_environment; else --proxy

Secrets are in none of them: flags such as --password-file name files of mode 0600.)";

constexpr const char* exit_codes =
    R"(Every failure has a message on stderr: muster: error: WHAT, and where there is one, hint: WHAT TO DO. With -o json or
jsonl it is one line of JSON, whose field exit is the code.

0 | ok: done, or there was nothing to do
1 | failure: anything not below; cert needs-renewal: not yet, without a message
2 | usage: a bad flag, command, configuration or input value, or a question that nobody is there to be asked
3 | unchanged: nothing was to be done, with --error-unchanged
4 | denied: credentials or one-time password refused, not authorised
5 | not found: device, tenant or file
6 | conflict: it exists with other content; the client id is taken
7 | unreachable: name not resolved, nothing listens, server unavailable
8 | tls: verification, expiry, handshake
9 | timeout: no answer in time
10 | partial: a whole list was done, and some of it failed
11 | aborted: stopped after --max-errors failures; run again, it continues
12 | rejected: the protocol refused: quota, size, topic
13 | check failed: bench --assert, demo, cert verify say no
16 | no broker: that of broker run -- CMD could not start
126 | CMD cannot be executed, as a shell says it
127 | there is no program CMD
255 | cert needs-renewal cannot tell
130, 143 | 128 + the signal that ended it
141 | who read stdout has left (SIGPIPE))";

constexpr const char* formatting =
    R"(Data goes to stdout, everything else to stderr. How lists and records are printed is --output, or MUSTER_OUTPUT:

auto | A table on a terminal, json elsewhere
table | Columns that fit the terminal: the widest are cut
wide | More columns, nothing cut
json | One array or one object, indented
jsonl | Each record a line
yaml | The same, as YAML
csv | A row of field names, then a row for each record (RFC 4180)
name | Each record's name, a line each: for xargs

--columns a,b chooses fields and their order, in every format; --no-headers leaves the headings of tables and CSV out.
Times are RFC 3339 in UTC; durations are numbers whose name ends in _s or _ms; null is what is not known or not there.
The fields are stable, what is for people is not.

A stream (sub, broker logs) is flushed after each record, and its json is a line each.)";

constexpr const char* formats =
    R"(muster sub --format FORMAT, and that of rr, prints each message as the text FORMAT says, as mosquitto_sub's -F does:

%t | Topic
%p | Payload, as it is; %x and %X in hexadecimal
%l | Length of the payload
%q | QoS
%r | 1 if it was retained, else 0
%m | Packet id
%j, %J | All of it as a line of JSON, the payload as text, or as the JSON that it is
%C %D %E %F %P %R %S %A | Content type, correlation data, expiry, payload format, user properties, response topic, subscription ids, topic alias
%I, %U | When it came: as in ISO 8601, or in seconds since 1970
@Y @m @d @H @M @S ... | Parts of that time, as strftime has them behind %; @N is its nanoseconds
\n \t \r \0 \a \e \v \\ | Characters that are hard to type
%%, @@ | A percent sign, an at sign

Between % and the letter may stand - (left), 0 (zeros), a width and .MOST bytes: %-20t, %08l, %.5t. A line's end
follows each message; -N leaves it out.

muster sub -F '%I %t %p' | When it came, its topic and its payload
muster sub -F '@H:@M:@S %-20t %5l' | The time alone, and columns)";

constexpr const char* csv =
    R"(Lists of devices are CSV with a header (RFC 4180): UTF-8 with or without a byte order mark, LF or CRLF, quoted fields;
the delimiter is ; , or tab, whichever is most frequent in the header, or --delimiter.

Columns go by name, in any order and case; --map FIELD=NAME says another name:

id, device-id | The device: 1 to 64 of A-Z a-z 0-9 . _ -
otp, one-time-password | Its one-time password; without one it is registered through --admin
AUTH_TYPE, auth | CERTIFICATES, or BASIC: the device shows a password
CREDENTIALS, password | That password; without one, one is made
TENANT | As Cumulocity's lists have it

Other columns are ignored with a warning, or refused with --strict. A list with one-time passwords is a secret: mode 0600.

The whole list is checked before the first request, and everything that is wrong with it is told as FILE:LINE:COLUMN.
What is done goes into a journal beside the list, so that the same command line, run again, goes on where it was
stopped. --results has a row for each device; what failed stands in LIST.failed.csv as it stood in the list.)";

constexpr const char* faults = R"(The bundled broker makes misfortunes happen when it is asked to: muster broker fault add KIND.

outage | It goes away for the time --for: listeners closed, connections cut
restart | As an outage; sessions are kept or, with --state lost, gone
refuse | CONNECTs are refused with --reason, such as server_busy
redirect | CONNECTs are sent to --server-reference
cut | Connections are cut after --after-packets or --after-bytes
stop_reading | Connections stay open, and nothing is read any more
stall_handshake | TLS handshakes do not go on
delay_acknowledgements | By --delay
drop_acknowledgements | They are never sent
duplicate_acknowledgements | They are sent twice
take_over | Another client connects with the same client id
expire_certificate | A device's certificate counts as expired
revoke_certificate | A device's certificate counts as revoked
freeze | Nothing moves on a connection any more, either way
limit_bandwidth | To --bytes-per-second
est | EST answers with --status, or with --garbage

Whom it strikes: --tenant and --client-id. When: --times, --probability with --seed, --for. What there is: muster broker
fault list; muster broker fault clear ends one or all. A file of many with their times is a scenario: muster broker
fault run.

On an address that is not loopback the broker refuses faults, unless it was given --allow-public-faults.)";

constexpr const char* contexts =
    R"(A context is a named set of flags' values, one of which is in use; --context NAME takes another one for one command.

muster context create lab host=mqtts://broker.example:8883 tenant=acme | Make one; the first is used from then on
muster context use lab | Use it from now on
muster config set cafile /etc/muster/ca.pem | Set a key of the one in use
muster config list --show-origin | Which values count, and where each comes from

They are in /etc/muster/config.toml and ~/.config/muster/config.toml, key by key; --config FILE or MUSTER_CONFIG
replaces both. No file of the working directory is read, and no secret is kept in them: keys such as password-file name
files of mode 0600.

In a context of mode = "prod" what changes something is shown and asked about first; without a terminal it needs --yes.)";

}  // namespace

const std::vector<Topic>& topics() {
    static const std::vector<Topic> all{{"environment", "Variables of the environment, and which value of a flag counts", environment},
                                        {"exit-codes", "What each exit code means", exit_codes},
                                        {"formatting", "Tables, JSON, YAML and CSV, and which fields are printed", formatting},
                                        {"formats", "How sub and rr print messages with --format", formats},
                                        {"csv", "Lists of devices: columns, journal, results", csv},
                                        {"faults", "The misfortunes that the bundled broker makes happen", faults},
                                        {"contexts", "Named sets of flags' values, and the files that they are in", contexts}};
    return all;
}

const Topic* find_topic(const std::string& name) {
    const auto found = std::find_if(topics().begin(), topics().end(), [&](const Topic& topic) { return name == topic.name; });
    return found == topics().end() ? nullptr : &*found;
}

std::string help_of(const Topic& topic, std::size_t width) {
    std::string text = wrap(topic.what, 0, width) + "\n";
    std::string paragraph;
    std::vector<Line> rows;
    std::istringstream lines(topic.text);
    const auto end_paragraph = [&] {
        if (!paragraph.empty()) text += "\n" + wrap(std::exchange(paragraph, {}), 0, width) + "\n";
        if (!rows.empty()) text += "\n" + in_two_columns(std::exchange(rows, {}), width);
    };
    for (std::string line; std::getline(lines, line);) {
        const std::size_t bar = line.find(" | ");
        if (bar != std::string::npos) {
            rows.push_back({line.substr(0, bar), line.substr(bar + 3)});
        } else if (line.empty()) {
            end_paragraph();
        } else {
            paragraph += line + "\n";
        }
    }
    end_paragraph();
    return text;
}

}  // namespace muster::cli
