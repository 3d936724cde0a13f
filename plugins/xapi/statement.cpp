#include "xapi/statement.hpp"

#include "common/answer.hpp"
#include "common/link.hpp"
#include "common/rows.hpp"

namespace xapi_adapter {
namespace {

using nlohmann::json;

bool is_uuid(std::string_view id) {
    if (id.size() != 36) return false;
    for (std::size_t i = 0; i < id.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? id[i] != '-' : std::string_view("0123456789abcdef").find(id[i]) == std::string_view::npos)
            return false;
    }
    return true;
}

bool has_object(const json& statement, const char* member) {
    const auto it = statement.find(member);
    return it != statement.end() && it->is_object();
}

json member(const json& object, const char* name) {
    const auto it = object.is_object() ? object.find(name) : object.end();
    return object.is_object() && it != object.end() ? *it : json();
}

// The identifier that an agent is known by (xAPI 1.0.3 part 2 section 2.4.2.3); a group's members otherwise.
json known_by(const json& agent) {
    for (const char* ifi : {"account", "mbox", "mbox_sha1sum", "openid"}) {
        if (auto value = member(agent, ifi); !value.is_null()) return {{ifi, value}};
    }
    auto members = json::array();
    for (const auto& one : member(agent, "member")) members.push_back(known_by(one));
    return members;
}

json object_of(const json& statement) {
    const auto object = member(statement, "object");
    if (const auto id = member(object, "id"); !id.is_null()) return id;
    return known_by(object);
}

}  // namespace

ReadStatement read_statement(std::string_view text) {
    ReadStatement out;
    // With its frame around it, it must not be deeper than a frame may be.
    auto parsed = plugins::parse_row(text, 58);
    if (!parsed) {
        out.reason = "the statement is not JSON in UTF-8, or is nested too deep";
        return out;
    }
    out.value = std::move(*parsed);
    if (!out.value.is_object()) {
        out.reason = "the statement is no JSON object";
        return out;
    }
    out.stored = plugins::read_instant(plugins::text_of(out.value, "stored"), plugins::Bare::utc);
    out.id = plugins::detail::lower_case(plugins::text_of(out.value, "id"));
    if (!is_uuid(out.id)) {
        out.id.clear();
        out.reason = "the statement has no id that is a UUID";
    } else if (!has_object(out.value, "actor")) {
        out.reason = "the statement has no actor";
    } else if (!has_object(out.value, "verb")) {
        out.reason = "the statement has no verb";
    } else if (!has_object(out.value, "object")) {
        out.reason = "the statement has no object";
    }
    return out;
}

bool same_event(const json& a, const json& b) {
    return known_by(member(a, "actor")) == known_by(member(b, "actor")) &&
           member(member(a, "verb"), "id") == member(member(b, "verb"), "id") &&
           object_of(a) == object_of(b) && member(a, "result") == member(b, "result");
}

}  // namespace xapi_adapter
