// SPDX-License-Identifier: Apache-2.0
// The device's certificate, renewed while the device goes on.
#include "device/renewer.hpp"

#include "enroll/renewal.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace muster::device {
namespace {

// How soon an enrollment by hand is noticed.
constexpr std::chrono::seconds look_again{10};
constexpr std::chrono::hours remember_every{1};

// FNV-1a: the devices of a fleet have different ids, and so different moments.
std::uint64_t seed_of(const std::string& id) {
    std::uint64_t hash = 0xCBF2'9CE4'8422'2325ULL;
    for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 0x0000'0100'0000'01B3ULL;
    return hash;
}

est::Term term_of(const pki::Identity& identity) {
    return {identity.not_before, identity.not_after};
}

}  // namespace

Renewer::Renewer(const DeviceConfig& config, base::Secret key_password, const pki::Identity& identity, const Sources& sources,
                 DeviceEngine& engine)
    : config_(config.renewal),
      directory_(config.identity_dir),
      trust_anchors_(config.ca_file),
      key_password_(std::move(key_password)),
      engine_(engine),
      clock_(sources.clock(), est::known_time(directory_)),
      generations_(directory_, &key_password_),
      in_use_(identity),
      plan_({config_.after_percent, config_.jitter_percent}, seed_of(identity.client_id), sources.random()),
      loop_(
          "muster-renewal", [this](base::SteadyTime) { return turn(); }, &sources.clock()) {}

void Renewer::start() {
    if (std::exchange(is_started_, true)) return;
    loop_.post([this] { plan_.start(term_of(in_use_), usable_candidate().has_value(), now()); });
    loop_.start();
}

Result<void> Renewer::renew() {
    if (is_cancelled_) return Error{Code::stopped, "the device has been stopped"};
    loop_.post([this] { plan_.renew(now()); });
    return {};
}

void Renewer::stop() {
    cancel();
    loop_.stop();
}

std::optional<base::SteadyTime> Renewer::turn() {
    if (is_cancelled_) return std::nullopt;
    remember_time();
    const bool waits_for_hands = plan_.state() == CredentialState::needs_enrollment;
    if (waits_for_hands && adopt_replaced()) plan_.replaced(term_of(in_use_), now());
    plan_.tick(now());
    for (auto actions = plan_.take_actions(); !actions.empty() && !is_cancelled_; actions = plan_.take_actions()) {
        for (auto& action : actions) std::visit([this](auto& what) { carry_out(std::move(what)); }, action);
    }
    const auto moment = now();
    const auto next = plan_.next_deadline(moment);
    if (plan_.state() != CredentialState::needs_enrollment || !next) return next;
    return std::min(*next, moment.steady + look_again);
}

// A write an hour is what flash memory can bear for decades; after a power cut the clock may be that much behind.
void Renewer::remember_time() {
    const auto moment = now();
    if (remembered_at_ && moment.steady - *remembered_at_ < remember_every) return;
    remembered_at_ = moment.steady;
    if (auto stored = est::remember_time(directory_, moment.wall, term_of(in_use_)); !stored)
        engine_.log(LogLevel::warning, stored.error().message());
}

void Renewer::carry_out(est::Obtain /*action*/) {
    if (adopt_replaced()) return plan_.replaced(term_of(in_use_), now());
    const auto next_key = config_.key == RenewalKey::kept ? est::NextKey::kept : est::NextKey::renewed;
    const auto outcome = est::renew(
        {config_.est_url, directory_, trust_anchors_, next_key, config_.timeout, &is_cancelled_, &key_password_}, clock_.wall_now());
    if (is_cancelled_) return;
    if (outcome.candidate) return plan_.obtained(now());
    plan_.not_obtained(outcome.candidate.error(), outcome.retry_after, now());
}

void Renewer::carry_out(est::Try /*action*/) {
    const auto candidate = usable_candidate();
    if (!candidate) return plan_.trial_ended(Error{Code::corrupt, "its files have been changed"}, now());
    try_files(generations_.files_of(*candidate));
}

void Renewer::try_files(const IdentityFiles& files) {
    engine_.try_identity(files, [this](const std::optional<Error>& why) { loop_.post([this, why] { plan_.trial_ended(why, now()); }); });
}

void Renewer::carry_out(est::Promote /*action*/) {
    const auto candidate = usable_candidate();
    auto promoted =
        candidate ? generations_.promote(*candidate) : Result<void>(Error{Code::corrupt, "the candidate's files have been changed"});
    if (!promoted) return plan_.not_promoted(promoted.error(), now());
    auto identity = pki::read_identity(generations_.files_of(*candidate), &key_password_);
    if (!identity) return plan_.not_promoted(identity.error(), now());
    in_use_ = std::move(*identity);
    clock_.learn(in_use_.not_before);
    ++status_.renewals;
    engine_.log(LogLevel::info, "the certificate was renewed: serial " + in_use_.serial_hex);
    plan_.promoted(term_of(in_use_), now());
}

void Renewer::carry_out(est::Discard /*action*/) {
    if (const auto candidate = generations_.candidate()) generations_.discard(*candidate);
}

void Renewer::carry_out(const est::Tell& action) {
    status_.state = action.state;
    status_.serial_hex = in_use_.serial_hex;
    status_.not_after = in_use_.not_after;
    if (action.why) status_.last_error = action.why->in("renewal");
    if (action.state == CredentialState::valid) status_.last_error.reset();
    if (action.why) engine_.log(LogLevel::warning, status_.last_error->message());
    engine_.set_credential(status_);
}

bool Renewer::adopt_replaced() {
    auto identity = pki::read_identity(est::files_in_use(directory_), &key_password_);
    if (!identity || identity->serial_hex == in_use_.serial_hex) return false;
    in_use_ = std::move(*identity);
    engine_.log(LogLevel::info, "another certificate is in use now: serial " + in_use_.serial_hex);
    engine_.try_identity(est::files_in_use(directory_), {});  // Whatever comes of it: there is no other.
    return true;
}

// What is damaged, or another device's, is no candidate and goes.
std::optional<est::Generation> Renewer::usable_candidate() {
    const auto candidate = generations_.candidate();
    if (!candidate) return std::nullopt;
    const auto identity = pki::read_identity(generations_.files_of(*candidate), &key_password_);
    if (identity && identity->client_id == in_use_.client_id) return candidate;
    generations_.discard(*candidate);
    return std::nullopt;
}

}  // namespace muster::device
