#include "core/engine/sync/presets.hpp"

#include <nlohmann/json.hpp>

#include "core/base/embedded.hpp"
#include "core/base/text.hpp"

namespace capbridge::engine {
namespace {

constexpr std::string_view folder = "presets/", ending = ".json";

}  // namespace

std::vector<std::string> preset_names() {
    std::vector<std::string> out;
    for (const auto& file : embedded_config()) {
        if (file.path.starts_with(folder) && file.path.ends_with(ending))
            out.emplace_back(
                file.path.substr(folder.size(), file.path.size() - folder.size() - ending.size()));
    }
    return out;
}

Result<json> with_preset(json source) {
    const auto name = get_string(source, "preset");
    if (name.empty()) return source;
    const auto* file = find_embedded(embedded_config(), std::string(folder) + name + std::string(ending));
    if (file == nullptr)
        return fail("no_such_preset",
                    "there is no preset '" + name + "'; there are: " + join(preset_names(), ", "), "/preset");
    CAPBRIDGE_LET(const auto preset, parse_json(file->bytes));
    const auto adapter = get_string(preset, "adapter");
    if (adapter.empty() || !preset.contains("settings") || !preset["settings"].is_object())
        return fail("bad_preset", "the preset '" + name + "' lacks an adapter or settings", "/preset");
    if (const auto own = get_string(source, "adapter", adapter); own != adapter)
        return fail("bad_preset",
                    "the preset '" + name + "' is for adapter '" + adapter + "', not '" + own + "'",
                    "/preset");
    source["adapter"] = adapter;
    auto settings = preset["settings"];
    if (const auto own = source.find("settings"); own != source.end() && own->is_object())
        settings.merge_patch(*own);
    source["settings"] = std::move(settings);
    return source;
}

}  // namespace capbridge::engine
