// SHA-256 of a package without holding it in memory. Any thread.
#pragma once
#include <string>

#include "core/scorm/byte_source.hpp"

namespace capbridge::scorm {

// 64 hex digits. Error "read_failed" of the source.
Result<std::string> sha256_of(const ByteSource& source);

}  // namespace capbridge::scorm
