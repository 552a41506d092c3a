// SPDX-License-Identifier: Apache-2.0
// All shards and all places where MQTT connections come in.
#pragma once

#include "net/judge.hpp"
#include "net/mqtt_listener.hpp"
#include "net/shard.hpp"

#include <muster/result.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace muster::testbroker::net {

/// Threads: one at a time; it waits for the shards, which never wait for anybody.
class MqttNetwork final : private Homes {
public:
    /// `threads` 0: one for each processor.
    MqttNetwork(const ShardLimits& limits, unsigned threads, tenancy::Admission& admission, const base::Clock& clock);
    ~MqttNetwork() override;

    /// Fails with Code::io.
    Result<void> start();
    /// Listens at `address`, whose port of 0 becomes the one that the system chose; `tls` none: plain. Fails with Code::in_use,
    /// Code::io.
    Result<void> listen(ListeningAddress& address, TlsContext* tls);
    /// Lets nobody in. TCP ports are kept, and refuse; the files of UNIX sockets are removed.
    void close_listeners();
    /// Listens again where it did. Fails as `listen`, having tried all.
    Result<void> reopen_listeners();
    /// A plain stream whose other end has been identified already.
    void add_stream(Socket socket, tenancy::PeerIdentity peer, std::string remote);
    /// Everybody is gone, without a goodbye.
    void cut_all();
    /// Whether the tenant's core is on this one.
    [[nodiscard]] bool is_at_home(const Shard& shard, std::string_view tenant) { return &home_of(tenant) == &shard; }
    /// Says goodbye to everybody and ends the threads; at most a second or so.
    void stop();
    /// Calls `visit` once on every shard's thread, one after the other; after `stop` on this one.
    void visit(const std::function<void(Shard& shard)>& visit);

private:
    struct Place {
        ListeningAddress address;
        TlsContext* tls;
        std::shared_ptr<ListeningSocket> listening;
    };
    [[nodiscard]] Shard& home_of(std::string_view tenant) override;
    Result<void> open(Place& place);

    std::vector<std::unique_ptr<Shard>> shards_;
    std::unique_ptr<Judge> judge_;
    std::vector<Place> places_;
    std::size_t next_stream_ = 0;
    bool is_running_ = false;
};

}  // namespace muster::testbroker::net
