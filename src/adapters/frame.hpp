// bridge-wire/1: the frames that the host and an adapter's process exchange (docs/wire.md describes them in
// full).
//
//   u32 length of the body | u32 call | u8 kind | body: one JSON object          both numbers little endian
//
// `call` joins an answer to its question; each side numbers its own questions from 1. Garbage in a stream of
// frames cannot be skipped: a FrameReader that has failed stays failed, and the run that it belongs to ends.
// Not thread-safe.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace capbridge::adapters {

inline constexpr std::string_view kWire = "bridge-wire/1";
inline constexpr std::size_t kFrameHeader = 9;
inline constexpr std::size_t kMaxFrameBody = 1u << 20;
inline constexpr std::size_t kMaxRecord =
    kMaxFrameBody - 4096;  // leaves room for the kind, or for a rejected key
// A cursor that names every file of a full drop folder has its place; as JSON within a frame, which escapes
// its quotes, it must fit too (kMaxRecord).
inline constexpr std::size_t kMaxCursor = 900u << 10;
inline constexpr std::size_t kMaxFileChunk = 512u << 10;
inline constexpr std::size_t kMaxHttpRequests = 64;       // in one http_send
inline constexpr std::size_t kMaxHttpChunk = 512u << 10;  // of an answer's body, before base64

enum class FrameKind : std::uint8_t {
    // Host asks; the adapter answers with result or failure.
    hello = 1,
    describe = 2,
    configure = 3,
    check = 4,
    pull = 5,
    push = 6,
    cancel = 7,  // of the call that runs; no answer of its own
    find = 8,
    result = 16,
    failure = 17,
    // Adapter tells, while a call runs; no answer.
    emit = 32,
    reject = 33,
    log = 34,
    alive = 35,
    // Adapter asks; the host answers with reply or refuse.
    checkpoint = 48,
    state_get = 49,
    state_put = 50,
    files_list = 51,
    file_read = 52,
    http_send = 53,
    reply = 64,
    refuse = 65,
    // Host tells, before the reply to http_send and with its number.
    http_head = 66,
    http_body = 67,
    http_end = 68,
};

struct Frame {
    FrameKind kind{};
    std::uint32_t call = 0;
    std::string_view body;  // valid until the reader is fed again
};

// Appends a whole frame. The body must not be longer than kMaxFrameBody.
void append_frame(std::string& out, FrameKind kind, std::uint32_t call, std::string_view body);

class FrameReader {
public:
    void feed(std::string_view bytes);
    // nullopt: feed more. Error "adapter_protocol": a frame too long or of a kind that does not exist.
    Result<std::optional<Frame>> next();

private:
    std::string buffer_;
    std::size_t at_ = 0;
    bool broken_ = false;
};

// The classes of adapter.h by name ("config", "auth", "retry", ...); what is unknown is "internal" or
// BRIDGE_INTERNAL.
std::string_view class_name(std::int32_t code);
std::int32_t class_code(std::string_view name);

}  // namespace capbridge::adapters
