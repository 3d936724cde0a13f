#include "cli/apply.hpp"

#include <nlohmann/json.hpp>

#include "cli/output.hpp"

namespace capbridge::cli {

json apply_parameters(const Configuration& c) {
    json out = json::object();
    const auto file = [](const std::string& text, const std::string& name) {
        return json{{"text", text}, {"name", name}};
    };
    if (!c.organisation.empty()) out["organisation"] = c.organisation;
    if (!c.framework.empty()) out["framework"] = file(c.framework, c.framework_name);
    if (!c.policy.empty()) out["policy"] = file(c.policy, c.policy_name);
    for (const auto& one : c.mappings) out["mappings"].push_back(file(one.text, one.name));
    for (const auto& one : c.deployments) out["deployments"].push_back(file(one.text, one.name));
    if (!c.sources.empty()) out["sources"] = c.sources;
    if (!c.forward.empty()) out["forward"] = c.forward;
    return out;
}

std::vector<std::string> applied_lines(const ordered_json& answer) {
    std::vector<std::string> out;
    for (const auto& item : answer.value("items", ordered_json::array())) {
        const auto kind = text_of(item, "kind"), id = text_of(item, "id");
        if (kind == "organisation") continue;
        if (kind == "source") {
            out.push_back("source " + id + " reads with adapter " + text_of(item, "adapter"));
        } else if (kind == "forward") {
            out.push_back("statements are forwarded to " + id);
        } else {
            out.push_back(kind + " " + id + " " + text_of(item, "version") +
                          (text_of(item, "change") == "same" ? " was in force already" : " is in force"));
        }
        for (const auto& warning : item.value("warnings", ordered_json::array()))
            out.back() += "; warning: " + warning.get<std::string>();
    }
    for (const auto& warning : answer.value("warnings", ordered_json::array()))
        out.push_back("warning: " + warning.get<std::string>());
    return out;
}

Result<std::vector<std::string>> apply_configuration(const Configuration& configuration, const Ask& ask) {
    CAPBRIDGE_LET(const auto answer, ask("config.apply", apply_parameters(configuration)));
    return applied_lines(answer);
}

Result<std::map<std::string, std::string>> folders_of(const std::vector<std::string>& pairs) {
    std::map<std::string, std::string> out;
    for (const auto& pair : pairs) {
        const auto at = pair.find('=');
        if (at == std::string::npos || at == 0)
            return fail("bad_parameter", "--folder wants SOURCE=FOLDER, not '" + pair + "'");
        out[pair.substr(0, at)] = std::filesystem::absolute(pair.substr(at + 1)).string();
    }
    return out;
}

}  // namespace capbridge::cli
