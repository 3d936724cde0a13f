#include "core/base/result.hpp"

namespace capbridge {

std::string Error::text() const {
    std::string out;
    if (!where.empty()) {
        out = where;
        if (line > 0) out += ":" + std::to_string(line);
        out += ": ";
    }
    return out + message + " [" + code + "]";
}

}  // namespace capbridge
