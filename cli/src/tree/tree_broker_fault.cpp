// SPDX-License-Identifier: Apache-2.0
// The flags of the commands that make a running broker misbehave.
#include "commands/broker_fault.hpp"
#include "tree/duration.hpp"
#include "tree/tree.hpp"

namespace muster::cli {
namespace {

void add_admin(Command& command, std::string& admin) {
    command.add_option("--admin", admin, "The broker's admin socket, as `muster broker run` printed it: unix:PATH");
}

// A flag of one type, kept under its field's name.
template <class Value>
Option& add_field(Command& command, FaultAddOptions& options, const char* flags, const char* field, const char* what) {
    const auto set = [&options, field](const std::string& text) -> Result<void> {
        auto value = parse_value<Value>(text);
        if (!value) return std::move(value).error();
        options.fields[field] = *value;
        return {};
    };
    return command.add_value(flags, set, what).type_name(type_of<Value>());
}

template <class Duration>
void add_time(Command& command, FaultAddOptions& options, const char* flags, const char* field, const char* what) {
    const auto set = [&options, field](std::chrono::milliseconds value) {
        options.fields[field] = static_cast<std::uint64_t>(std::chrono::ceil<Duration>(value).count());
    };
    add_duration(command, flags, set, what);
}

// A number or a name; which there are, the broker knows.
void add_reason(Command& command, FaultAddOptions& options) {
    const auto set = [&options](const std::string& text) -> Result<void> {
        if (const auto number = parse_value<std::uint64_t>(text)) {
            options.fields["reason"] = *number;
        } else {
            options.fields["reason"] = text;
        }
        return {};
    };
    command.add_value("--reason", set, "refuse, redirect: the reason code, for example 0x89 or server_busy (docs/faults.md)");
}

// Whose tenant a context names is not whom these are to strike.
bool concerns_everybody(const FaultAddOptions& options) {
    return options.kind == "outage" || options.kind == "restart" || options.kind == "stall_handshake";
}

void add_trigger(Command& command, FaultAddOptions& options) {
    const auto is_said_only = [&options] { return concerns_everybody(options); };
    add_field<std::string>(command, options, "-T,--tenant", "tenant", "Its clients only (default: everybody)").said_only(is_said_only);
    add_field<std::string>(command, options, "--client-id", "client_id", "This client of the tenant only").said_only(is_said_only);
    add_field<std::uint64_t>(command, options, "--times", "times", "Over after striking so often");
    add_field<double>(command, options, "--probability", "probability", "Of striking at each opportunity (default 1)").number_range(0, 1);
    add_field<std::uint64_t>(command, options, "--seed", "seed", "Strikes at the same opportunities as with the same seed before");
    add_time<std::chrono::milliseconds>(command, options, "--for", "duration_ms", "Over after this time");
}

void add_parameters(Command& command, FaultAddOptions& options) {
    add_reason(command, options);
    add_field<std::string>(command, options, "--server-reference", "server_reference", "redirect: where to, HOST:PORT");
    add_field<std::uint64_t>(command, options, "--after-packets", "after_packets", "cut: after so many packets");
    add_field<std::uint64_t>(command, options, "--after-bytes", "after_bytes", "cut: after so many bytes");
    add_field<std::string>(command, options, "--direction", "direction", "cut: count what the broker has `received` (default) or `sent`")
        .propose({"received", "sent"});
    add_time<std::chrono::milliseconds>(command, options, "--delay", "delay_ms", "delay_acknowledgements: by so long");
    add_field<std::uint64_t>(command, options, "--bytes-per-second", "bytes_per_second", "limit_bandwidth: to so much, each way");
    add_field<std::string>(command, options, "--state", "state", "restart: sessions and retained messages are `kept` (default) or `lost`")
        .propose({"kept", "lost"});
    add_field<std::uint64_t>(command, options, "--status", "status", "est: the HTTP status to answer, 202 or 400 to 599");
    add_time<std::chrono::seconds>(command, options, "--retry-after", "retry_after_s",
                                   "est: the header Retry-After; refuse: the user property retry-after");
    command.add_flag(
        "--garbage", [&options](bool is_given) { options.fields["garbage"] = is_given; }, "est: answer 200 with what is no certificate");
}

}  // namespace

void add_broker_fault_commands(Command& broker) {
    Command* fault = add_group(broker, "fault", "Misfortunes on demand (docs/faults.md)");
    fault->examples("muster broker fault add outage --for 3s\nmuster broker fault clear");
    add_command<FaultAddOptions>(*fault, "add", "Inject a fault; prints its id", [](Command& command, FaultAddOptions& options) {
        command.mutates();
        command
            .add_option("KIND", options.kind,
                        "outage, restart, refuse, redirect, cut, stop_reading, stall_handshake, delay_acknowledgements, "
                        "drop_acknowledgements, duplicate_acknowledgements, take_over, expire_certificate, revoke_certificate, freeze, "
                        "limit_bandwidth or est")
            .required()
            .propose({"outage", "restart", "refuse", "redirect", "cut", "stop_reading", "stall_handshake", "delay_acknowledgements",
                      "drop_acknowledgements", "duplicate_acknowledgements", "take_over", "expire_certificate", "revoke_certificate",
                      "freeze", "limit_bandwidth", "est"});
        add_trigger(command, options);
        add_parameters(command, options);
        add_admin(command, options.admin);
        command.examples(
            "muster broker fault add refuse --tenant acme --client-id press-01 --reason server_busy --times 3\n"
            "muster broker fault add outage --for 3s");
    });
    add_command<FaultListOptions>(*fault, "list", "List the faults, and how often each struck",
                                  [](Command& command, FaultListOptions& options) {
                                      add_admin(command, options.admin);
                                      command.examples("muster broker fault list");
                                  });
    add_command<FaultClearOptions>(*fault, "clear", "Remove a fault, or all of them and the scenarios",
                                   [](Command& command, FaultClearOptions& options) {
                                       command.mutates();
                                       command.add_option("ID", options.id, "The fault (default: all)");
                                       add_admin(command, options.admin);
                                       command.examples("muster broker fault clear 1\nmuster broker fault clear");
                                   });
    add_command<FaultRunOptions>(*fault, "run", "Play a scenario: a time line of faults", [](Command& command, FaultRunOptions& options) {
        command.mutates();
        command.add_option("SCENARIO", options.scenario, "A JSON file (docs/faults.md)").required();
        add_admin(command, options.admin);
        command.examples("muster broker fault run bad-day.json");
    });
}

}  // namespace muster::cli
