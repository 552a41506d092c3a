// SPDX-License-Identifier: Apache-2.0
// All shards and all places where MQTT connections come in.
#include "net/mqtt_network.hpp"

#include "net/tcp_port.hpp"

#include <sched.h>

#include <algorithm>
#include <functional>
#include <future>
#include <thread>
#include <utility>

namespace muster::testbroker::net {
namespace {

// Those that this process may use: it may have been pinned to some (taskset, a container), and more threads than processors cost switches.
unsigned processors() {
    cpu_set_t usable;
    const int count = ::sched_getaffinity(0, sizeof usable, &usable) == 0 ? CPU_COUNT(&usable) : 0;
    return std::max(count > 0 ? static_cast<unsigned>(count) : std::thread::hardware_concurrency(), 1U);
}

}  // namespace

MqttNetwork::MqttNetwork(const ShardLimits& limits, unsigned threads, tenancy::Admission& admission, const base::Clock& clock)
    : judge_(std::make_unique<Judge>(admission, processors())) {
    const unsigned count = threads == 0 ? processors() : threads;
    Homes& homes = *this;
    ShardLimits share = limits;
    share.connects_per_second /= count;
    share.max_unwritten_bytes /= count;
    for (unsigned i = 0; i < count; ++i) shards_.push_back(std::make_unique<Shard>(share, *judge_, homes, admission, clock));
}

MqttNetwork::~MqttNetwork() {
    stop();
}

Result<void> MqttNetwork::start() {
    is_running_ = true;
    for (std::size_t i = 0; i < shards_.size(); ++i) {
        if (auto started = shards_[i]->start(); !started) {
            shards_.resize(i);  // Of which each has a thread to stop.
            return started;
        }
    }
    return {};
}

Shard& MqttNetwork::home_of(std::string_view tenant) {
    return *shards_[std::hash<std::string_view>{}(tenant) % shards_.size()];
}

void MqttNetwork::visit(const std::function<void(Shard& shard)>& visit) {
    for (const auto& shard : shards_) {
        if (!is_running_) {
            visit(*shard);
            continue;
        }
        std::promise<void> done;
        shard->post([&] {
            visit(*shard);
            done.set_value();
        });
        done.get_future().wait();
    }
}

Result<void> MqttNetwork::open(Place& place) {
    if (place.listening) {
        const auto& endpoint = std::get<boost::asio::ip::tcp::endpoint>(place.address);
        if (auto listening = listen_again(place.listening->socket, endpoint); !listening) return listening;
    } else {
        auto listening = listen_at(place.address, place.tls);
        if (!listening) return std::move(listening).error();
        place.listening = std::move(*listening);
    }
    Result<void> opened;
    visit([&](Shard& shard) {
        if (auto accepting = shard.accept_from(place.listening); !accepting) opened = std::move(accepting);
    });
    return opened;
}

Result<void> MqttNetwork::listen(ListeningAddress& address, TlsContext* tls) {
    Place place{address, tls, nullptr};
    if (auto opened = open(place); !opened) return opened;
    address = place.address;
    places_.push_back(std::move(place));
    return {};
}

void MqttNetwork::close_listeners() {
    visit([](Shard& shard) { shard.stop_accepting(); });
    for (auto& place : places_) {
        if (std::holds_alternative<boost::asio::ip::tcp::endpoint>(place.address)) {
            stop_listening(place.listening->socket);
        } else {
            place.listening.reset();
        }
    }
}

Result<void> MqttNetwork::reopen_listeners() {
    Result<void> result;
    for (auto& place : places_) {
        if (auto opened = open(place); !opened) result = std::move(opened);
    }
    return result;
}

void MqttNetwork::add_stream(Socket socket, tenancy::PeerIdentity peer, std::string remote) {
    Shard& shard = *shards_[next_stream_++ % shards_.size()];
    // Shared, because a task must be copyable.
    const auto moved = std::make_shared<Socket>(std::move(socket));
    shard.post([&shard, moved, peer = std::move(peer), remote = std::move(remote)] { shard.add_stream(std::move(*moved), peer, remote); });
}

void MqttNetwork::cut_all() {
    visit([](Shard& shard) { shard.cut_all(); });
    visit([](Shard& shard) { shard.cut_all(); });  // Who was on the way from a shard that came later to one that came earlier.
}

void MqttNetwork::stop() {
    if (!std::exchange(is_running_, false)) return;
    for (const auto& shard : shards_) {
        Shard* one = shard.get();
        one->post([one] { one->stop(); });
    }
    places_.clear();
    for (const auto& shard : shards_) shard->join();
    judge_.reset();  // Whose verdicts go to shards.
}

}  // namespace muster::testbroker::net
