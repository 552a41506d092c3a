// SPDX-License-Identifier: Apache-2.0
// `muster cert renew --watch`: stays, renews whenever it is due, and tells of it line by line.
#include "commands/renewal.hpp"
#include "output/time.hpp"
#include "renewal/watch_plan.hpp"
#include "secrets.hpp"
#include "signals.hpp"

#include <nlohmann/json.hpp>

#include <random>

namespace muster::cli {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::steady_clock;
using std::chrono::system_clock;

class Watch {
public:
    Watch(const CertRenewOptions& options, const ExpiresIn& expires_in, Io& io)
        : options_(options),
          io_(io),
          plan_(expires_in, options.splay),
          key_password_(key_password_of(options.identity, options.key_password_file, io)) {
        if (options.force) plan_.renew_now();
    }

    Exit run() {
        // What is wrong from the start is a mistake of who started it; later it is told, and waited for.
        auto certificate = certificate_at(options_.identity);
        if (!certificate) return io_.fail(certificate.error());
        // Who could be asked is there now.
        if (key_password_.ask) {
            if (const auto asked = key_password_.ask(); !asked) return io_.fail(asked.error());
        }
        StopSignals signals;
        while (true) {
            const auto wait = certificate ? look_after(*certificate) : lost(certificate.error());
            if (const auto signal = signals.wait(wait)) {
                tell("stopped", {{"signal", *signal}}, "by signal " + std::to_string(*signal));
                return Exit::ok;
            }
            certificate = certificate_at(options_.identity);
        }
    }

private:
    // How long to wait after it.
    std::chrono::milliseconds look_after(const pki::CertificateInfo& certificate) {
        const auto wait = plan_.wait(certificate, {steady_clock::now(), system_clock::now()});
        if (wait.count() > 0) {
            if (told_waiting_ != certificate.sha256) tell_waiting(certificate);
            return wait;
        }
        const auto renewed = renew_now(options_, key_password_, io_.trace);
        if (!renewed) {
            const auto delay = plan_.failed(certificate, std::uniform_real_distribution<>(0, 1)(random_), steady_clock::now());
            tell_failed(renewed.error(), delay);
            return delay;
        }
        plan_.renewed(steady_clock::now());
        tell("renewed", describe(*renewed), "CN=" + renewed->common_name + ", serial " + renewed->serial_hex);
        if (const auto done = run_after_renewal(options_.exec); !done) tell_failed(done.error(), std::nullopt);
        return std::chrono::milliseconds(0);
    }

    std::chrono::milliseconds lost(const Error& error) {
        constexpr std::chrono::minutes delay(1);
        tell_failed(error, delay);
        return delay;
    }

    static Json describe(const pki::CertificateInfo& certificate) {
        return {
            {"common_name", certificate.common_name}, {"serial", certificate.serial_hex}, {"not_after", rfc3339(certificate.not_after)}};
    }

    void tell_waiting(const pki::CertificateInfo& certificate) {
        told_waiting_ = certificate.sha256;
        auto what = describe(certificate);
        what["due"] = rfc3339(plan_.due(certificate));
        tell("waiting", what, describe_due(certificate, plan_.due(certificate)));
    }

    void tell_failed(const Error& error, std::optional<std::chrono::milliseconds> delay) {
        Json what{{"code", std::string(name_of(error.code()))}, {"message", error.message()}};
        if (!error.hint().empty()) what["hint"] = error.hint();
        std::string text = error.message();
        if (delay) {
            what["again_at"] = rfc3339(system_clock::now() + *delay);
            text += "; again at " + rfc3339(system_clock::now() + *delay);
        }
        tell("failed", what, text);
    }

    void tell(const char* event, const Json& what, const std::string& text) {
        const std::string time = rfc3339(system_clock::now());
        if (!io_.prints_data()) {
            io_.out << time << " " << event << " " << text << std::endl;
            return;
        }
        Json line{{"time", time}, {"event", event}};
        line.update(what);
        io_.out << line.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
    }

    const CertRenewOptions& options_;
    Io& io_;
    WatchPlan plan_;
    KeyPassword key_password_;
    std::random_device random_;
    std::string told_waiting_;  // The SHA-256 of the certificate.
};

}  // namespace

Exit watch_certificate(const CertRenewOptions& options, Io& io) {
    if (options.error_unchanged)
        return io.fail(Error{Code::invalid_argument, "--error-unchanged is for a single renewal", "leave it out with --watch"});
    const auto expires_in = ExpiresIn::parse(options.expires_in);
    if (!expires_in) return io.fail(expires_in.error());
    return Watch(options, *expires_in, io).run();
}

}  // namespace muster::cli
