// SPDX-License-Identifier: Apache-2.0
// The Transport that Eclipse Paho MQTT C++ provides.
#include "transport/paho_transport.hpp"

#include "transport/paho_link.hpp"
#include "transport/paho_options.hpp"
#include "transport/websocket_turn.hpp"

#include <exception>
#include <string>
#include <utility>

namespace muster::transport {
namespace {

/// One link at a time, and the keeper from the first on.
/// Threads: one.
class PahoTransport final : public Transport {
public:
    PahoTransport(Resolver resolve, std::unique_ptr<base::Random> random)
        : random_(std::move(random)), book_(std::make_shared<AddressBook>(std::move(resolve), random_->next())) {}
    ~PahoTransport() override { end_current(); }
    void open(LinkId link, const LinkOptions& options, LinkSink& sink) override {
        end_current();
        if (is_websocket(options) && !(turn_ = WebSocketTurn::take())) {
            sink.link_down(
                link, Error{Code::in_use,
                            options.endpoint + ": another device of this process is connected through WebSocket, and Paho can have one",
                            "give this device an mqtts:// endpoint or a process of its own"});
            return;
        }
        try {
            if (!keeper_) keeper_ = PahoKeeper::shared();
            current_ = std::make_unique<PahoLink>(link, options, sink, PahoLink::Common{keeper_, book_, *random_});
        } catch (const std::exception& error) {
            sink.link_down(link, Error{Code::internal, std::string("Paho: ") + error.what()});
            return;
        }
        go_on(current_->open());
    }
    void subscribe(LinkId link, const std::vector<Subscription>& subscriptions) override {
        if (is_current(link)) go_on(current_->subscribe(subscriptions));
    }
    void unsubscribe(LinkId link, const std::vector<std::string>& filters) override {
        if (is_current(link)) go_on(current_->unsubscribe(filters));
    }
    void send(LinkId link, SendId id, const Message& message) override {
        if (is_current(link)) go_on(current_->send(id, message));
    }
    void close(LinkId link) override {
        if (is_current(link)) go_on(current_->close());
    }

private:
    [[nodiscard]] bool is_current(LinkId link) const { return current_ && current_->id() == link; }
    void go_on(PahoLink::After after) {
        if (after != PahoLink::After::destroy) return;
        current_.reset();
        turn_.reset();
    }
    // Destroying a connected client disconnects it properly.
    void end_current() {
        if (current_) current_->down({Code::stopped, "closed"});
        current_.reset();
        turn_.reset();
    }

    const std::unique_ptr<base::Random> random_;
    const std::shared_ptr<AddressBook> book_;
    std::shared_ptr<PahoKeeper> keeper_;
    std::unique_ptr<WebSocketTurn> turn_;  // As long as there is a link through one.
    std::unique_ptr<PahoLink> current_;
};

}  // namespace

std::unique_ptr<Transport> make_paho_transport(Resolver resolve, std::unique_ptr<base::Random> random) {
    return std::make_unique<PahoTransport>(std::move(resolve), std::move(random));
}

}  // namespace muster::transport
