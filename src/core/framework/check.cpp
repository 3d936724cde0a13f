// The cross-checks of a framework document that a JSON Schema cannot say.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/embedded.hpp"
#include "core/framework/framework.hpp"

namespace capbridge::framework {
namespace {

class Checker {
public:
    explicit Checker(const json& document) : d_(document) {}

    Problems run() {
        collect("archetypes", archetypes_);
        collect("groups", groups_);
        collect("factors", factors_);
        collect("levels", levels_);
        std::set<std::string> topics, requirements, questions;
        if (d_.contains("topics")) collect("topics", topics);
        collect("tiers", tiers_);
        collect("requirements", requirements);
        collect("questions", questions);

        each("factors",
             [&](const json& f, const std::string& at) { known(f, "group", groups_, "group", at); });
        each("levels", [&](const json& l, const std::string& at) { check_level(l, at); });
        check_applicability();
        std::map<std::string, int> last_ordinal;
        each("requirements", [&](const json& r, const std::string& at) {
            check_requirement(r, at, topics);
            check_ordinal(r, at, last_ordinal);
        });
        each("questions", [&](const json& q, const std::string& at) {
            known(q, "archetype", archetypes_, "archetype", at);
            known(q, "factor", factors_, "factor", at);
            check_ordinal(q, at, last_ordinal);
        });
        return std::move(problems_);
    }

private:
    template <class F>
    void each(const char* member, F&& visit) {
        const auto it = d_.find(member);
        if (it == d_.end()) return;
        for (std::size_t i = 0; i < it->size(); ++i)
            visit((*it)[i], "/" + std::string(member) + "/" + std::to_string(i));
    }

    void error(std::string code, std::string pointer, std::string message) {
        problems_.push_back(
            {Problem::Severity::error, std::move(code), std::move(pointer), std::move(message), 0});
    }

    void collect(const char* member, std::set<std::string>& ids) {
        each(member, [&](const json& item, const std::string& at) {
            const auto id = get_string(item, "id");
            if (!ids.insert(id).second)
                error("duplicate_id", at + "/id", "the id '" + id + "' is used twice in " + member);
        });
    }

    void known(const json& item, const char* member, const std::set<std::string>& ids, const char* what,
               const std::string& at) {
        const auto id = get_string(item, member);
        if (!id.empty() && !ids.contains(id)) {
            error(std::string("unknown_") + what, at + "/" + member,
                  std::string("unknown ") + what + " '" + id + "'");
        }
    }

    void check_level(const json& level, const std::string& at) {
        const auto implied = level.find("implies");
        if (implied == level.end()) return;
        for (std::size_t i = 0; i < implied->size(); ++i) {
            const auto pointer = at + "/implies/" + std::to_string(i);
            const auto id = (*implied)[i].get<std::string>();
            if (!levels_.contains(id)) {
                error("unknown_level", pointer, "unknown level '" + id + "'");
                continue;
            }
            each("levels", [&](const json& other, const std::string&) {
                if (get_string(other, "id") != id) return;
                if (get_string(other, "kind") != get_string(level, "kind") ||
                    other.value("rank", 0) >= level.value("rank", 0)) {
                    error("level_order", pointer,
                          "'" + get_string(level, "id") +
                              "' may imply only lower levels of its own kind, not '" + id + "'");
                }
            });
        }
    }

    void check_applicability() {
        const auto it = d_.find("applicability");
        if (it == d_.end()) return;
        for (const auto& [archetype, factors] : it->items()) {
            const auto at = pointer_append("/applicability", archetype);
            if (!archetypes_.contains(archetype))
                error("unknown_archetype", at, "unknown archetype '" + archetype + "'");
            for (std::size_t i = 0; i < factors.size(); ++i) {
                const auto id = factors[i].get<std::string>();
                if (!factors_.contains(id))
                    error("unknown_factor", at + "/" + std::to_string(i), "unknown factor '" + id + "'");
                applies_.insert({archetype, id});
            }
        }
    }

    void check_requirement(const json& r, const std::string& at, const std::set<std::string>& topics) {
        known(r, "group", groups_, "group", at);
        known(r, "factor", factors_, "factor", at);
        known(r, "level", levels_, "level", at);
        if (!topics.empty()) known(r, "topic", topics, "topic", at);
        if (!tiers_.empty()) known(r, "tier", tiers_, "tier", at);
        const auto factor = get_string(r, "factor");
        const auto& archetypes = r.at("archetypes");
        for (std::size_t i = 0; i < archetypes.size(); ++i) {
            const auto id = archetypes[i].get<std::string>();
            const auto pointer = at + "/archetypes/" + std::to_string(i);
            if (!archetypes_.contains(id)) {
                error("unknown_archetype", pointer, "unknown archetype '" + id + "'");
            } else if (get_string(r, "tier") == "advanced" && !factor.empty() &&
                       !applies_.contains({id, factor})) {
                error("factor_not_applicable", at + "/factor",
                      "the factor '" + factor + "' does not apply to the archetype '" + id + "'");
            }
        }
        const auto level = get_string(r, "level");
        each("levels", [&](const json& l, const std::string&) {
            if (get_string(l, "id") == level && get_string(l, "kind") != get_string(r, "kind")) {
                error("level_kind", at + "/level",
                      "the level '" + level + "' is one of " + get_string(l, "kind") +
                          ", the requirement is a " + get_string(r, "kind"));
            }
        });
    }

    void check_ordinal(const json& item, const std::string& at, std::map<std::string, int>& last) {
        const auto table = get_string(item, "table");
        const int ordinal = item.value("ordinal", 0);
        if (ordinal != last[table] + 1) {
            error("ordinal_gap", at + "/ordinal",
                  "ordinal " + std::to_string(ordinal) + " of table " + table + " should be " +
                      std::to_string(last[table] + 1));
        }
        last[table] = ordinal;
    }

    const json& d_;
    Problems problems_;
    std::set<std::string> archetypes_, groups_, factors_, levels_, tiers_;
    std::set<std::pair<std::string, std::string>> applies_;
};

}  // namespace

Problems check_framework(const json& document, std::string_view text) {
    const auto* file = find_embedded(embedded_config(), "schemas/framework.schema.json");
    if (file == nullptr)
        return {
            {Problem::Severity::error, "internal", "", "the framework schema is missing from this build", 0}};
    const auto schema = parse_json(file->bytes);
    if (!schema)
        return {{Problem::Severity::error, "internal", "",
                 "the framework schema of this build is broken: " + schema.error().message, 0}};
    auto problems = validate_json(document, *schema, text);
    if (has_errors(problems)) return problems;  // the cross-checks rely on the shape
    problems = Checker(document).run();
    if (!text.empty() && !problems.empty()) {
        const auto lines = json_lines(text);
        for (auto& p : problems) {
            if (const auto it = lines.find(p.pointer); it != lines.end()) p.line = it->second;
        }
    }
    return problems;
}

}  // namespace capbridge::framework
