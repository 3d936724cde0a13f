// Built for an ABI that this host does not speak. Its constructor must never run.
#include <cstdlib>

#include "bridge/adapter.h"

BRIDGE_ABI_NOTE_OF(99, 0);
__attribute__((constructor)) static void early() {
    std::abort();
}
