// A note, but nothing to load.
#include "bridge/adapter.h"

BRIDGE_ABI_NOTE;
int nothing_here = 0;
