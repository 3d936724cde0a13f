// What a package may cost us. A zip's declared sizes may lie, so what counts is what really comes out of it.
// A package over a limit is refused with a finding of its own code; nothing is cut silently.
#pragma once
#include <cstddef>
#include <cstdint>

namespace capbridge::scorm {

struct Limits {
    std::size_t entries = 20'000;
    std::uint64_t inflated_bytes = std::uint64_t{2} << 30;
    std::uint64_t ratio = 200;  // inflated : compressed, of an entry and of the whole
    std::uint64_t ratio_from_bytes = std::uint64_t{10} << 20;  // below that, a high ratio harms nobody
    std::size_t path_bytes = 512;
    std::size_t manifest_bytes = std::size_t{16} << 20;
    std::size_t xml_depth = 100;
    std::size_t attribute_bytes = std::size_t{64} << 10;  // of the manifest, with entities undone
};

}  // namespace capbridge::scorm
