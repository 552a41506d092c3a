// SPDX-License-Identifier: Apache-2.0
// How sub and rr print what arrives.
#pragma once

#include "io.hpp"
#include "messages/format.hpp"
#include "messages/options.hpp"
#include "output/records.hpp"
#include "proto/message_type.hpp"

#include <muster/fleet/mqtt_client.hpp>

#include <cstdint>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace muster::cli {

/// Each message at once, flushed.
class MessagePrinter {
public:
    /// Fails with Code::invalid_argument for a Protobuf type that cannot be had, a format that is none, flags that exclude each other and
    /// --columns that name what messages do not have, with Code::io if the file cannot be written.
    static Result<std::unique_ptr<MessagePrinter>> open(const PrintOptions& options, const Io& io);

    void print(const fleet::MqttMessage& message);
    /// Whether something could not be written.
    [[nodiscard]] bool has_failed() const { return !io_.out; }
    /// Why, if it is to be told: a reader of stdout that has gone is not.
    [[nodiscard]] std::optional<Error> failure() const;

private:
    MessagePrinter(const PrintOptions& options, const Io& io, std::unique_ptr<std::ofstream> file);
    enum class Content : std::uint8_t { bytes, reading, typed };  ///< The latter two: JSON.
    void print_one(const fleet::MqttMessage& message, Content content);
    /// As which texts it is to be printed; none: as it is.
    [[nodiscard]] Result<std::vector<std::string>> decoded(const fleet::MqttMessage& message) const;
    [[nodiscard]] std::string payload_of(const fleet::MqttMessage& message) const;

    const PrintOptions& options_;
    const std::unique_ptr<std::ofstream> file_;
    const Io io_;  // With the file in place of stdout.
    std::optional<MessageFormat> format_;
    std::unique_ptr<proto::MessageType> type_;
    RecordStream records_;
};

}  // namespace muster::cli
