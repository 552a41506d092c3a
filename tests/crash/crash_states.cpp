// SPDX-License-Identifier: Apache-2.0
// What a power cut may leave: of the writes since a file's last sync any part.
#include "disk_journal.hpp"
#include "support/seeded_random.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace muster::test {
namespace {

constexpr std::size_t sector = 512;
// Of so many writes each is left out, and is there alone; of more, some by chance.
constexpr std::size_t most_one_by_one = 12;
constexpr int chances = 6;  // Parts drawn at each call.

using Kind = DiskCall::Kind;

// Which sectors of a write are there.
using IsThere = std::function<bool(std::size_t write, std::size_t sector)>;

void put(std::string& content, std::uint64_t at, const std::string& bytes) {
    if (content.size() < at + bytes.size()) content.resize(at + bytes.size());
    content.replace(at, bytes.size(), bytes);
}

void apply(Files& files, const DiskCall& call, std::size_t number, const IsThere& is_there) {
    const auto file = files.find(call.file);
    if (file == files.end()) return;
    if (call.kind == Kind::resize) {
        if (is_there(number, 0)) file->second.resize(call.at);
        return;
    }
    for (std::size_t from = 0; from < call.bytes.size(); from += sector) {
        if (is_there(number, from / sector)) put(file->second, call.at + from, call.bytes.substr(from, sector));
    }
}

bool is_log(const std::string& file) {
    return file.size() > 4 && file.compare(file.size() - 4, 4, "-wal") == 0;
}

class States {
public:
    using Look = std::function<void(const Files&, std::uint64_t)>;

    States(Files start, Syncs syncs, const Look& look) : disk_(std::move(start)), syncs_(syncs), look_(look) {}

    void happens(const DiskCall& call) {
        switch (call.kind) {
            case Kind::mark:
                marks_ = call.at;
                break;
            case Kind::create:
                disk_[call.file];
                break;
            case Kind::write:
            case Kind::resize:
                unsynced_.push_back(call);
                break;
            case Kind::sync:
                sync(call.file);
                break;
            case Kind::rename:
                forget(call.bytes);
                disk_[call.bytes] = std::exchange(disk_[call.file], {});
                disk_.erase(call.file);
                for (auto& one : unsynced_) one.file = one.file == call.file ? call.bytes : one.file;
                break;
            case Kind::remove:
                disk_.erase(call.file);
                forget(call.file);
                break;
        }
    }
    void show() {
        const std::size_t count = unsynced_.size();
        show_if([](std::size_t, std::size_t) { return true; });
        if (count == 0) return;
        show_if([](std::size_t, std::size_t) { return false; });
        for (std::size_t i = count - std::min(count, most_one_by_one); i < count; ++i) {
            show_if([i](std::size_t write, std::size_t) { return write != i; });
            show_if([i](std::size_t write, std::size_t) { return write == i; });
            show_if([i](std::size_t write, std::size_t at) { return write < i || (write == i && at % 2 == 0); });
            show_if([i](std::size_t write, std::size_t at) { return write < i || (write == i && at == 0); });
        }
        for (int i = 0; i < chances; ++i) show_if([this](std::size_t, std::size_t) { return base::draw_up_to(random_, 1) == 1; });
    }
    [[nodiscard]] std::size_t count() const { return seen_.size(); }

private:
    void sync(const std::string& file) {
        if (syncs_ == Syncs::do_nothing || (syncs_ == Syncs::of_logs_do_nothing && is_log(file))) return;
        for (const auto& call : unsynced_) {
            if (call.file == file) apply(disk_, call, 0, [](std::size_t, std::size_t) { return true; });
        }
        forget(file);
    }
    void forget(const std::string& file) {
        unsynced_.erase(std::remove_if(unsynced_.begin(), unsynced_.end(), [&](const DiskCall& call) { return call.file == file; }),
                        unsynced_.end());
    }
    void show_if(const IsThere& is_there) {
        Files files = disk_;
        for (std::size_t i = 0; i < unsynced_.size(); ++i) apply(files, unsynced_[i], i, is_there);
        std::size_t hash = marks_;
        for (const auto& [name, content] : files) hash = hash * 31 + std::hash<std::string>()(name + '\0' + content);
        if (seen_.insert(hash).second) look_(files, marks_);
    }

    Files disk_;
    Syncs syncs_;
    const Look& look_;
    SeededRandom random_{1};
    std::uint64_t marks_ = 0;
    std::vector<DiskCall> unsynced_;
    std::set<std::size_t> seen_;
};

}  // namespace

std::size_t enumerate_states(const Files& start, const DiskJournal& journal, Syncs syncs,
                             const std::function<void(const Files&, std::uint64_t)>& look) {
    States states(start, syncs, look);
    states.show();
    for (const auto& call : journal) {
        states.happens(call);
        states.show();
    }
    return states.count();
}

}  // namespace muster::test
