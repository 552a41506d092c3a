// SPDX-License-Identifier: Apache-2.0
// The flags of the commands on devices, one or many.
#include "bulk/fleet_list.hpp"
#include "commands/devices.hpp"
#include "tree/bulk_flags.hpp"
#include "tree/duration.hpp"
#include "tree/tree.hpp"

namespace muster::cli {
namespace {

void add_where(Command& command, std::string& tenant, std::string& admin) {
    command.add_option("-T,--tenant", tenant, "The tenant").required();
    command.add_option("--admin", admin, "The broker's admin socket, as `muster broker run` printed it: unix:PATH");
}

void add_selector(Command& command, std::vector<std::string>& selector) {
    command.add_option("--selector", selector, "Those that are so: type=pump; by type, name, group, iccid or external-id-type")
        .split_at(',')
        .type_name("NAME=VALUE");
}

/// Ids, a list or a selector, and how a list is gone through.
void add_choice(Command& command, ChosenDevices& devices, std::string& admin, const std::string& what) {
    command.add_option("ID", devices.ids, what + "; - is one per line on stdin");
    add_list_flag(command, devices.run);
    add_selector(command, devices.selector);
    add_where(command, devices.run.tenant, admin);
    add_bulk_flags(command, devices.run);
}

void add_attribute(Command& command, const char* flag, const char* name, std::map<std::string, std::string>& attributes, const char* what) {
    command.add_value(
        flag,
        [name, &attributes](const std::string& text) -> Result<void> {
            attributes[name] = text;
            return {};
        },
        what);
}

void add_registration_flags(Command& command, DeviceRegisterOptions& options) {
    command.mutates();
    add_where(command, options.devices.run.tenant, options.admin);
    command.add_option("--otp-file", options.otp_file,
                       "Where one device's password goes (mode 0600); of a list, those of all, as CSV (default: LIST.otp.csv)");
    command.add_option("--otp-dir", options.otp_dir, "Where each device's goes, as DIR/<id>.otp (mode 0600)");
    command
        .add_choice("--auth", options.auth, {{"certificates", bulk::Auth::certificates}, {"password", bulk::Auth::password}},
                    "What devices connect with; in a list, where its row does not say: certificates, which they get for a one-time "
                    "password, or password, with the user name TENANT/ID, where the tenant allows that")
        .show_default();
    command.add_option("--credentials-out", options.credentials_out,
                       "Where user names and passwords go, as CSV (mode 0600; of a list, default: LIST.credentials.csv)");
    command.add_flag("--reset-otp", options.resets, "Give other passwords than those that are in these files");
    command.add_flag("--show-secrets", options.shows_secrets, "Of a list: have the passwords in the results as well");
    add_attribute(command, "--type", "type", options.attributes, "What kind of device it is; in a list, where its row does not say");
    add_attribute(command, "--name", "name", options.attributes, "What people call it");
    add_attribute(command, "--group", "group", options.attributes, "The group that it belongs to, as a path");
    add_attribute(command, "--external-id-type", "external-id-type", options.attributes, "What kind of id it has, such as c8y_Serial");
    add_bulk_flags(command, options.devices.run);
}

void bind_register(Command& command, DeviceRegisterOptions& options) {
    command.add_option("ID", options.devices.ids, "Device ids of 1 to 64 of A-Z, a-z, 0-9 and ._:-, or - for one per line on stdin");
    add_list_flag(command, options.devices.run);
    add_registration_flags(command, options);
    command.examples(
        "muster device register press-01 --tenant acme --otp-file press-01.otp\n"
        "seq -f press-%03g 100 | muster device register - --tenant acme --otp-dir otp\n"
        "muster device register -f fleet.csv --tenant acme\n"
        "muster device register lamp-01 lamp-02 --tenant acme --auth password --credentials-out lamps.csv");
}

void bind_import(Command& command, DeviceRegisterOptions& options) {
    command.add_option("FILE", options.devices.run.list, "The list, as CSV or JSON lines; - is stdin").required();
    add_registration_flags(command, options);
    command.notes("As muster device register --file FILE.");
    command.examples("muster device import fleet.csv --tenant acme");
}

void bind_revoke(Command& command, DeviceRevokeOptions& options) {
    command.mutates();
    add_choice(command, options.devices, options.admin, "The devices: all their certificates, their passwords, and every new one");
    command.add_option("--serial", options.serial, "One certificate instead, by its serial in hexadecimal");
    command.add_option("--reason", options.reason, "Why, as the CRL will say")
        .one_of({"unspecified", "keyCompromise", "affiliationChanged", "superseded", "cessationOfOperation", "privilegeWithdrawn"});
    command.examples(
        "muster device revoke press-01 --tenant acme --reason keyCompromise --yes\n"
        "muster device revoke --tenant acme --serial \"$(muster cert inspect pump-01/device.crt -o csv --columns serial --no-headers)\" "
        "--yes\n"
        "muster device revoke --selector type=pump --tenant acme --yes");
}

void bind_renew(Command& command, DeviceRenewOptions& options) {
    command.mutates();
    command.add_option("ID", options.devices.ids, "The devices; - is one per line on stdin");
    add_list_flag(command, options.devices.run);
    command.add_option("--out-dir", options.out_dir, "Where the identities are, as device enroll left them: DIR/<id>/").required();
    command.add_option("--est-url", options.est_url, "The EST server: https://HOST:PORT/.well-known/est/TENANT").required();
    command.add_option("--cafile", options.cafile,
                       "PEM file with the CA certificates that vouch for the server (default: each identity's ca.pem)");
    command.add_option("--host", options.host,
                       "Try each new certificate here, as an MQTT client, before it takes the old one's place: mqtts://HOST:PORT");
    command
        .add_option("--expires-in", options.expires_in, "Renew once so much of its life has passed (66%), or so much of it is left (30d)")
        .show_default();
    command.add_flag("--force", options.force, "Renew those that are not due as well");
    command.add_flag("--rekey", options.rekey, "For new keys");
    command.add_option("--key-password-file", options.key_password_file, "File of mode 0600 with the keys' password, if they have one");
    command.add_option("-T,--tenant", options.devices.run.tenant, "The tenant; rows for another are refused");
    add_bulk_flags(command, options.devices.run);
    command.examples(
        "muster device renew -f fleet.csv --out-dir identities --est-url https://127.0.0.1:8443/.well-known/est/acme \\\n"
        "    --host mqtts://127.0.0.1:8883");
}

void bind_delete(Command& command, DeviceDeleteOptions& options) {
    command.mutates();
    add_choice(command, options.devices, options.admin, "The devices");
    command.examples("muster device delete press-01 --tenant acme --yes\nmuster device delete -f gone.csv --tenant acme --yes");
}

void bind_list(Command& command, DeviceListOptions& options) {
    add_where(command, options.tenant, options.admin);
    command
        .add_option("--status", options.statuses,
                    "Those that are waiting to enroll, pending approval, accepted (approved, or with a password), blocked, enrolled, "
                    "expiring, expired or revoked; several are possible")
        .split_at(',')
        .one_of({"waiting", "pending", "accepted", "blocked", "enrolled", "expiring", "expired", "revoked"});
    add_lifetime(
        command, "--expiring-within", [&options](std::chrono::seconds time) { options.expiring_within = time; },
        "Those whose certificate ends by then: 30d, 12h; for --status expiring, 30d if it is not given");
    add_selector(command, options.selector);
    command.add_option("--limit", options.limit, "Only so many (default: all)").range(1, 1'000'000'000);
    command.add_option("--page-size", options.page_size, "How many are asked for at a time").range(1, 10'000).show_default();
    command.examples(
        "muster device list --tenant acme --expiring-within 30d\nmuster device list --tenant acme --selector type=pump -o name");
}

void bind_export(Command& command, DeviceExportOptions& options) {
    command
        .add_choice("--format", options.format,
                    {{"muster", ExportFormat::muster},
                     {"c8y-csv", ExportFormat::cumulocity},
                     {"mosquitto-dynsec", ExportFormat::mosquitto_dynsec},
                     {"rabbitmq-definitions", ExportFormat::rabbitmq_definitions},
                     {"aws-json", ExportFormat::aws}},
                    "What is to read it: muster, c8y-csv, mosquitto-dynsec, rabbitmq-definitions or aws-json")
        .show_default();
    command.add_option("--out", options.out, "The file that it goes to; - is stdout").show_default();
    command
        .add_option("--credentials", options.credentials,
                    "What the devices have, as device register --otp-dir or device enroll --out-dir left it: muster and c8y-csv take "
                    "DIR/<id>.otp, aws-json the certificates in DIR/<id>/")
        .type_name("DIR");
    command.add_flag("--show-secrets", options.shows_secrets, "Print one-time passwords to stdout, too");
    add_where(command, options.tenant, options.admin);
    command.examples(
        "muster device export --tenant acme --format mosquitto-dynsec --out dynamic-security.json\n"
        "muster device export --tenant acme --format aws-json --credentials identities --out things.json");
}

}  // namespace

void add_device_commands(Command& device) {
    add_command<DeviceRegisterOptions>(device, "register", "Make devices known and give each a one-time password", &bind_register);
    add_command<DeviceRegisterOptions>(device, "import", "Make the devices of a list known and give each a one-time password",
                                       &bind_import);
    add_command<DeviceListOptions>(device, "list", "List a tenant's devices", &bind_list);
    add_command<DeviceShowOptions>(device, "show", "Show what is known of a device", [](Command& command, DeviceShowOptions& options) {
        command.add_option("ID", options.id, "The device").required();
        add_where(command, options.tenant, options.admin);
        command.examples("muster device show press-01 --tenant acme");
    });
    add_command<DeviceRenewOptions>(device, "renew", "Renew the certificates of identity directories, over EST, when they are due",
                                    &bind_renew);
    add_command<DeviceExportOptions>(device, "export", "Write a tenant's devices as other brokers and platforms take them", &bind_export);
    add_command<DeviceRevokeOptions>(device, "revoke", "Let devices, or one certificate, in no more, and disconnect them", &bind_revoke);
    add_command<DeviceDeleteOptions>(device, "delete", "Delete devices and disconnect them; their certificates stay revoked", &bind_delete);
}

}  // namespace muster::cli
