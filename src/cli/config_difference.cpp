#include "cli/config_difference.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/config_schema.hpp"
#include "cli/file_findings.hpp"
#include "core/base/text.hpp"

namespace capbridge::cli {
namespace {

constexpr std::size_t most_shown = 200;

// Elements that have a name are the same one wherever they stand; two without one are compared by place.
std::string key_of(const json& element, std::size_t index) {
    for (const auto* member : {"name", "issuer"}) {
        if (const auto name = get_string(element, member); !name.empty()) return name;
    }
    return element.is_string() ? element.get<std::string>() : std::to_string(index);
}

class Comparison {
public:
    std::vector<Difference> found;

    void compare(const json* before, const json* after, const std::string& at, const std::string& general) {
        if (before != nullptr && after != nullptr) {
            if (*before == *after) return;
            if (before->is_object() && after->is_object()) return members(*before, *after, at, general);
            if (before->is_array() && after->is_array()) return elements(*before, *after, at, general);
        }
        tell(before, after, at, general);
    }

private:
    void members(const json& before, const json& after, const std::string& at, const std::string& general) {
        for (const auto& [name, value] : before.items()) {
            const auto it = after.find(name);
            compare(&value, it == after.end() ? nullptr : &*it, pointer_append(at, name),
                    pointer_append(general, name));
        }
        for (const auto& [name, value] : after.items()) {
            if (!before.contains(name))
                compare(nullptr, &value, pointer_append(at, name), pointer_append(general, name));
        }
    }

    void elements(const json& before, const json& after, const std::string& at, const std::string& general) {
        std::map<std::string, const json*> were;
        for (std::size_t i = 0; i < before.size(); ++i) were.emplace(key_of(before[i], i), &before[i]);
        for (std::size_t i = 0; i < after.size(); ++i) {
            const auto key = key_of(after[i], i);
            const auto it = were.find(key);
            compare(it == were.end() ? nullptr : it->second, &after[i], pointer_append(at, key),
                    general + "/*");
            if (it != were.end()) were.erase(it);
        }
        for (const auto& [key, value] : were)
            compare(value, nullptr, pointer_append(at, key), general + "/*");
    }

    void tell(const json* before, const json* after, const std::string& at, const std::string& general) {
        Difference one;
        one.pointer = at;
        one.what = before == nullptr ? "added" : after == nullptr ? "removed" : "changed";
        one.effect = reload_of(general);
        const auto show = [&](const json* value) -> std::string {
            if (value == nullptr || value->is_structured()) return "";
            const auto slash = general.rfind('/');
            if (schema_at(general) == nullptr || may_be_secret(general.substr(slash + 1)) ||
                general.find("/settings/") != std::string::npos || holds_secret(at.substr(at.rfind('/') + 1)))
                return "";
            auto text = value->dump(-1, ' ', false, json::error_handler_t::replace);
            return text.size() <= most_shown ? text : "";
        };
        one.before = show(before);
        one.after = show(after);
        found.push_back(std::move(one));
    }
};

}  // namespace

std::vector<Difference> differences(const json& before, const json& after) {
    Comparison comparison;
    comparison.compare(&before, &after, "", "");
    return std::move(comparison.found);
}

std::string difference_text(const Difference& d) {
    std::string out = d.what + " " + d.pointer;
    if (!d.before.empty() && !d.after.empty()) return out + ": " + d.before + " -> " + d.after;
    if (!d.after.empty()) return out + ": " + d.after;
    if (!d.before.empty()) return out + ": " + d.before;
    return out;
}

ordered_json differences_json(const std::vector<Difference>& all) {
    auto out = ordered_json::array();
    for (const auto& one : all) {
        ordered_json entry{{"pointer", one.pointer}, {"what", one.what}, {"effect", one.effect}};
        if (!one.before.empty()) entry["before"] = one.before;
        if (!one.after.empty()) entry["after"] = one.after;
        out.push_back(std::move(entry));
    }
    return out;
}

}  // namespace capbridge::cli
