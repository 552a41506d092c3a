// SPDX-License-Identifier: Apache-2.0
// muster.Error: an exception with the code's name, the sentence and the hint.
#include "bindings.hpp"

namespace py = pybind11;

namespace muster::python {
namespace {

// Owned by the module, which lives as long as the interpreter.
PyObject* error_type = nullptr;

}  // namespace

void bind_error(py::module_& module) {
    error_type = PyErr_NewExceptionWithDoc("muster.Error", "What went wrong: `code`, `message` and `hint`.", PyExc_RuntimeError, nullptr);
    if (error_type == nullptr) throw py::error_already_set();
    module.add_object("Error", py::reinterpret_borrow<py::object>(error_type));
}

void raise(const Error& error) {
    const std::string text = error.hint().empty() ? error.message() : error.message() + " (" + error.hint() + ")";
    const py::object exception = py::reinterpret_borrow<py::object>(error_type)(text);
    exception.attr("code") = std::string(name_of(error.code()));
    exception.attr("message") = error.message();
    exception.attr("hint") = error.hint();
    PyErr_SetObject(error_type, exception.ptr());
    throw py::error_already_set();
}

}  // namespace muster::python
