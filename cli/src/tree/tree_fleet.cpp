// SPDX-License-Identifier: Apache-2.0
// The flags of tenant, device and application.
#include "tree/tree.hpp"

namespace muster::cli {
namespace {

void add_admin(Command& command, std::string& admin) {
    command.add_option("--admin", admin, "The broker's admin socket, as `muster broker run` printed it: unix:PATH");
}

void add_tenant(Command& command, std::string& tenant) {
    command.add_option("-T,--tenant", tenant, "The tenant").required();
}

template <class Options>
void add_tenant_and_admin(Command& command, Options& options) {
    add_tenant(command, options.tenant);
    add_admin(command, options.admin);
}

void add_tenant_options(Command& command, engines::TenantOptions& options) {
    command.add_switch("device-passwords", options.device_passwords, "Devices may connect as TENANT/ID with a password");
    command.add_switch("anonymous", options.anonymous, "Clients without credentials get in; for one flat tenant");
    command.add_switch("manual-approval", options.manual_approval, "Enrollments wait for muster device approve; renewals do not");
    command.add_option("--certificate-hours", options.certificate_hours, "How long certificates live that are issued from now on (2160)")
        .range(1, 9'528);
}

void add_tenant_changes(Command& tenant) {
    add_command<TenantLimitsOptions>(
        tenant, "limits", "Show and change what a tenant may use", [](Command& command, TenantLimitsOptions& options) {
            command.mutates();
            command.add_option("NAME", options.name, "The tenant").required();
            command
                .add_option("LIMIT=NUMBER", options.limits,
                            "connections, messages_per_second, bytes_per_second, queued_messages, queued_bytes, packet_size, inflight, "
                            "retained_messages; =none takes one away")
                .propose({"connections=", "messages_per_second=", "bytes_per_second=", "queued_messages=", "queued_bytes=", "packet_size=",
                          "inflight=", "retained_messages="});
            add_admin(command, options.admin);
            command.examples("muster tenant limits acme connections=100 packet_size=none");
        });
    add_command<TenantDeleteOptions>(
        tenant, "delete", "Delete a tenant with its devices, applications and CA, and disconnect them",
        [](Command& command, TenantDeleteOptions& options) {
            command.mutates();
            command.add_option("NAME", options.name, "The tenant").required();
            command.add_option("--confirm", options.confirmed, "Its name again, instead of typing it at the question").type_name("NAME");
            add_admin(command, options.admin);
            command.examples("muster tenant delete acme --dry-run\nmuster tenant delete acme --confirm acme");
        });
}

void add_decision(Command& device, const char* name, const char* what) {
    add_command<DeviceDecisionOptions>(device, name, what, [name](Command& command, DeviceDecisionOptions& options) {
        command.mutates();
        command.add_option("ID", options.ids, "The devices whose enrollment waits").required();
        command.add_option("--key-sha256", options.key_sha256, "Only if it came with this key, as approvals shows it; for one device");
        add_tenant_and_admin(command, options);
        command.examples(std::string("muster device ") + name + " press-01 --tenant acme");
    });
}

void add_device_approvals(Command& device) {
    add_command<DeviceApprovalsOptions>(device, "approvals", "List enrollments that wait for approval, with the key that each came with",
                                        [](Command& command, DeviceApprovalsOptions& options) {
                                            add_tenant_and_admin(command, options);
                                            command.examples("muster device approvals --tenant acme");
                                        });
    add_decision(device, "approve", "Let devices have the certificate that they wait for");
    add_decision(device, "deny", "Refuse devices the certificate that they wait for");
}

}  // namespace

void add_fleet_commands(Command& app) {
    Command* tenant = add_group(app, "tenant", "Tenants");
    tenant->examples("muster tenant create globex\nmuster tenant list");
    add_command<TenantCreateOptions>(
        *tenant, "create", "Create a tenant with an issuing CA of its own", [](Command& command, TenantCreateOptions& options) {
            command.mutates();
            command.add_option("NAME", options.name, "1 to 64 of a-z, 0-9 and -").required();
            command.add_option("--isolation", options.isolation, "device: devices cannot see each other; flat: one topic space")
                .one_of({"device", "flat"})
                .show_default();
            add_tenant_options(command, options.options);
            add_admin(command, options.admin);
            command.examples("muster tenant create acme");
        });
    add_command<TenantSetOptions>(*tenant, "set", "Change whom a tenant lets in, and what its CA grants",
                                  [](Command& command, TenantSetOptions& options) {
                                      command.mutates();
                                      command.add_option("NAME", options.name, "The tenant").required();
                                      add_tenant_options(command, options.options);
                                      add_admin(command, options.admin);
                                      command.examples("muster tenant set acme --device-passwords");
                                  });
    add_command<TenantListOptions>(*tenant, "list", "List the tenants", [](Command& command, TenantListOptions& options) {
        add_admin(command, options.admin);
        command.examples("muster tenant list -o table");
    });

    add_command<TenantShowOptions>(*tenant, "show", "Show what a tenant is and may use", [](Command& command, TenantShowOptions& options) {
        command.add_option("NAME", options.name, "The tenant").required();
        add_admin(command, options.admin);
        command.examples("muster tenant show acme");
    });

    add_tenant_changes(*tenant);

    Command* device = add_group(app, "device", "Devices of a tenant");
    device->examples("muster device register pump-01 --tenant acme --otp-file pump-01.otp\nmuster device list --tenant acme");
    add_device_commands(*device);

    add_command<DevicePasswordOptions>(
        *device, "password", "Give a device a password, registering it if it is not", [](Command& command, DevicePasswordOptions& options) {
            command.mutates();
            command.add_option("ID", options.id, "Its client id; its MQTT user name will be TENANT/ID").required();
            add_tenant(command, options.tenant);
            command.add_option("--password-file", options.password_file, "File of mode 0600 with its password; - is stdin").required();
            add_admin(command, options.admin);
            command.examples("muster device password press-01 --tenant acme --password-file press-01.password");
        });

    add_device_enroll_command(*device);
    add_device_approvals(*device);

    Command* application = add_group(app, "application", "Applications, which see their tenant's devices");
    application->examples("muster application create dashboard --tenant acme --password-file dashboard.password");
    add_command<ApplicationCreateOptions>(
        *application, "create", "Create an application with a password, a certificate or both, or give it another one",
        [](Command& command, ApplicationCreateOptions& options) {
            command.mutates();
            command.add_option("USER", options.user, "Its MQTT user name will be TENANT/USER").required();
            add_tenant(command, options.tenant);
            command.add_option("--password-file", options.password_file, "File of mode 0600 with its password; - is stdin");
            command.add_option("--csr", options.csr, "PEM file with a request whose CN is USER: sign a certificate");
            command.add_option("--cert-out", options.cert_out, "Where the certificate and its issuer go, as PEM");
            add_admin(command, options.admin);
            command.examples(
                "muster application create dashboard --tenant acme --password-file dashboard.password\n"
                "muster csr create --device-id dashboard --create-key --key dashboard.key --out dashboard.csr\n"
                "muster application create dashboard --tenant acme --csr dashboard.csr --cert-out dashboard.crt");
        });
    add_command<ApplicationDeleteOptions>(*application, "delete", "Delete an application and disconnect it",
                                          [](Command& command, ApplicationDeleteOptions& options) {
                                              command.mutates();
                                              command.add_option("USER", options.user, "The application").required();
                                              add_tenant_and_admin(command, options);
                                              command.examples("muster application delete dashboard --tenant acme --yes");
                                          });
}

}  // namespace muster::cli
