#include "core/xapi/from_competency.hpp"

#include <nlohmann/json.hpp>

#include "core/base/text.hpp"

namespace capbridge::xapi {
namespace {

tl::unexpected<Error> rejected(std::string where, std::string message) {
    return fail("rejected_record", std::move(message), std::move(where));
}

Result<std::optional<Day>> read_day(const json& record, const char* member) {
    const auto text = get_string(record, member);
    if (text.empty()) return std::nullopt;
    const auto day = parse_day(text);
    if (!day) return rejected(std::string("/") + member, "is not a day (YYYY-MM-DD)");
    return day;
}

}  // namespace

std::string competency_iri(std::string_view id, const SourceContext& source) {
    return source.activity_base + "competency/" + url_encode(id);
}

Result<Completion> read_competency_held(const json& record, const SourceContext& source) {
    if (!record.is_object()) return rejected("", "a competency that is held is an object");
    Completion out;
    CAPBRIDGE_LET(out.who, read_who(record));
    const auto competency = get_string(record, "competency");
    if (competency.empty()) return rejected("/competency", "is missing: the source's id of the competency");
    out.key = get_string(record, "key");
    if (out.key.empty()) return rejected("/key", "is missing: the source's own id of this fact");
    out.activity_id = competency;
    out.activity_iri = competency_iri(competency, source);
    out.activity_type = competency_type;
    CAPBRIDGE_LET(const auto from, read_day(record, "from"));
    if (from) out.occurred = {When::Precision::day, *from};
    CAPBRIDGE_LET(out.expires, read_day(record, "to"));
    out.level = get_string(record, "level");
    out.how = get_string(record, "how");
    return out;
}

}  // namespace capbridge::xapi
