// The rules of xAPI 1.0.3 part 2 (data) that a statement must meet to be stored.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "core/xapi/value_rules.hpp"

namespace capbridge::xapi {
namespace {

bool is_version(std::string_view text) {
    const auto series = text.substr(0, 3);
    return (series == "1.0" || series == "2.0") && (text.size() == 3 || (text[3] == '.' && text.size() > 4));
}

class Checker : public ValueRules {
public:
    void statement(const json& s, const std::string& at, bool inner) {
        if (!object(s, at, "2.2")) return;
        if (inner) {
            members(
                s, at,
                {"objectType", "actor", "verb", "object", "result", "context", "timestamp", "attachments"},
                "2.4.4.3");
        } else {
            members(s, at,
                    {"id", "actor", "verb", "object", "result", "context", "timestamp", "stored", "authority",
                     "version", "attachments"},
                    "2.4");
            if (s.contains("id")) uuid(s["id"], at + "/id", "2.4.1");
        }
        if (need(s, "actor", at, "2.4.2")) agent(s["actor"], at + "/actor", true);
        if (need(s, "verb", at, "2.4.3")) verb_of(s["verb"], at + "/verb");
        if (need(s, "object", at, "2.4.4")) object_of(s["object"], at + "/object", inner);
        if (s.contains("result")) result(s["result"], at + "/result");
        if (s.contains("context"))
            context(s["context"], at + "/context", type_of(s.value("object", json::object()), "Activity"));
        for (const char* member : {"timestamp", "stored"}) {
            if (s.contains(member)) instant(s[member], at + "/" + member);
        }
        if (s.contains("authority")) authority(s["authority"], at + "/authority");
        if (s.contains("version") && !is_version(get_string(s, "version"))) {
            error("version", at + "/version", "must be 1.0.x or 2.0.x", "2.4.10");
        }
        if (s.contains("attachments")) attachments(s["attachments"], at + "/attachments");
        if (!inner && s.contains("verb") && get_string(s["verb"], "id") == verb::voided &&
            get_string(s.value("object", json::object()), "objectType") != "StatementRef") {
            error("void_target", at + "/object", "a voiding statement's object must be a StatementRef",
                  "2.3.2");
        }
    }

private:
    void agent(const json& value, const std::string& at, bool group_allowed) {
        if (!object(value, at, "2.4.2")) return;
        const auto type = type_of(value, "Agent");
        const bool group = type == "Group";
        if (type != "Agent" && !(group && group_allowed)) {
            error("object_type", at + "/objectType",
                  group_allowed ? "must be Agent or Group" : "must be Agent", "2.4.2");
            return;
        }
        members(value, at,
                group ? Names{"objectType", "name", "member", "mbox", "mbox_sha1sum", "openid", "account"}
                      : Names{"objectType", "name", "mbox", "mbox_sha1sum", "openid", "account"},
                "2.4.2");
        if (value.contains("name")) string(value["name"], at + "/name", "2.4.2");
        int identifiers = 0;
        for (const char* ifi : {"mbox", "mbox_sha1sum", "openid", "account"})
            identifiers += value.contains(ifi) ? 1 : 0;
        if (identifiers > 1 || (identifiers == 0 && !group)) {
            error("ifi", at, "needs exactly one of mbox, mbox_sha1sum, openid, account", "2.4.2.3");
        }
        if (value.contains("mbox") && string(value["mbox"], at + "/mbox", "2.4.2.3")) {
            const auto& mbox = value["mbox"].get_ref<const std::string&>();
            if (!mbox.starts_with("mailto:") || mbox.find('@') == std::string::npos || !is_iri(mbox))
                error("mbox", at + "/mbox", "must be a mailto: IRI with an address", "2.4.2.3");
        }
        if (value.contains("mbox_sha1sum") &&
            string(value["mbox_sha1sum"], at + "/mbox_sha1sum", "2.4.2.3")) {
            const auto& sum = value["mbox_sha1sum"].get_ref<const std::string&>();
            if (sum.size() != 40 ||
                !std::all_of(sum.begin(), sum.end(), [](unsigned char c) { return std::isxdigit(c) != 0; }))
                error("mbox_sha1sum", at + "/mbox_sha1sum", "must be 40 hexadecimal digits", "2.4.2.3");
        }
        if (value.contains("openid")) iri(value["openid"], at + "/openid", "2.4.2.3");
        if (value.contains("account") && object(value["account"], at + "/account", "2.4.2.4")) {
            const auto& account = value["account"];
            members(account, at + "/account", {"homePage", "name"}, "2.4.2.4");
            if (need(account, "homePage", at + "/account", "2.4.2.4"))
                iri(account["homePage"], at + "/account/homePage", "2.4.2.4");
            if (need(account, "name", at + "/account", "2.4.2.4"))
                string(account["name"], at + "/account/name", "2.4.2.4");
        }
        if (!group) return;
        if (identifiers == 0 && !value.contains("member"))
            error("missing", at, "an anonymous group needs members", "2.4.2.2");
        if (value.contains("member")) {
            if (!value["member"].is_array()) {
                error("type", at + "/member", "must be an array", "2.4.2.2");
                return;
            }
            for (std::size_t i = 0; i < value["member"].size(); ++i)
                agent(value["member"][i], at + "/member/" + std::to_string(i), false);
        }
    }

    void verb_of(const json& value, const std::string& at) {
        if (!object(value, at, "2.4.3")) return;
        members(value, at, {"id", "display"}, "2.4.3");
        if (need(value, "id", at, "2.4.3")) iri(value["id"], at + "/id", "2.4.3");
        if (value.contains("display")) language_map(value["display"], at + "/display");
    }

    void activity(const json& value, const std::string& at) {
        if (!object(value, at, "2.4.4.1")) return;
        members(value, at, {"objectType", "id", "definition"}, "2.4.4.1");
        if (type_of(value, "Activity") != "Activity")
            error("object_type", at + "/objectType", "must be Activity", "2.4.4.1");
        if (need(value, "id", at, "2.4.4.1")) iri(value["id"], at + "/id", "2.4.4.1");
        if (!value.contains("definition") || !object(value["definition"], at + "/definition", "2.4.4.1"))
            return;
        const auto& d = value["definition"];
        const auto here = at + "/definition";
        members(d, here,
                {"name", "description", "type", "moreInfo", "extensions", "interactionType",
                 "correctResponsesPattern", "choices", "scale", "source", "target", "steps"},
                "2.4.4.1");
        for (const char* map : {"name", "description"}) {
            if (d.contains(map)) language_map(d[map], here + "/" + map);
        }
        for (const char* link : {"type", "moreInfo"}) {
            if (d.contains(link)) iri(d[link], here + "/" + link, "2.4.4.1");
        }
        if (d.contains("extensions")) extensions(d["extensions"], here + "/extensions");
        interaction(d, here);
    }

    void interaction(const json& d, const std::string& at) {
        static const std::set<std::string> types{"true-false", "choice",      "fill-in",    "long-fill-in",
                                                 "matching",   "performance", "sequencing", "likert",
                                                 "numeric",    "other"};
        const bool has_parts = d.contains("correctResponsesPattern") || d.contains("choices") ||
                               d.contains("scale") || d.contains("source") || d.contains("target") ||
                               d.contains("steps");
        if (d.contains("interactionType")) {
            if (!types.contains(get_string(d, "interactionType")))
                error("interaction_type", at + "/interactionType", "is not an interaction type", "2.4.4.1");
        } else if (has_parts) {
            error("missing", at, "interaction parts need an interactionType", "2.4.4.1");
        }
        if (d.contains("correctResponsesPattern")) {
            const auto& pattern = d["correctResponsesPattern"];
            if (!pattern.is_array() ||
                !std::all_of(pattern.begin(), pattern.end(), [](const json& p) { return p.is_string(); })) {
                error("type", at + "/correctResponsesPattern", "must be an array of strings", "2.4.4.1");
            }
        }
        for (const char* list : {"choices", "scale", "source", "target", "steps"}) {
            if (!d.contains(list)) continue;
            const auto here = at + "/" + list;
            if (!d[list].is_array()) {
                error("type", here, "must be an array", "2.4.4.1");
                continue;
            }
            std::set<std::string> ids;
            for (std::size_t i = 0; i < d[list].size(); ++i) {
                const auto& component = d[list][i];
                const auto each = here + "/" + std::to_string(i);
                if (!object(component, each, "2.4.4.1")) continue;
                members(component, each, {"id", "description"}, "2.4.4.1");
                if (need(component, "id", each, "2.4.4.1") &&
                    string(component["id"], each + "/id", "2.4.4.1") &&
                    !ids.insert(component["id"].get<std::string>()).second) {
                    error("duplicate", each + "/id", "component ids must differ", "2.4.4.1");
                }
                if (component.contains("description"))
                    language_map(component["description"], each + "/description");
            }
        }
    }

    void statement_ref(const json& value, const std::string& at) {
        members(value, at, {"objectType", "id"}, "2.4.4.3");
        if (get_string(value, "objectType") != "StatementRef")
            error("object_type", at + "/objectType", "must be StatementRef", "2.4.4.3");
        if (need(value, "id", at, "2.4.4.3")) uuid(value["id"], at + "/id", "2.4.4.3");
    }

    void object_of(const json& value, const std::string& at, bool inner) {
        if (!object(value, at, "2.4.4")) return;
        const auto type = type_of(value, "Activity");
        if (type == "Activity") {
            activity(value, at);
        } else if (type == "Agent" || type == "Group") {
            agent(value, at, true);
        } else if (type == "StatementRef") {
            statement_ref(value, at);
        } else if (type == "SubStatement" && !inner) {
            statement(value, at, true);
        } else {
            error("object_type", at + "/objectType",
                  inner ? "a SubStatement must not hold another" : "is not an object type", "2.4.4");
        }
    }

    void score(const json& value, const std::string& at) {
        if (!object(value, at, "2.4.5.1")) return;
        members(value, at, {"scaled", "raw", "min", "max"}, "2.4.5.1");
        const auto number = [&](const char* member) -> std::optional<double> {
            if (!value.contains(member)) return std::nullopt;
            if (value[member].is_number()) return value[member].get<double>();
            error("type", at + "/" + member, "must be a number", "2.4.5.1");
            return std::nullopt;
        };
        const auto scaled = number("scaled"), raw = number("raw"), min = number("min"), max = number("max");
        if (scaled && (*scaled < -1 || *scaled > 1))
            error("range", at + "/scaled", "must be from -1 to 1", "2.4.5.1");
        if (min && max && *min >= *max) error("range", at + "/min", "must be less than max", "2.4.5.1");
        if (raw && ((min && *raw < *min) || (max && *raw > *max)))
            error("range", at + "/raw", "must lie between min and max", "2.4.5.1");
    }

    void result(const json& value, const std::string& at) {
        if (!object(value, at, "2.4.5")) return;
        members(value, at, {"score", "success", "completion", "response", "duration", "extensions"}, "2.4.5");
        if (value.contains("score")) score(value["score"], at + "/score");
        for (const char* member : {"success", "completion"}) {
            if (value.contains(member)) boolean(value[member], at + "/" + member, "2.4.5");
        }
        if (value.contains("response")) string(value["response"], at + "/response", "2.4.5");
        if (value.contains("duration") && string(value["duration"], at + "/duration", "2.4.5") &&
            !parse_duration(value["duration"].get_ref<const std::string&>())) {
            error("duration", at + "/duration", "must be an ISO 8601 duration", "4.6");
        }
        if (value.contains("extensions")) extensions(value["extensions"], at + "/extensions");
    }

    void context(const json& value, const std::string& at, const std::string& object_type) {
        if (!object(value, at, "2.4.6")) return;
        members(value, at,
                {"registration", "instructor", "team", "contextActivities", "revision", "platform",
                 "language", "statement", "extensions", "contextAgents", "contextGroups"},
                "2.4.6");
        if (value.contains("registration")) uuid(value["registration"], at + "/registration", "2.4.6");
        if (value.contains("instructor")) agent(value["instructor"], at + "/instructor", true);
        if (value.contains("team")) {
            agent(value["team"], at + "/team", true);
            if (get_string(value["team"], "objectType") != "Group")
                error("object_type", at + "/team", "must be a Group", "2.4.6");
        }
        for (const char* member : {"revision", "platform"}) {
            if (!value.contains(member)) continue;
            string(value[member], at + "/" + member, "2.4.6");
            if (object_type != "Activity")
                error("not_allowed", at + "/" + member, "only for statements about an activity", "2.4.6");
        }
        if (value.contains("language") && string(value["language"], at + "/language", "2.4.6") &&
            !is_language_tag(value["language"].get_ref<const std::string&>())) {
            error("language", at + "/language", "is not a language tag", "2.4.6");
        }
        if (value.contains("statement") && object(value["statement"], at + "/statement", "2.4.6"))
            statement_ref(value["statement"], at + "/statement");
        if (value.contains("extensions")) extensions(value["extensions"], at + "/extensions");
        if (!value.contains("contextActivities") ||
            !object(value["contextActivities"], at + "/contextActivities", "2.4.6.2"))
            return;
        members(value["contextActivities"], at + "/contextActivities",
                {"parent", "grouping", "category", "other"}, "2.4.6.2");
        for (const auto& [name, list] : value["contextActivities"].items()) {
            const auto here = at + "/contextActivities/" + name;
            if (list.is_array()) {
                for (std::size_t i = 0; i < list.size(); ++i)
                    activity(list[i], here + "/" + std::to_string(i));
            } else {
                activity(list, here);
            }
        }
    }

    void authority(const json& value, const std::string& at) {
        agent(value, at, true);
        if (get_string(value, "objectType") == "Group" &&
            (!value.contains("member") || !value["member"].is_array() || value["member"].size() != 2)) {
            error("authority", at, "a group as authority has exactly two members", "2.4.9");
        }
    }

    void attachments(const json& value, const std::string& at) {
        if (!value.is_array()) {
            error("type", at, "must be an array", "2.4.11");
            return;
        }
        for (std::size_t i = 0; i < value.size(); ++i) {
            const auto& a = value[i];
            const auto here = at + "/" + std::to_string(i);
            if (!object(a, here, "2.4.11")) continue;
            members(a, here,
                    {"usageType", "display", "description", "contentType", "length", "sha2", "fileUrl"},
                    "2.4.11");
            if (need(a, "usageType", here, "2.4.11")) iri(a["usageType"], here + "/usageType", "2.4.11");
            if (need(a, "display", here, "2.4.11")) language_map(a["display"], here + "/display");
            if (a.contains("description")) language_map(a["description"], here + "/description");
            if (need(a, "contentType", here, "2.4.11"))
                string(a["contentType"], here + "/contentType", "2.4.11");
            if (need(a, "length", here, "2.4.11") && !a["length"].is_number_integer())
                error("type", here + "/length", "must be an integer", "2.4.11");
            if (need(a, "sha2", here, "2.4.11")) string(a["sha2"], here + "/sha2", "2.4.11");
            if (a.contains("fileUrl")) iri(a["fileUrl"], here + "/fileUrl", "2.4.11");
        }
    }
};

}  // namespace

Problems validate_statement(const json& statement, const std::string& at) {
    Checker checker;
    checker.statement(statement, at, false);
    return std::move(checker.problems);
}

}  // namespace capbridge::xapi
