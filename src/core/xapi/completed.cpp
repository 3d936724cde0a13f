// What a store sets in a statement that it takes (xAPI 1.0.3 part 2, 2.4; IEEE 9274.1.1, 4.2.4). Every change
// made to the value here is one that stored_body() makes to the text.
#include "core/base/ids.hpp"
#include "core/xapi/members.hpp"
#include "core/xapi/statement.hpp"

namespace capbridge::xapi {
namespace {

std::string* find_text(json& value, std::string_view name) {
    auto* member = member_of(value, name);
    return member != nullptr ? member->get_ptr<json::string_t*>() : nullptr;
}

// 2.0 hands times out in UTC. The fraction is kept as it was written.
void to_utc(json& statement) {
    auto* text = find_text(statement, "timestamp");
    if (text == nullptr || text->ends_with('Z')) return;
    const auto at = parse_instant(*text);
    if (!at) return;
    auto utc = format_instant(*at);
    const auto point = text->find_first_of(".,");
    std::string fraction;
    if (point != std::string::npos) {
        const auto end = text->find_first_not_of("0123456789", point + 1);
        fraction = "." + text->substr(point + 1, end == std::string::npos ? end : end - point - 1);
    }
    *text = utc.replace(utc.find('.'), std::string::npos, fraction + "Z");
}

// A single activity becomes the list of one as which it is handed out.
void to_lists(json& statement) {
    auto* context = member_of(statement, "context");
    auto* activities = context != nullptr ? member_of(*context, "contextActivities") : nullptr;
    if (activities == nullptr || !activities->is_object()) return;
    for (auto& list : *activities) {
        if (list.is_object()) list = json::array({std::move(list)});
    }
}

}  // namespace

void complete_statement(json& statement, const json& authority, Version version) {
    if (auto* id = find_text(statement, "id")) {
        *id = lower_uuid(*id);
    } else {
        statement["id"] = uuid_v4();
    }
    if (!statement.contains("version")) statement["version"] = version == Version::v1_0_3 ? "1.0.0" : "2.0.0";
    statement["authority"] = authority;
    statement.erase("stored");
    walk_statements(statement, [&](json& each) {
        to_lists(each);
        if (version == Version::v2_0) to_utc(each);
    });
}

std::string with_stored(std::string_view body, Instant stored, bool timestamp_given) {
    const auto at = format_instant(stored);
    std::string out;
    out.reserve(body.size() + 96);
    out += body.substr(0, body.rfind('}'));
    out += ",\"stored\":\"";
    out += at;
    if (!timestamp_given) {
        out += "\",\"timestamp\":\"";
        out += at;
    }
    return out += "\"}";
}

}  // namespace capbridge::xapi
