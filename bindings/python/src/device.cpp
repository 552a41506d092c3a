// SPDX-License-Identifier: Apache-2.0
// Binds <muster/device.hpp> and the values it speaks.
#include "bindings.hpp"

#include <muster/device.hpp>

#include <initializer_list>
#include <utility>

namespace py = pybind11;

namespace muster::python {
namespace {

using DeviceHolder = std::unique_ptr<Device, ReleasingDeleter>;
using std::chrono::milliseconds;

Durability durability_named(const std::string& name) {
    if (name == "memory") return Durability::memory;
    if (name == "process") return Durability::process;
    if (name == "disk") return Durability::disk;
    throw py::value_error("durability is 'memory', 'process' or 'disk', not '" + name + "'");
}

template <class Enum>
Enum named(const char* what, const std::string& name, std::initializer_list<std::pair<const char*, Enum>> names) {
    std::string known;
    for (const auto& [candidate, value] : names) {
        if (name == candidate) return value;
        known.append(known.empty() ? "'" : ", '").append(candidate).append("'");
    }
    throw py::value_error(std::string(what) + " is one of " + known + ", not '" + name + "'");
}

// Called from a thread of the device: a password, or one with the seconds that it lasts.
TokenSource token_source(const py::object& source) {
    if (source.is_none()) return {};
    const std::shared_ptr<py::object> owned(new py::object(source), [](py::object* object) {
        const py::gil_scoped_acquire acquire;
        std::default_delete<py::object>()(object);
    });
    return [owned]() -> Result<Token> {
        const py::gil_scoped_acquire acquire;
        try {
            const py::object answer = (*owned)();
            if (py::isinstance<py::str>(answer)) return Token{answer.cast<std::string>()};
            const auto [value, seconds] = answer.cast<std::pair<std::string, double>>();
            return Token{value, std::chrono::seconds(static_cast<std::int64_t>(seconds))};
        } catch (const std::exception& error) {
            return Error{Code::unavailable, std::string("the function failed: ") + error.what()};
        }
    };
}

// Called from threads of the device.
LogSink log_sink(const py::object& sink) {
    if (sink.is_none()) return {};
    return [call = Callable(sink.cast<py::function>())](LogLevel level, std::string_view line) {
        constexpr const char* names[] = {"debug", "info", "warning", "error"};
        call(std::string(names[static_cast<std::size_t>(level)]), std::string(line));
    };
}

DeviceHolder open_device(DeviceConfig config) {
    auto device = unwrap(without_gil([&] { return Device::open(std::move(config)); }));
    return DeviceHolder(device.release());
}

py::object message_of(const std::optional<Error>& error) {
    return error ? py::object(py::str(error->message())) : py::none();
}

py::object code_of(const std::optional<Error>& error) {
    return error ? py::object(py::str(std::string(name_of(error->code())))) : py::none();
}

void bind_values(py::module_& module) {
    py::class_<Message>(module, "Message", "A received message.")
        .def_readonly("topic", &Message::topic)
        .def_property_readonly("payload", [](const Message& message) { return py::bytes(message.payload); })
        .def_property_readonly("qos", [](const Message& message) { return static_cast<int>(message.qos); })
        .def_readonly("retain", &Message::retain)
        .def_readonly("message_id", &Message::message_id);
    py::class_<Acknowledgement>(
        module, "Acknowledgement",
        "The acknowledgement of one message by hand; messages behind it wait until it is given or its time is over.")
        .def("acknowledge", &Acknowledgement::acknowledge, "The message is done with. On any thread; without effect the second time.");
    py::class_<OutboxCounts>(module, "OutboxCounts", "accepted = delivered + dropped + quarantined + waiting, at any time.")
        .def_readonly("accepted", &OutboxCounts::accepted)
        .def_readonly("delivered", &OutboxCounts::delivered)
        .def_property_readonly("dropped", &OutboxCounts::dropped)
        .def_readonly("dropped_overflow", &OutboxCounts::dropped_overflow)
        .def_readonly("dropped_rejected", &OutboxCounts::dropped_rejected)
        .def_readonly("dropped_corrupt", &OutboxCounts::dropped_corrupt)
        .def_readonly("dropped_stopped", &OutboxCounts::dropped_stopped)
        .def_readonly("dropped_expired", &OutboxCounts::dropped_expired)
        .def_readonly("dropped_superseded", &OutboxCounts::dropped_superseded)
        .def_readonly("dropped_purged", &OutboxCounts::dropped_purged)
        .def_readonly("quarantined", &OutboxCounts::quarantined)
        .def_readonly("waiting", &OutboxCounts::waiting)
        .def_readonly("waiting_bytes", &OutboxCounts::waiting_bytes);
    py::class_<ReadingCounts>(module, "ReadingCounts", "taken = stored + unchanged + thinned + merged + refused + held, at any time.")
        .def_readonly("taken", &ReadingCounts::taken)
        .def_readonly("stored", &ReadingCounts::stored)
        .def_readonly("unchanged", &ReadingCounts::unchanged)
        .def_readonly("thinned", &ReadingCounts::thinned)
        .def_readonly("merged", &ReadingCounts::merged)
        .def_readonly("refused", &ReadingCounts::refused)
        .def_readonly("held", &ReadingCounts::held);
    py::class_<BatchCounts>(module, "BatchCounts", "What batching and compression saved.")
        .def_readonly("batches", &BatchCounts::batches)
        .def_readonly("readings", &BatchCounts::readings)
        .def_readonly("reading_bytes", &BatchCounts::reading_bytes)
        .def_readonly("batch_bytes", &BatchCounts::batch_bytes);
    py::class_<QuarantinedMessage>(module, "QuarantinedMessage", "A message that was set aside, because it cannot be sent.")
        .def_readonly("id", &QuarantinedMessage::id)
        .def_readonly("message", &QuarantinedMessage::message)
        .def_readonly("reason", &QuarantinedMessage::reason);
    py::class_<CredentialStatus>(module, "CredentialStatus", "The device's certificate and its renewal.")
        .def_property_readonly("state", [](const CredentialStatus& credential) { return std::string(name_of(credential.state)); })
        .def_readonly("serial_hex", &CredentialStatus::serial_hex)
        .def_property_readonly("not_after",
                               [](const CredentialStatus& credential) {
                                   return credential.serial_hex.empty() ? py::object(py::none()) : py::cast(credential.not_after);
                               })
        .def_readonly("renewals", &CredentialStatus::renewals)
        .def_property_readonly("last_error", [](const CredentialStatus& credential) { return message_of(credential.last_error); })
        .def_property_readonly("last_error_code", [](const CredentialStatus& credential) { return code_of(credential.last_error); });
    py::class_<Status>(module, "Status", "A snapshot of a device.")
        .def_property_readonly("state", [](const Status& status) { return std::string(name_of(status.state)); })
        .def_readonly("client_id", &Status::client_id)
        .def_readonly("endpoint", &Status::endpoint)
        .def_property_readonly("protocol", [](const Status& status) { return std::string(name_of(status.protocol)); })
        .def_property_readonly("last_error", [](const Status& status) { return message_of(status.last_error); })
        .def_property_readonly("last_error_code", [](const Status& status) { return code_of(status.last_error); })
        .def_readonly("connects", &Status::connects)
        .def_readonly("disconnects", &Status::disconnects)
        .def_readonly("redelivered", &Status::redelivered)
        .def_readonly("received", &Status::received)
        .def_readonly("outbox", &Status::outbox)
        .def_readonly("readings", &Status::readings)
        .def_readonly("batches", &Status::batches)
        .def_readonly("credential", &Status::credential);
}

}  // namespace

void bind_device(py::module_& module) {
    bind_values(module);
    py::class_<Device, DeviceHolder>(module, "_Device")
        .def_static(
            "open",
            [](const std::string& json, const py::object& token, const std::string& token_username, const py::object& log) {
                auto config = unwrap(parse_device_config(json, "the settings", ""));
                config.token = token_source(token);
                if (config.token) config.username = token_username;
                config.log = log_sink(log);
                return open_device(std::move(config));
            },
            py::kw_only(), py::arg("json"), py::arg("token"), py::arg("token_username"), py::arg("log"))
        .def_static(
            "from_file",
            [](const std::filesystem::path& path, const py::object& log) {
                auto config = unwrap(load_device_config(path));
                config.log = log_sink(log);
                return open_device(std::move(config));
            },
            py::arg("path"), py::arg("log"))
        .def("start", [](Device& device) { unwrap(without_gil([&] { return device.start(); })); })
        .def(
            "publish",
            [](Device& device, const std::string& topic, const py::bytes& payload, int qos, const std::string& durability, bool retain,
               const std::string& priority, const std::string& overflow, std::chrono::seconds time_to_live, std::string key) {
                PublishOptions options;
                if (qos < 0 || qos > 2) throw py::value_error("qos is 0, 1 or 2");
                options.qos = static_cast<Qos>(qos);
                options.durability = durability_named(durability);
                options.retain = retain;
                options.priority = named<Priority>(
                    "priority", priority,
                    {{"bulk", Priority::bulk}, {"normal", Priority::normal}, {"high", Priority::high}, {"alarm", Priority::alarm}});
                options.overflow = named<Overflow>("overflow", overflow,
                                                   {{"refuse", Overflow::refuse},
                                                    {"drop_oldest", Overflow::drop_oldest},
                                                    {"drop_lowest_priority", Overflow::drop_lowest_priority},
                                                    {"latest", Overflow::latest}});
                options.time_to_live = time_to_live;
                options.key = std::move(key);
                const std::string bytes = payload;
                return unwrap(without_gil([&] { return device.publish(topic, bytes, options); })).id;
            },
            py::arg("topic"), py::arg("payload"), py::kw_only(), py::arg("qos"), py::arg("durability"), py::arg("retain"),
            py::arg("priority"), py::arg("overflow"), py::arg("time_to_live"), py::arg("key"))
        .def(
            "publish_by_class",
            [](Device& device, const std::string& topic, const py::bytes& payload) {
                const std::string bytes = payload;
                return unwrap(without_gil([&] { return device.publish(topic, bytes); })).id;
            },
            py::arg("topic"), py::arg("payload"))
        .def("subscribe",
             [](Device& device, const std::string& filter, int qos, py::function handler) {
                 unwrap(without_gil([&, call = Callable(std::move(handler))]() mutable {
                     return device.subscribe(filter, static_cast<Qos>(qos),
                                             [call = std::move(call)](const Message& message) { call(message); });
                 }));
             })
        .def("subscribe_manual",
             [](Device& device, const std::string& filter, int qos, py::function handler) {
                 unwrap(without_gil([&, call = Callable(std::move(handler))]() mutable {
                     return device.subscribe_manual(
                         filter, {static_cast<Qos>(qos)},
                         [call = std::move(call)](const Message& message, const Acknowledgement& given) { call(message, given); });
                 }));
             })
        .def("quarantined", [](Device& device) { return unwrap(without_gil([&] { return device.quarantined(); })); })
        .def("status", &Device::status, py::call_guard<py::gil_scoped_release>())
        .def("network_up", &Device::network_up)
        .def("wait_subscribed",
             [](Device& device, milliseconds timeout) { unwrap(without_gil([&] { return device.wait_subscribed(timeout); })); })
        .def("wait_drained",
             [](Device& device, milliseconds timeout) { unwrap(without_gil([&] { return device.wait_drained(timeout); })); })
        .def("renew", [](Device& device) { unwrap(without_gil([&] { return device.renew(); })); })
        .def(
            "publish_reading",
            [](Device& device, const std::string& topic, const Reading& reading) {
                return unwrap(without_gil([&] { return device.publish(topic, reading); })).id;
            },
            py::arg("topic"), py::arg("reading"))
        .def("stop", &Device::stop, py::call_guard<py::gil_scoped_release>());
}

}  // namespace muster::python
