// SPDX-License-Identifier: Apache-2.0
// The facade: a configuration made into a running device.
#include "base/message_properties.hpp"
#include "base/topic.hpp"
#include "device/config_check.hpp"
#include "device/config_groups.hpp"
#include "device/credentials.hpp"
#include "device/device_engine.hpp"
#include "device/names.hpp"
#include "device/proxy.hpp"
#include "device/renewer.hpp"
#include "device/sources.hpp"
#include "enroll/generations.hpp"
#include "pki/identity_check.hpp"
#include "pki/openssl_exit.hpp"
#include "transport/native_transport.hpp"
#include "transport/paho_transport.hpp"

#include <muster/device.hpp>
#include <muster/hooks.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace muster {
namespace {

std::unique_ptr<transport::Transport> make_transport(TransportKind kind) {
    return kind == TransportKind::paho ? transport::make_paho_transport() : transport::make_native_transport();
}

}  // namespace

class Device::Impl {
public:
    Impl(std::unique_ptr<device::Sources> from, std::optional<base::FileLock> lock, device::Parts parts)
        : sources(std::move(from)), identity_lock(std::move(lock)), engine(std::move(parts)) {}
    // The engine tells the renewer how trials end, until it has stopped; the renewer calls the engine until it goes.
    ~Impl() { stop(std::chrono::milliseconds(0)); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Status stop(std::chrono::milliseconds drain_deadline) {
        if (renewer) renewer->cancel();
        Status drained = engine.stop(drain_deadline);
        if (renewer) renewer->stop();
        identity_lock.reset();
        return drained;
    }

    // Made where it is returned: this is on the way of every message.
    template <class Publish>
    [[nodiscard]] Result<Receipt> counted(const Publish& publish) {
        Result<Receipt> receipt = publish();
        if (!receipt) engine.count_refused(receipt.error().code());
        return receipt;
    }

    Result<Receipt> publish(std::string_view topic, std::string_view payload, std::shared_ptr<const MessageProperties> properties,
                            const PublishOptions& options) {
        if (auto checked = base::check_message(topic, payload); !checked) return std::move(checked).error();
        return engine.accept({topic, payload, options.qos, options.retain, std::move(properties)}, options);
    }

    template <class Call>
    Result<void> subscribe(std::string_view filter, const SubscribeOptions& options, Call handler) {
        if (auto checked = base::check_filter(filter); !checked) return checked;
        if (!handler) return Error{Code::invalid_argument, "the handler for '" + std::string(filter) + "' is empty"};
        if (options.no_local && base::is_shared(filter))
            return Error{Code::invalid_argument, "no_local with the shared subscription '" + std::string(filter) + "'",
                         "MQTT has no such thing (MQTT 5.0, section 3.8.3.1)"};
        return engine.subscribe(std::string(filter), options, std::move(handler));
    }

    std::unique_ptr<device::Sources> sources;
    std::optional<base::FileLock> identity_lock;
    device::DeviceEngine engine;
    std::unique_ptr<device::Renewer> renewer;  // None without an EST server.
};

Result<std::unique_ptr<Device>> Device::open(DeviceConfig config) {
    return open(std::move(config), Hooks());
}

Result<std::unique_ptr<Device>> Device::open(DeviceConfig config, Hooks hooks) {
    pki::leave_openssl_to_process_end();  // Paho does not join its threads.
    auto endpoints = device::check_config(config);
    if (!endpoints) return std::move(endpoints).error();
    auto sources = std::make_unique<device::Sources>(hooks.clock, hooks.random);
    auto identity_lock = device::lock_identity(config);
    if (!identity_lock) return std::move(identity_lock).error();
    auto link = device::load_credentials(config, *sources);
    if (!link) return std::move(link).error();
    auto transport = hooks.transport ? std::move(hooks.transport) : make_transport(config.transport);
    if (!transport)
        return Error{Code::invalid_argument, "transport is paho, and this muster was built without it",
                     "build it with MUSTER_SDK_PAHO=ON, or leave transport out"};
    auto proxies = device::proxies_of(config, *endpoints);
    if (!proxies) return std::move(proxies).error();
    auto root = device::topic_root_of(config, link->client_id);
    if (!root) return std::move(root).error();
    device::TopicRoot topic_root(*root);
    device::Announcer announcer(config, topic_root);
    link->will = announcer.will();
    link->will_delay = config.will_delay;
    // Without a file everything waits in memory; then that is what a topic without a class gets.
    PublishOptions fallback;
    if (config.outbox_path.empty()) fallback.durability = Durability::memory;
    auto classes = policy::TopicClasses::make(std::move(config.classes), fallback);
    if (!classes) return std::move(classes).error();
    auto outbox = outbox::Outbox::open(config.outbox_path, config.outbox, sources->age_clock());
    if (!outbox) return std::move(outbox).error();

    std::vector<std::string> urls;
    for (const auto& endpoint : *endpoints) urls.push_back(endpoint.url());
    base::Secret key_password{std::string(link->key_password)};
    std::optional<pki::Identity> identity;
    if (!config.renewal.est_url.empty()) {
        auto read = pki::read_identity(est::files_in_use(config.identity_dir), &key_password);
        if (!read) return std::move(read).error().in("identity");
        identity = std::move(*read);
    }
    session::SessionConfig session{urls.size(),
                                   config.priorities,
                                   device::backoff_towards(*endpoints, config.backoff),
                                   config.connect_timeout,
                                   config.keep_alive,
                                   config.window,
                                   topic_root.bytes(),
                                   config.message_id == MessageIdPlace::property ? transport::message_id_bytes : 0};
    // The last strike is its own: nothing else is in flight then.
    if (config.outbox.quarantine_after > 0) session.alone_from = config.outbox.quarantine_after - 1;
    device::Parts parts{session,
                        std::move(urls),
                        std::move(*proxies),
                        std::move(*link),
                        device::identity_source(config),
                        device::token_source(config),
                        std::move(topic_root),
                        std::move(announcer),
                        std::move(*outbox),
                        config.outbox,
                        std::move(*classes),
                        config.message_id,
                        device::pace_towards(*endpoints, config.drain),
                        std::move(transport),
                        config.inbox,
                        std::move(config.log),
                        *sources};
    auto impl = std::make_unique<Impl>(std::move(sources), std::move(*identity_lock), std::move(parts));
    if (identity)
        impl->renewer = std::make_unique<device::Renewer>(config, std::move(key_password), *identity, *impl->sources, impl->engine);
    return std::unique_ptr<Device>(new Device(std::move(impl)));
}

Device::Device(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Device::~Device() = default;

Result<void> Device::start() {
    auto started = impl_->engine.start();
    if (started && impl_->renewer) impl_->renewer->start();
    return started;
}

Result<void> Device::renew() {
    if (impl_->renewer) return impl_->renewer->renew();
    return Error{Code::invalid_argument, "the device does not renew its certificate", "name its EST server: renewal.est_url"};
}

void Device::network_up() {
    impl_->engine.network_up();
}

void Device::clock_changed() {
    impl_->engine.clock_changed();
    if (impl_->renewer) impl_->renewer->clock_changed();
}

Result<Receipt> Device::publish(std::string_view topic, std::string_view payload) {
    return impl_->engine.publish(topic, payload);
}

Result<Receipt> Device::publish(std::string_view topic, std::string_view payload, const PublishOptions& options) {
    return impl_->counted([&] { return impl_->publish(topic, payload, nullptr, options); });
}

Result<Receipt> Device::publish(std::string_view topic, std::string_view payload, const MessageProperties& properties) {
    return publish(topic, payload, properties, impl_->engine.options_for(topic));
}

Result<Receipt> Device::publish(std::string_view topic, std::string_view payload, const MessageProperties& properties,
                                const PublishOptions& options) {
    return impl_->counted([&]() -> Result<Receipt> {
        if (auto checked = base::check_properties(properties); !checked) return std::move(checked).error();
        const bool has_any = base::encoded_size(properties) > 0;
        return impl_->publish(topic, payload, has_any ? std::make_shared<const MessageProperties>(properties) : nullptr, options);
    });
}

Result<Receipt> Device::publish(std::string_view topic, const Reading& reading) {
    return impl_->counted([&]() -> Result<Receipt> {
        if (auto checked = base::check_topic(topic); !checked) return std::move(checked).error();
        return impl_->engine.accept(topic, reading);
    });
}

Result<void> Device::subscribe(std::string_view filter, Qos qos, MessageHandler handler) {
    return subscribe(filter, SubscribeOptions{qos}, std::move(handler));
}

Result<void> Device::subscribe(std::string_view filter, const SubscribeOptions& options, MessageHandler handler) {
    return impl_->subscribe(filter, options, std::move(handler));
}

Result<void> Device::subscribe_manual(std::string_view filter, const SubscribeOptions& options, ManualHandler handler) {
    return impl_->subscribe(filter, options, std::move(handler));
}

Result<void> Device::unsubscribe(std::string_view filter) {
    return impl_->engine.unsubscribe(std::string(filter));
}

Result<void> Device::request(std::string_view topic, std::string_view payload, std::chrono::milliseconds timeout, ResponseHandler handler) {
    if (auto checked = base::check_message(topic, payload); !checked) return checked;
    if (!handler) return Error{Code::invalid_argument, "the handler of the request to '" + std::string(topic) + "' is empty"};
    if (timeout < std::chrono::milliseconds(1) || timeout > std::chrono::hours(24))
        return Error{Code::invalid_argument, "a timeout of " + std::to_string(timeout.count()) + " ms", "it must be 1 ms to 24 h"};
    return impl_->engine.request(topic, payload, timeout, std::move(handler));
}

Result<void> Device::serve(std::string_view filter, RequestHandler handler) {
    if (!handler) return Error{Code::invalid_argument, "the handler for '" + std::string(filter) + "' is empty"};
    return subscribe(filter, SubscribeOptions{}, [engine = &impl_->engine, serve = std::move(handler)](const Message& request) {
        if (auto answer = serve(request)) engine->answer(request, std::move(*answer));
    });
}

void Device::on_state(StateHandler handler) {
    impl_->engine.on_state(std::move(handler));
}
void Device::on_credential(CredentialHandler handler) {
    impl_->engine.on_credential(std::move(handler));
}
Status Device::status() const {
    return impl_->engine.status();
}
Metrics Device::metrics() const {
    return impl_->engine.metrics();
}

Result<std::vector<QuarantinedMessage>> Device::quarantined() {
    return impl_->engine.quarantined();
}
Result<void> Device::wait_subscribed(std::chrono::milliseconds timeout) {
    return impl_->engine.wait_subscribed(timeout);
}
Result<void> Device::wait_drained(std::chrono::milliseconds timeout) {
    return impl_->engine.wait_drained(timeout);
}
Status Device::stop(std::chrono::milliseconds drain_deadline) {
    return impl_->stop(drain_deadline);
}

}  // namespace muster
