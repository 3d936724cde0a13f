#include "core/base/version.hpp"

namespace capbridge {

std::string_view program_version() {
    return CAPBRIDGE_VERSION;
}

}  // namespace capbridge
