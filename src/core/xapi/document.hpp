// Documents of the State, Activity Profile and Agent Profile resources (xAPI 1.0.3 part 3, 2.2; IEEE
// 9274.1.1, 4.1.6.2). Pure; any thread.
#pragma once
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace capbridge::xapi {

struct Document {
    std::string content_type, body;
};
bool is_json_type(std::string_view content_type);  // application/json, with or without parameters
// What POST leaves: the top-level members of both, the new ones winning (part 3, 2.2). Error "not_mergeable"
// when either is no JSON object sent as application/json.
Result<Document> merge_documents(const Document& stored, const Document& posted);

}  // namespace capbridge::xapi
