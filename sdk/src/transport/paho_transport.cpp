// SPDX-License-Identifier: Apache-2.0
// The Transport that Eclipse Paho MQTT C++ provides.
#include "transport/paho_transport.hpp"

#include "transport/paho_link.hpp"

#include <exception>
#include <string>
#include <utility>

namespace muster::transport {
namespace {

/// Threads: one.
class PahoTransport final : public Transport {
public:
    void open(LinkId link, const LinkOptions& options, LinkSink& sink) override {
        if (current_) current_->close();
        try {
            // The new client is made before the old one goes: with none left Paho ends its threads, and ending and starting them takes over
            // a second.
            auto fresh = std::make_unique<PahoLink>(link, options, sink);
            current_ = std::move(fresh);
        } catch (const std::exception& error) {
            sink.link_down(link, {Code::internal, std::string("Paho: ") + error.what()});
            return;
        }
        current_->open();
    }
    void subscribe(LinkId link, const std::vector<Subscription>& subscriptions) override {
        if (is_current(link)) current_->subscribe(subscriptions);
    }
    void send(LinkId link, SendId id, const Message& message) override {
        if (is_current(link)) current_->send(id, message);
    }
    void close(LinkId link) override {
        if (is_current(link)) current_->close();
    }

private:
    [[nodiscard]] bool is_current(LinkId link) const { return current_ && current_->id() == link; }
    std::unique_ptr<PahoLink> current_;
};

}  // namespace

std::unique_ptr<Transport> make_paho_transport() {
    return std::make_unique<PahoTransport>();
}

}  // namespace muster::transport
