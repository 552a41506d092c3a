// SPDX-License-Identifier: Apache-2.0
// What outlives the broker of sessions, queues and retained messages.
#include "broker/broker_impl.hpp"
#include "state/shard_journal.hpp"

#include <boost/asio/post.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace muster::testbroker {

Result<void> Broker::Impl::open_sessions() {
    if (config_.state_dir.empty()) return {};
    auto store = state::SessionStore::open(directory_->path() / "sessions.db", clock_);
    if (!store) return std::move(store).error();
    sessions_ = std::move(*store);
    const auto on_stored = [this](const Result<void>& stored) {
        const auto level = stored ? LogLevel::warning : LogLevel::error;
        std::string line = stored ? "sessions can be stored again; clients are let in"
                                  : "sessions cannot be stored, clients are cut and refused until they can: " + stored.error().message();
        if (!stored && !stored.error().hint().empty()) line += " (" + stored.error().hint() + ")";
        boost::asio::post(io_, [this, level, line = std::move(line)] { log(level, line); });
    };
    // All of it is read before anything is written: what is damaged stays as it is.
    std::vector<state::Loaded> loaded;
    Result<void> result;
    network_->visit([&](const net::Shard& shard) {
        auto part = sessions_->load([&](std::string_view tenant) { return network_->is_at_home(shard, tenant); });
        if (!part) result = part.error();
        if (part) loaded.push_back(std::move(part).value());
    });
    if (!result) return result;
    std::size_t next = 0;
    network_->visit([&](net::Shard& shard) {
        state::Loaded& part = loaded[next++];
        auto journal = std::make_unique<state::ShardJournal>(*sessions_, std::move(part.messages));
        shard.restore(std::move(journal), std::move(part.tenants), on_stored);
    });
    return {};
}

}  // namespace muster::testbroker
