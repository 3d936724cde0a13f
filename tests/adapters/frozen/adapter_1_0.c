/* The source of adapter_1_0.so.gcc and adapter_1_0.so.clang, which were built once against version 1.0 of
 * bridge/adapter.h and must load for ever: they are what vendors have shipped. Never build them anew with a
 * later header; README.md says how they were built. Uses every struct and every service of 1.0. */
#include <stdlib.h>
#include <string.h>

#include "bridge/adapter.h"

#ifndef FROZEN_ID
#define FROZEN_ID "frozen.here"
#endif
#define TEXT(literal) ((bridge_text){literal, sizeof(literal) - 1})
static int same(bridge_text a, bridge_text b) {
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

struct frozen {
    bridge_adapter c;
    const bridge_host* host;
    int answers;
};

static int32_t keep(const bridge_out* out, bridge_text chunk) {
    (void)chunk;
    ++*(int*)out->ctx;
    return BRIDGE_OK;
}
static int32_t head(const bridge_http_sink* sink, uint32_t index, int32_t status, bridge_text headers) {
    (void)sink, (void)index, (void)status, (void)headers;
    return BRIDGE_OK;
}
static int32_t body(const bridge_http_sink* sink, uint32_t index, bridge_text chunk) {
    (void)sink, (void)index, (void)chunk;
    return BRIDGE_OK;
}
static void end(const bridge_http_sink* sink, uint32_t index, const bridge_error* error) {
    (void)index, (void)error;
    ++((struct frozen*)sink->ctx)->answers;
}

static int32_t told(const bridge_call* call, int32_t code, bridge_text user) {
    const bridge_error error = {sizeof error, code, -1, user, TEXT("frozen")};
    call->fail(call, &error);
    return code;
}

static int32_t configure(void* self, const bridge_call* call, bridge_text settings) {
    (void)self;
    return settings.size == 0 ? told(call, BRIDGE_CONFIG, TEXT("Nothing was set.")) : BRIDGE_OK;
}
static int32_t check(void* self, const bridge_call* call) {
    (void)self;
    return told(call, BRIDGE_AUTH, TEXT("A frozen no."));
}

/* Every service of 1.0; the number of those that answered as they should. */
static int services(struct frozen* self) {
    const bridge_host* host = self->host;
    const bridge_log* log = host->service(host, TEXT(BRIDGE_LOG));
    const bridge_clock* clock = host->service(host, TEXT(BRIDGE_CLOCK));
    const bridge_cancel* cancel = host->service(host, TEXT(BRIDGE_CANCEL));
    const bridge_state* state = host->service(host, TEXT(BRIDGE_STATE));
    const bridge_files* files = host->service(host, TEXT(BRIDGE_FILES));
    const bridge_http* http = host->service(host, TEXT(BRIDGE_HTTP));
    int chunks = 0, good = 0;
    const bridge_out out = {sizeof out, 0, &chunks, keep};
    const bridge_http_sink sink = {sizeof sink, 0, self, head, body, end};
    const bridge_http_request request = {
        sizeof request, BRIDGE_HTTP_SAFE, TEXT("GET"),    TEXT("https://lms.example.org/"),
        TEXT("{}"),     TEXT(""),         TEXT("absent"), 1000};
    const bridge_http_request* const list[1] = {&request};
    if (log && BRIDGE_HAS(bridge_log, log, line)) log->line(host, BRIDGE_LOG_DEBUG, TEXT("frozen")), ++good;
    if (clock && BRIDGE_HAS(bridge_clock, clock, sleep_ms))
        good += clock->unix_ms(host) > 0 && clock->sleep_ms(host, 1) == BRIDGE_OK;
    if (cancel && BRIDGE_HAS(bridge_cancel, cancel, requested)) good += cancel->requested(host) == 0;
    if (state && BRIDGE_HAS(bridge_state, state, put))
        good += state->put(host, TEXT("k"), TEXT("v")) == BRIDGE_OK &&
                state->get(host, TEXT("k"), &out) == BRIDGE_OK && chunks == 1;
    if (files && BRIDGE_HAS(bridge_files, files, read))
        good += files->list(host, &out) == BRIDGE_OK &&
                files->read(host, TEXT("a.txt"), 0, 10, &out) == BRIDGE_OK;
    if (http && BRIDGE_HAS(bridge_http, http, send_many)) {
        http->send(host, &request, &sink);
        http->send_many(host, list, 1, &sink);
        good += self->answers == 2;
    }
    return good;
}

static int32_t pull(void* self, const bridge_call* call, bridge_text cursor, const bridge_stream* stream) {
    char record[] = "{\"id\":\"0\"}";
    int32_t code;
    if (call->cancelled(call)) return BRIDGE_CANCELLED;
    if (!same(cursor, TEXT("")) && !same(cursor, TEXT("one")))
        return told(call, BRIDGE_BAD_CURSOR, TEXT("Which?"));
    record[7] = (char)('0' + services(self));
    code = stream->emit(stream, TEXT("course"), (bridge_text){record, sizeof record - 1});
    if (code == BRIDGE_OK)
        code = stream->reject(stream, TEXT("course"), TEXT("k"), TEXT("{\"reason\":\"frozen\"}"));
    return code == BRIDGE_OK ? stream->checkpoint(stream, TEXT("one")) : code;
}
static int32_t push(void* self, const bridge_call* call, bridge_text kind, bridge_text key,
                    bridge_text record, bridge_text previous, const bridge_out* receipt) {
    (void)self, (void)call, (void)kind, (void)key, (void)previous;
    return receipt->write(receipt, record);
}
static int32_t find(void* self, const bridge_call* call, bridge_text identifiers,
                    const bridge_out* accounts) {
    (void)self, (void)call, (void)identifiers;
    return accounts->write(accounts, TEXT("[{\"index\":0,\"identifiers\":[]}]"));
}

static const void* facet(void* self, bridge_text id) {
    static const bridge_source source = {sizeof source, 0, pull};
    static const bridge_sink sink = {sizeof sink, 0, push};
    static const bridge_users users = {sizeof users, 0, find};
    (void)self;
    if (same(id, TEXT(BRIDGE_SOURCE))) return &source;
    if (same(id, TEXT(BRIDGE_SINK))) return &sink;
    return same(id, TEXT(BRIDGE_USERS)) ? &users : NULL;
}
static void destroy(void* self) {
    free(self);
}

static int32_t describe(uint32_t index, const bridge_out* out) {
    if (index != 0) return BRIDGE_NOT_FOUND;
    return out->write(
        out, TEXT("{\"id\":\"" FROZEN_ID "\",\"name\":\"Frozen\",\"vendor\":\"Test\",\"version\":\"1.0.0\","
                  "\"facets\":[\"source\",\"sink\",\"users\"],\"config_schema\":{\"type\":\"object\"}}"));
}
static bridge_adapter* create(const bridge_host* host, bridge_text id) {
    struct frozen* made;
    if (!same(id, TEXT(FROZEN_ID)) || host->abi_major != 1 || !BRIDGE_HAS(bridge_host, host, service))
        return NULL;
    made = calloc(1, sizeof *made);
    if (!made) return NULL;
    made->c = (bridge_adapter){sizeof made->c, 0, made, configure, check, facet, destroy};
    made->host = host;
    return &made->c;
}

BRIDGE_ABI_NOTE;
const bridge_entry bridge_adapter_entry = {
    sizeof(bridge_entry), BRIDGE_ABI_MAJOR, BRIDGE_ABI_MINOR, 1, describe, create};
