// SPDX-License-Identifier: Apache-2.0
// The admin API's entrances, and what it may see and do of the clients.
#include "broker/broker_impl.hpp"
#include "net/endpoint.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace muster::testbroker {

using boost::asio::ip::tcp;

Result<void> Broker::Impl::open_admin() {
    addresses_.admin_socket =
        config_.admin_socket.empty() ? directory_->path() / "admin.sock" : std::filesystem::absolute(config_.admin_socket);
    const auto answer = [this](const net::HttpRequest& request) { return admin_api_->handle(request); };
    auto on_socket =
        net::open_unix_http_server(io_, addresses_.admin_socket, {answer, config_.handshake_deadline, stranger_at("the admin socket")});
    if (!on_socket) return std::move(on_socket).error();
    admin_server_ = std::move(*on_socket);
    if (!config_.admin_port) return {};

    const bool is_given = !config_.admin_token_file.empty();
    addresses_.admin_token_file = is_given ? std::filesystem::absolute(config_.admin_token_file) : directory_->path() / "admin.token";
    auto token = is_given ? admin::Token::load(addresses_.admin_token_file) : admin::Token::ensure(addresses_.admin_token_file);
    if (!token) return std::move(token).error();
    admin_token_ = std::move(*token);
    const auto address = net::parse_address(config_.admin_address, config_.allow_public);
    if (!address) return address.error();
    tcp::endpoint endpoint(*address, *config_.admin_port);
    const auto answer_with_token = [this](const net::HttpRequest& request) { return admin_api_->handle_with(*admin_token_, request); };
    auto on_tcp = net::open_http_server(io_, endpoint, {answer_with_token, config_.handshake_deadline, stranger_at("the admin API")});
    if (!on_tcp) return std::move(on_tcp).error();
    admin_tcp_server_ = std::move(*on_tcp);
    addresses_.admin_url = net::url_of("http", endpoint);
    return {};
}

std::vector<core::ClientInfo> Broker::Impl::clients(std::optional<std::string_view> tenant) {
    std::vector<core::ClientInfo> all;
    network_->visit([&](net::Shard& shard) {
        for (auto& client : shard.clients(tenant)) all.push_back(std::move(client));
    });
    std::sort(all.begin(), all.end(), [](const core::ClientInfo& a, const core::ClientInfo& b) {
        return std::tie(a.tenant, a.role, a.client_id) < std::tie(b.tenant, b.role, b.client_id);
    });
    return all;
}

std::size_t Broker::Impl::kick(std::string_view tenant, std::string_view client_id, const std::string& why) {
    std::size_t kicked = 0;
    network_->visit([&](net::Shard& shard) {
        kicked += shard.core().kick(tenant, client_id, wire::ReasonCode::administrative_action, why, clock_.now());
    });
    return kicked;
}

}  // namespace muster::testbroker
