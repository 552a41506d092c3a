// SPDX-License-Identifier: Apache-2.0
// The engine's connections with passwords that do not last.
#include "device/device_engine.hpp"

#include <utility>

namespace muster::device {

// The session's time-out runs meanwhile.
void DeviceEngine::open_with_token(transport::LinkId link) {
    tokens_.ask([this, link](Result<Token> token) {
        loop_.post([this, link, answered = std::move(token)] {
            if (!session_.is_opening(link)) return;
            const auto now = clock_.now();
            if (!answered) return session_.link_down(link, answered.error(), now);
            tokens_.used(*answered, now);
            transport_->open(link, link_maker_.with_password(answered->value), *this);
        });
    });
}

// As to a new certificate. Without a connection there is none to move: the next attempt asks for a token anyway.
void DeviceEngine::move_before_expiry(base::SteadyTime now) {
    if (!session_.is_up() || !tokens_.due() || now < *tokens_.due()) return;
    tokens_.forget_due();
    session_.try_candidate(now);
}

}  // namespace muster::device
