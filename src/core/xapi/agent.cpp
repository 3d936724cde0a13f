#include <nlohmann/json.hpp>

#include "core/base/text.hpp"
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
    Agent out;
    if (!agent.is_object()) return out;
    if (agent.contains("mbox")) {
        // Mail hosts ignore case and so do people: one key for one mailbox.
        return {Agent::Ifi::mbox, lower_ascii(get_string(agent, "mbox")), {}};
    }
    if (agent.contains("mbox_sha1sum"))
        return {Agent::Ifi::mbox_sha1sum, lower_ascii(get_string(agent, "mbox_sha1sum")), {}};
    if (agent.contains("openid")) return {Agent::Ifi::openid, get_string(agent, "openid"), {}};
    if (const auto it = agent.find("account"); it != agent.end()) {
        return {Agent::Ifi::account, get_string(*it, "name"), get_string(*it, "homePage")};
    }
    return out;
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
