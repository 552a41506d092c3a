// SPDX-License-Identifier: Apache-2.0
// `muster device export`: a tenant's devices as other brokers and platforms take them.
#include "commands/device_choice.hpp"
#include "commands/device_credentials.hpp"
#include "output/whole_file.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace muster::cli {
namespace {

using Json = nlohmann::json;
using engines::Device;

constexpr std::uint64_t page_size = 1'000;

/// Where it goes: a file that appears whole, or standard output.
class Output {
public:
    Output(std::ostream& out, std::optional<WholeFile> file) : out_(out), file_(std::move(file)) {}
    Result<void> write(const std::string& text) {
        if (file_) return file_->write(text);
        out_ << text;
        return {};
    }
    Result<void> finish() {
        if (file_) return file_->commit();
        out_.flush();
        return {};
    }

private:
    std::ostream& out_;
    std::optional<WholeFile> file_;
};

std::string attribute(const Device& device, const char* name) {
    const auto found = device.attributes.find(name);
    return found == device.attributes.end() ? std::string() : found->second;
}

std::string csv_line(const std::vector<std::string>& fields, char delimiter) {
    std::string line;
    for (const auto& field : fields) {
        if (&field != &fields.front()) line += delimiter;
        if (field.find_first_of("\",;\t\r\n") == std::string::npos) {
            line += field;
            continue;
        }
        line += '"';
        for (const char c : field) line += c == '"' ? std::string("\"\"") : std::string(1, c);
        line += '"';
    }
    return line + "\n";
}

// A dot separates RabbitMQ's routing keys where MQTT has a slash, and means any character in a regular expression.
std::string as_pattern(std::string_view text) {
    std::string pattern;
    for (const char c : text)
        pattern += (std::string_view(".\\+*?[^]$(){}=!<>|:-#").find(c) == std::string_view::npos ? "" : "\\") + std::string(1, c);
    return pattern;
}

// What would mean other devices' topics, too.
Result<void> check_topic_name(const Device& device, std::string_view syntax, const char* whose) {
    if (device.id.find_first_of(syntax) == std::string::npos) return {};
    return Error{
        Code::invalid_argument, "device id '" + device.id + "' has a character that " + whose + " topics have a meaning for",
        "none of " + std::string(syntax) + " can be in an id there: revoke or delete the device first, or register it by another name"};
}

Json acl(const char* type, const std::string& topic) {
    return {{"acltype", type}, {"topic", topic}, {"priority", 0}, {"allow", true}};
}

Json dynsec_client(const Device& device) {
    return {{"username", device.id},
            {"clientid", device.id},
            {"textname", attribute(device, "name")},
            {"roles", {{{"rolename", "device-" + device.id}}}}};
}

Json dynsec_role(const Device& device) {
    const std::string space = "d/" + device.id + "/#";
    return {{"rolename", "device-" + device.id},
            {"acls", {acl("publishClientSend", space), acl("publishClientReceive", space), acl("subscribePattern", space)}}};
}

// The user name that RabbitMQ makes of a certificate: its subject, the most specific part first.
std::string rabbit_user(const Device& device) {
    return "CN=" + device.id;
}

// An empty hash refuses every password.
Json rabbit_account(const Device& device) {
    return {{"name", rabbit_user(device)}, {"password_hash", ""}, {"hashing_algorithm", "rabbit_password_hashing_sha256"}, {"tags", ""}};
}

Json rabbit_permission(const Device& device) {
    const std::string queue = "^mqtt-subscription-" + as_pattern(device.id) + "qos[01]$";
    const std::string queue_or_topic = "^(amq\\.topic|mqtt-subscription-" + as_pattern(device.id) + "qos[01])$";
    return {
        {"user", rabbit_user(device)}, {"vhost", device.tenant}, {"configure", queue}, {"write", queue_or_topic}, {"read", queue_or_topic}};
}

Json rabbit_topic_permission(const Device& device) {
    const std::string space = "^d\\." + as_pattern(device.id) + "\\..*";
    return {{"user", rabbit_user(device)}, {"vhost", device.tenant}, {"exchange", "amq.topic"}, {"write", space}, {"read", space}};
}

// Which tenant a certificate is of.
std::string rabbit_vhost(const Device& device) {
    return Json(rabbit_user(device)).dump() + ": " + Json(device.tenant).dump();
}

// What the devices of this format have that must not be seen.
bool has_secrets(const DeviceExportOptions& options) {
    return !options.credentials.empty() && (options.format == ExportFormat::muster || options.format == ExportFormat::cumulocity);
}

// The parameters of one device for a provisioning template, which names them as it likes; these are AWS's own names where it has any.
Result<Json> aws_parameters(const Device& device, DeviceCredentials& credentials) {
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:_-";
    constexpr std::size_t max_thing_name = 128;
    if (device.id.size() > max_thing_name || device.id.find_first_not_of(allowed) != std::string::npos)
        return Error{Code::invalid_argument, "device id '" + device.id + "' cannot be the name of a thing of AWS",
                     "those have 1 to 128 of [A-Za-z0-9:_-]"};
    Json parameters{{"ThingName", device.id}, {"SerialNumber", device.id}};
    for (const auto& [name, key] : {std::pair{"type", "ThingType"}, {"group", "ThingGroup"}, {"name", "Name"}, {"iccid", "Iccid"}}) {
        if (const auto value = attribute(device, name); !value.empty()) parameters[key] = value;
    }
    auto pems = credentials.certificate(device.id);
    if (!pems) return std::move(pems).error();
    if (!pems->certificate.empty()) parameters["CertificatePem"] = pems->certificate;
    if (!pems->issuer.empty()) parameters["CACertificatePem"] = pems->issuer;
    return parameters;
}

/// A member of a JSON document, with an entry for each device.
struct Section {
    const char* name;
    std::function<std::string(const Device&)> entry;
    const char* begin = "[";
    const char* end = "]";
};

std::string as_line(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::function<std::string(const Device&)> as_text(Json (*entry)(const Device& device)) {
    return [entry](const Device& device) { return as_line(entry(device)); };
}

/// Writes devices; those that are revoked are not let in elsewhere either.
class Exporter {
public:
    Exporter(engines::Engine& engine, const std::string& tenant, Output& output) : engine_(engine), tenant_(tenant), output_(output) {}

    Result<void> as_csv(const std::vector<std::string>& header, char delimiter,
                        const std::function<Result<std::vector<std::string>>(const Device&)>& fields) {
        if (auto written = output_.write(csv_line(header, delimiter)); !written) return written;
        return for_each([&](const Device& device) -> Result<void> {
            auto line = fields(device);
            return line ? output_.write(csv_line(*line, delimiter)) : Result<void>(line.error());
        });
    }

    Result<void> as_lines(const std::function<Result<Json>(const Device&)>& object) {
        return for_each([&](const Device& device) -> Result<void> {
            auto line = object(device);
            return line ? output_.write(as_line(*line) + "\n") : Result<void>(line.error());
        });
    }

    /// `syntax`: characters that no id may have, because the topics of `whose` do.
    void refuse_ids_with(std::string_view syntax, const char* whose) {
        topic_syntax_ = syntax;
        topics_of_ = whose;
    }

    /// The sections one after the other, so that not all devices are in memory at once.
    Result<void> as_json(const Json& fixed, const std::vector<Section>& sections) {
        std::string begin = "{";
        for (const auto& [name, value] : fixed.items()) begin += "\n  \"" + name + "\": " + value.dump() + ",";
        for (const auto& section : sections) {
            if (auto written = output_.write(begin + "\n  \"" + section.name + "\": " + section.begin); !written) return written;
            bool is_first = true;
            auto done = for_each([&](const Device& device) {
                return output_.write((std::exchange(is_first, false) ? "\n    " : ",\n    ") + section.entry(device));
            });
            if (!done) return done;
            begin = "\n  " + std::string(section.end) + (&section == &sections.back() ? "\n}\n" : ",");
        }
        return output_.write(begin);
    }

private:
    Result<void> for_each(const std::function<Result<void>(const Device&)>& write) {
        return for_each_device(engine_, tenant_, page_size, [&](const Device& device) -> Result<bool> {
            if (device.revoked) return true;
            if (auto checked = check_topic_name(device, topic_syntax_, topics_of_); !checked) return checked.error();
            auto written = write(device);
            return written ? Result<bool>(true) : Result<bool>(written.error());
        });
    }

    engines::Engine& engine_;
    const std::string& tenant_;
    Output& output_;
    std::string_view topic_syntax_;
    const char* topics_of_ = "";
};

using Fields = Result<std::vector<std::string>>;

// With the one-time passwords in a column of their own, if they are asked for.
Result<void> write_list(bool has_passwords, Exporter& exporter, DeviceCredentials& credentials) {
    std::vector<std::string> header{"id", "name", "type", "group", "iccid", "external-id-type"};
    if (has_passwords) header.emplace_back("otp");
    return exporter.as_csv(header, ',', [&](const Device& device) -> Fields {
        std::vector<std::string> fields{device.id,
                                        attribute(device, "name"),
                                        attribute(device, "type"),
                                        attribute(device, "group"),
                                        attribute(device, "iccid"),
                                        attribute(device, "external-id-type")};
        if (!has_passwords) return fields;
        auto password = credentials.one_time_password(device.id);
        if (!password) return std::move(password).error();
        fields.push_back(std::move(*password));
        return fields;
    });
}

Result<void> write_cumulocity_list(Exporter& exporter, DeviceCredentials& credentials) {
    return exporter.as_csv({"ID", "AUTH_TYPE", "ENROLLMENT_OTP", "NAME", "TYPE", "IDTYPE", "ICCID", "PATH"}, ';',
                           [&](const Device& device) -> Fields {
                               const bool is_basic = device.has_password && !device.enrolled;
                               auto password = is_basic ? Result(std::string()) : credentials.one_time_password(device.id);
                               if (!password) return std::move(password).error();
                               const auto id_type = attribute(device, "external-id-type");
                               return std::vector<std::string>{device.id,
                                                               is_basic ? "BASIC" : "CERTIFICATES",
                                                               std::move(*password),
                                                               attribute(device, "name"),
                                                               attribute(device, "type"),
                                                               id_type.empty() ? "c8y_Serial" : id_type,
                                                               attribute(device, "iccid"),
                                                               attribute(device, "group")};
                           });
}

Result<void> write_as(const DeviceExportOptions& options, Exporter& exporter, DeviceCredentials& credentials) {
    switch (options.format) {
        case ExportFormat::muster:
            return write_list(has_secrets(options), exporter, credentials);
        case ExportFormat::cumulocity:
            return write_cumulocity_list(exporter, credentials);
        case ExportFormat::aws:
            return exporter.as_lines([&](const Device& device) { return aws_parameters(device, credentials); });
        case ExportFormat::mosquitto_dynsec: {
            exporter.refuse_ids_with("/+#", "Mosquitto's");
            const Json defaults{{"publishClientSend", false}, {"publishClientReceive", false}, {"subscribe", false}, {"unsubscribe", true}};
            return exporter.as_json({{"defaultACLAccess", defaults}, {"groups", Json::array()}},
                                    {{"clients", as_text(&dynsec_client)}, {"roles", as_text(&dynsec_role)}});
        }
        case ExportFormat::rabbitmq_definitions: {
            exporter.refuse_ids_with("./+#*", "RabbitMQ's");  // Its routing keys have a dot where topics have a slash.
            const Json hosts = Json::array({{{"name", options.tenant}}});
            return exporter.as_json({{"vhosts", hosts}},
                                    {{"users", as_text(&rabbit_account)},
                                     {"permissions", as_text(&rabbit_permission)},
                                     {"topic_permissions", as_text(&rabbit_topic_permission)},
                                     {"global_parameters", &rabbit_vhost, "[{\"name\": \"mqtt_default_vhosts\", \"value\": {", "}}]"}});
        }
    }
    return {};
}

Result<void> check(const DeviceExportOptions& options, const Io& io) {
    const bool takes_credentials = options.format != ExportFormat::mosquitto_dynsec && options.format != ExportFormat::rabbitmq_definitions;
    if (!options.credentials.empty() && !takes_credentials)
        return Error{Code::invalid_argument, "this format has no place for --credentials",
                     "its devices show the certificates that they have: leave it out"};
    std::error_code ignored;
    if (!options.credentials.empty() && !std::filesystem::is_directory(options.credentials, ignored))
        return Error{Code::not_found, "--credentials " + options.credentials.string() + " is not a directory",
                     "name that of device register --otp-dir or of device enroll --out-dir"};
    const bool is_printed = options.out.empty() || options.out == "-";
    if (has_secrets(options) && is_printed && !options.shows_secrets)
        return Error{Code::invalid_argument, "one-time passwords are not printed without being asked for",
                     "give --out FILE" + std::string(io.out_is_terminal ? "" : ", or --show-secrets")};
    return {};
}

}  // namespace

Exit run_device_export(const DeviceExportOptions& options, OpenEngine open, Io& io) {
    if (const auto checked = check(options, io); !checked) return io.fail(checked.error());
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    std::optional<WholeFile> file;
    if (!options.out.empty() && options.out != "-") {
        auto created = WholeFile::create(options.out);
        if (!created) return io.fail(created.error());
        file.emplace(std::move(*created));
    }
    // The first page says whether there is such a tenant, before anything is written.
    if (const auto tenant = (*engine)->find_tenant(options.tenant); !tenant) return io.fail(tenant.error());
    Output output(io.out, std::move(file));
    Exporter exporter(**engine, options.tenant, output);
    DeviceCredentials credentials(options.credentials);
    auto done = write_as(options, exporter, credentials);
    if (done) done = output.finish();
    if (!done) return io.fail(done.error());
    if (credentials.missing() > 0)
        io.warn(std::to_string(credentials.missing()) + " devices have nothing in " + options.credentials.string() +
                ", and nothing of it here");
    return Exit::ok;
}

}  // namespace muster::cli
