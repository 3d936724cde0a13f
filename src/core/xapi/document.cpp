#include "core/xapi/document.hpp"

#include <nlohmann/json.hpp>

#include "core/base/json.hpp"
#include "core/base/text.hpp"

namespace capbridge::xapi {
namespace {

Result<json> object_of(const Document& document, const char* which) {
    const auto refuse = [&](const char* why) {
        return fail("not_mergeable", std::string("the ") + which + " document " + why);
    };
    if (!is_json_type(document.content_type)) return refuse("is not application/json");
    auto value = parse_json(document.body);
    if (!value || !value->is_object()) return refuse("is no JSON object");
    return std::move(*value);
}

}  // namespace

bool is_json_type(std::string_view content_type) {
    return lower_ascii(trim(content_type.substr(0, content_type.find(';')))) == "application/json";
}

Result<Document> merge_documents(const Document& stored, const Document& posted) {
    CAPBRIDGE_LET(auto merged, object_of(stored, "stored"));
    CAPBRIDGE_LET(const auto added, object_of(posted, "posted"));
    merged.update(added);
    return Document{"application/json", merged.dump()};
}

}  // namespace capbridge::xapi
