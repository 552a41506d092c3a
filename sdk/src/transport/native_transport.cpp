// SPDX-License-Identifier: Apache-2.0
// The Transport of the SDK's own.
#include "transport/native_transport.hpp"

#include "transport/native_link.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace muster::transport {
namespace {

/// One link at a time, and those before it whose threads have not ended yet.
/// Threads: one.
class NativeTransport final : public Transport {
public:
    NativeTransport(Resolver resolve, base::Random& random)
        : book_(std::make_shared<AddressBook>(std::move(resolve), random.next())),
          memory_{static_cast<wire::PacketId>(random.next()), {}} {}
    void open(LinkId link, const LinkOptions& options, LinkSink& sink) override {
        if (current_) {
            current_->end();
            ending_.push_back(std::move(current_));
        }
        ending_.erase(std::remove_if(ending_.begin(), ending_.end(), [](const auto& one) { return one->is_over(); }), ending_.end());
        current_ = std::make_unique<NativeLink>(link, options, sink, book_, memory_);
        current_->start();
    }
    void subscribe(LinkId link, const std::vector<Subscription>& subscriptions) override {
        if (is_current(link)) current_->subscribe(subscriptions);
    }
    void unsubscribe(LinkId link, const std::vector<std::string>& filters) override {
        if (is_current(link)) current_->unsubscribe(filters);
    }
    void send(LinkId link, SendId id, const Message& message) override {
        if (is_current(link)) current_->send(id, message);
    }
    void close(LinkId link) override {
        if (is_current(link)) current_->close();
    }

private:
    [[nodiscard]] bool is_current(LinkId link) const { return current_ && current_->id() == link; }

    const std::shared_ptr<AddressBook> book_;
    ClientMemory memory_;
    std::vector<std::unique_ptr<NativeLink>> ending_;
    std::unique_ptr<NativeLink> current_;
};

}  // namespace

std::unique_ptr<Transport> make_native_transport(Resolver resolve, std::unique_ptr<base::Random> random) {
    return std::make_unique<NativeTransport>(std::move(resolve), *random);
}

}  // namespace muster::transport
