#include "core/base/text.hpp"
#include "core/xapi/members.hpp"
#include "core/xapi/statement.hpp"

namespace capbridge::xapi {

std::string Agent::key() const {
    switch (ifi) {
        case Ifi::mbox:
            return "mbox|" + value;
        case Ifi::mbox_sha1sum:
            return "mbox_sha1sum|" + value;
        case Ifi::openid:
            return "openid|" + value;
        case Ifi::account:
            return "account|" + home_page + "|" + value;
        case Ifi::none:
            break;
    }
    return {};
}

json Agent::to_json() const {
    json out{{"objectType", "Agent"}};
    switch (ifi) {
        case Ifi::mbox:
            out["mbox"] = value;
            break;
        case Ifi::mbox_sha1sum:
            out["mbox_sha1sum"] = value;
            break;
        case Ifi::openid:
            out["openid"] = value;
            break;
        case Ifi::account:
            out["account"] = {{"homePage", home_page}, {"name", value}};
            break;
        case Ifi::none:
            break;
    }
    return out;
}

Agent read_agent(const json& agent) {
    // Mail hosts ignore case and so do people: one key for one mailbox.
    if (const auto mbox = text_of(agent, "mbox"); !mbox.empty())
        return {Agent::Ifi::mbox, lower_ascii(mbox), {}};
    if (const auto sum = text_of(agent, "mbox_sha1sum"); !sum.empty())
        return {Agent::Ifi::mbox_sha1sum, lower_ascii(sum), {}};
    if (const auto openid = text_of(agent, "openid"); !openid.empty())
        return {Agent::Ifi::openid, std::string(openid), {}};
    if (const auto* account = member_of(agent, "account"); account != nullptr && account->is_object()) {
        return {Agent::Ifi::account, std::string(text_of(*account, "name")),
                std::string(text_of(*account, "homePage"))};
    }
    return {};
}

std::optional<Agent> agent_from_key(std::string_view key) {
    const auto bar = key.find('|');
    if (bar == std::string_view::npos) return std::nullopt;
    const auto kind = key.substr(0, bar);
    const auto rest = std::string(key.substr(bar + 1));
    if (kind == "mbox") return Agent{Agent::Ifi::mbox, rest, {}};
    if (kind == "mbox_sha1sum") return Agent{Agent::Ifi::mbox_sha1sum, rest, {}};
    if (kind == "openid") return Agent{Agent::Ifi::openid, rest, {}};
    if (kind == "account") {
        const auto second = rest.find('|');  // a home page is a URL: it has no bar
        if (second == std::string::npos) return std::nullopt;
        return Agent{Agent::Ifi::account, rest.substr(second + 1), rest.substr(0, second)};
    }
    return std::nullopt;
}

}  // namespace capbridge::xapi
