// SPDX-License-Identifier: Apache-2.0
// Binds <muster/metrics.hpp>.
#include "bindings.hpp"

#include <muster/device.hpp>
#include <muster/metrics.hpp>

namespace py = pybind11;

namespace muster::python {

void bind_metrics(py::module_& module) {
    module.attr("METRICS_CONTENT_TYPE") = metrics_content_type;
    module.def("_metrics", [](const Device& device) {
        py::dict made;
        for (const auto& family : metric_families(without_gil([&] { return device.metrics(); }))) {
            if (family.label.empty()) {
                made[py::str(family.name)] = family.samples.front().value;
                continue;
            }
            py::dict samples;
            for (const auto& sample : family.samples) samples[py::str(sample.label)] = sample.value;
            made[py::str(family.name)] = std::move(samples);
        }
        return made;
    });
    module.def("_metrics_text", [](const Device& device, const MetricLabels& labels) {
        return unwrap(metrics_text(without_gil([&] { return device.metrics(); }), labels));
    });
}

}  // namespace muster::python
