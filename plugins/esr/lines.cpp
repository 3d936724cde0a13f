#include "esr/lines.hpp"

#include <cstring>

namespace esr_adapter {
namespace {

constexpr std::uint32_t kChunk = 384u << 10;  // as base64 it stays within one frame of the host

}  // namespace

bool Lines::fill(const bridge::Call& call) {
    if (ended_) return false;
    call.stop_if_cancelled();
    std::string bytes;
    try {
        bytes = host_.read_file(name_, read_to_, kChunk);
    } catch (bridge::Failure& failure) {
        if (failure.code == BRIDGE_RETRY)
            failure.user = name_ + " changed while it was read. It is read again when it is whole.";
        throw;
    }
    if (bytes.empty()) {
        ended_ = true;
        return false;
    }
    read_to_ += bytes.size();
    buffer_.erase(0, at_);
    at_ = 0;
    buffer_ += bytes;
    return true;
}

bool Lines::next(Line& line, const bridge::Call& call) {
    line = {};
    std::size_t searched = 0;
    for (;;) {
        const auto from = at_ + searched;
        const void* found =
            from < buffer_.size() ? std::memchr(buffer_.data() + from, '\n', buffer_.size() - from) : nullptr;
        const auto end = found ? static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data())
                               : buffer_.size();
        const auto length = end - at_;
        if (!found) {
            if (length > kMaxLine) {  // forget what was read of it
                line.too_long = true;
                offset_ += length;
                at_ = end;
            }
            searched = end - at_;
            if (fill(call)) continue;
            if (length == 0 && !line.too_long) return false;
        }
        line.too_long = line.too_long || length > kMaxLine;
        if (!line.too_long) line.text = std::string_view(buffer_).substr(at_, end - at_);
        if (line.text.ends_with('\r')) line.text.remove_suffix(1);
        const auto taken = (end - at_) + (found ? 1 : 0);
        offset_ += taken;
        at_ += taken;
        line.terminated = found != nullptr;
        line.number = ++number_;
        line.end = offset_;
        return true;
    }
}

}  // namespace esr_adapter
