/* bridge/adapter.h - the whole contract between the bridge ("the host") and an LMS adapter.
 *
 * Plain C11. Text is UTF-8 and not NUL-terminated; documents are JSON, described by the schemas in
 * schemas/records. An adapter is a shared library with ONE exported symbol, bridge_adapter_entry (at the end
 * of this file), built with hidden visibility, and one ELF note that says its ABI. docs/adapters.md is the
 * guided tour, docs/wire.md the same contract for adapters that are programs in another language.
 *
 * Where it runs. Never in the bridge's own process: a child process loads the library, makes a few calls and
 * ends. Every run begins with a new process: create, configure, then check or pull, then destroy. Do not
 * write to standard output or error (they lead nowhere), do not call exit(), do not fork, do not open
 * sockets: use the services.
 *
 * Memory. What you are passed is borrowed until you return. What you hand over (to a bridge_out, a stream, a
 * service) is borrowed by the host until that function returns. Nobody frees the other side's memory. A
 * bridge_adapter belongs to the adapter and ends in destroy(); the structs that facet() and service() return
 * are static or live as long as their owner. The host passed to create() lives until destroy() has returned.
 *
 * Threads. The host never makes two calls into one file at once, and all of them come from one thread.
 * Services, the stream and bridge_call may be used from any thread while one of your functions runs, and from
 * none after it has returned. An adapter that starts threads says "threads": true in its descriptor and joins
 * them before it returns.
 *
 * Exceptions, longjmp and Rust panics must not cross this header. If one does, the run fails with
 * BRIDGE_INTERNAL.
 *
 * Sizes. Every struct that crosses begins with its size as its maker knew it, and only ever grows at its end.
 * Only bridge_text is without one: it is final. So, for both sides:
 *   - shorter than you know:  the members beyond `size` do not exist; do not read them (BRIDGE_HAS);
 *   - longer than you know:   ignore the rest;
 *   - shorter than its first version (all that version 1.0 lists): a defect. The host does not use the struct
 * and fails with "adapter_protocol"; an adapter treats such a service as absent. Structs are passed by
 * pointer, lists of structs as lists of pointers, so that growth moves nothing. `reserved` members are 0.
 *
 * Versions. Another major number: not loaded. A higher minor number on either side is fine: what is new is
 * found by size, or by asking for an id ("bridge.files/1"); a NULL answer means "not here". */
#ifndef BRIDGE_ADAPTER_H
#define BRIDGE_ADAPTER_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

#define BRIDGE_ABI_MAJOR 1
#define BRIDGE_ABI_MINOR 0

/* Is this member within the struct that `pointer` shows? Also the test for a size that a defect made too
 * short. */
#define BRIDGE_HAS(type, pointer, member) \
    ((pointer)->size >= offsetof(type, member) + sizeof((pointer)->member))

/* data may be NULL when size is 0. */
typedef struct bridge_text {
    const char* data;
    size_t size;
} bridge_text;

/* ---- Errors ---- */

/* The class of an error decides what happens next, so choose it with care. Carried as int32_t; a value that
 * the reader does not know is read as BRIDGE_INTERNAL. */
enum {
    BRIDGE_OK = 0,
    BRIDGE_CONFIG = 1,     /* stops; an administrator must change the configuration, or a right in the LMS */
    BRIDGE_AUTH = 2,       /* stops; credentials refused or expired */
    BRIDGE_RETRY = 3,      /* may work later, unchanged: tried again after retry_after_ms, or with back-off */
    BRIDGE_NOT_FOUND = 4,  /* the thing asked for is not there */
    BRIDGE_REJECTED = 5,   /* this one record cannot be taken; the run may go on */
    BRIDGE_BAD_CURSOR = 6, /* cursor unknown or expired: the host pulls again from the beginning */
    BRIDGE_UNSUPPORTED = 7, /* this adapter, host or LMS cannot do it */
    BRIDGE_CANCELLED = 8,   /* the host asked to wind up; what was checkpointed is kept */
    BRIDGE_INTERNAL = 9     /* a defect of the adapter */
};

typedef struct bridge_error {
    uint32_t size;
    int32_t code;
    int64_t retry_after_ms; /* -1: unknown; only with BRIDGE_RETRY */
    bridge_text
        user_message; /* for the administrator: what is wrong, what to do. No secrets, no personal data */
    bridge_text log_message; /* for the log; the same rule */
} bridge_error;

/* ---- One call ---- */

/* Passed to everything that may take time. Valid until the function it was passed to returns. */
typedef struct bridge_call bridge_call;
struct bridge_call {
    uint32_t size;
    uint32_t reserved;
    void* ctx;
    int64_t deadline_unix_ms; /* by the host's clock; 0: none. At the deadline the host ends the process */
    /* Not 0: wind up and return BRIDGE_CANCELLED within a second. Cheap enough for an inner loop. */
    int32_t (*cancelled)(const bridge_call* call);
    /* Tells why, before you return the same code. The last one counts. Optional: a bare code is an answer
     * too. */
    void (*fail)(const bridge_call* call, const bridge_error* error);
};

/* A sink for one answer; write may be called many times, the chunks are joined. Not BRIDGE_OK: the host takes
 * no more (the answer is too large, or cancelled); stop and return that code. */
typedef struct bridge_out bridge_out;
struct bridge_out {
    uint32_t size;
    uint32_t reserved;
    void* ctx;
    int32_t (*write)(const bridge_out* out, bridge_text chunk);
};

/* ---- What the host offers ---- */

typedef struct bridge_host bridge_host;
struct bridge_host {
    uint32_t size;
    uint32_t abi_major;
    uint32_t abi_minor;
    uint32_t reserved;
    void* ctx;
    /* The service of that id, as the struct below that has the id; NULL: this host has it not. Any thread. */
    const void* (*service)(const bridge_host* host, bridge_text id);
};

enum { BRIDGE_LOG_DEBUG = 0, BRIDGE_LOG_INFO = 1, BRIDGE_LOG_WARN = 2, BRIDGE_LOG_ERROR = 3 };

/* One line, at most 1 KiB of it is kept; the host drops lines beyond some hundreds a run. No personal data.
 */
#define BRIDGE_LOG "bridge.log/1"
typedef struct bridge_log {
    uint32_t size;
    uint32_t reserved;
    void (*line)(const bridge_host* host, int32_t level, bridge_text message);
} bridge_log;

#define BRIDGE_CLOCK "bridge.clock/1"
typedef struct bridge_clock {
    uint32_t size;
    uint32_t reserved;
    int64_t (*unix_ms)(const bridge_host* host);
    /* Tells the host that this quiet is meant; returns early with BRIDGE_CANCELLED. */
    int32_t (*sleep_ms)(const bridge_host* host, int64_t ms);
} bridge_clock;

/* The same answer as bridge_call.cancelled of the call that runs now, for code that has no bridge_call at
 * hand. */
#define BRIDGE_CANCEL "bridge.cancel/1"
typedef struct bridge_cancel {
    uint32_t size;
    uint32_t reserved;
    int32_t (*requested)(const bridge_host* host);
} bridge_cancel;

/* A small memory of this source from run to run, for what is dear to ask again (an id map). It is a cache: it
 * may be empty at any time, and what must not be lost belongs in the cursor. Text; keys up to 256 bytes,
 * values up to 64 KiB, 1 MiB in all (then BRIDGE_REJECTED). get answers BRIDGE_NOT_FOUND; putting an empty
 * value forgets the key. */
#define BRIDGE_STATE "bridge.state/1"
typedef struct bridge_state {
    uint32_t size;
    uint32_t reserved;
    int32_t (*get)(const bridge_host* host, bridge_text key, const bridge_out* value);
    int32_t (*put)(const bridge_host* host, bridge_text key, bridge_text value);
} bridge_state;

/* The source's drop folder, read-only and flat. The host fetches files into it and lists a file only when it
 * is stable. Absent (NULL) when the source has no folder. */
#define BRIDGE_FILES "bridge.files/1"
typedef struct bridge_files {
    uint32_t size;
    uint32_t reserved;
    /* [{"name":"a.csv","size":123,"modified_ms":1772323200000,"version":"..."}], by name. `version` is opaque
     * and changes whenever the file does. */
    int32_t (*list)(const bridge_host* host, const bridge_out* list_json);
    /* Up to max_bytes (the host may give fewer, at most 512 KiB) from offset; nothing written: the end of the
     * file. BRIDGE_NOT_FOUND: no such file in the list; BRIDGE_RETRY: it changed since you read its
     * beginning. */
    int32_t (*read)(const bridge_host* host, bridge_text name, uint64_t offset, uint32_t max_bytes,
                    const bridge_out* bytes);
} bridge_files;

/* HTTP. A request names an auth profile of the source's configuration ("" = none); the host signs it, fetches
 * and renews tokens, and keeps to the hosts that descriptor and configuration allow: no secret ever enters
 * the adapter. The host keeps to the source's budget, and sends again by itself, with back-off and heeding
 * Retry-After, what the other side failed at (429, 500, 502, 503, 504, a lost connection): every GET, HEAD
 * and OPTIONS, and those that are marked as safe; others only when they cannot have had an effect (429, and
 * 503 with Retry-After). What reaches the adapter is the last answer. */
enum { BRIDGE_HTTP_SAFE = 1 }; /* this request changes nothing over there, whatever its method */

typedef struct bridge_http_request {
    uint32_t size;
    uint32_t flags;           /* BRIDGE_HTTP_SAFE or 0 */
    bridge_text method;       /* "GET" */
    bridge_text url;          /* absolute, https */
    bridge_text headers_json; /* {"Accept":"application/json"}; no credentials */
    bridge_text body;
    bridge_text auth_profile;
    int64_t timeout_ms; /* 0: the host's default */
} bridge_http_request;

/* Where answers go. For each request: one head and then body chunks when an answer came, and always one end.
 * `index` is the request's place in the list; those of different requests may interleave, never run at once.
 * Not BRIDGE_OK from head or body: that request is dropped, end follows with the same code. */
typedef struct bridge_http_sink bridge_http_sink;
struct bridge_http_sink {
    uint32_t size;
    uint32_t reserved;
    void* ctx;
    int32_t (*head)(const bridge_http_sink* sink, uint32_t index, int32_t status, bridge_text headers_json);
    int32_t (*body)(const bridge_http_sink* sink, uint32_t index, bridge_text chunk);
    /* error->code BRIDGE_OK: a whole answer came, whatever its status. */
    void (*end)(const bridge_http_sink* sink, uint32_t index, const bridge_error* error);
};

#define BRIDGE_HTTP "bridge.http/1"
typedef struct bridge_http {
    uint32_t size;
    uint32_t reserved;
    /* Return when every request has ended: BRIDGE_OK, or BRIDGE_CANCELLED. Single failures are told by end().
     * send_many runs them in parallel within the source's budget. */
    int32_t (*send)(const bridge_host* host, const bridge_http_request* request,
                    const bridge_http_sink* sink);
    int32_t (*send_many)(const bridge_host* host, const bridge_http_request* const* requests, uint32_t count,
                         const bridge_http_sink* sink);
} bridge_http;

/* ---- What an adapter offers ---- */

/* Where the records of a pull go. Any answer but BRIDGE_OK and BRIDGE_REJECTED: stop and return that code. */
typedef struct bridge_stream bridge_stream;
struct bridge_stream {
    uint32_t size;
    uint32_t reserved;
    void* ctx;
    /* One record of that kind ("completion", "course", ...: schemas/records). Blocks while the host is full.
     * BRIDGE_REJECTED: larger than a frame (1 MiB less 4 KiB); the run may go on. */
    int32_t (*emit)(const bridge_stream* stream, bridge_text kind, bridge_text record_json);
    /* Promises that everything emitted so far is covered by this cursor (text, up to 900 KiB); returns when
     * records and cursor are durable. A cursor never goes back. Once in some hundred to thousand records, and
     * at the end. */
    int32_t (*checkpoint)(const bridge_stream* stream, bridge_text cursor);
    /* A record of the source that cannot be made into one of ours: the run goes on and the administrator sees
     * it. key: the key it would have had, or empty. reason_json:
     * {"where":"a.csv:12","column":"Date","reason":"..."}, all members optional but reason; no personal data.
     * Inside a snapshot a rejected key counts as present. */
    int32_t (*reject)(const bridge_stream* stream, bridge_text kind, bridge_text key,
                      bridge_text reason_json);
};

/* Gives records. `cursor` is empty for everything, else the one of the last checkpoint that the host made
 * durable. */
#define BRIDGE_SOURCE "bridge.source/1"
typedef struct bridge_source {
    uint32_t size;
    uint32_t reserved;
    int32_t (*pull)(void* self, const bridge_call* call, bridge_text cursor, const bridge_stream* stream);
} bridge_source;

/* Takes records (what the bridge knows, written back to the LMS). The same key twice has the effect of once.
 * `receipt` takes what the LMS calls the result, as JSON; it comes back as `previous` when the key is pushed
 * again. */
#define BRIDGE_SINK "bridge.sink/1"
typedef struct bridge_sink {
    uint32_t size;
    uint32_t reserved;
    int32_t (*push)(void* self, const bridge_call* call, bridge_text kind, bridge_text key,
                    bridge_text record_json, bridge_text previous_json, const bridge_out* receipt_json);
} bridge_sink;

/* Knows accounts. `identifiers_json`: up to 500 of [{"scheme":"email","issuer":"","value":"..."}]. Answer:
 * [{"index":0,"identifiers":[{"scheme":"account:https://lms.example.org","issuer":"","value":"17"}]}], for
 * those of them that the LMS has exactly one account of; `index` is the place in the question. */
#define BRIDGE_USERS "bridge.users/1"
typedef struct bridge_users {
    uint32_t size;
    uint32_t reserved;
    int32_t (*find)(void* self, const bridge_call* call, bridge_text identifiers_json,
                    const bridge_out* accounts_json);
} bridge_users;

typedef struct bridge_adapter {
    uint32_t size;
    uint32_t reserved;
    void* self; /* passed back as the first argument */
    /* The settings already passed the config_schema of the descriptor: check what a schema cannot. No
     * network, no files. May be called again; then the new settings count. */
    int32_t (*configure)(void* self, const bridge_call* call, bridge_text settings_json);
    /* Would a pull work? One cheap authenticated request, a few where rights show by trying only, or a look
     * at the folder. */
    int32_t (*check)(void* self, const bridge_call* call);
    /* BRIDGE_SOURCE, BRIDGE_SINK, BRIDGE_USERS; NULL when the adapter is none. Constant in the life of the
     * adapter. */
    const void* (*facet)(void* self, bridge_text id);
    void (*destroy)(void* self); /* frees all, this struct included */
} bridge_adapter;

typedef struct bridge_entry {
    uint32_t size;
    uint32_t abi_major;
    uint32_t abi_minor;
    uint32_t count; /* adapters in this file, at least 1 */
    /* The descriptor of adapter `index`: static, pure, the same bytes each time, under 100 ms. JSON:
     * {"id":"org.example.lms", "name":"...", "vendor":"...", "version":"1.2.0",
     * "config_schema":{...draft-07...}, "facets":["source"], "kinds":["completion"],
     * "allowed_hosts":["*.example.org"], "threads":false} id: lower case letters, digits, '.', '-', '_', up
     * to 64. The last four are optional. */
    int32_t (*describe)(uint32_t index, const bridge_out* descriptor_json);
    /* NULL: no adapter of exactly this id, or no memory. Does nothing but make it. */
    bridge_adapter* (*create)(const bridge_host* host, bridge_text adapter_id);
} bridge_entry;

#if defined(__GNUC__)
#define BRIDGE_EXPORT __attribute__((visibility("default")))
#else
#define BRIDGE_EXPORT
#endif

/* ---- The one exported symbol ---- */
extern BRIDGE_EXPORT const bridge_entry bridge_adapter_entry;

/* Write BRIDGE_ABI_NOTE; once, beside the definition of bridge_adapter_entry. It makes the section
 * .note.capbridge.abi: an ELF note named "capbridge" of type 1 with two 32-bit words, major and minor. The
 * host reads it from the file, so that a library of another major version is refused before any code of it
 * runs. */
#define BRIDGE_TEXT_OF_(x) #x
#define BRIDGE_TEXT_OF(x) BRIDGE_TEXT_OF_(x)
#define BRIDGE_ABI_NOTE_OF(major, minor) \
    __asm__(".pushsection .note.capbridge.abi,\"a\",%note\n" \
            ".balign 4\n"                                     \
            ".long 10\n"                                      \
            ".long 8\n"                                       \
            ".long 1\n"                                       \
            ".asciz \"capbridge\"\n"                          \
            ".balign 4\n"                                     \
            ".long " BRIDGE_TEXT_OF(major) "\n"               \
            ".long " BRIDGE_TEXT_OF(minor) "\n"               \
            ".popsection\n")
#define BRIDGE_ABI_NOTE BRIDGE_ABI_NOTE_OF(BRIDGE_ABI_MAJOR, BRIDGE_ABI_MINOR)

#ifdef __cplusplus
}
#endif
#endif
