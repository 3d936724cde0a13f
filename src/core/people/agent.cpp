// Identifiers as xAPI agents. The mapping must be one to one: the journal keeps agents, identity review shows
// identifiers.
#include "core/base/text.hpp"
#include "core/people/people.hpp"

namespace capbridge::people {
namespace {

constexpr std::string_view mailto = "mailto:";
constexpr std::string_view account = "account:";

// homePage of the accounts that stand for a scheme without an IFI of its own. A scheme may hold a colon
// (registration:GMC) but no slash, so the first slash after /id/ begins the issuer.
std::string home_page(std::string_view scheme, std::string_view issuer, std::string_view iri_base) {
    std::string page = std::string(iri_base) + "/id/" + std::string(scheme);
    if (!issuer.empty()) page.append("/").append(url_encode(issuer));
    return page;
}

Identifier of_account(const xapi::Agent& agent, std::string_view iri_base) {
    const Identifier foreign{std::string(account) + agent.home_page, "", agent.value, {}, {}};
    const std::string ours = std::string(iri_base) + "/id/";
    if (!agent.home_page.starts_with(ours)) return foreign;
    const auto path = std::string_view(agent.home_page).substr(ours.size());
    const auto slash = path.find('/');
    Identifier own{std::string(path.substr(0, slash)), "", agent.value, {}, {}};
    if (slash != std::string_view::npos) own.issuer = url_decode(path.substr(slash + 1), false);
    // A client may post a homePage that only looks like one of ours: what would not come back the same is
    // foreign.
    return agent_of(own.scheme, own.issuer, own.value, iri_base) == agent ? own : foreign;
}

}  // namespace

xapi::Agent agent_of(std::string_view scheme, std::string_view issuer, std::string_view value,
                     std::string_view iri_base) {
    using Ifi = xapi::Agent::Ifi;
    if (scheme.empty()) return {};
    if (scheme == "email") return {Ifi::mbox, std::string(mailto) + lower_ascii(value), ""};
    if (scheme == "mbox") {
        const auto box = lower_ascii(value);
        return {Ifi::mbox, box.starts_with(mailto) ? box : std::string(mailto) + box, ""};
    }
    if (scheme == "mbox_sha1sum") return {Ifi::mbox_sha1sum, lower_ascii(value), ""};
    if (scheme == "openid") return {Ifi::openid, std::string(value), ""};
    if (scheme.starts_with(account))
        return {Ifi::account, std::string(value), std::string(scheme.substr(account.size()))};
    return {Ifi::account, std::string(value), home_page(scheme, issuer, iri_base)};
}

Identifier identifier_of(const xapi::Agent& agent, std::string_view iri_base) {
    using Ifi = xapi::Agent::Ifi;
    switch (agent.ifi) {
        case Ifi::none:
            return {};
        case Ifi::mbox: {
            const auto box = lower_ascii(agent.value);
            return {"email", "", box.starts_with(mailto) ? box.substr(mailto.size()) : box, {}, {}};
        }
        case Ifi::mbox_sha1sum:
            return {"mbox_sha1sum", "", lower_ascii(agent.value), {}, {}};
        case Ifi::openid:
            return {"openid", "", agent.value, {}, {}};
        case Ifi::account:
            return of_account(agent, iri_base);
    }
    return {};
}

}  // namespace capbridge::people
