// Any bytes as what an adapter's process writes: the frames must be the same ones in whatever pieces they
// arrive, a broken stream stays broken, and a frame that was read is written as the bytes it came from.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "adapters/frame.hpp"

namespace {

using namespace capbridge::adapters;

void must(bool holds) {
    if (!holds) std::abort();
}

struct Told {
    std::string frames;  // written again
    bool broken = false;
    friend bool operator==(const Told&, const Told&) = default;
};

// `piece` bytes at a time.
Told read(std::string_view bytes, std::size_t piece) {
    Told told;
    FrameReader reader;
    for (std::size_t at = 0; at < bytes.size() && !told.broken; at += piece) {
        reader.feed(bytes.substr(at, piece));
        for (;;) {
            const auto frame = reader.next();
            if (!frame) {
                told.broken = true;
                must(!reader.next());
                break;
            }
            if (!*frame) break;
            must((*frame)->body.size() <= kMaxFrameBody);
            append_frame(told.frames, (*frame)->kind, (*frame)->call, (*frame)->body);
        }
    }
    return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    const auto whole = read(bytes, size == 0 ? 1 : size);
    must(bytes.starts_with(whole.frames));
    must(read(bytes, 1) == whole);
    must(read(bytes, 7) == whole);
    return 0;
}
