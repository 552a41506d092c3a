// SPDX-License-Identifier: Apache-2.0
// The commands that need the SDK, the broker or the fleet, each with the function that runs it.
#include "commands/bench.hpp"
#include "commands/broker_admin.hpp"
#include "commands/broker_fault.hpp"
#include "commands/ca_directory.hpp"
#include "commands/commands.hpp"
#include "commands/device_enroll.hpp"
#include "commands/devices.hpp"
#include "commands/doctor.hpp"
#include "commands/est_questions.hpp"
#include "commands/inspection.hpp"
#include "commands/queue.hpp"
#include "commands/runs.hpp"
#include "commands/simulate.hpp"
#include "engines/muster_engine.hpp"
#include "messages/options.hpp"

namespace muster::cli {
namespace {

/// The run function of a command that needs an engine.
template <class Options>
Runs::Run<Options> with_engine(Exit (*run)(const Options&, OpenEngine, Io&)) {
    return [run](const Options& options, Io& io) {
        return run(
            options, [&io](const std::string& where) { return engines::open_traced_engine(where, io.trace); }, io);
    };
}

void add_pki_runs(Runs& runs) {
    runs.add("muster key create", &run_key_create);
    runs.add("muster key inspect", &run_key_inspect);
    runs.add("muster key public", &run_key_public);
    runs.add("muster csr create", &run_csr_create);
    runs.add("muster csr sign", &run_csr_sign);
    runs.add("muster csr inspect", &run_csr_inspect);
    runs.add("muster cert enroll", &run_cert_enroll);
    runs.add("muster cert import", &run_cert_import);
    runs.add("muster cert renew", &run_cert_renew);
    runs.add("muster cert needs-renewal", &run_cert_needs_renewal);
    runs.add("muster cert cacerts", &run_cert_cacerts);
    runs.add("muster cert csrattrs", &run_cert_csrattrs);
    runs.add("muster cert inspect", &run_cert_inspect);
    runs.add("muster cert fingerprint", &run_cert_fingerprint);
    runs.add("muster cert verify", &run_cert_verify);
}

void add_device_runs(Runs& runs) {
    runs.add("muster device register", with_engine(&run_device_register));
    runs.add("muster device import", with_engine(&run_device_register));
    runs.add("muster device list", with_engine(&run_device_list));
    runs.add("muster device show", with_engine(&run_device_show));
    runs.add("muster device renew", &run_device_renew);
    runs.add("muster device export", with_engine(&run_device_export));
    runs.add("muster device revoke", with_engine(&run_device_revoke));
    runs.add("muster device delete", with_engine(&run_device_delete));
    runs.add("muster device password", with_engine(&run_device_password));
    runs.add("muster device enroll", with_engine(&run_device_enroll));
    runs.add("muster device approvals", with_engine(&run_device_approvals));
    runs.add("muster device approve", with_engine(&run_device_approve));
    runs.add("muster device deny", with_engine(&run_device_deny));
}

void add_tenant_runs(Runs& runs) {
    runs.add("muster tenant create", with_engine(&run_tenant_create));
    runs.add("muster tenant set", with_engine(&run_tenant_set));
    runs.add("muster tenant list", with_engine(&run_tenant_list));
    runs.add("muster tenant show", with_engine(&run_tenant_show));
    runs.add("muster tenant limits", with_engine(&run_tenant_limits));
    runs.add("muster tenant delete", with_engine(&run_tenant_delete));
    runs.add("muster application create", with_engine(&run_application_create));
    runs.add("muster application delete", with_engine(&run_application_delete));
}

void add_ca_runs(Runs& runs) {
    runs.add("muster ca init", &run_ca_init);
    runs.add("muster ca show", &run_ca_show);
    runs.add("muster ca sign", &run_csr_sign);
    runs.add("muster ca log", with_engine(&run_ca_log));
    runs.add("muster ca crl", with_engine(&run_ca_crl));
    runs.add("muster ca challenge", with_engine(&run_ca_challenge));
    runs.add("muster ca add", with_engine(&run_ca_add));
    runs.add("muster ca list", with_engine(&run_ca_list));
    runs.add("muster ca set", with_engine(&run_ca_set));
    runs.add("muster ca remove", with_engine(&run_ca_remove));
}

void add_broker_runs(Runs& runs) {
    runs.add("muster broker run", &run_broker_run);
    runs.add("muster broker status", &run_broker_status);
    runs.add("muster broker clients", &run_broker_clients);
    runs.add("muster broker kick", &run_broker_kick);
    runs.add("muster broker stop", &run_broker_stop);
    runs.add("muster broker logs", &run_broker_logs);
    runs.add("muster broker fault add", &run_broker_fault_add);
    runs.add("muster broker fault list", &run_broker_fault_list);
    runs.add("muster broker fault clear", &run_broker_fault_clear);
    runs.add("muster broker fault run", &run_broker_fault_run);
    runs.add("muster demo", &run_demo);
}

void add_message_runs(Runs& runs) {
    runs.add("muster pub", &run_pub);
    runs.add("muster sub", &run_sub);
    runs.add("muster rr", &run_rr);
    runs.add("muster queue list", &run_queue_list);
    runs.add("muster queue show", &run_queue_show);
    runs.add("muster queue export", &run_queue_export);
    runs.add("muster queue purge", &run_queue_purge);
}

}  // namespace

void add_heavy_runs(Runs& runs) {
    add_pki_runs(runs);
    add_device_runs(runs);
    add_tenant_runs(runs);
    add_ca_runs(runs);
    add_broker_runs(runs);
    add_message_runs(runs);
    for (const char* kind : {"conn", "pub", "sub", "pingpong", "fanin", "storm"}) runs.add(std::string("muster bench ") + kind, &run_bench);
    runs.add("muster doctor", &run_doctor);
    runs.add("muster simulate", &run_simulate);
}

}  // namespace muster::cli
