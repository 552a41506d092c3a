// SPDX-License-Identifier: Apache-2.0
// `muster cert enroll`: from a one-time password to an identity directory, over EST.
#include "commands/commands.hpp"
#include "est_trace.hpp"
#include "output/identity_lines.hpp"
#include "secrets.hpp"

#include <muster/enroll.hpp>

#include <sstream>

namespace muster::cli {
namespace {

std::string waiting_line(const Error& why, std::chrono::milliseconds delay) {
    constexpr double ms_per_s = 1'000;
    std::ostringstream line;
    line << "Waiting      " << why.message() << (why.hint().empty() ? "" : "; ") << why.hint() << "; again in "
         << static_cast<double>(delay.count()) / ms_per_s << " s";
    return line.str();
}

}  // namespace

Exit run_cert_enroll(const CertEnrollOptions& options, Io& io) {
    auto password = load_secret(options.otp_file, io.in, "--otp-file");
    if (!password) return io.fail(password.error());

    EnrollRequest request;
    request.est_url = options.est_url;
    request.device_id = options.device_id;
    request.one_time_password = std::move(*password);
    request.key_store = options.key_store;
    request.trust_anchors = options.cafile;
    request.identity_dir = options.out_dir.empty() ? std::filesystem::path(options.device_id) : options.out_dir;
    request.key_password = key_password_for(IdentityFiles::in(request.identity_dir).key, options.key_store, options.key_password_file, io);
    request.max_wait = options.max_timeout;
    request.retry_every = options.retry_every;
    request.on_wait = [&io](const Error& why, std::chrono::milliseconds delay) { io.say(waiting_line(why, delay)); };
    EstTrace trace(io.trace);
    request.observer = &trace;
    const auto certificate = enroll(request);
    if (!certificate) return io.fail(certificate.error());

    say_identity(io, request.identity_dir, *certificate);
    io.say("Next: muster pub --host HOST --identity " + request.identity_dir.string() + " -t telemetry/hello -m hello");
    return Exit::ok;
}

}  // namespace muster::cli
