// Describes itself without a schema.
#include "bridge/adapter.h"

static int32_t describe(uint32_t, const bridge_out* out) {
    return out->write(out, {"{\"id\":\"bad.descriptor\"}", 23});
}
static bridge_adapter* create(const bridge_host*, bridge_text) {
    return nullptr;
}
BRIDGE_ABI_NOTE;
const bridge_entry bridge_adapter_entry = {
    sizeof(bridge_entry), BRIDGE_ABI_MAJOR, BRIDGE_ABI_MINOR, 1, describe, create};
