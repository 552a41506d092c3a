// SPDX-License-Identifier: Apache-2.0
// Binds <muster/enroll.hpp> and what it answers with from <muster/pki.hpp>.
#include "bindings.hpp"

#include <muster/enroll.hpp>

#include <atomic>
#include <utility>

namespace py = pybind11;

namespace muster::python {

namespace {

// A signal that Python raises an exception for, such as Ctrl-C, ends it before the next wait.
Result<pki::CertificateInfo> enroll_interruptibly(EnrollRequest request) {
    std::atomic<bool> is_cancelled{false};
    bool is_interrupted = false;
    request.is_cancelled = &is_cancelled;
    request.on_wait = [&](const Error& /*why*/, std::chrono::milliseconds /*delay*/) {
        const py::gil_scoped_acquire acquire;
        is_interrupted = PyErr_CheckSignals() != 0;
        is_cancelled = is_interrupted;
    };
    auto enrolled = without_gil([&] { return enroll(request); });
    if (is_interrupted) throw py::error_already_set();
    return enrolled;
}

}  // namespace

void bind_enroll(py::module_& module) {
    py::class_<pki::CertificateInfo>(module, "Certificate", "What a certificate says.")
        .def_readonly("subject", &pki::CertificateInfo::subject)
        .def_readonly("common_name", &pki::CertificateInfo::common_name)
        .def_readonly("issuer", &pki::CertificateInfo::issuer)
        .def_readonly("serial_hex", &pki::CertificateInfo::serial_hex)
        .def_readonly("not_before", &pki::CertificateInfo::not_before)
        .def_readonly("not_after", &pki::CertificateInfo::not_after)
        .def_readonly("sha256", &pki::CertificateInfo::sha256)
        .def_readonly("subject_alt_names", &pki::CertificateInfo::subject_alt_names)
        .def_readonly("is_ca", &pki::CertificateInfo::is_ca)
        .def_readonly("pem", &pki::CertificateInfo::pem);

    module.def(
        "enroll",
        [](std::string est_url, std::string device_id, std::string one_time_password, std::filesystem::path ca_file,
           std::filesystem::path identity_dir, std::chrono::milliseconds timeout, std::string key_store,
           std::filesystem::path key_password_file, std::chrono::milliseconds max_wait, std::chrono::milliseconds retry_every) {
            EnrollRequest request;
            request.est_url = std::move(est_url);
            request.device_id = std::move(device_id);
            request.one_time_password = std::move(one_time_password);
            request.trust_anchors = std::move(ca_file);
            request.identity_dir = std::move(identity_dir);
            request.timeout = timeout;
            request.key_store = std::move(key_store);
            request.key_password.file = std::move(key_password_file);
            request.max_wait = max_wait;
            request.retry_every = retry_every;
            return unwrap(enroll_interruptibly(std::move(request)));
        },
        py::kw_only(), py::arg("est_url"), py::arg("device_id"), py::arg("one_time_password"), py::arg("ca_file"), py::arg("identity_dir"),
        py::arg("timeout") = std::chrono::milliseconds(30'000), py::arg("key_store") = "file:", py::arg("key_password_file") = "",
        py::arg("max_wait") = std::chrono::milliseconds(0), py::arg("retry_every") = std::chrono::milliseconds(0),
        "Exchanges a one-time password for a certificate over EST; writes the identity directory. A new key is made in `key_store`. For "
        "`max_wait` "
        "it asks again, every `retry_every`, while an administrator has to approve, or the server is busy or away.");
}

}  // namespace muster::python
