// SPDX-License-Identifier: Apache-2.0
// Whatever a server sends as WebSocket frames: how it arrives in pieces does not matter, and what is answered is a pong for each ping.
// The input: a byte that says how many bytes come at a time (0: all at once), then frames.
#include "check.hpp"
#include "support/seeded_random.hpp"
#include "transport/websocket_frames.hpp"

#include <optional>
#include <string>

namespace muster::fuzz {
namespace {

struct Got {
    std::string bytes;
    std::string answers;
    std::string left;
    std::optional<Error> failure;
};

Got read(std::string_view frames, std::size_t piece) {
    Got got;
    transport::WebSocketReader reader;
    test::SeededRandom masks(1);
    while (!frames.empty() && !got.failure) {
        const auto now = frames.substr(0, piece);
        got.left += now;
        frames.remove_prefix(now.size());
        auto done = reader.read(got.left, masks, got.bytes, got.answers);
        if (done) got.left.erase(0, *done);
        if (!done) got.failure = std::move(done).error();
        promise(got.failure || got.left.size() < 140, "what is kept is the beginning of a head, or of a ping");
    }
    return got;
}

// A client's frame, as a server takes it apart.
std::string unmasked(std::string_view frame) {
    constexpr std::size_t mask_size = 4;
    const auto second = static_cast<unsigned char>(frame[1]);
    promise((second & 0x80U) != 0, "a client masks");
    const std::size_t extra = (second & 0x7FU) == 126 ? 2 : (second & 0x7FU) == 127 ? 8 : 0;
    const auto mask = frame.substr(2 + extra, mask_size);
    std::string bytes(frame.substr(2 + extra + mask_size));
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(bytes[i] ^ mask[i % mask_size]);
    return bytes;
}

}  // namespace
}  // namespace muster::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace muster::fuzz;  // NOLINT(google-build-using-namespace)
    if (size == 0) return 0;
    const auto frames = view_of(data + 1, size - 1);
    const Got whole = read(frames, frames.size());
    const Got pieces = read(frames, data[0] == 0 ? frames.size() : data[0]);
    promise(whole.failure.has_value() == pieces.failure.has_value(), "pieces fail as the whole does");
    promise(whole.bytes == pieces.bytes && whole.answers == pieces.answers, "pieces say what the whole does");
    promise(whole.failure || whole.left == pieces.left, "pieces leave what the whole does");
    if (whole.failure) promise(whole.failure->message() == pieces.failure->message(), "pieces fail for the reason that the whole does");
    promise(whole.bytes.size() + whole.answers.size() <= 4 * frames.size(),
            "what comes out is no more than went in, and the heads of pongs");
    std::string sent;
    muster::transport::append_websocket_frame(frames, static_cast<std::uint32_t>(size) * 0x01020408U, sent);
    promise(unmasked(sent) == frames, "what is sent is what was meant");
    return 0;
}
