// SPDX-License-Identifier: Apache-2.0
// A record and the accounts as rows.
#include "store/record_row.hpp"

#include "support/records.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace muster::store {
namespace {

struct Table {
    Table() {
        sqlite3* opened = nullptr;
        REQUIRE(sqlite3_open(":memory:", &opened) == SQLITE_OK);
        database.reset(opened);
        // Not STRICT: a damaged file holds what no statement would have stored.
        REQUIRE(execute(*database,
                        "CREATE TABLE record(id INTEGER PRIMARY KEY,flags,topic,payload,crc,class,accepted,expires,key,properties);"
                        "CREATE TABLE account(one INTEGER PRIMARY KEY,last_id,accepted,delivered,overflow,rejected,corrupt,"
                        "stopped,expired,superseded,purged,quarantined,outbox_high,outbox_low,age,boot,since_boot,wall,synchronised,crc)"));
    }
    std::optional<Record> read() {
        Statement select(*database, ("SELECT " + std::string(record_columns) + " FROM record").c_str());
        Statement::Use row(select);
        REQUIRE(row.step() == SQLITE_ROW);
        return read_record(row);
    }
    void write(const Record& record) {
        Statement insert(*database, insert_record_sql);
        REQUIRE(write_record(insert, record));
    }
    Database database;
};

// docs/reference/outbox-format.md, the worked examples: id 1, QoS 1 and durability process, topic "a/b", payload "hi".
Record documented_record() {
    Record record;
    record.id = 1;
    record.message = {"a/b", "hi", Qos::at_least_once, false};
    record.durability = Durability::process;
    record.priority = Priority::high;
    record.accepted_at = 0x0123'4567'89AB;
    record.expires = 0x0102'0304;
    record.key = "k";
    return record;
}

TEST_CASE("every combination of QoS, retain and durability comes back") {
    for (const auto qos : {Qos::at_most_once, Qos::at_least_once, Qos::exactly_once}) {
        for (const bool retain : {false, true}) {
            for (const auto durability : {Durability::memory, Durability::process, Durability::disk}) {
                Table table;
                Record record = test::record_of(77, 3, durability);
                record.message.qos = qos;
                record.message.retain = retain;
                table.write(record);
                const auto read = table.read();
                REQUIRE(read);
                CHECK(test::same(*read, record));
            }
        }
    }
}

TEST_CASE("the checksum is that of the documented bytes") {
    Table table;
    const Record record = documented_record();
    table.write(record);
    CHECK(query_integer(*table.database, "SELECT flags FROM record") == 0x19);
    CHECK(query_integer(*table.database, "SELECT crc FROM record") == 0x551705A3);
}

TEST_CASE("a row of format 1 is read as it was meant") {
    Table table;
    REQUIRE(execute(*table.database, "INSERT INTO record VALUES(1,0x11,'a/b',CAST('hi' AS BLOB),0xD83B96BD,1,NULL,NULL,NULL,NULL)"));
    const auto record = table.read();
    REQUIRE(record);
    CHECK(record->message.payload == "hi");
    CHECK(record->priority == Priority::normal);
    CHECK(record->accepted_at == 0);
    CHECK(record->expires == 0);
    CHECK(record->key.empty());
    // What the new columns hold is not covered by its checksum, so they must be as the migration made them.
    const auto change = GENERATE(as<std::string>(), "class=2", "accepted=1", "expires=1", "key='k'", "properties=x''");
    REQUIRE(execute(*table.database, ("UPDATE record SET " + change).c_str()));
    INFO(change);
    CHECK_FALSE(table.read());
}

TEST_CASE("a row that is not as it was written is refused") {
    const auto change = GENERATE(
        as<std::string>(), "flags=flags|4", "flags=flags&~8", "flags=0x79", "flags=3", "flags=-1", "topic=topic||'x'",
        "topic=CAST(topic AS BLOB)", "payload=NULL", "payload=CAST(payload AS TEXT)", "payload=x'00'", "crc=crc+1", "crc=CAST(crc AS TEXT)",
        "crc=NULL", "id=id+1", "topic=topic||'a',payload=substr(payload,2)", "class=3", "class=4", "class=NULL", "accepted=accepted+1",
        "accepted=NULL", "expires=expires+1", "expires=NULL", "expires=0", "expires=-1", "key=key||'x'", "key=NULL", "key=''",
        "key=CAST(key AS BLOB)", "key=key||'l',topic=substr(topic,2)", "properties=x''", "flags=flags|64");
    Table table;
    Record record = test::record_of(5, 4);
    record.message.payload = "abcd";
    record.expires = 77;
    record.key = "k";
    table.write(record);
    REQUIRE(table.read());
    REQUIRE(execute(*table.database, ("UPDATE record SET " + change).c_str()));
    INFO(change);
    CHECK_FALSE(table.read());
}

TEST_CASE("the checksum is that of the documented bytes for a message with properties, too") {
    Table table;
    Record record = documented_record();
    MessageProperties properties;
    properties.user = {{"n", "v"}};
    properties.response_topic = "r";
    record.message.properties = std::make_shared<const MessageProperties>(properties);
    table.write(record);
    CHECK(query_integer(*table.database, "SELECT flags FROM record") == 0x59);
    CHECK(query_text(*table.database, "SELECT hex(properties) FROM record") == "080001722600016E000176");
    CHECK(query_integer(*table.database, "SELECT crc FROM record") == 0x2B49BAAB);
    REQUIRE(table.read());
    CHECK(test::same(*table.read(), record));
}

TEST_CASE("properties that are not as they were written make their row refused") {
    const auto change =
        GENERATE(as<std::string>(), "properties=NULL", "properties=x''", "properties=x'080001722600016E000177'",
                 "properties=CAST(properties AS TEXT)", "properties=properties||x'00'", "flags=flags&~64", "flags=flags&~8");
    Table table;
    Record record = test::record_of(5, 4);
    MessageProperties properties;
    properties.user = {{"n", "v"}};
    properties.response_topic = "r";
    record.message.properties = std::make_shared<const MessageProperties>(properties);
    table.write(record);
    REQUIRE(table.read());
    REQUIRE(execute(*table.database, ("UPDATE record SET " + change).c_str()));
    INFO(change);
    CHECK_FALSE(table.read());
}

TEST_CASE("a NULL checksum does not match a NULL payload") {
    Table table;
    REQUIRE(execute(*table.database, "INSERT INTO record VALUES(1,1,'t',NULL,0,1,NULL,NULL,NULL,NULL)"));
    CHECK_FALSE(table.read());
}

TEST_CASE("the accounts come back, unless anything in their row changed") {
    Table table;
    CHECK_FALSE(read_account(*table.database));
    AccountRow row;
    row.last_id = 50;
    row.accounts.accepted = 45;
    row.accounts.delivered = 30;
    row.accounts.overflow = 5;
    row.accounts.rejected = 4;
    row.accounts.corrupt = 3;
    row.accounts.stopped = 2;
    row.accounts.expired = 6;
    row.accounts.superseded = 7;
    row.accounts.purged = 13;
    row.accounts.quarantined = 8;
    row.outbox = {UINT64_MAX - 1, 9};
    row.time = {10, UINT64_MAX - 2, 11, -12, true};
    {
        Statement write(*table.database, write_account_sql);
        REQUIRE(write_account(write, row));
    }
    const auto read = read_account(*table.database);
    REQUIRE(read);
    CHECK(read->last_id == 50);
    CHECK(read->accounts.accepted == 45);
    CHECK(read->accounts.delivered == 30);
    CHECK(read->accounts.overflow == 5);
    CHECK(read->accounts.rejected == 4);
    CHECK(read->accounts.corrupt == 3);
    CHECK(read->accounts.stopped == 2);
    CHECK(read->accounts.expired == 6);
    CHECK(read->accounts.superseded == 7);
    CHECK(read->accounts.purged == 13);
    CHECK(read->accounts.quarantined == 8);
    CHECK(read->outbox.high == UINT64_MAX - 1);
    CHECK(read->outbox.low == 9);
    CHECK(read->time.age == 10);
    CHECK(read->time.boot == UINT64_MAX - 2);
    CHECK(read->time.since_boot == 11);
    CHECK(read->time.wall == -12);
    CHECK(read->time.is_wall_synchronised);
    const auto change = GENERATE(as<std::string>(), "last_id", "accepted", "delivered", "overflow", "rejected", "corrupt", "stopped",
                                 "expired", "superseded", "purged", "quarantined", "outbox_high", "outbox_low", "age", "boot", "since_boot",
                                 "wall", "synchronised", "crc");
    REQUIRE(execute(*table.database, ("UPDATE account SET " + change + "=" + change + "+1").c_str()));
    INFO(change);
    CHECK_FALSE(read_account(*table.database));
}

}  // namespace
}  // namespace muster::store
