// SPDX-License-Identifier: Apache-2.0
// The least that the work takes: OpenSSL's calls, one after the other, on as many threads as are asked for.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace muster::bench {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* owned) const {
        Free(owned);
    }
};

inline void must(bool is_fine, const char* what) {
    if (!is_fine) throw std::runtime_error(what);
}

/// Calls `work` with 0 to `count` - 1.
inline void on_threads(unsigned threads, unsigned count, const std::function<void(unsigned)>& work) {
    std::atomic<unsigned> next{0};
    std::vector<std::thread> running;
    for (unsigned i = 0; i < threads; ++i) {
        running.emplace_back([&] {
            for (unsigned number = next++; number < count; number = next++) work(number);
        });
    }
    for (auto& thread : running) thread.join();
}

/// Key, request and certificate for each, in a directory each; one sync at the end. Throws.
void make_identities(const std::filesystem::path& directory, unsigned count, unsigned threads, const std::filesystem::path& ca_cert,
                     const std::filesystem::path& ca_key);

/// Full handshakes with a TLS server that `ca_file` vouches for. Throws.
void shake_hands(const char* port, unsigned count, unsigned threads, const char* ca_file);

}  // namespace muster::bench
