// Says that its entry is smaller than the first version of it.
#define BAD_ID "bad.small_entry"
#include "bad.hpp"

void Sound::misbehave() {}
BRIDGE_ABI_NOTE;
const bridge_entry bridge_adapter_entry = {8,
                                           BRIDGE_ABI_MAJOR,
                                           BRIDGE_ABI_MINOR,
                                           1,
                                           bridge::detail::File<Sound>::describe,
                                           bridge::detail::File<Sound>::create};
