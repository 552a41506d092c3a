// SPDX-License-Identifier: Apache-2.0
// Asking for the addresses of names, and what a device remembers of the answers.
#pragma once

#include "base/descriptor.hpp"
#include "base/guarded.hpp"
#include "base/random.hpp"
#include "transport/addresses.hpp"

#include <muster/result.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace muster::transport {

/// All addresses of a name, best first, at least one. May block for as long as it likes.
/// Threads: any, several at a time.
using Resolver = std::function<Result<std::vector<Address>>(const std::string& host, std::uint16_t port)>;

/// The system's (getaddrinfo). Fails with Code::unreachable.
[[nodiscard]] Result<std::vector<Address>> resolve_by_system(const std::string& host, std::uint16_t port);

/// A question under way, on a thread of its own: nothing ends a getaddrinfo, so nobody waits for that thread.
/// Threads: any.
class Lookup {
public:
    using Answer = Result<std::vector<Address>>;
    [[nodiscard]] static std::shared_ptr<Lookup> start(const Resolver& resolve, const std::string& host, std::uint16_t port);
    Lookup();

    /// Readable as soon as there is an answer.
    [[nodiscard]] int readable() const { return answered_.get(); }
    [[nodiscard]] bool is_answered() const { return is_answered_; }
    /// Once it is answered.
    [[nodiscard]] Answer answer() const;

private:
    std::atomic<bool> is_answered_{false};
    const base::Descriptor answered_;
    base::Guarded<std::optional<Answer>> answer_;
};

/// Where a link goes.
struct Place {
    std::string host;
    std::uint16_t port = 0;
};

/// What one device knows of the names it has asked for: their last answers, for when the resolver fails, and which addresses are good.
/// Threads: any.
class AddressBook {
public:
    AddressBook(Resolver resolve, std::uint64_t salt) : resolve_(std::move(resolve)), salt_(salt) {}
    /// Asks, unless an earlier question is still not answered: then that one.
    [[nodiscard]] std::shared_ptr<Lookup> ask(const Place& place);
    /// What was answered, in the order in which to try them; if that is an error, what was answered the last time.
    [[nodiscard]] Result<std::vector<Address>> in_order(const Place& place, const Lookup::Answer& answer, base::SteadyTime now);
    void worked(const Place& place, const Address& address);
    void failed(const Place& place, const Address& address, base::SteadyTime now);

private:
    struct Name {
        Addresses addresses;
        std::vector<Address> last_answers;
        std::shared_ptr<Lookup> lookup;
    };
    using Names = std::map<std::string, Name>;
    [[nodiscard]] Name& name_of(Names& names, const Place& place) const;

    const Resolver resolve_;
    const std::uint64_t salt_;
    base::Guarded<Names> names_;
};

}  // namespace muster::transport
