// The version of this program, as --version says it. For what is kept and read later by another version.
#pragma once
#include <string_view>

namespace capbridge {

std::string_view program_version();

}  // namespace capbridge
