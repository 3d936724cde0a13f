// Any bytes as a package: the zip's directory, its names, what comes out of it, and whatever manifest is in
// it.
#include <cstddef>
#include <cstdint>

#include "core/scorm/inspect.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace capbridge::scorm;
    Limits limits;
    limits.entries = 500;
    limits.inflated_bytes = 4u << 20;
    const MemorySource source({reinterpret_cast<const char*>(data), size});
    (void)inspect(source, limits);
    return 0;
}
