// Agents, Groups and the authority (xAPI 1.0.3 part 2, 2.4.2 and 2.4.9; IEEE 9274.1.1, 4.2.2.1 and 4.2.4.2).
#include <algorithm>

#include "core/xapi/iri.hpp"
#include "core/xapi/statement_rules.hpp"

namespace capbridge::xapi {
namespace {

bool is_mailto(std::string_view text) {
    constexpr std::string_view scheme = "mailto:";
    if (!text.starts_with(scheme) || !is_iri(text)) return false;
    const auto address = text.substr(scheme.size());
    const auto sign = address.rfind('@');
    return sign != std::string_view::npos && sign > 0 && sign + 1 < address.size();
}

bool is_sha1(std::string_view text) {
    return text.size() == 40 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
           });
}

}  // namespace

void StatementRules::actor(const json& value, const Place& at, Who who, const Section& section) {
    const auto* members = object(value, at, section);
    if (members == nullptr) return;
    const auto type = type_of(value, "Agent");
    const bool group = type == "Group";
    if (group ? who == Who::agent : type != "Agent" || who == Who::group) {
        const char* message = who == Who::agent   ? "must be Agent"
                              : who == Who::group ? "must be Group"
                                                  : "must be Agent or Group";
        return error("object_type", Place(at, "objectType"), message, section);
    }
    int identifiers = 0;
    bool has_members = false;
    each(*members, at, section, [&](std::string_view name, const json& member, const Place& here) {
        if (name == "objectType") return true;
        if (name == "name") {
            string(member, here, section);
        } else if (name == "mbox") {
            ++identifiers;
            if (string(member, here, section::identifier) && !is_mailto(text_of(member)))
                error("mbox", here, "must be a mailto: IRI with an address", section::identifier);
        } else if (name == "mbox_sha1sum") {
            ++identifiers;
            if (string(member, here, section::identifier) && !is_sha1(text_of(member)))
                error("mbox_sha1sum", here, "must be 40 hexadecimal digits", section::identifier);
        } else if (name == "openid") {
            ++identifiers;
            iri(member, here, section::identifier);
        } else if (name == "account") {
            ++identifiers;
            account(member, here);
        } else if (name == "member" && group) {
            has_members = true;
            members_of_group(member, here);
        } else {
            return false;
        }
        return true;
    });
    if (identifiers > 1 || (identifiers == 0 && !group)) {
        error("ifi", at, "needs exactly one of mbox, mbox_sha1sum, openid, account", section::identifier);
    }
    if (group && identifiers == 0 && !has_members)
        error("missing", at, "an anonymous group needs members", section::group);
}

void StatementRules::account(const json& value, const Place& at) {
    const auto* members = object(value, at, section::account);
    if (members == nullptr) return;
    bool has_home_page = false, has_name = false;
    each(*members, at, section::account, [&](std::string_view name, const json& member, const Place& here) {
        if (name == "homePage") {
            has_home_page = true;
            iri(member, here, section::account);
        } else if (name == "name") {
            has_name = true;
            string(member, here, section::account);
        } else {
            return false;
        }
        return true;
    });
    if (!has_home_page) missing(at, "homePage", section::account);
    if (!has_name) missing(at, "name", section::account);
}

void StatementRules::members_of_group(const json& value, const Place& at) {
    const auto* list = array(value, at, section::group);
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->size(); ++i)
        actor((*list)[i], Place(at, i), Who::agent, section::group);
}

// A Group is allowed only for what OAuth with three parties makes: an application, known by an account, and a
// user, together and without an identifier of their own.
void StatementRules::authority(const json& value, const Place& at) {
    actor(value, at, Who::agent_or_group, section::authority);
    if (text_of(value, "objectType") != "Group") return;
    for (const char* ifi : {"mbox", "mbox_sha1sum", "openid", "account"}) {
        if (value.contains(ifi))
            return error("authority", at, "a group as authority has no identifier", section::authority);
    }
    const auto* list = member_of(value, "member");
    if (list == nullptr || !list->is_array() || list->size() != 2)
        return error("authority", at, "a group as authority has exactly two members", section::authority);
    if (std::none_of(list->begin(), list->end(),
                     [](const json& member) { return member_of(member, "account") != nullptr; }))
        error("authority", at, "a group as authority has a member with an account: the application",
              section::authority);
}

}  // namespace capbridge::xapi
