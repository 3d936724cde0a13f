// The cursor of an esr source: the last file that was taken in, how far into the next one, and the memory as
// it was before that one (so that it need not be written anew at each checkpoint).
//   {"v":1,"last":{"name":"GO_...","date":"20210409","sequence":1945,"full":false,"to":"20210409 000000"},
//    "at":{"name":"GO_...","version":"...","offset":123,"line":45},"memory":{...}}
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "esr/feed.hpp"
#include "esr/memory.hpp"

namespace esr_adapter {

struct Within {
    std::string name, version;  // "": between two files
    std::uint64_t offset = 0;
    std::int64_t line = 0;
};

struct Cursor {
    FeedPlace last;
    Within at;
    Memory memory;

    // "" is the beginning. Throws bridge::Failure{BRIDGE_BAD_CURSOR}.
    static Cursor parse(std::string_view text);
    // `memory_text`: what memory.text() gave.
    [[nodiscard]] std::string text(const std::string& memory_text) const;
};

}  // namespace esr_adapter
