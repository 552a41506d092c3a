// SPDX-License-Identifier: Apache-2.0
// The names of error codes, and what a broken precondition does.
#include <muster/result.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace muster {
namespace {

void print_and_abort(const char* condition, const char* file, int line) {
    static_cast<void>(std::fprintf(stderr, "muster: precondition broken: %s (%s:%d)\n", condition, file, line));
    std::abort();
}

// The one global that can change: a firmware's own way to stop (style.md, rule 21).
std::atomic<ContractHandler> contract_handler{&print_and_abort};

}  // namespace

std::string_view name_of(Code code) noexcept {
    switch (code) {
        case Code::invalid_argument:
            return "invalid_argument";
        case Code::not_found:
            return "not_found";
        case Code::conflict:
            return "conflict";
        case Code::unsafe_file:
            return "unsafe_file";
        case Code::io:
            return "io";
        case Code::no_space:
            return "no_space";
        case Code::corrupt:
            return "corrupt";
        case Code::full:
            return "full";
        case Code::too_large:
            return "too_large";
        case Code::in_use:
            return "in_use";
        case Code::unreachable:
            return "unreachable";
        case Code::timeout:
            return "timeout";
        case Code::tls:
            return "tls";
        case Code::expired:
            return "expired";
        case Code::denied:
            return "denied";
        case Code::unavailable:
            return "unavailable";
        case Code::taken_over:
            return "taken_over";
        case Code::rejected:
            return "rejected";
        case Code::stopped:
            return "stopped";
        case Code::internal:
            return "internal";
    }
    return "unknown";
}

bool is_retriable(Code code) noexcept {
    switch (code) {
        case Code::full:
        case Code::no_space:
        case Code::in_use:
        case Code::unreachable:
        case Code::timeout:
        case Code::unavailable:
        case Code::taken_over:
            return true;
        default:
            return false;
    }
}

void set_contract_handler(ContractHandler handler) noexcept {
    contract_handler.store(handler);
}

namespace detail {

void contract_broken(const char* condition, const char* file, int line) noexcept {
    contract_handler.load()(condition, file, line);
    std::abort();  // A handler that returns has not understood.
}

}  // namespace detail
}  // namespace muster
