// SPDX-License-Identifier: Apache-2.0
// The extension module behind the package `muster`.
#include "bindings.hpp"

#include <muster/version.hpp>

PYBIND11_MODULE(_muster, module) {
    module.doc() = "muster's C++ library";
    module.attr("__version__") = std::string(muster::version());
    muster::python::bind_error(module);
    muster::python::bind_enroll(module);
    muster::python::bind_device(module);
    muster::python::bind_metrics(module);
    muster::python::bind_broker(module);
    muster::python::bind_telemetry(module);
}
