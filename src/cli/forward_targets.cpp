#include "cli/forward_targets.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "core/engine/forward/settings.hpp"

namespace capbridge::cli {

std::vector<json> read_forward_targets(
    const json& list, const std::filesystem::path& folder,
    const std::function<void(const std::string& pointer, std::string code, std::string message)>& problem) {
    std::vector<json> out;
    std::set<std::string> names;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto at = "/forward/" + std::to_string(i);
        if (!list[i].is_object()) continue;
        auto target = list[i];
        const auto name = get_string(target, "name");
        if (!name.empty() && !names.insert(name).second)
            problem(at + "/name", "duplicate_target", "the target '" + name + "' is there twice");
        if (target.contains("kind") && target.contains("settings")) {
            engine::resolve_target_paths(target["settings"], folder);
            for (auto& found : engine::check_target(get_string(target, "kind"), target["settings"]))
                problem(at + "/settings" + found.pointer, std::move(found.code), std::move(found.message));
        }
        out.push_back(std::move(target));
    }
    return out;
}

}  // namespace capbridge::cli
