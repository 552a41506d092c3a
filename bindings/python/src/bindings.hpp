// SPDX-License-Identifier: Apache-2.0
// What the bound headers share: one function each, and how an Error becomes a Python exception.
#pragma once

#include <muster/result.hpp>

#include <pybind11/chrono.h>
#include <pybind11/functional.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <memory>
#include <utility>

namespace muster::python {

void bind_error(pybind11::module_& module);
void bind_device(pybind11::module_& module);
void bind_metrics(pybind11::module_& module);
void bind_enroll(pybind11::module_& module);
void bind_broker(pybind11::module_& module);
void bind_telemetry(pybind11::module_& module);

/// Raises muster.Error. The GIL must be held.
[[noreturn]] void raise(const Error& error);

/// The value, or a raised muster.Error. The GIL must be held.
template <class T>
T unwrap(Result<T> result) {
    if (!result) raise(result.error());
    if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

/// Calls into muster without the GIL, so that its callback thread can take it.
template <class F>
auto without_gil(F&& call) {
    const pybind11::gil_scoped_release release;
    return std::forward<F>(call)();
}

/// Destroys what owns threads without the GIL: they may be waiting for it.
struct ReleasingDeleter {
    template <class T>
    void operator()(T* owned) const {
        const pybind11::gil_scoped_release release;
        std::default_delete<T>()(owned);
    }
};

/// A Python callable that any thread may copy and destroy, and call with the GIL held.
class Callable {
public:
    explicit Callable(pybind11::function function)
        : function_(new pybind11::function(std::move(function)), [](pybind11::function* owned) {
              const pybind11::gil_scoped_acquire acquire;
              std::default_delete<pybind11::function>()(owned);
          }) {}
    template <class... Args>
    void operator()(const Args&... args) const {
        const pybind11::gil_scoped_acquire acquire;
        try {
            (*function_)(args...);
        } catch (pybind11::error_already_set& error) {
            error.discard_as_unraisable("muster handler");  // Python's own way to report it: sys.unraisablehook.
        }
    }

private:
    std::shared_ptr<pybind11::function> function_;
};

}  // namespace muster::python
