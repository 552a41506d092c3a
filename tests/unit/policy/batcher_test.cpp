// SPDX-License-Identifier: Apache-2.0
// Stored readings put together to messages, in virtual time.
#include "policy/batcher.hpp"

#include "readings.hpp"
#include "support/seeded_random.hpp"

#include <muster/telemetry.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>
#include <set>

namespace muster::policy {
namespace {

using outbox::Record;
using outbox::RecordId;
using std::chrono::milliseconds;
using test::at;
using test::reading;

const BatchPolicy three_or_a_second{3, 65'536, milliseconds(1'000), Compression::none};

Record stored(RecordId id, const std::string& topic, Encoding encoding = Encoding::json) {
    Record record;
    record.id = id;
    record.message = {topic, encode_readings({reading(id, {{"x", static_cast<double>(id)}})}, encoding), Qos::at_least_once, false};
    return record;
}

std::vector<std::uint64_t> sequences(const Record& record, Encoding encoding = Encoding::json) {
    const auto readings = decode_readings(record.message.payload, encoding);
    REQUIRE(readings);
    std::vector<std::uint64_t> sequences;
    for (const auto& one : *readings) sequences.push_back(one.sequence);
    return sequences;
}

TEST_CASE(
    "a batch is one message of its topic, known by its first id, and "
    "stands for all of its records") {
    Batcher batcher;
    batcher.add(stored(1, "a"), three_or_a_second, Encoding::json, at(0));
    batcher.add(stored(2, "b"), three_or_a_second, Encoding::json, at(0));
    batcher.add(stored(3, "a"), three_or_a_second, Encoding::json, at(1));
    CHECK(batcher.take(10, at(0)).empty());
    batcher.add(stored(4, "a"), three_or_a_second, Encoding::json, at(2));
    const auto full = batcher.take(10, at(0));
    REQUIRE(full.size() == 1);
    CHECK(full[0].id == 1);
    CHECK(full[0].message.topic == "a");
    CHECK(sequences(full[0]) == std::vector<std::uint64_t>{1, 3, 4});
    CHECK(batcher.expand({1}) == std::vector<RecordId>{1, 3, 4});
    CHECK(batcher.expand({1}) == std::vector<RecordId>{1});
    CHECK(batcher.has_open());
}

TEST_CASE("what is more urgent is in no batch with what is not, and leaves before it") {
    Batcher batcher;
    batcher.add(stored(1, "a"), three_or_a_second, Encoding::json, at(0));
    auto urgent = stored(2, "a");
    urgent.priority = Priority::alarm;
    batcher.add(std::move(urgent), three_or_a_second, Encoding::json, at(0));
    batcher.flush();
    const auto ready = batcher.take(10, at(0));
    REQUIRE(ready.size() == 2);
    CHECK(ready[0].id == 2);
    CHECK(ready[1].id == 1);
}

TEST_CASE("a batch has an id of its own, the same for the same readings only") {
    const auto id_of = [](const std::vector<RecordId>& ids) {
        Batcher batcher;
        for (const RecordId id : ids) {
            auto record = stored(id, "a");
            record.message_id = {id, id};
            batcher.add(std::move(record), three_or_a_second, Encoding::json, at(0));
        }
        batcher.flush();
        return base::to_text(batcher.take(1, at(0)).at(0).message_id);
    };
    CHECK(id_of({1}) == base::to_text({1, 1}));
    CHECK(id_of({1, 2, 3}) == id_of({1, 2, 3}));
    // What has grown or shrunk since it was sent the first time is another message: whoever took it for the same would lose readings.
    const std::set<std::string> different{id_of({1}), id_of({1, 2}), id_of({1, 2, 3}), id_of({1, 3})};
    CHECK(different.size() == 4);
}

TEST_CASE(
    "a batch is sent at its age, counted from its first reading, or when "
    "somebody asks") {
    Batcher batcher;
    batcher.add(stored(1, "a"), three_or_a_second, Encoding::json, at(0));
    batcher.add(stored(2, "a"), three_or_a_second, Encoding::json, at(900));
    batcher.add(stored(3, "b"), three_or_a_second, Encoding::json, at(950));
    CHECK(batcher.next_deadline() == at(1'000));
    batcher.expire(at(999));
    CHECK(batcher.ready() == 0);
    batcher.expire(at(1'000));
    CHECK(sequences(batcher.take(10, at(0)).at(0)) == std::vector<std::uint64_t>{1, 2});
    CHECK(batcher.next_deadline() == at(1'950));
    batcher.flush();
    CHECK(sequences(batcher.take(10, at(0)).at(0)) == std::vector<std::uint64_t>{3});
    CHECK_FALSE(batcher.next_deadline());
    CHECK_FALSE(batcher.has_open());
}

TEST_CASE(
    "a batch has no more bytes than was said, and what is larger by "
    "itself goes by itself") {
    const std::size_t one = stored(1, "a").message.payload.size();
    const BatchPolicy policy{1'000, static_cast<std::uint32_t>(2 * one + one / 2), milliseconds(1'000), Compression::none};
    Batcher batcher;
    for (RecordId id = 1; id <= 5; ++id) batcher.add(stored(id, "a"), policy, Encoding::json, at(0));
    CHECK(batcher.ready() == 2);
    Record large = stored(6, "a");
    large.message.payload = encode_readings({reading(6, {{std::string(1'000, 'n'), 1}})}, Encoding::json);
    batcher.add(std::move(large), policy, Encoding::json, at(0));
    const auto ready = batcher.take(10, at(0));
    REQUIRE(ready.size() == 4);
    CHECK(sequences(ready[1]) == std::vector<std::uint64_t>{3, 4});
    CHECK(sequences(ready[2]) == std::vector<std::uint64_t>{5});
    CHECK(sequences(ready[3]) == std::vector<std::uint64_t>{6});
}

TEST_CASE(
    "what is no reading of the class, or is to be sent otherwise, goes "
    "as it is and in its place") {
    Batcher batcher;
    const auto add = [&](Record record) { batcher.add(std::move(record), three_or_a_second, Encoding::json, at(0)); };
    add(stored(1, "a"));
    Record raw = stored(2, "a");
    raw.message.payload = "on";
    add(raw);
    add(stored(3, "a"));
    Record retained = stored(4, "a");
    retained.message.retain = true;
    add(retained);
    batcher.add(stored(5, "a", Encoding::cbor), three_or_a_second, Encoding::json, at(0));
    batcher.flush();
    const auto ready = batcher.take(10, at(0));
    REQUIRE(ready.size() == 5);
    for (std::size_t i = 0; i < 5; ++i) CHECK(ready[i].id == i + 1);
    CHECK(ready[1].message.payload == "on");
    CHECK(ready[3].message.retain);
    CHECK(batcher.expand({1, 2, 3, 4, 5}) == std::vector<RecordId>{1, 2, 3, 4, 5});
}

TEST_CASE(
    "a batch is compressed where the class says so and it pays, and what "
    "that saves is counted") {
    const BatchPolicy policy{100, 65'536, milliseconds(1'000), Compression::gzip};
    Batcher batcher;
    for (RecordId id = 1; id <= 100; ++id) batcher.add(stored(id, "a"), policy, Encoding::json, at(0));
    batcher.add(stored(101, "a"), policy, Encoding::json, at(0));
    batcher.flush();
    const auto ready = batcher.take(10, at(0));
    REQUIRE(ready.size() == 2);
    CHECK(ready[0].message.payload.substr(0, 2) == "\x1F\x8B");
    CHECK(sequences(ready[0]).size() == 100);
    CHECK(ready[1].message.payload == stored(101, "a").message.payload);
    const auto& counts = batcher.counts();
    CHECK(counts.batches == 2);
    CHECK(counts.readings == 101);
    CHECK(counts.batch_bytes == ready[0].message.payload.size() + ready[1].message.payload.size());
    CHECK(counts.reading_bytes > 3 * counts.batch_bytes);
}

TEST_CASE(
    "more than may be kept open is sent early, what began first before "
    "the rest") {
    Batcher batcher({4, 1'000'000});
    for (RecordId id = 1; id <= 6; ++id)
        batcher.add(stored(id, "t" + std::to_string(id)), three_or_a_second, Encoding::json, at(static_cast<std::int64_t>(id)));
    const auto early = batcher.take(10, at(0));
    REQUIRE(early.size() == 2);
    CHECK(early[0].id == 1);
    CHECK(early[1].id == 2);
}

TEST_CASE("what is forgotten are the records that were not taken, each once") {
    Batcher batcher;
    for (RecordId id = 1; id <= 7; ++id) batcher.add(stored(id, "a"), three_or_a_second, Encoding::json, at(0));
    CHECK(batcher.take(1, at(0)).front().id == 1);
    auto rest = batcher.forget_rest();
    std::sort(rest.begin(), rest.end());
    CHECK(rest == std::vector<RecordId>{4, 5, 6, 7});
    CHECK(batcher.forget_rest().empty());
    CHECK(batcher.expand({1}) == std::vector<RecordId>{1, 2, 3});
}

/// An outbox as far as a batcher can tell, and a session that sends, acknowledges and loses its connection.
struct Model {
    std::deque<Record> waiting;
    std::set<RecordId> in_flight;
    std::map<RecordId, Record> all;
    std::set<RecordId> delivered;
    std::map<std::string, std::uint64_t> last_sequence;

    void put_back(const std::vector<RecordId>& ids) {
        for (const RecordId id : ids) {
            REQUIRE(in_flight.erase(id) == 1);
            waiting.push_back(all.at(id));
        }
        std::sort(waiting.begin(), waiting.end(), [](const Record& a, const Record& b) { return a.id < b.id; });
    }
};

TEST_CASE(
    "whatever happens, every reading is delivered, in its topic's order, "
    "and none is settled that was not sent") {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        test::SeededRandom random(seed);
        const Encoding encoding = static_cast<Encoding>(random.next() % 3);
        const BatchPolicy policy{2 + static_cast<std::uint32_t>(random.next() % 6), 300, milliseconds(50), Compression::gzip};
        Batcher batcher({10, 2'000});
        Model model;
        std::deque<Record> sent;
        RecordId next_id = 0;
        std::int64_t now = 0;
        const auto take = [&](bool is_last) {
            while (!model.waiting.empty()) {
                Record record = std::move(model.waiting.front());
                model.waiting.pop_front();
                REQUIRE(model.in_flight.insert(record.id).second);
                if (record.message.topic == "plain") {
                    batcher.add(std::move(record), encoding, at(now));
                } else {
                    batcher.add(std::move(record), policy, encoding, at(now));
                }
            }
            if (is_last) batcher.flush();
            batcher.expire(at(now));
            for (auto& record : batcher.take(is_last ? 1'000 : random.next() % 4, at(now))) {
                const auto order = sequences(record, encoding);
                REQUIRE(std::is_sorted(order.begin(), order.end()));
                auto& last = model.last_sequence[record.message.topic];
                REQUIRE(order.front() > last);
                last = order.back();
                sent.push_back(std::move(record));
            }
        };
        const auto acknowledge = [&] {
            const auto readings = sequences(sent.front(), encoding);
            const auto ids = batcher.expand({sent.front().id});
            REQUIRE(std::vector<std::uint64_t>(ids.begin(), ids.end()) == readings);
            for (const RecordId id : ids) REQUIRE((model.in_flight.erase(id) == 1 && model.delivered.insert(id).second));
            sent.pop_front();
        };
        for (int step = 0; step < 400; ++step) {
            now += static_cast<std::int64_t>(random.next() % 20);
            const auto what = random.next() % 16;
            if (what < 8) {
                const std::string topic = random.next() % 4 == 0 ? "plain" : "t" + std::to_string(random.next() % 3);
                ++next_id;
                model.all.emplace(next_id, stored(next_id, topic, encoding));
                model.waiting.push_back(model.all.at(next_id));
            } else if (what < 12) {
                take(false);
            } else if (what < 15) {
                if (!sent.empty()) acknowledge();
            } else {
                // The connection is lost: all that is not acknowledged waits again, and is sent again.
                batcher.forget_all();
                model.put_back({model.in_flight.begin(), model.in_flight.end()});
                sent.clear();
                model.last_sequence.clear();
            }
        }
        take(true);
        while (!sent.empty()) acknowledge();
        CHECK(model.delivered.size() == next_id);
        CHECK(model.in_flight.empty());
    }
}

}  // namespace
}  // namespace muster::policy
