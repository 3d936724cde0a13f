/* The smallest adapter, in C11 without the wrapper: the header stands on its own, and docs/adapters.md shows
 * this file. */
#include "bridge/adapter.h"

#include <stdlib.h>
#include <string.h>

#define TEXT(literal) ((bridge_text){literal, sizeof(literal) - 1})
static int same(bridge_text a, bridge_text b) {
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static int32_t configure(void* self, const bridge_call* call, bridge_text settings_json) {
    (void)self, (void)call, (void)settings_json;
    return BRIDGE_OK;
}
static int32_t check(void* self, const bridge_call* call) {
    (void)self, (void)call;
    return BRIDGE_OK;
}
static int32_t pull(void* self, const bridge_call* call, bridge_text cursor, const bridge_stream* out) {
    int32_t code;
    (void)self, (void)call;
    if (cursor.size != 0) return BRIDGE_OK; /* all was said */
    code = out->emit(out, TEXT("course"), TEXT("{\"id\":\"C1\",\"title\":\"One\"}"));
    return code == BRIDGE_OK ? out->checkpoint(out, TEXT("done")) : code;
}

static const void* facet(void* self, bridge_text id) {
    static const bridge_source source = {sizeof(bridge_source), 0, pull};
    (void)self;
    return same(id, TEXT(BRIDGE_SOURCE)) ? &source : NULL;
}
static void destroy(void* self) {
    free(self);
}

static int32_t describe(uint32_t index, const bridge_out* out) {
    if (index != 0) return BRIDGE_NOT_FOUND;
    return out->write(out, TEXT("{\"id\":\"org.example.minimal\",\"name\":\"Minimal\",\"vendor\":\"Example\","
                                "\"version\":\"1.0.0\",\"config_schema\":{\"type\":\"object\"}}"));
}
static bridge_adapter* create(const bridge_host* host, bridge_text id) {
    bridge_adapter* adapter;
    (void)host;
    if (!same(id, TEXT("org.example.minimal"))) return NULL;
    adapter = malloc(sizeof *adapter);
    if (adapter) *adapter = (bridge_adapter){sizeof *adapter, 0, adapter, configure, check, facet, destroy};
    return adapter;
}

BRIDGE_ABI_NOTE;
const bridge_entry bridge_adapter_entry = {
    sizeof(bridge_entry), BRIDGE_ABI_MAJOR, BRIDGE_ABI_MINOR, 1, describe, create};
