#include "core/base/log_context.hpp"

#include <algorithm>
#include <utility>

#include "core/base/ids.hpp"

namespace capbridge::log {
namespace {

Context& current() {
    thread_local Context context;
    return context;
}

bool is_lower_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c == '0'; });
}

bool is_of_an_id(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-' || c == ':';
}

}  // namespace

Scope::Scope(Context context) : before_(std::exchange(current(), std::move(context))) {}

Scope::~Scope() {
    current() = std::move(before_);
}

const Context& context() {
    return current();
}

std::string request_id(std::string_view sent) {
    if (!sent.empty() && sent.size() <= 64 && std::all_of(sent.begin(), sent.end(), is_of_an_id))
        return std::string(sent);
    return to_hex(random_bytes(8));
}

std::optional<Trace> continue_trace(std::string_view header) {
    if (header.size() < 55 || header[2] != '-' || header[35] != '-' || header[52] != '-') return std::nullopt;
    const auto version = header.substr(0, 2);
    const auto id = header.substr(3, 32), parent = header.substr(36, 16), flags = header.substr(53, 2);
    if (!is_lower_hex(version) || version == "ff" || !is_lower_hex(id) || !is_lower_hex(parent) ||
        !is_lower_hex(flags) || is_zero(id) || is_zero(parent))
        return std::nullopt;
    // A later version may say more behind what we know; this one may not.
    if (header.size() > 55 && (version == "00" || header[55] != '-')) return std::nullopt;
    return Trace{std::string(id), to_hex(random_bytes(8)), std::string(flags)};
}

std::string traceparent(const Trace& trace) {
    return "00-" + trace.id + "-" + trace.span + "-" + trace.flags;
}

}  // namespace capbridge::log
