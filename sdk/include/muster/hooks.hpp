// SPDX-License-Identifier: Apache-2.0
// What a device takes from the application instead of from the machine: for ports to other systems, and for tests.
#pragma once

#include <muster/sources.hpp>
#include <muster/transport.hpp>

#include <memory>

namespace muster {

/// Each may be left out. What else an application can give stands in DeviceConfig (`log`, `token`, `key_password`) and on Device
/// (`on_state`, `on_credential`, `network_up`, `metrics`); private keys are kept by a pki::KeyStore.
struct Hooks {
    /// Borrowed until the device is gone; without one, the machine's clocks. It tells when to try again, what has expired, and when a
    /// certificate is due. Calls that block (`wait_drained`, `stop`) end by the machine's clock, whatever this one says. A clock that does
    /// not go on by itself, or that also counts the time in which the machine sleeps, needs Device::clock_changed().
    ///
    /// Times to live of what waits in a file count within a run only, because nobody knows what this clock's beginning means to the next.
    const Clock* clock = nullptr;
    /// Borrowed until the device is gone; without one, the operating system's (getrandom). It gives client ids and spreads delays. Keys
    /// and TLS are OpenSSL's affair, names of temporary files and marks of the outbox's file the operating system's.
    Random* random = nullptr;
    /// The way to the network; without one, that of the configuration. It is destroyed when the device stops, after the last call into it.
    std::unique_ptr<transport::Transport> transport;
};

}  // namespace muster
