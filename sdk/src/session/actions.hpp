// SPDX-License-Identifier: Apache-2.0
// What the session wants done; it does nothing itself.
#pragma once

#include "outbox/outbox.hpp"

#include <muster/result.hpp>
#include <muster/status.hpp>
#include <muster/transport.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace muster::session {

using outbox::Record;
using outbox::RecordId;
using transport::LinkId;

// For the transport.
struct OpenLink {
    LinkId link;
    std::size_t endpoint;  ///< Index into the configured list.
    std::chrono::seconds keep_alive;
    bool is_trial = false;  ///< With the candidate's credential instead of the one in use.
    std::string redirect;   ///< Where the broker has sent us, instead of the endpoint; empty: nowhere.
};
struct CloseLink {
    LinkId link;
};
struct Subscribe {
    LinkId link;
    std::vector<transport::Subscription> subscriptions;
};
struct Unsubscribe {
    LinkId link;
    std::vector<std::string> filters;
};
struct Send {
    LinkId link;
    Record record;
};

// For the outbox. They must be carried out in the order in which they were emitted; they may be carried out on another thread, later.
struct Fetch {
    LinkId link;  ///< Given back with the records.
    std::size_t max;
};
struct Settle {
    std::vector<RecordId> ids;
};
struct Reject {
    RecordId id;
    Error why;
};
struct Release {
    std::vector<RecordId> ids;
};
struct ReleaseAll {
    std::vector<RecordId> unanswered = {};  ///< Were sent, and may be what ended the connection.
};

// For the application.
struct Report {
    ConnectionState state;
    std::optional<Error>
        why;  ///< Set for `waiting` and `refused`: what ended the attempt or the connection; for `degraded`: what is wrong.
};
struct SubscriptionRefused {
    std::string filter;
    Error why;
};
/// The broker goes on sending what nobody wants any more.
struct UnsubscriptionRefused {
    std::string filter;
    Error why;
};
/// The candidate's connection came up, and is the connection now; or why it did not.
struct TrialEnded {
    std::optional<Error> why;
};
struct Stopped {};

using Action = std::variant<OpenLink, CloseLink, Subscribe, Unsubscribe, Send, Fetch, Settle, Reject, Release, ReleaseAll, Report,
                            SubscriptionRefused, UnsubscriptionRefused, TrialEnded, Stopped>;

}  // namespace muster::session
