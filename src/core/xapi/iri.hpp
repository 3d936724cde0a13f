// IRIs (RFC 3987) as far as xAPI needs them. Pure; any thread.
#pragma once
#include <string_view>

namespace capbridge::xapi {

// RFC 3987 in the large: a scheme, a colon, something after it, no blanks or brackets.
bool is_iri(std::string_view text);

}  // namespace capbridge::xapi
