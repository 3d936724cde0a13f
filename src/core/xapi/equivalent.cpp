// When two statements count as the same (xAPI 1.0.3 part 2, 2.3.1; IEEE 9274.1.1, 4.2.3). Both are brought
// into one form, without what does not count, and compared. It happens only when an id comes a second time.
#include <algorithm>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "core/base/time.hpp"
#include "core/xapi/duration.hpp"
#include "core/xapi/members.hpp"
#include "core/xapi/statement.hpp"

namespace capbridge::xapi {
namespace {

void lower(json& value, std::string_view member) {
    if (auto* found = member_of(value, member); found != nullptr && found->is_string())
        *found = lower_ascii(found->get_ref<const std::string&>());
}

void set_default(json& value, std::string_view member, const char* text) {
    if (value.is_object() && !value.contains(member)) value[std::string(member)] = text;
}

void sort(json& list) {
    auto& elements = list.get_ref<json::array_t&>();
    std::sort(elements.begin(), elements.end());
}

// How a time is written does not count, nor what is finer than a millisecond.
void plain_time(json& statement) {
    auto* time = member_of(statement, "timestamp");
    if (time == nullptr || !time->is_string()) return;
    if (const auto at = parse_instant(time->get_ref<const std::string&>())) *time = format_instant(*at);
}

void plain_agent(json& agent) {
    set_default(agent, "objectType", "Agent");
    lower(agent, "mbox");
    lower(agent, "mbox_sha1sum");
    auto* members = member_of(agent, "member");
    if (members == nullptr || !members->is_array()) return;
    for (auto& member : *members) {
        set_default(member, "objectType", "Agent");
        lower(member, "mbox");
        lower(member, "mbox_sha1sum");
    }
    sort(*members);  // a Group's members have no order
}

void plain_activity(json& activity) {
    set_default(activity, "objectType", "Activity");
    if (activity.is_object()) activity.erase("definition");  // is not part of the statement
}

void plain_context(json& context) {
    lower(context, "registration");
    lower(context, "language");
    for (const std::string_view member : {"instructor", "team"}) {
        if (auto* who = member_of(context, member)) plain_agent(*who);
    }
    if (auto* reference = member_of(context, "statement")) lower(*reference, "id");
    using Names = std::pair<std::string_view, std::string_view>;
    for (const auto& [list, member] : {Names{"contextAgents", "agent"}, Names{"contextGroups", "group"}}) {
        auto* entries = member_of(context, list);
        if (entries == nullptr || !entries->is_array()) continue;
        for (auto& entry : *entries) {
            if (auto* who = member_of(entry, member)) plain_agent(*who);
            if (auto* types = member_of(entry, "relevantTypes"); types != nullptr && types->is_array())
                sort(*types);
        }
        sort(*entries);
    }
    auto* activities = member_of(context, "contextActivities");
    if (activities == nullptr || !activities->is_object()) return;
    for (auto& list : *activities) {
        if (!list.is_array()) list = json::array({std::move(list)});
        for (auto& activity : list) plain_activity(activity);
        sort(list);
    }
}

void plain_statement(json& statement);

void plain_object(json& object) {
    if (!object.is_object()) return;
    set_default(object, "objectType", "Activity");
    const auto type = type_of(object, "Activity");
    if (type == "Activity") {
        plain_activity(object);
    } else if (type == "SubStatement") {
        plain_statement(object);
    } else if (type == "StatementRef") {
        lower(object, "id");
    } else {
        plain_agent(object);
    }
}

void plain_statement(json& statement) {
    if (!statement.is_object()) return;
    plain_time(statement);
    if (auto* actor = member_of(statement, "actor")) plain_agent(*actor);
    if (auto* verb = member_of(statement, "verb"); verb != nullptr && verb->is_object())
        verb->erase("display");
    if (auto* object = member_of(statement, "object")) plain_object(*object);
    if (auto* result = member_of(statement, "result")) {
        if (auto* duration = member_of(*result, "duration"); duration != nullptr && duration->is_string())
            *duration = comparable_duration(duration->get_ref<const std::string&>());
    }
    if (auto* context = member_of(statement, "context")) plain_context(*context);
    if (auto* list = member_of(statement, "attachments"); list != nullptr && list->is_array()) {
        for (auto& attachment : *list) lower(attachment, "sha2");
        sort(*list);
    }
}

json plain(const json& statement) {
    json out = statement;
    if (!out.is_object()) return out;
    for (const std::string_view member : {"stored", "authority", "version", "id"})
        out.erase(std::string(member));
    plain_statement(out);
    return out;
}

}  // namespace

bool equivalent(const json& a, const json& b) {
    json left = plain(a), right = plain(b);
    if (left.is_object() && right.is_object() &&
        (!left.contains("timestamp") || !right.contains("timestamp"))) {
        left.erase("timestamp");
        right.erase("timestamp");
    }
    return left == right;
}

}  // namespace capbridge::xapi
