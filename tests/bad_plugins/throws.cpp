// Lets an exception cross the border.
#define BAD_ID "bad.throws"
#include <stdexcept>

#include "bad.hpp"

void Sound::misbehave() {}
static int32_t pull(void*, const bridge_call*, bridge_text, const bridge_stream*) {
    throw std::runtime_error("across");
}
static const void* facet(void*, bridge_text) {
    static const bridge_source source{sizeof(bridge_source), 0, pull};
    return &source;
}
static bridge_adapter* create(const bridge_host* host, bridge_text id) {
    auto* made = bridge::detail::File<Sound>::create(host, id);
    if (made) made->facet = facet;
    return made;
}
BRIDGE_ABI_NOTE;
const bridge_entry bridge_adapter_entry = {sizeof(bridge_entry),
                                           BRIDGE_ABI_MAJOR,
                                           BRIDGE_ABI_MINOR,
                                           1,
                                           bridge::detail::File<Sound>::describe,
                                           create};
