// bridge.http/1 as an adapter sees it in its child process: requests become http_send frames, and what the
// host tells is handed to the adapter's sink, on the thread that asked. Nothing here opens a connection.
// Any thread of the adapter while a call runs. No exception leaves it.
#pragma once
#include "bridge/adapter.h"

namespace capbridge::adapters {

// The host's ctx is a ChildHost. Lists longer than a frame are split into several questions, one after the
// other; a request that fits into none is rejected.
const bridge_http* child_http();

}  // namespace capbridge::adapters
