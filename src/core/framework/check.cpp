// The cross-checks of a framework document that a JSON Schema cannot say. They look at what keeps to the
// schema, and may meet a part that lacks members or is null; ids count even where the schema refuses them, so
// that a reference to one is not told as a second mistake.
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
    Checker(const json& whole, const json& sound) : whole_(whole), d_(sound) {}

    Problems run() {
        collect("archetypes", archetypes_);
        collect("groups", groups_);
        collect("factors", factors_);
        collect("levels", levels_);
        Ids topics, requirements, questions;
        collect("topics", topics);
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
        check_former(requirements);
        each("questions", [&](const json& q, const std::string& at) {
            known(q, "archetype", archetypes_, "archetype", at);
            known(q, "factor", factors_, "factor", at);
            check_ordinal(q, at, last_ordinal);
        });
        return std::move(problems_);
    }

private:
    struct Ids {
        std::set<std::string> ids;
        bool listed = false;  // without the list nothing can be said of a reference into it

        [[nodiscard]] bool lacks(const std::string& id) const { return listed && !ids.contains(id); }
    };

    template <class F>
    static void each_of(const json& document, const char* member, F&& visit) {
        const auto it = document.find(member);
        if (it == document.end() || !it->is_array()) return;
        for (std::size_t i = 0; i < it->size(); ++i) {
            if ((*it)[i].is_object()) visit((*it)[i], "/" + std::string(member) + "/" + std::to_string(i));
        }
    }
    template <class F>
    void each(const char* member, F&& visit) {
        each_of(d_, member, visit);
    }
    // The texts of a list, each with its index.
    template <class F>
    static void each_text(const json& list, F&& visit) {
        for (std::size_t i = 0; list.is_array() && i < list.size(); ++i) {
            if (list[i].is_string()) visit(list[i].get<std::string>(), "/" + std::to_string(i));
        }
    }
    static int number(const json& object, const char* member) {  // 0 when it has none
        const auto it = object.find(member);
        return it != object.end() && it->is_number_integer() ? it->get<int>() : 0;
    }

    void error(std::string code, std::string pointer, std::string message) {
        problems_.push_back(
            {Problem::Severity::error, std::move(code), std::move(pointer), std::move(message), 0});
    }

    void collect(const char* member, Ids& into) {
        const auto list = whole_.find(member);
        into.listed = list != whole_.end() && list->is_array();
        each_of(whole_, member, [&](const json& item, const std::string& at) {
            const auto id = get_string(item, "id");
            if (!id.empty() && !into.ids.insert(id).second)
                error("duplicate_id", at + "/id", "the id '" + id + "' is used twice in " + member);
        });
    }

    void known(const json& item, const char* member, const Ids& ids, const char* what,
               const std::string& at) {
        const auto id = get_string(item, member);
        if (!id.empty() && ids.lacks(id)) {
            error(std::string("unknown_") + what, at + "/" + member,
                  std::string("unknown ") + what + " '" + id + "'");
        }
    }

    void check_level(const json& level, const std::string& at) {
        const auto implied = level.find("implies");
        if (implied == level.end()) return;
        const auto ladder = get_string(level, "kind");
        const int rank = number(level, "rank");
        each_text(*implied, [&](const std::string& id, const std::string& index) {
            const auto pointer = at + "/implies" + index;
            if (levels_.lacks(id)) return error("unknown_level", pointer, "unknown level '" + id + "'");
            each("levels", [&](const json& other, const std::string&) {
                if (get_string(other, "id") != id) return;
                const auto others = get_string(other, "kind");
                if (ladder.empty() || others.empty() || rank == 0) return;  // told by the schema
                if (others != ladder || number(other, "rank") >= rank) {
                    error("level_order", pointer,
                          "'" + get_string(level, "id") +
                              "' may imply only lower levels of its own kind, not '" + id + "'");
                }
            });
        });
    }

    void check_applicability() {
        const auto it = d_.find("applicability");
        if (it == d_.end()) return;
        for (const auto& [archetype, factors] : it->items()) {
            const auto at = pointer_append("/applicability", archetype);
            if (archetypes_.lacks(archetype))
                error("unknown_archetype", at, "unknown archetype '" + archetype + "'");
            each_text(factors, [&, of = archetype](const std::string& id, const std::string& index) {
                if (factors_.lacks(id)) error("unknown_factor", at + index, "unknown factor '" + id + "'");
                applies_.insert({of, id});
            });
        }
    }

    // Whether the table of an archetype's factors can be trusted.
    bool applicability_is_sound(const std::string& archetype) const {
        const auto whole = whole_.find("applicability"), sound = d_.find("applicability");
        if (whole == whole_.end() || sound == d_.end()) return false;
        return !whole->contains(archetype) || *whole == *sound;
    }

    void check_requirement(const json& r, const std::string& at, const Ids& topics) {
        known(r, "group", groups_, "group", at);
        known(r, "factor", factors_, "factor", at);
        known(r, "level", levels_, "level", at);
        if (!topics.ids.empty()) known(r, "topic", topics, "topic", at);
        if (!tiers_.ids.empty()) known(r, "tier", tiers_, "tier", at);
        const auto factor = get_string(r, "factor");
        const auto archetypes = r.value("archetypes", json::array());
        each_text(archetypes, [&](const std::string& id, const std::string& index) {
            if (archetypes_.lacks(id)) {
                error("unknown_archetype", at + "/archetypes" + index, "unknown archetype '" + id + "'");
            } else if (get_string(r, "tier") == "advanced" && !factor.empty() &&
                       !applies_.contains({id, factor}) && applicability_is_sound(id)) {
                error("factor_not_applicable", at + "/factor",
                      "the factor '" + factor + "' does not apply to the archetype '" + id + "'");
            }
        });
        const auto level = get_string(r, "level");
        const auto kind = get_string(r, "kind");
        each("levels", [&](const json& l, const std::string&) {
            const auto other = get_string(l, "kind");
            if (get_string(l, "id") == level && other != kind && !other.empty() && !kind.empty()) {
                error("level_kind", at + "/level",
                      "the level '" + level + "' is one of " + other + ", the requirement is a " + kind);
            }
        });
    }

    // What replaced a requirement, and what is equivalent to one, must be there: a chain of versions may go
    // through others that are gone.
    void check_former(const Ids& requirements) {
        Ids former;
        collect("former", former);
        each("former", [&](const json& x, const std::string& at) {
            const auto id = get_string(x, "id");
            if (requirements.ids.contains(id))
                error("former_is_there", at + "/id", "the requirement '" + id + "' is still there");
            each_text(x.value("replaced_by", json::array()),
                      [&](const std::string& by, const std::string& index) {
                          if (by == id) {
                              error("replaced_by_itself", at + "/replaced_by" + index,
                                    "'" + id + "' cannot replace itself");
                          } else if (requirements.lacks(by) && !former.ids.contains(by)) {
                              error("unknown_requirement", at + "/replaced_by" + index,
                                    "unknown requirement '" + by + "'");
                          }
                      });
        });
        each("requirements", [&](const json& r, const std::string& at) {
            each_text(r.value("equivalent_to", json::array()),
                      [&](const std::string& other, const std::string& index) {
                          if (requirements.lacks(other) || other == get_string(r, "id"))
                              error("unknown_requirement", at + "/equivalent_to" + index,
                                    "unknown requirement '" + other + "'");
                      });
        });
    }

    void check_ordinal(const json& item, const std::string& at, std::map<std::string, int>& last) {
        const auto table = get_string(item, "table");
        int ordinal = number(item, "ordinal");
        if (table.empty()) return;
        if (ordinal == 0) {
            ordinal = last[table] + 1;  // told by the schema; the next one is measured by its place
        } else if (ordinal != last[table] + 1) {
            error("ordinal_gap", at + "/ordinal",
                  "ordinal " + std::to_string(ordinal) + " of table " + table + " should be " +
                      std::to_string(last[table] + 1));
        }
        last[table] = ordinal;
    }

    const json& whole_;
    const json& d_;  // of it, what keeps to the schema
    Problems problems_;
    Ids archetypes_, groups_, factors_, levels_, tiers_;
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
    json sound;
    auto problems = validate_json(document, *schema, text, &sound);
    if (!sound.is_object()) return problems;
    const auto more = Checker(document, sound).run();
    problems.insert(problems.end(), more.begin(), more.end());
    locate(problems, text);
    return problems;
}

}  // namespace capbridge::framework
