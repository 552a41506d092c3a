// SPDX-License-Identifier: Apache-2.0
// Binds <muster/telemetry.hpp> and <muster/reading.hpp>.
#include "bindings.hpp"

#include <muster/duplicate_filter.hpp>
#include <muster/telemetry.hpp>

namespace py = pybind11;

namespace muster::python {
namespace {

Encoding encoding_named(const std::string& name) {
    if (name == "json") return Encoding::json;
    if (name == "cbor") return Encoding::cbor;
    if (name == "protobuf") return Encoding::protobuf;
    throw py::value_error("an encoding is 'json', 'cbor' or 'protobuf', not '" + name + "'");
}

// In the order given: a dict of Python keeps it.
py::dict values_of(const Reading& reading) {
    py::dict values;
    for (const auto& [name, value] : reading.values) values[py::str(name)] = value;
    return values;
}

Compression compression_named(const std::string& name) {
    if (name == "none") return Compression::none;
    if (name == "gzip") return Compression::gzip;
    throw py::value_error("a compression is 'none' or 'gzip', not '" + name + "'");
}

Reading make_reading(std::chrono::system_clock::time_point time, std::uint64_t sequence, const py::dict& values, bool is_partial) {
    Reading reading{time, sequence, {}, is_partial};
    for (const auto& [name, value] : values) reading.values.emplace_back(name.cast<std::string>(), value.cast<double>());
    return reading;
}

}  // namespace

void bind_telemetry(py::module_& module) {
    py::class_<Reading>(module, "Reading", "Named values taken at one moment.")
        .def(py::init(&make_reading), py::arg("time"), py::arg("sequence"), py::arg("values"), py::arg("is_partial") = false)
        .def_readonly("time", &Reading::time)
        .def_readonly("sequence", &Reading::sequence)
        .def_property_readonly("values", &values_of)
        .def_readonly("is_partial", &Reading::is_partial);
    py::class_<ReadingCompleter>(module, "ReadingCompleter", "Fills in what partial readings leave out.")
        .def(py::init<std::size_t>(), py::arg("max_topics") = 65'536)
        .def("complete", &ReadingCompleter::complete, py::arg("topic"), py::arg("reading"),
             "The reading with all values of its topic; it stays partial if no full one came before it, or a newer one did.");
    py::class_<DuplicateFilter>(module, "DuplicateFilter", "Knows messages that come twice by their ids, the last `window` of them.")
        .def(py::init<std::size_t>(), py::arg("window") = 65'536)
        .def("is_duplicate", &DuplicateFilter::is_duplicate, py::arg("message_id"),
             "Whether this id came before; an empty one never did. Give it `message.message_id`.");
    module.def(
        "encode_readings",
        [](const std::vector<Reading>& readings, const std::string& encoding, const std::string& compression) {
            return py::bytes(encode_readings(readings, encoding_named(encoding), compression_named(compression)));
        },
        py::arg("readings"), py::arg("encoding") = "json", py::arg("compression") = "none",
        "One payload for the readings: json, cbor or protobuf; with gzip compressed if that makes it an eighth smaller.");
    module.def(
        "decode_readings",
        [](const py::bytes& payload, const std::string& encoding) {
            return unwrap(decode_readings(static_cast<std::string_view>(payload), encoding_named(encoding)));
        },
        py::arg("payload"), py::arg("encoding") = "json",
        "The readings of a payload, compressed or not; raises muster.Error if it holds none.");
    module.def(
        "decode_message",
        [](const py::bytes& payload, const std::string& encoding) {
            auto message = unwrap(decode_message(static_cast<std::string_view>(payload), encoding_named(encoding)));
            return std::pair(std::move(message.message_id), std::move(message.readings));
        },
        py::arg("payload"), py::arg("encoding") = "json",
        "The message's id, if its sender put it into the payload, and the readings; raises muster.Error if it holds none.");
}

}  // namespace muster::python
