// SPDX-License-Identifier: Apache-2.0
// The flags of queue.
#include "commands/queue.hpp"
#include "tree/duration.hpp"
#include "tree/tree.hpp"

namespace muster::cli {
namespace {

void add_file(Command& command, std::filesystem::path& file) {
    command.add_option("FILE", file, "The outbox, as outbox_path or --queue names it; its device must not be running").required();
}

void add_selection(Command& command, QueueSelection& selection) {
    command.add_option("-t,--topic", selection.topics, "Only what matches this topic filter; repeat for more").type_name("FILTER");
    command.add_option("--class", selection.classes, "Only of this class: bulk, normal, high or alarm; repeat for more")
        .one_of({"bulk", "normal", "high", "alarm"});
    add_age(
        command, "--older-than", [&selection](auto age) { selection.older_than = age; }, "Only what was accepted so long ago, such as 12h");
}

void add_salvage(Command& command, bool& salvages) {
    command.add_flag("--salvage", salvages, "Of a damaged file, show what is whole");
}

}  // namespace

void add_queue_commands(Command& app) {
    Command* queue = add_group(app, "queue", "The outbox of a device that is not running: what waits, what became of the rest");
    queue->examples("muster queue list outbox.db\nmuster queue show outbox.db");
    add_command<QueueListOptions>(*queue, "list", "List the messages that wait, and those that were set aside",
                                  [](Command& command, QueueListOptions& options) {
                                      add_file(command, options.file);
                                      add_selection(command, options.selection);
                                      add_salvage(command, options.salvages);
                                      command.examples("muster queue list outbox.db\nmuster queue list outbox.db --class alarm -o json");
                                  });
    add_command<QueueShowOptions>(*queue, "show", "Show its accounts: accepted = delivered + dropped + quarantined + waiting",
                                  [](Command& command, QueueShowOptions& options) {
                                      add_file(command, options.file);
                                      add_salvage(command, options.salvages);
                                      command.examples("muster queue show outbox.db");
                                  });
    add_command<QueueExportOptions>(
        *queue, "export", "Print the messages that wait, payloads included, as JSON, one a line",
        [](Command& command, QueueExportOptions& options) {
            add_file(command, options.file);
            add_selection(command, options.selection);
            add_salvage(command, options.salvages);
            command
                .add_value(
                    "--decode",
                    [&options](const std::string& text) -> Result<void> {
                        options.encoding = text == "json" ? Encoding::json : text == "cbor" ? Encoding::cbor : Encoding::protobuf;
                        return {};
                    },
                    "Print payloads of readings, batches too, as readings: json, cbor or protobuf, as the device encodes them")
                .one_of({"json", "cbor", "protobuf"});
            command.examples("muster queue export outbox.db > waiting.jsonl\nmuster queue export outbox.db --decode protobuf");
        });
    add_command<QueuePurgeOptions>(
        *queue, "purge", "Give up messages that wait; they are counted as dropped_purged",
        [](Command& command, QueuePurgeOptions& options) {
            command.mutates();
            add_file(command, options.file);
            add_selection(command, options.selection);
            command.add_flag("--all", options.all, "Everything that waits");
            command.examples(
                "muster queue purge outbox.db --topic 'debug/#' --dry-run\nmuster queue purge outbox.db --older-than 7d --yes");
        });
}

}  // namespace muster::cli
