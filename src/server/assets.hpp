// The browser application, as it travels in the binary (web/CMakeLists.txt embeds it). Immutable; any thread.
#pragma once
#include <vector>

#include "core/base/embedded.hpp"

namespace capbridge {

const std::vector<EmbeddedFile>& embedded_web();

}  // namespace capbridge
