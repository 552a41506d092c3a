// SPDX-License-Identifier: Apache-2.0
// Binds <muster/testbroker/broker.hpp>.
#include "bindings.hpp"

#include <muster/testbroker/broker.hpp>

namespace py = pybind11;

namespace muster::python {
namespace {

using testbroker::Broker;
using BrokerHolder = std::unique_ptr<Broker, ReleasingDeleter>;

testbroker::Isolation isolation_named(const std::string& name) {
    if (name == "device") return testbroker::Isolation::device;
    if (name == "flat") return testbroker::Isolation::flat;
    throw py::value_error("isolation is 'device' or 'flat', not '" + name + "'");
}

template <class Number>
void set_if_given(const py::dict& offer, const char* name, Number& field) {
    if (offer.contains(name) && !offer[name].is_none()) field = offer[name].cast<Number>();
}

void set_if_given(const py::dict& offer, const char* name, std::optional<std::chrono::seconds>& field) {
    if (offer.contains(name) && !offer[name].is_none()) field = std::chrono::seconds(offer[name].cast<std::int64_t>());
}

// What clients find, by the names of BrokerConfig and Features.
void set_offer(testbroker::BrokerConfig& config, const py::dict& offer) {
    if (offer.contains("maximum_qos")) {
        const int maximum = offer["maximum_qos"].cast<int>();
        if (maximum < 0 || maximum > 2) throw py::value_error("maximum_qos is 0, 1 or 2");
        config.features.maximum_qos = static_cast<Qos>(maximum);
    }
    set_if_given(offer, "retained_messages", config.features.retained_messages);
    set_if_given(offer, "wildcard_subscriptions", config.features.wildcard_subscriptions);
    set_if_given(offer, "subscription_identifiers", config.features.subscription_identifiers);
    set_if_given(offer, "shared_subscriptions", config.features.shared_subscriptions);
    set_if_given(offer, "max_packet_size", config.max_packet_size);
    set_if_given(offer, "max_queued_messages", config.max_queued_messages);
    set_if_given(offer, "max_in_flight", config.max_in_flight);
    set_if_given(offer, "topic_alias_maximum", config.topic_alias_maximum);
    set_if_given(offer, "server_keep_alive", config.server_keep_alive);
    set_if_given(offer, "max_keep_alive", config.max_keep_alive);
    set_if_given(offer, "max_session_expiry", config.max_session_expiry);
}

}  // namespace

void bind_broker(py::module_& module) {
    py::class_<testbroker::BrokerCounters>(module, "BrokerCounters", "What happened since the broker's start.")
        .def_readonly("connections", &testbroker::BrokerCounters::connections)
        .def_readonly("refused", &testbroker::BrokerCounters::refused)
        .def_readonly("malformed", &testbroker::BrokerCounters::malformed)
        .def_readonly("open_connections", &testbroker::BrokerCounters::open_connections)
        .def_readonly("messages_in", &testbroker::BrokerCounters::messages_in)
        .def_readonly("messages_out", &testbroker::BrokerCounters::messages_out)
        .def_readonly("dropped_queue_full", &testbroker::BrokerCounters::dropped_queue_full)
        .def_readonly("refused_for_memory", &testbroker::BrokerCounters::refused_for_memory)
        .def_readonly("certificates_issued", &testbroker::BrokerCounters::certificates_issued);

    py::class_<testbroker::FaultInfo>(module, "FaultInfo", "A fault that was injected, and what came of it.")
        .def_readonly("id", &testbroker::FaultInfo::id)
        .def_property_readonly("kind", [](const testbroker::FaultInfo& info) { return std::string(name_of(info.fault.kind)); })
        .def_readonly("is_standing", &testbroker::FaultInfo::is_standing)
        .def_readonly("considered", &testbroker::FaultInfo::considered)
        .def_readonly("applied", &testbroker::FaultInfo::applied);

    py::class_<Broker, BrokerHolder>(module, "_Broker")
        .def_static(
            "start",
            [](std::filesystem::path state_dir, bool plain, bool websocket, const py::dict& offer) {
                testbroker::BrokerConfig config;
                config.state_dir = std::move(state_dir);
                if (plain) config.mqtt_port = 0;
                if (websocket) config.ws_port = config.wss_port = 0;
                set_offer(config, offer);
                auto broker = unwrap(without_gil([&] { return Broker::start(std::move(config)); }));
                return BrokerHolder(broker.release());
            },
            py::kw_only(), py::arg("state_dir"), py::arg("plain"), py::arg("websocket"), py::arg("offer"))
        .def_property_readonly("listeners", [](const Broker& broker) { return broker.addresses().listeners; })
        .def_property_readonly("ws_url", [](const Broker& broker) { return broker.addresses().ws_url; })
        .def_property_readonly("wss_url", [](const Broker& broker) { return broker.addresses().wss_url; })
        .def_property_readonly("mqtts_url", [](const Broker& broker) { return broker.addresses().mqtts_url; })
        .def_property_readonly("mqtt_url", [](const Broker& broker) { return broker.addresses().mqtt_url; })
        .def_property_readonly("est_url", [](const Broker& broker) { return broker.addresses().est_url; })
        .def_property_readonly("admin_socket", [](const Broker& broker) { return broker.addresses().admin_socket; })
        .def_property_readonly("ca_file", [](const Broker& broker) { return broker.addresses().ca_file; })
        .def("create_tenant",
             [](Broker& broker, const std::string& name, const std::string& isolation) {
                 unwrap(without_gil([&, kind = isolation_named(isolation)] { return broker.create_tenant(name, kind); }));
             })
        .def("register_device",
             [](Broker& broker, const std::string& tenant, const std::string& id) {
                 return unwrap(without_gil([&] { return broker.register_device(tenant, id); })).one_time_password;
             })
        .def("set_application",
             [](Broker& broker, const std::string& tenant, const std::string& user, const std::string& password) {
                 unwrap(without_gil([&] { return broker.set_application(tenant, user, password); }));
             })
        .def("issue_application_certificate",
             [](Broker& broker, const std::string& tenant, const std::string& user, const std::string& csr) {
                 const auto issued = unwrap(without_gil([&] { return broker.issue_application_certificate(tenant, user, csr); }));
                 return issued.certificate_pem + issued.issuer_pem;
             })
        .def("make_ca_challenge",
             [](Broker& broker, const std::string& tenant) {
                 return unwrap(without_gil([&] { return broker.make_ca_challenge(tenant); })).text;
             })
        .def("add_trusted_ca",
             [](Broker& broker, const std::string& tenant, const std::string& certificate, const std::string& proof, bool auto_register) {
                 const auto wanted = auto_register ? testbroker::AutoRegistration::on : testbroker::AutoRegistration::off;
                 return unwrap(without_gil([&] { return broker.add_trusted_ca(tenant, certificate, proof, wanted); })).sha256;
             })
        .def("remove_trusted_ca",
             [](Broker& broker, const std::string& tenant, const std::string& sha256) {
                 unwrap(without_gil([&] { return broker.remove_trusted_ca(tenant, sha256); }));
             })
        .def("begin_outage",
             [](Broker& broker, std::chrono::milliseconds duration) { unwrap(without_gil([&] { return broker.begin_outage(duration); })); })
        .def("inject",
             [](Broker& broker, const std::string& json) {
                 return unwrap(without_gil([&]() -> Result<testbroker::FaultId> {
                     const auto fault = testbroker::parse_fault(json);
                     if (!fault) return fault.error();
                     return broker.inject(*fault);
                 }));
             })
        .def("run_scenario",
             [](Broker& broker, const std::string& json) {
                 unwrap(without_gil([&]() -> Result<void> {
                     const auto scenario = testbroker::parse_scenario(json);
                     if (!scenario) return scenario.error();
                     return broker.run_scenario(*scenario);
                 }));
             })
        .def("remove_fault", [](Broker& broker, testbroker::FaultId id) { unwrap(without_gil([&] { return broker.remove_fault(id); })); })
        .def("clear_faults", &Broker::clear_faults, py::call_guard<py::gil_scoped_release>())
        .def("faults", &Broker::faults, py::call_guard<py::gil_scoped_release>())
        .def("counters", &Broker::counters, py::call_guard<py::gil_scoped_release>())
        .def("stop", &Broker::stop, py::call_guard<py::gil_scoped_release>());
}

}  // namespace muster::python
