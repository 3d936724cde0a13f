// A statement and a SubStatement (xAPI 1.0.3 part 2, 2.4; IEEE 9274.1.1, 4.2.2): which members they have.
#include <nlohmann/json.hpp>

#include "core/xapi/statement.hpp"
#include "core/xapi/statement_rules.hpp"

namespace capbridge::xapi {
namespace {

std::string_view type_of_object(const Members& members) {
    const auto it = members.find("object");
    return it != members.end() ? type_of(it->second, "Activity") : std::string_view("Activity");
}

bool starts_series(std::string_view text, std::string_view series) {
    return text.starts_with(series) && (text.size() == 3 || (text[3] == '.' && text.size() > 4));
}

}  // namespace

void StatementRules::statement(const json& value, const Place& at) {
    const auto* members = object(value, at, section::format);
    if (members == nullptr) return;
    const auto object_type = type_of_object(*members);
    each(*members, at, section::statement, [&](std::string_view name, const json& member, const Place& here) {
        if (name == "object") {
            object_of(member, here, false);
        } else if (name == "id") {
            uuid(member, here, section::id);
        } else if (name == "stored") {
            instant(member, here, section::stored);
        } else if (name == "authority") {
            authority(member, here);
        } else if (name == "version") {
            version_member(member, here);
        } else {
            return shared_member(name, member, here, object_type);
        }
        return true;
    });
    all_there(*members, at);
    voiding(*members, at);
}

void StatementRules::sub_statement(const Members& members, const Place& at) {
    const auto object_type = type_of_object(members);
    each(members, at, section::inner_statement,
         [&](std::string_view name, const json& member, const Place& here) {
             if (name == "objectType") return true;  // it brought us here
             if (name == "object") {
                 object_of(member, here, true);
                 return true;
             }
             return shared_member(name, member, here, object_type);
         });
    all_there(members, at);
}

bool StatementRules::shared_member(std::string_view name, const json& value, const Place& at,
                                   std::string_view object_type) {
    if (name == "actor") {
        actor(value, at, Who::agent_or_group, section::actor);
    } else if (name == "verb") {
        verb(value, at);
    } else if (name == "result") {
        result(value, at);
    } else if (name == "context") {
        context(value, at, object_type);
    } else if (name == "timestamp") {
        instant(value, at, section::timestamp);
    } else if (name == "attachments") {
        attachments(value, at);
    } else {
        return false;
    }
    return true;
}

void StatementRules::all_there(const Members& members, const Place& at) {
    if (!members.contains("actor")) missing(at, "actor", section::actor);
    if (!members.contains("verb")) missing(at, "verb", section::verb);
    if (!members.contains("object")) missing(at, "object", section::object);
}

void StatementRules::verb(const json& value, const Place& at) {
    const auto* members = object(value, at, section::verb);
    if (members == nullptr) return;
    bool has_id = false;
    each(*members, at, section::verb, [&](std::string_view name, const json& member, const Place& here) {
        if (name == "id") {
            has_id = true;
            iri(member, here, section::verb);
        } else if (name == "display") {
            language_map(member, here);
        } else {
            return false;
        }
        return true;
    });
    if (!has_id) missing(at, "id", section::verb);
}

void StatementRules::version_member(const json& value, const Place& at) {
    const auto text = text_of(value);
    if (starts_series(text, "1.0") || (is_2_0() && starts_series(text, "2.0"))) return;
    error("version", at, is_2_0() ? "must be 1.0.x or 2.0.x" : "must be 1.0 or 1.0.x", section::version);
}

void StatementRules::voiding(const Members& members, const Place& at) {
    const auto verb = members.find("verb");
    if (verb == members.end() || text_of(verb->second, "id") != verb::voided) return;
    const auto object = members.find("object");
    if (object == members.end() || text_of(object->second, "objectType") == "StatementRef") return;
    error("void_target", Place(at, "object"), "a voiding statement's object must be a StatementRef",
          section::voiding);
}

Problems validate_statement(const json& statement, const std::string& at, Version version) {
    StatementRules rules(version);
    rules.statement(statement, Place(at));
    return std::move(rules.problems);
}

}  // namespace capbridge::xapi
