#include "adapters/frame.hpp"

#include <array>

#include "bridge/adapter.h"

namespace capbridge::adapters {
namespace {

void append_u32(std::string& out, std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>((value >> shift) & 0xff));
}

std::uint32_t u32_at(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i)
        value |= std::uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
    return value;
}

bool known(std::uint8_t kind) {
    return (kind >= 1 && kind <= 8) || kind == 16 || kind == 17 || (kind >= 32 && kind <= 35) ||
           (kind >= 48 && kind <= 53) || (kind >= 64 && kind <= 68);
}

constexpr std::array<std::string_view, 10> kClasses{"ok",        "config",   "auth",       "retry",
                                                    "not_found", "rejected", "bad_cursor", "unsupported",
                                                    "cancelled", "internal"};

}  // namespace

void append_frame(std::string& out, FrameKind kind, std::uint32_t call, std::string_view body) {
    append_u32(out, static_cast<std::uint32_t>(body.size()));
    append_u32(out, call);
    out.push_back(static_cast<char>(kind));
    out.append(body);
}

void FrameReader::feed(std::string_view bytes) {
    // Move the rest to the front only when little is left: otherwise a big read would be copied once per
    // frame.
    if (at_ == buffer_.size() || at_ >= kMaxFrameBody) {
        buffer_.erase(0, at_);
        at_ = 0;
    }
    buffer_.append(bytes);
}

Result<std::optional<Frame>> FrameReader::next() {
    if (broken_) return fail("adapter_protocol", "The stream of frames is broken.");
    const std::string_view rest = std::string_view(buffer_).substr(at_);
    if (rest.size() < kFrameHeader) return std::nullopt;
    const auto length = u32_at(rest, 0);
    const auto kind = static_cast<std::uint8_t>(rest[8]);
    if (length > kMaxFrameBody || !known(kind)) {
        broken_ = true;
        return fail("adapter_protocol",
                    length > kMaxFrameBody
                        ? "A frame of " + std::to_string(length) + " bytes; the limit is 1 MiB."
                        : "A frame of unknown kind " + std::to_string(kind) + ".");
    }
    if (rest.size() < kFrameHeader + length) return std::nullopt;
    at_ += kFrameHeader + length;
    return Frame{static_cast<FrameKind>(kind), u32_at(rest, 4), rest.substr(kFrameHeader, length)};
}

std::string_view class_name(std::int32_t code) {
    return code < 0 || code > BRIDGE_INTERNAL ? "internal" : kClasses[static_cast<std::size_t>(code)];
}

std::int32_t class_code(std::string_view name) {
    for (std::size_t i = 0; i < kClasses.size(); ++i) {
        if (kClasses[i] == name) return static_cast<std::int32_t>(i);
    }
    return BRIDGE_INTERNAL;
}

}  // namespace capbridge::adapters
