// SPDX-License-Identifier: Apache-2.0
// Any bytes as the payload of readings, compressed or not: what decodes is within bounds, and comes back from every encoding as it was.
// The first byte of the input is the encoding; the rest is the payload.
#include "check.hpp"
#include "payload/reading_joiner.hpp"
#include "payload/values.hpp"

#include <muster/telemetry.hpp>

#include <cmath>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace muster::fuzz {
namespace {

using Readings = std::vector<Reading>;

// Encoded again and again what remains is the same, NaN and all: names are UTF-8, each stands once, in the order of the encoding.
std::string canonical(const Readings& readings, Encoding encoding) {
    const std::string once = encode_readings(readings, encoding);
    const auto again = decode_readings(once, encoding);
    promise(again.ok(), "what was encoded decodes");
    promise(again->size() == readings.size(), "no reading is lost or added");
    for (std::size_t i = 0; i < readings.size(); ++i) {
        promise(again.value()[i].time == readings[i].time && again.value()[i].sequence == readings[i].sequence, "times and sequences stay");
        promise(again.value()[i].is_partial == readings[i].is_partial, "a partial reading stays one");
    }
    const std::string twice = encode_readings(*again, encoding);
    promise(encode_readings(decode_readings(twice, encoding).value(), encoding) == twice, "the encoding comes to rest");
    return twice;
}

void check_compression(const Readings& readings, Encoding encoding) {
    const std::string plain = encode_readings(readings, encoding);
    const std::string small = encode_readings(readings, encoding, Compression::gzip);
    promise(small.size() <= plain.size(), "compression makes nothing larger");
    const auto read = decode_readings(small, encoding);
    promise(read.ok() && encode_readings(*read, encoding) == encode_readings(decode_readings(plain, encoding).value(), encoding),
            "compression loses nothing");
}

void check_join(const Readings& readings, Encoding encoding) {
    payload::ReadingJoiner joiner(encoding);
    for (const auto& reading : readings) promise(joiner.add(encode_readings({reading}, encoding)), "a reading by itself can be joined");
    if (readings.empty()) return;
    promise(joiner.readings() == readings.size(), "every reading is joined");
    const auto joined = decode_readings(joiner.take(), encoding);
    promise(joined.ok(), "what was joined decodes");
    promise(canonical(*joined, encoding) == canonical(readings, encoding), "joining changes nothing");
}

void check_completion(const Readings& readings) {
    ReadingCompleter completer(2);
    for (const auto& reading : readings) {
        const auto whole = completer.complete("t", reading);
        promise(whole.sequence == reading.sequence && whole.time == reading.time, "completing adds values only");
        promise(whole.values.size() >= reading.values.size() || !whole.is_partial, "completing takes nothing away");
    }
}

void check(std::string_view payload, Encoding encoding) {
    const auto read = decode_readings(payload, encoding);
    if (!read) {
        const bool is_expected = read.error().code() == Code::invalid_argument || read.error().code() == Code::too_large;
        promise(is_expected && !read.error().message().empty(), "a refusal says why");
        return;
    }
    promise(read->size() <= payload::max_readings, "no more readings than may be");
    // What costs much is looked at of small inputs only: a fuzzer lives of speed.
    if (payload.size() > 4'096 || read->size() > 256) return;
    for (const auto other : {Encoding::json, Encoding::cbor, Encoding::protobuf}) {
        static_cast<void>(canonical(*read, other));
        check_compression(*read, other);
        check_join(*read, other);
    }
    check_completion(*read);
}

}  // namespace
}  // namespace muster::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    muster::fuzz::check(muster::fuzz::view_of(data + 1, size - 1), static_cast<muster::Encoding>(data[0] % 3));
    return 0;
}
