// A short mark of the settings that decide what a cursor covers. It is kept in the cursor: when an
// administrator widens a filter, the old cursor would hide what was filtered out before, so that it must not
// be used (BRIDGE_BAD_CURSOR: the host pulls from the beginning). No secret, and no safeguard. Pure.
#pragma once
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>

namespace plugins {

// FNV-1a over the parts and their ends, as 16 hex digits; the same in every build.
inline std::string fingerprint(std::initializer_list<std::string_view> parts) {
    std::uint64_t hash = 14695981039346656037ull;
    const auto add = [&hash](unsigned char c) { hash = (hash ^ c) * 1099511628211ull; };
    for (const auto part : parts) {
        for (const char c : part) add(static_cast<unsigned char>(c));
        add(0xff);  // no byte of UTF-8
    }
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
    return text;
}

}  // namespace plugins
