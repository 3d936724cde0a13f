/* A library that shows every public struct of bridge/adapter.h, for abidw and abidiff (../abi_test.py). */
#include "bridge/adapter.h"

#define SHOW(type)                                     \
    BRIDGE_EXPORT void show_##type(const type* value); \
    void show_##type(const type* value) {              \
        (void)value;                                   \
    }
SHOW(bridge_text)
SHOW(bridge_error)
SHOW(bridge_call)
SHOW(bridge_out)
SHOW(bridge_host)
SHOW(bridge_log)
SHOW(bridge_clock)
SHOW(bridge_cancel)
SHOW(bridge_state)
SHOW(bridge_files)
SHOW(bridge_http_request)
SHOW(bridge_http_sink)
SHOW(bridge_http)
SHOW(bridge_stream)
SHOW(bridge_source)
SHOW(bridge_sink)
SHOW(bridge_users)
SHOW(bridge_adapter)
SHOW(bridge_entry)
